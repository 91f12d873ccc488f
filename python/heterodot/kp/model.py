"""What every k·p model offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.materials import Material, material

__all__ = ["Carrier", "Model"]

Carrier = Literal["electron", "hole"]


class Model(ABC):
    """A function from a material to the matrix polynomial of its bands.

    Electrons are the lowest states of the conduction polynomial, holes the highest of the valence
    polynomial; a model that treats both together returns the same polynomial for either.
    """

    multiband: Carrier = "electron"
    """The carrier whose bands the model is about (what ``Hamiltonian.tocsr`` exports)."""

    @abstractmethod
    def polynomial(self, of: Material, carrier: Carrier) -> MatrixPolynomial:
        """Return the polynomial of a material for a carrier."""

    @property
    def name(self) -> str:
        """Name of the model."""
        return type(self).__name__

    def bands(
        self, of: Material | str, k: ArrayLike, carrier: Carrier | None = None
    ) -> NDArray[np.float64]:
        """Return the bulk bands.

        Parameters
        ----------
        of : Material or str
            The material.
        k : (..., 3) array_like
            Wave vectors in 1/nm.
        carrier : {"electron", "hole"}, optional
            Which polynomial; by default the one the model is about.

        Returns
        -------
        (..., n) ndarray
            Ascending energies in eV.
        """
        return self._of(of, carrier).energies(k)

    def masses(
        self,
        of: Material | str,
        direction: Sequence[float] = (0.0, 0.0, 1.0),
        carrier: Carrier | None = None,
    ) -> NDArray[np.float64]:
        """Return the band masses at Γ along a direction (negative for holes), electron masses."""
        return self._of(of, carrier).masses(direction)

    def _of(self, of: Material | str, carrier: Carrier | None) -> MatrixPolynomial:
        chosen = material(of) if isinstance(of, str) else of
        return self.polynomial(chosen, carrier or self.multiband)

    def __repr__(self) -> str:
        return self.name
