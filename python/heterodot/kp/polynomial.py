"""A model of the user's own: any matrix polynomial, material by material."""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike

from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.model import Carrier, Model
from heterodot.materials import Material

__all__ = ["Polynomial"]


class Polynomial(Model):
    """A k·p model given by functions from a material to a :class:`MatrixPolynomial`.

    Parameters
    ----------
    electron, hole : callable
        ``f(material) -> MatrixPolynomial`` for the conduction and the valence states; give the same
        function twice for a model that treats both together. Either may be left out if no such
        states are asked for.
    name : str
        Shown in results.

    Examples
    --------
    >>> import heterodot as hd
    >>> from heterodot.kp import MatrixPolynomial, kx, ky, kz
    >>> def two_band(m):
    ...     A, B = 0.0381 / 0.2, -0.0381 / 0.7
    ...     return MatrixPolynomial.from_matrix(
    ...         ("c", "v"),
    ...         [[2.0 + kx * A * kx + ky * A * ky + kz * A * kz, 0],
    ...          [0, kx * B * kx + ky * B * ky + kz * B * kz]],
    ...     )
    >>> hd.kp.Polynomial(electron=two_band, name="two bands")
    two bands
    """

    def __init__(
        self,
        electron: Callable[[Material], MatrixPolynomial] | None = None,
        hole: Callable[[Material], MatrixPolynomial] | None = None,
        name: str = "Polynomial",
    ) -> None:
        if electron is None and hole is None:
            raise ValueError("give at least one of electron and hole")
        self._functions: dict[Carrier, Callable[[Material], MatrixPolynomial] | None] = {
            "electron": electron,
            "hole": hole,
        }
        self._name = name
        self.multiband: Carrier = "electron" if electron is not None else "hole"

    @property
    def name(self) -> str:
        """Name of the model."""
        return self._name

    def polynomial(
        self, of: Material, carrier: Carrier, strain: ArrayLike | None = None
    ) -> MatrixPolynomial:
        """Return the polynomial of a material for a carrier."""
        if strain is not None:
            raise ValueError(
                f"the model {self.name!r} has no strain terms of its own; let its functions read "
                "the strain from the material, or subclass hd.kp.Model"
            )
        function = self._functions[carrier]
        if function is None:
            raise ValueError(f"the model {self.name!r} has no {carrier} polynomial")
        return function(of)
