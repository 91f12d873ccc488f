"""Three bands in a circular wire with a hard wall, levels by Bessel functions: oblique walls.

Radial envelopes of m = 0: S = J₀(kr), X_r ∝ J₁(kr) with a slow and an evanescent k for every E, and a
combination of both vanishes at R. Bands are isotropic (L = M + N), so that M and N drop out.
"""

from functools import cache

import numpy as np
import pytest
from operator_problems import plane_across_z
from scipy.optimize import brentq
from scipy.sparse.linalg import eigsh
from scipy.special import ive, jv

import heterodot as hd

UNIT = 0.0381  # ħ²/2m₀ in eV nm²
# A, L, M, P (eV nm², eV nm), gap (eV): layers of 0.034 and 0.12 nm.
CASES = {
    "CdSe": (0.17 * UNIT, -3.12 * UNIT, -1.95 * UNIT, 0.817, 1.84),
    "CdS": (1.0 * UNIT, -4.42 * UNIT, -1.66 * UNIT, 0.662, 2.5),
}
RADII = 1.5 + np.linspace(-0.05, 0.04, 6)  # nm


def exact(case, radius):
    """The first levels of m = 0 above and below the gap, in eV."""
    A, L, _, P, gap = CASES[case]

    def determinant(energy):
        squares = np.roots(
            [A * L, -A * energy + L * (gap - energy) - P**2, -energy * (gap - energy)]
        )
        columns = []
        for square in np.sort(squares.real):
            k = np.sqrt(abs(square))
            zeroth, first = (
                (jv(0, k * radius), jv(1, k * radius))
                if square > 0.0
                else (ive(0, k * radius), ive(1, k * radius))
            )
            columns.append((zeroth, (gap + A * square - energy) / (P * k) * first))
        return float(np.linalg.det(np.array(columns)))

    def root(energies):
        values = [determinant(energy) for energy in energies]
        n = next(n for n in range(len(values)) if values[n] * values[n + 1] < 0.0)
        return brentq(determinant, energies[n], energies[n + 1], xtol=1e-12)

    return root(np.linspace(gap + 1e-3, gap + 2.0, 400)), root(np.linspace(-1e-3, -3.0, 600))


def wire(case, radius, spacing):
    """One plane of the wire; nothing couples it to the others."""
    A, L, M, P, gap = CASES[case]
    kx, ky = hd.kp.kx, hd.kp.ky
    minus = M - UNIT
    plus = L - M - minus
    three = hd.kp.MatrixPolynomial.from_matrix(
        ("S", "X", "Y"),
        [
            [gap + kx * A * kx + ky * A * ky, 1j * P * kx, 1j * P * ky],
            [-1j * kx * P, kx * L * kx + ky * M * ky, kx * plus * ky + ky * minus * kx],
            [-1j * ky * P, ky * plus * kx + kx * minus * ky, ky * L * ky + kx * M * kx],
        ],
        places=(0, 1, 2),
        below_gap=2,
    )
    model = hd.kp.Polynomial(electron=lambda of: three)
    dot = hd.Nanocrystal([(hd.Material("wire"), hd.Cylinder(radius, 4.0 * spacing))], hd.HardWall())
    return hd.Hamiltonian(dot, model, spacing)


@cache
def errors(case, spacing):
    """Of electron and hole in meV, by radius."""
    result = []
    for radius in RADII:
        matrix = plane_across_z(wire(case, radius, spacing))
        result.append([])
        for level in exact(case, radius):
            near = eigsh(matrix, k=6, sigma=level, return_eigenvectors=False)
            result[-1].append(1e3 * (near[np.argmin(np.abs(near - level))] - level))
    return np.array(result)


@pytest.mark.parametrize(
    ("case", "spacing", "tolerance", "scatter"),
    [
        pytest.param("CdSe", 0.1, 2.5, 0.5, marks=pytest.mark.slow),
        ("CdSe", 0.075, 1.5, 0.4),
        ("CdS", 0.15, 4.0, 0.8),
    ],
)
def test_levels_wherever_the_wall_lies(case, spacing, tolerance, scatter):
    """With a condition for constant slow envelopes CdSe at 0.1 nm was off by 1.8 ± 1.0 and 4.5 ± 1.3 meV."""
    found = errors(case, spacing)
    assert np.abs(found.mean(axis=0)).max() < tolerance
    assert found.std(axis=0).max() < scatter


@pytest.mark.parametrize("case", CASES)
def test_errors_fall(case):
    coarse, fine = (np.abs(errors(case, h)).mean(axis=0) for h in (0.15, 0.075))
    assert np.all((fine < 0.5 * coarse) | (fine < 0.6))
