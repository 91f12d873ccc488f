"""What the models of the valence bands share: Cartesian p orbitals, spin–orbit term, electrons."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.kp.effective_mass import band_polynomial
from heterodot.kp.ellipticity import Verdict, six_band_verdict
from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.model import Carrier, Model
from heterodot.kp.strain import conduction_shift, read_strain
from heterodot.materials import Material

__all__ = ["OperatorOrder", "ValenceModel", "check_order", "luttinger", "spin_orbit_matrix"]

OperatorOrder = Literal["burt-foreman", "symmetrised"]


def check_order(order: str) -> OperatorOrder:
    """Return the operator order; ValueError if it is none."""
    if order == "burt-foreman":
        return "burt-foreman"
    if order == "symmetrised":
        return "symmetrised"
    raise ValueError(f"order must be 'burt-foreman' or 'symmetrised', got {order!r}")


def spin_orbit_matrix(
    along: float, across: float | None = None, *, with_s: bool = False
) -> NDArray[np.complex128]:
    """Return a L_zσ_z + b (L_xσ_x + L_yσ_y) in the basis X↑, Y↑, Z↑, X↓, Y↓, Z↓ (eV).

    (L_i)_jk = −i ε_ijk for the Cartesian p orbitals. In zincblende a = b = Δ/3: J = 3/2 lies at
    +Δ/3 and J = 1/2 at −2Δ/3. In wurtzite a = Δ2, b = Δ3.

    Parameters
    ----------
    along, across : float
        a and b in eV; b = a by default.
    with_s : bool
        Return it in the basis S↑, X↑, Y↑, Z↑, S↓, X↓, Y↓, Z↓.
    """
    a = along
    b = along if across is None else across
    matrix = np.array(
        [
            # X↑       Y↑       Z↑       X↓       Y↓       Z↓
            [0.0,      -1j * a, 0.0,     0.0,     0.0,     b      ],
            [1j * a,   0.0,     0.0,     0.0,     0.0,     -1j * b],
            [0.0,      0.0,     0.0,     -b,      1j * b,  0.0    ],
            [0.0,      0.0,     -b,      0.0,     1j * a,  0.0    ],
            [0.0,      0.0,     -1j * b, -1j * a, 0.0,     0.0    ],
            [b,        1j * b,  0.0,     0.0,     0.0,     0.0    ],
        ],
        dtype=np.complex128,
    )  # fmt: skip
    if not with_s:
        return matrix
    eight = np.zeros((8, 8), complex)
    p = [1, 2, 3, 5, 6, 7]
    eight[np.ix_(p, p)] = matrix
    return eight


def luttinger(of: Material) -> tuple[float, float, float]:
    """Return (γ1, γ2, γ3); 1/m, 0, 0 of a material that has only a scalar hole mass."""
    if of.luttinger is not None:
        return of.luttinger
    if of.hole_mass is None or np.ndim(of.hole_mass) != 0:
        of.require("luttinger")
    return 1 / of.scalar("hole_mass"), 0.0, 0.0


class ValenceModel(Model):
    """A model of the valence bands; its electrons have an effective mass.

    Parameters
    ----------
    order : {"burt-foreman", "symmetrised"}
        Operator order of the off-diagonal terms.
    """

    multiband: Carrier = "hole"

    def __init__(self, order: OperatorOrder = "burt-foreman") -> None:
        self.order = check_order(order)

    def polynomial(
        self, of: Material, carrier: Carrier, strain: ArrayLike | None = None
    ) -> MatrixPolynomial:
        """Return the polynomial of a material for a carrier, with an optional strain tensor."""
        tensor = read_strain(strain)
        if carrier == "electron":
            of.require("conduction_edge", "electron_mass")
            edge = of.scalar("conduction_edge") + conduction_shift(of, tensor)
            return band_polynomial("S", edge, of.mass("electron_mass"), +1.0)
        of.require("valence_edge")
        return self._valence(of, tensor)

    @abstractmethod
    def _valence(self, of: Material, strain: NDArray[np.float64] | None) -> MatrixPolynomial: ...

    def verdict(self, of: Material) -> Verdict | None:
        """Return whether the set of parameters is elliptic."""
        polynomial = self._cartesian(of)
        return six_band_verdict(of, self.name, polynomial)

    def _cartesian(self, of: Material) -> MatrixPolynomial:
        """Return the polynomial in the basis X, Y, Z."""
        return self._valence(of, None)

    def __repr__(self) -> str:
        return self.name if self.order == "burt-foreman" else f"{self.name}(order={self.order!r})"
