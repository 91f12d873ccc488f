"""Eight bands of zincblende: conduction band and valence bands with spin–orbit coupling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.kp.kane import KaneModel, KaneSet, deformed_k
from heterodot.kp.luttinger6 import dresselhaus, valence_polynomial
from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.strain import conduction_shift, valence_strain
from heterodot.kp.valence import luttinger, spin_orbit_matrix
from heterodot.kp.wave_vector import kx, ky, kz
from heterodot.materials import Material
from heterodot.units import HBAR2_OVER_2M0

__all__ = ["Zincblende8"]

Array = NDArray[np.float64]


class Zincblende8(KaneModel):
    """Kane's eight-band model in Burt–Foreman order, on the basis {S, X, Y, Z} ⊗ {↑, ↓}.

    Needs ``conduction_edge``, ``valence_edge``, ``spin_orbit``, ``kane_energy``, ``electron_mass``
    (scalar) and ``luttinger``, the six-band (unprimed) γ. With Eg the gap and Δ the splitting

        L' = L + Ep/Eg,  M' = M,  N' = N + Ep/Eg,  A' = 1/me − (Ep/3) [2/Eg + 1/(Eg + Δ)],

    so that the Γ masses are those of the material (the split-off band's excepted: it keeps what Ep
    makes of it). The Kane term stands as S† iP k_j X_j with P left of k. A material with scalar
    masses only (a barrier) couples nothing: A' = 1/me, γ1 = 1/mh.

    Kane, J. Phys. Chem. Solids 1, 249 (1957); strain and Kane terms P(δ_ij − ε_ij)k_j: Bahder, Phys.
    Rev. B 41, 11992 (1990); order: Foreman, Phys. Rev. B 56, R12748 (1997), Pokatilov et al., Phys.
    Rev. B 64, 245328 (2001).

    Examples
    --------
    >>> import heterodot as hd
    >>> print(hd.kp.Zincblende8().verdict(hd.material("CdSe")).elliptic)
    True
    """

    def _set(self, of: Material) -> KaneSet:
        of.require("conduction_edge", "valence_edge", "electron_mass")
        gap, split = of.scalar("gap"), float(of.spin_orbit or 0.0)
        coupling = (2 / gap + 1 / (gap + split)) / 3
        return KaneSet(
            inverse_mass=np.full(2, 1 / of.scalar("electron_mass")),
            coupling=np.full(2, coupling),
            denominator=np.full(2, gap),
            published=() if of.kane_energy is None else (of.scalar("kane_energy"),) * 2,
            second=valence_polynomial(luttinger(of), 0.0, 0.0).second,
            one_band=of.luttinger is None and of.kane_energy is None,
        )

    def _coefficients(self, of: Material, kane: Array) -> dict[str, float]:
        known = self._set(of)
        L, M, N_plus, N_minus = dresselhaus(luttinger(of), self.order)
        shift = known.shift(kane)[0]
        # N₋ is made of the bands of M, which the Kane coupling leaves alone.
        minus = N_minus if self.order == "burt-foreman" else N_minus + shift / 2
        return {
            "A'": float(known.conduction(kane)[0]),
            "L'": L + shift,
            "M'": M,
            "N'₊": N_plus + N_minus + shift - minus,
            "N'₋": minus,
        }

    def _build(self, of: Material, kane: Array, strain: Array | None) -> MatrixPolynomial:
        split = float(of.spin_orbit or 0.0)
        A, L, M, P, Q = (HBAR2_OVER_2M0 * c for c in self._coefficients(of, kane).values())  # N'±
        C = 1j * np.sqrt(HBAR2_OVER_2M0 * kane[0])  # iP of Kane
        E = of.scalar("conduction_edge") + conduction_shift(of, strain)
        V = of.scalar("valence_edge") - split / 3
        x, y, z = deformed_k(strain)
        matrix = [
            [E + kx*A*kx + ky*A*ky + kz*A*kz, C*x,                             C*y,                             C*z                            ],
            [-x*C,                            V + kx*L*kx + ky*M*ky + kz*M*kz, kx*P*ky + ky*Q*kx,               kx*P*kz + kz*Q*kx              ],
            [-y*C,                            ky*P*kx + kx*Q*ky,               V + kx*M*kx + ky*L*ky + kz*M*kz, ky*P*kz + kz*Q*ky              ],
            [-z*C,                            kz*P*kx + kx*Q*kz,               kz*P*ky + ky*Q*kz,               V + kx*M*kx + ky*M*ky + kz*L*kz],
        ]  # fmt: skip
        polynomial = MatrixPolynomial.from_matrix(
            ("S", "X", "Y", "Z"),
            matrix,
            spins=2,
            spin_orbit=spin_orbit_matrix(split / 3, with_s=True),
            places=self.places,
            below_gap=6,
        )
        terms = np.zeros((4, 4))
        terms[1:, 1:] = valence_strain(of, strain)
        return polynomial.with_local(terms)

    def _masses(self, polynomial: MatrixPolynomial) -> dict[str, float]:
        split_off, _, light, _, heavy, _, electron, _ = polynomial.masses()
        if polynomial.spin_orbit is None or not np.any(polynomial.spin_orbit):
            return {"me": electron, "hole": -heavy}
        return {"me": electron, "hh": -heavy, "lh": -light, "so": -split_off}
