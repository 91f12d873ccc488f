"""Six valence bands of zincblende with spin–orbit coupling; electrons by effective mass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.strain import valence_strain
from heterodot.kp.valence import OperatorOrder, ValenceModel, luttinger, spin_orbit_matrix
from heterodot.kp.wave_vector import kx, ky, kz
from heterodot.materials import Material
from heterodot.units import HBAR2_OVER_2M0

__all__ = ["Luttinger6", "dresselhaus", "valence_polynomial"]


def dresselhaus(
    gammas: tuple[float, float, float], order: OperatorOrder = "burt-foreman"
) -> tuple[float, float, float, float]:
    """Return L, M, N₊, N₋ (units ħ²/2m0, free-electron term included) of γ1, γ2, γ3.

    L = −(γ1 + 4γ2), M = −(γ1 − 2γ2), N = −6γ3. In Burt–Foreman order N₋ = M − 1: the part of N
    that the remote bands of M make, with the small one of Γ25 neglected. Foreman, Phys. Rev. B 48,
    4964 (1993).
    """
    gamma1, gamma2, gamma3 = gammas
    l_term, m_term, n_term = -(gamma1 + 4 * gamma2), -(gamma1 - 2 * gamma2), -6 * gamma3
    n_minus = m_term - 1 if order == "burt-foreman" else n_term / 2
    return l_term, m_term, n_term - n_minus, n_minus


def valence_polynomial(
    gammas: tuple[float, float, float],
    valence_edge: float,
    spin_orbit: float,
    order: OperatorOrder = "burt-foreman",
    strain_terms: NDArray[np.float64] | None = None,
) -> MatrixPolynomial:
    """Return the six-band polynomial in the basis {X, Y, Z} ⊗ {↑, ↓}.

    Luttinger and Kohn, Phys. Rev. 97, 869 (1955), in the Cartesian basis of Dresselhaus, Kip and
    Kittel, Phys. Rev. 98, 368 (1955); plus (Δ/3) L·σ.
    """
    L, M, P, Q = (HBAR2_OVER_2M0 * term for term in dresselhaus(gammas, order))  # P, Q = N₊, N₋
    E = valence_edge - spin_orbit / 3
    matrix = [
        [E + kx*L*kx + ky*M*ky + kz*M*kz, kx*P*ky + ky*Q*kx,               kx*P*kz + kz*Q*kx              ],
        [ky*P*kx + kx*Q*ky,               E + kx*M*kx + ky*L*ky + kz*M*kz, ky*P*kz + kz*Q*ky              ],
        [kz*P*kx + kx*Q*kz,               kz*P*ky + ky*Q*kz,               E + kx*M*kx + ky*M*ky + kz*L*kz],
    ]  # fmt: skip
    polynomial = MatrixPolynomial.from_matrix(
        ("X", "Y", "Z"), matrix, spins=2, spin_orbit=spin_orbit_matrix(spin_orbit / 3)
    )
    return polynomial if strain_terms is None else polynomial.with_local(strain_terms)


class Luttinger6(ValenceModel):
    """Luttinger–Kohn six-band valence model in Burt–Foreman order; electrons by effective mass.

    Needs ``luttinger`` = (γ1, γ2, γ3), ``spin_orbit``, ``valence_edge`` for holes and
    ``conduction_edge``, ``electron_mass`` for electrons. A material without ``luttinger`` but with
    a scalar ``hole_mass`` (a barrier, say) is taken as γ1 = 1/m, γ2 = γ3 = 0.

    Parameters
    ----------
    order : {"burt-foreman", "symmetrised"}
        Operator order of the off-diagonal terms.
    """

    def _valence(self, of: Material, strain: NDArray[np.float64] | None) -> MatrixPolynomial:
        return valence_polynomial(
            luttinger(of),
            of.scalar("valence_edge"),
            float(of.spin_orbit or 0.0),
            self.order,
            valence_strain(of, strain),
        )
