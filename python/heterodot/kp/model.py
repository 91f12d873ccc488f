"""What every k·p model offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.materials import Material, material

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from heterodot.kp.ellipticity import Verdict

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
    def polynomial(
        self, of: Material, carrier: Carrier, strain: ArrayLike | None = None
    ) -> MatrixPolynomial:
        """Return the polynomial of a material for a carrier.

        Parameters
        ----------
        of : Material
        carrier : {"electron", "hole"}
        strain : (3, 3) array_like, optional
            Strain tensor in the axes of the crystal, extension positive.
        """

    @property
    def name(self) -> str:
        """Name of the model."""
        return type(self).__name__

    def bands(
        self,
        of: Material | str,
        k: ArrayLike,
        carrier: Carrier | None = None,
        strain: ArrayLike | None = None,
    ) -> NDArray[np.float64]:
        """Return the bulk bands.

        Parameters
        ----------
        of : Material or str
            The material.
        k : (..., 3) array_like
            Wave vectors in 1/nm, in the axes of the crystal.
        carrier : {"electron", "hole"}, optional
            Which polynomial; by default the one the model is about.
        strain : (3, 3) array_like, optional
            Strain tensor in the axes of the crystal, extension positive.

        Returns
        -------
        (..., n) ndarray
            Ascending energies in eV.
        """
        return self._of(of, carrier, strain).energies(k)

    def masses(
        self,
        of: Material | str,
        direction: Sequence[float] = (0.0, 0.0, 1.0),
        carrier: Carrier | None = None,
        strain: ArrayLike | None = None,
    ) -> NDArray[np.float64]:
        """Return the band masses at Γ along a direction (negative for holes), electron masses."""
        return self._of(of, carrier, strain).masses(direction)

    def verdict(self, of: Material) -> Verdict | None:
        """Return what the model makes of a material's parameters; None if there is no question."""
        return None

    def verdicts(self, materials: Iterable[Material]) -> str:
        """Return the verdicts on materials, a line each; empty if there are none."""
        found = [self.verdict(of) for of in materials]
        return "\n".join(str(verdict) for verdict in found if verdict is not None)

    def plot_bands(self, of: Material | str, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the bulk bands of a material, see :func:`heterodot.plot.plot_bands`."""
        from heterodot.plot import plot_bands

        return plot_bands(self, of, ax, **options)

    def _of(
        self, of: Material | str, carrier: Carrier | None, strain: ArrayLike | None = None
    ) -> MatrixPolynomial:
        chosen = material(of) if isinstance(of, str) else of
        if strain is None:
            return self.polynomial(chosen, carrier or self.multiband)
        return self.polynomial(chosen, carrier or self.multiband, strain=strain)

    def __repr__(self) -> str:
        return self.name
