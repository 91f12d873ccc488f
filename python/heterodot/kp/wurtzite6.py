"""Six valence bands of wurtzite, c along z; electrons by effective mass."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.strain import valence_strain
from heterodot.kp.valence import OperatorOrder, ValenceModel, spin_orbit_matrix
from heterodot.kp.wave_vector import kx, ky, kz
from heterodot.materials import Material
from heterodot.units import HBAR2_OVER_2M0

__all__ = ["GammaLevels", "Wurtzite6", "WurtziteCoefficients"]


@dataclass(frozen=True)
class GammaLevels:
    """Levels of the valence bands at Γ, in eV from where they lie without any splitting.

    Γ9 = Δ1 + Δ2; Γ7± = (Δ1 − Δ2)/2 ± √[((Δ1 − Δ2)/2)² + 2Δ3²] with Δ1 the crystal field and
    Δ2 = Δ3 a third of the spin–orbit splitting. Chuang and Chang, Phys. Rev. B 54, 2491 (1996).
    """

    crystal_field: float
    spin_orbit: float

    @classmethod
    def of(cls, material: Material) -> GammaLevels:
        """Return the levels of a material; splittings that it lacks are zero."""
        return cls(float(material.crystal_field or 0.0), float(material.spin_orbit or 0.0) / 3)

    @property
    def gamma9(self) -> float:
        """Energy of Γ9."""
        return self.crystal_field + self.spin_orbit

    @property
    def gamma7(self) -> tuple[float, float]:
        """Energies of the upper and the lower Γ7."""
        half = (self.crystal_field - self.spin_orbit) / 2
        root = math.hypot(half, math.sqrt(2.0) * self.spin_orbit)
        return half + root, half - root

    @property
    def top(self) -> float:
        """The highest of them."""
        return max(self.gamma9, self.gamma7[0])

    @property
    def z_weight(self) -> tuple[float, float]:
        """Weight of Z in the upper and in the lower Γ7."""
        coupled = np.array(
            [
                [self.crystal_field - self.spin_orbit, math.sqrt(2.0) * self.spin_orbit],
                [math.sqrt(2.0) * self.spin_orbit, 0.0],
            ]
        )
        _, vectors = np.linalg.eigh(coupled)
        return float(vectors[1, 1] ** 2), float(vectors[1, 0] ** 2)


@dataclass(frozen=True)
class WurtziteCoefficients:
    """Coefficients of the Cartesian form in ħ²/2m0, free-electron term included.

    L1, M1, M2 stand on X and Y (along, across in the plane, along c), M3, L2 on Z (across, along
    c), N1 couples X with Y, N2 couples X and Y with Z.
    """

    L1: float
    L2: float
    M1: float
    M2: float
    M3: float
    N1_plus: float
    N1_minus: float
    N2_plus: float
    N2_minus: float

    @classmethod
    def of(cls, material: Material, order: OperatorOrder) -> WurtziteCoefficients:
        """Return the coefficients of A1 … A6, or of a material with a scalar hole mass alone.

        In Burt–Foreman order N1₋ = M1 − 1 and N2₋ = −√[(1 − M2)(1 − M3)]. The first is Foreman's
        rule for zincblende. Of the second, (M2 − 1) = Σ|⟨X|p_z|n⟩|² and (M3 − 1) = Σ|⟨Z|p_x|n⟩|²
        over the same Γ5 bands n of which N2₋ is the mixed sum, so that the geometric mean is its
        bound and its value for one such band. For quasi-cubic parameters both turn into the
        zincblende rule, turned to c ∥ [111].
        """
        if material.rashba_sheka_pikus is None:
            if material.hole_mass is None or np.ndim(material.hole_mass) != 0:
                material.require("rashba_sheka_pikus")
            m = -1 / material.scalar("hole_mass")
            a1 = a2 = m
            a3 = a4 = a5 = a6 = 0.0
        else:
            a1, a2, a3, a4, a5, a6, a7 = material.rashba_sheka_pikus
            if a7 != 0.0:
                raise ValueError(
                    f"material {material.name!r}: the linear term A7 = {a7} of wurtzite is not in "
                    "this model; set it to 0 to neglect it"
                )
        m1, m2, m3 = a2 + a4 - a5, a1 + a3, a2
        n1, n2 = 2 * a5, math.sqrt(2.0) * a6
        if order == "symmetrised":
            n1_minus, n2_minus = n1 / 2, n2 / 2
        elif max(m2, m3) > 1.0:
            raise ValueError(
                f"material {material.name!r}: A1 + A3 = {m2} and A2 = {m3} must be below 1 for "
                "Burt–Foreman order; use order='symmetrised'"
            )
        else:
            n1_minus, n2_minus = m1 - 1, -math.sqrt((1 - m2) * (1 - m3))
        return cls(a2 + a4 + a5, a1, m1, m2, m3, n1 - n1_minus, n1_minus, n2 - n2_minus, n2_minus)


def wurtzite_polynomial(
    c: WurtziteCoefficients, levels: GammaLevels, valence_edge: float
) -> MatrixPolynomial:
    """Return the six-band polynomial in the basis {X, Y, Z} ⊗ {↑, ↓}, its top at valence_edge."""
    h = HBAR2_OVER_2M0
    L1, L2, M1, M2, M3 = h * c.L1, h * c.L2, h * c.M1, h * c.M2, h * c.M3
    P1, Q1, P2, Q2 = h * c.N1_plus, h * c.N1_minus, h * c.N2_plus, h * c.N2_minus
    Z = valence_edge - levels.top
    X = Z + levels.crystal_field
    matrix = [
        [X + kx*L1*kx + ky*M1*ky + kz*M2*kz, kx*P1*ky + ky*Q1*kx,                kx*P2*kz + kz*Q2*kx               ],
        [ky*P1*kx + kx*Q1*ky,                X + kx*M1*kx + ky*L1*ky + kz*M2*kz, ky*P2*kz + kz*Q2*ky               ],
        [kz*P2*kx + kx*Q2*kz,                kz*P2*ky + ky*Q2*kz,                Z + kx*M3*kx + ky*M3*ky + kz*L2*kz],
    ]  # fmt: skip
    return MatrixPolynomial.from_matrix(
        ("X", "Y", "Z"), matrix, spins=2, spin_orbit=spin_orbit_matrix(levels.spin_orbit)
    )


class Wurtzite6(ValenceModel):
    """Six valence bands of wurtzite with c along z; electrons by effective mass.

    Needs ``rashba_sheka_pikus`` = (A1 … A7) with A7 = 0, ``crystal_field``, ``spin_orbit`` and
    ``valence_edge`` (the top of the valence bands) for holes; ``conduction_edge`` and
    ``electron_mass`` (scalar or tensor) for electrons.

    The Cartesian form of Chuang and Chang, Phys. Rev. B 54, 2491 (1996): L1 = A2 + A4 + A5,
    L2 = A1, M1 = A2 + A4 − A5, M2 = A1 + A3, M3 = A2, N1 = 2A5, N2 = √2 A6, spin–orbit
    Δ2 L_zσ_z + Δ3 (L_xσ_x + L_yσ_y). Operator order: `WurtziteCoefficients.of`.

    Parameters
    ----------
    order : {"burt-foreman", "symmetrised"}
        Operator order of the off-diagonal terms.
    """

    def _valence(self, of: Material, strain: NDArray[np.float64] | None) -> MatrixPolynomial:
        polynomial = wurtzite_polynomial(
            WurtziteCoefficients.of(of, self.order),
            GammaLevels.of(of),
            of.scalar("valence_edge"),
        )
        return polynomial.with_local(valence_strain(of, strain))
