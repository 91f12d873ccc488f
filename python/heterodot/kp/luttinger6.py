"""Six valence bands with spin–orbit coupling; electrons by effective mass."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from heterodot.kp.effective_mass import band_polynomial
from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.model import Carrier, Model
from heterodot.materials import Material
from heterodot.units import HBAR2_OVER_2M0

__all__ = ["Luttinger6", "spin_orbit_matrix", "valence_polynomial"]

OperatorOrder = Literal["burt-foreman", "symmetrised"]


def spin_orbit_matrix(splitting: float) -> NDArray[np.complex128]:
    """Return (Δ/3) L·σ in the basis X↑, Y↑, Z↑, X↓, Y↓, Z↓ (eV).

    J = 3/2 lies at +Δ/3 and J = 1/2 at −2Δ/3. (L_i)_jk = −i ε_ijk for the Cartesian p orbitals.
    """
    d = splitting / 3
    return d * np.array(
        [
            # X↑   Y↑   Z↑   X↓   Y↓   Z↓
            [0.0, -1j, 0.0, 0.0, 0.0, 1.0],
            [+1j, 0.0, 0.0, 0.0, 0.0, -1j],
            [0.0, 0.0, 0.0, -1.0, 1j, 0.0],
            [0.0, 0.0, -1.0, 0.0, 1j, 0.0],
            [0.0, 0.0, -1j, -1j, 0.0, 0.0],
            [1.0, 1j, 0.0, 0.0, 0.0, 0.0],
        ],
        dtype=np.complex128,
    )


def valence_polynomial(
    luttinger: tuple[float, float, float],
    valence_edge: float,
    spin_orbit: float,
    order: OperatorOrder = "burt-foreman",
) -> MatrixPolynomial:
    """Return the six-band valence polynomial in the basis {X, Y, Z} ⊗ {↑, ↓}.

    H_jj = Ev − Δ/3 + k_j L k_j + Σ_{i≠j} k_i M k_i, H_ij = k_i N₊ k_j + k_j N₋ k_i (units
    ħ²/2m0), L = −(γ1+4γ2), M = −(γ1−2γ2), N = −6γ3, N₋ = M − 1, N₊ = N − N₋. Foreman, Phys. Rev.
    B 48, 4964 (1993).
    """
    gamma1, gamma2, gamma3 = luttinger
    l_term = -(gamma1 + 4 * gamma2)
    m_term = -(gamma1 - 2 * gamma2)
    n_term = -6 * gamma3
    n_minus = m_term - 1 if order == "burt-foreman" else n_term / 2
    n_plus = n_term - n_minus
    one = np.eye(3)
    second = (
        m_term * np.einsum("ij,ab->ijab", one, one)
        + n_plus * np.einsum("ia,jb->ijab", one, one)
        + n_minus * np.einsum("ib,ja->ijab", one, one)
        + (l_term - m_term - n_term) * np.einsum("ij,ia,ib->ijab", one, one, one)
    )
    return MatrixPolynomial(
        ("X", "Y", "Z"),
        HBAR2_OVER_2M0 * second.astype(complex),
        zeroth=((valence_edge - spin_orbit / 3) * one).astype(complex),
        spin_orbit=spin_orbit_matrix(spin_orbit),
        spins=2,
    )


class Luttinger6(Model):
    """Luttinger–Kohn six-band valence model in Burt–Foreman order; electrons by effective mass.

    Needs ``luttinger`` = (γ1, γ2, γ3), ``spin_orbit``, ``valence_edge`` for holes and
    ``conduction_edge``, ``electron_mass`` for electrons. A material without ``luttinger`` but with
    a scalar ``hole_mass`` (a barrier, say) is taken as γ1 = 1/m, γ2 = γ3 = 0.

    Parameters
    ----------
    order : {"burt-foreman", "symmetrised"}
        Operator order of the off-diagonal terms.
    """

    multiband: Carrier = "hole"

    def __init__(self, order: OperatorOrder = "burt-foreman") -> None:
        if order not in ("burt-foreman", "symmetrised"):
            raise ValueError(f"order must be 'burt-foreman' or 'symmetrised', got {order!r}")
        self.order: OperatorOrder = order

    def polynomial(self, of: Material, carrier: Carrier) -> MatrixPolynomial:
        """Return the polynomial of a material for a carrier."""
        if carrier == "electron":
            of.require("conduction_edge", "electron_mass")
            return band_polynomial(
                "S", of.scalar("conduction_edge"), of.mass("electron_mass"), +1.0
            )
        of.require("valence_edge")
        gammas = of.luttinger
        if gammas is None:
            if of.hole_mass is None or np.ndim(of.hole_mass) != 0:
                of.require("luttinger")
            gammas = (1 / of.scalar("hole_mass"), 0.0, 0.0)
        return valence_polynomial(
            gammas, of.scalar("valence_edge"), float(of.spin_orbit or 0.0), self.order
        )

    def __repr__(self) -> str:
        return self.name if self.order == "burt-foreman" else f"{self.name}(order={self.order!r})"
