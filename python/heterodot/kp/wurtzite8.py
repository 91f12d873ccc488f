"""Eight bands of wurtzite, c along z: conduction band and valence bands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.kp.kane import KaneModel, KaneSet, deformed_k
from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.strain import conduction_shift, valence_strain
from heterodot.kp.valence import spin_orbit_matrix
from heterodot.kp.wave_vector import kx, ky, kz
from heterodot.kp.wurtzite6 import GammaLevels, WurtziteCoefficients, wurtzite_polynomial
from heterodot.materials import Material
from heterodot.units import HBAR2_OVER_2M0

__all__ = ["Wurtzite8"]

Array = NDArray[np.float64]


class Wurtzite8(KaneModel):
    """Eight bands of wurtzite with c along z, on the basis {S, X, Y, Z} ⊗ {↑, ↓}.

    Needs ``conduction_edge``, ``valence_edge`` (its top), ``crystal_field``, ``spin_orbit``,
    ``kane_energy`` (one number, or two: along and across c), ``electron_mass`` (scalar or tensor)
    and ``rashba_sheka_pikus`` = (A1 … A7), the six-band ones, A7 = 0.

    With E9 and E7 the energies of Γ9 and the upper Γ7 below the conduction edge,

        L1' = L1 + Ep⊥/E9,  N1' = N1 + Ep⊥/E9,  L2' = L2 + Ep∥/E7,  N2' = N2 + √(Ep⊥Ep∥/E9E7),

    M1, M2, M3 unchanged; A'∥ = 1/m∥ − Ep∥ Σ|z|²/E, A'⊥ = 1/m⊥ − Ep⊥ Σ|x|²/E over Γ9 and both Γ7.
    That gives back the electron's masses, both masses of Γ9, and the one along c of the upper Γ7
    (for equal denominators all of them). The Kane terms are of rank one in k, as in zincblende,
    and stand as S† iP k_j X_j with P left of k. Strain: Kane terms P(δ_ij − ε_ij)k_j.

    The six-band part and the operator order are those of :class:`Wurtzite6`; the coupling that of
    Chuang and Chang, Phys. Rev. B 54, 2491 (1996).
    """

    def _set(self, of: Material) -> KaneSet:
        of.require("conduction_edge", "valence_edge", "electron_mass")
        levels, gap = GammaLevels.of(of), of.scalar("gap")
        mass = np.asarray(of.mass("electron_mass"), dtype=float) * np.eye(3)
        if not (np.allclose(mass, np.diag(np.diag(mass))) and np.isclose(mass[0, 0], mass[1, 1])):
            raise ValueError(
                f"material {of.name!r}: electron_mass must be diagonal with equal x and y, since "
                "c is along z"
            )
        below = gap + levels.top - np.array([levels.gamma9, *levels.gamma7])
        z = np.array([0.0, *levels.z_weight])
        x = np.array([0.5, *(0.5 * (1.0 - z[1:]))])
        published = () if of.kane_energy is None else tuple(np.broadcast_to(of.kane_energy, 2))
        return KaneSet(
            inverse_mass=np.array([1 / mass[2, 2], 1 / mass[0, 0]]),
            coupling=np.array([np.sum(z / below), np.sum(x / below)]),
            denominator=np.array([below[1], below[0]]),
            published=tuple(float(energy) for energy in published),
            second=wurtzite_polynomial(WurtziteCoefficients.of(of, self.order), levels, 0.0).second,
            one_band=of.rashba_sheka_pikus is None and of.kane_energy is None,
        )

    def _coefficients(self, of: Material, kane: Array) -> dict[str, float]:
        known = self._set(of)
        six = WurtziteCoefficients.of(of, self.order)
        along, across = known.shift(kane)
        mixed = np.sqrt(max(along * across, 0.0))
        # N₋ is made of the bands of M, which the Kane coupling leaves alone.
        part = 0.0 if self.order == "burt-foreman" else 0.5
        conduction = known.conduction(kane)
        return {
            "A'∥": float(conduction[0]),
            "A'⊥": float(conduction[1]),
            "L1'": six.L1 + across,
            "L2'": six.L2 + along,
            "M1'": six.M1,
            "M2'": six.M2,
            "M3'": six.M3,
            "N1'₊": six.N1_plus + (1 - part) * across,
            "N1'₋": six.N1_minus + part * across,
            "N2'₊": six.N2_plus + (1 - part) * mixed,
            "N2'₋": six.N2_minus + part * mixed,
        }

    def _build(self, of: Material, kane: Array, strain: Array | None) -> MatrixPolynomial:
        levels = GammaLevels.of(of)
        B, A, L1, L2, M1, M2, M3, P1, Q1, P2, Q2 = (
            HBAR2_OVER_2M0 * c for c in self._coefficients(of, kane).values()
        )  # B, A along and across c; P, Q = N'±
        D, C = 1j * np.sqrt(HBAR2_OVER_2M0 * kane)  # iP∥, iP⊥
        E = of.scalar("conduction_edge") + conduction_shift(of, strain)
        Z = of.scalar("valence_edge") - levels.top
        X = Z + levels.crystal_field
        x, y, z = deformed_k(strain)
        matrix = [
            [E + kx*A*kx + ky*A*ky + kz*B*kz, C*x,                                C*y,                                D*z                               ],
            [-x*C,                            X + kx*L1*kx + ky*M1*ky + kz*M2*kz, kx*P1*ky + ky*Q1*kx,                kx*P2*kz + kz*Q2*kx               ],
            [-y*C,                            ky*P1*kx + kx*Q1*ky,                X + kx*M1*kx + ky*L1*ky + kz*M2*kz, ky*P2*kz + kz*Q2*ky               ],
            [-z*D,                            kz*P2*kx + kx*Q2*kz,                kz*P2*ky + ky*Q2*kz,                Z + kx*M3*kx + ky*M3*ky + kz*L2*kz],
        ]  # fmt: skip
        polynomial = MatrixPolynomial.from_matrix(
            ("S", "X", "Y", "Z"),
            matrix,
            spins=2,
            spin_orbit=spin_orbit_matrix(levels.spin_orbit, with_s=True),
            places=self.places,
            below_gap=6,
        )
        terms = np.zeros((4, 4))
        terms[1:, 1:] = valence_strain(of, strain)
        return polynomial.with_local(terms)

    def _masses(self, polynomial: MatrixPolynomial) -> dict[str, float]:
        along = polynomial.masses((0.0, 0.0, 1.0))
        across = polynomial.masses((1.0, 0.0, 0.0))
        names = {"me": (6, 1.0), "A": (4, -1.0), "B": (2, -1.0), "C": (0, -1.0)}
        return {
            f"{name}{symbol}": float(sign * masses[band])
            for name, (band, sign) in names.items()
            for symbol, masses in (("∥", along), ("⊥", across))
        }
