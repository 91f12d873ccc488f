"""Two bands in a slab between two others: S on the nodes, X half a step on, both with kinks.

Exact levels: piecewise polynomials of degree 20 on each side of the interfaces.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from numpy.polynomial import legendre
from operator_problems import levels_along_x, two_orbitals
from scipy.linalg import eigh

import heterodot as hd

OUTER, HALF = 3.6, 1.6  # nm
UNIT = 0.0381  # eV nm²
# A, L (eV nm²), band edges (eV) inside and outside, P (eV nm). Layers of 0.14 and 0.25, and of 0.06 nm.
CASES = {
    "CdS in ZnSe": (
        ((1.196 * UNIT, 4.614 * UNIT, 1.98, -0.52), (3.107 * UNIT, 5.805 * UNIT, 2.78, 0.0)),
        0.6474,
    ),
    "steps": (
        ((0.395 * UNIT, 3.934 * UNIT, 1.84, 0.0), (0.395 * UNIT, 3.934 * UNIT, 3.84, -1.5)),
        0.7808,
    ),
}


def exact(case, half):
    """All levels in eV of the slab from −half to half between walls at ±OUTER."""
    sides, P = CASES[case]
    degree = 20
    x, weights = legendre.leggauss(degree + 4)
    ends = legendre.Legendre.basis(degree).deriv().roots().real
    at_nodes = np.linalg.inv(legendre.legvander(np.r_[-1.0, ends, 1.0], degree))
    values = legendre.legvander(x, degree) @ at_nodes
    slopes = legendre.legval(x, legendre.legder(np.eye(degree + 1))).T @ at_nodes
    breaks = [half - 0.6, half, half + 0.6, OUTER - 0.6, OUTER]
    breaks = [-b for b in breaks[::-1]] + [0.0, *breaks]
    size = degree * (len(breaks) - 1) + 1
    energy, norm = np.zeros((2 * size, 2 * size)), np.zeros((2 * size, 2 * size))
    for n, (low, high) in enumerate(pairwise(breaks)):
        A, L, conduction, valence = sides[0 if abs(low + high) < 2 * half else 1]
        stretch = (high - low) / 2
        mass = stretch * (values.T * weights) @ values
        stiffness = (slopes.T * weights) @ slopes / stretch
        coupling = -P * (slopes.T * weights) @ values
        s = n * degree + np.arange(degree + 1)
        v = size + s
        energy[np.ix_(s, s)] += A * stiffness + conduction * mass
        energy[np.ix_(v, v)] += -L * stiffness + valence * mass
        energy[np.ix_(s, v)] += coupling
        energy[np.ix_(v, s)] += coupling.T
        norm[np.ix_(s, s)] += mass
        norm[np.ix_(v, v)] += mass
    inside = np.r_[1 : size - 1, size + 1 : 2 * size - 1]
    return eigh(energy[np.ix_(inside, inside)], norm[np.ix_(inside, inside)], eigvals_only=True)


def found(case, half, spacing):
    """All levels in eV."""
    sides, P = CASES[case]
    of = {
        name: two_orbitals(A, L, P, conduction, valence)
        for name, (A, L, conduction, valence) in zip(("inner", "outer"), sides, strict=True)
    }
    model = hd.kp.Polynomial(electron=lambda material: of[material.name])
    width = 4 * spacing  # keeps the middle away from the other walls
    slab = hd.Nanocrystal(
        [
            (hd.Material("inner"), hd.Box((2 * half, width, width))),
            (hd.Material("outer"), hd.Box((2 * OUTER, width, width))),
        ],
        hd.HardWall(),
    )
    return levels_along_x(hd.Hamiltonian(slab, model, spacing))


@cache
def errors(case, spacing):
    """In meV, by place of the interfaces between the nodes: two levels above and below the gap."""
    gap = np.mean(CASES[case][0][0][2:])
    result = []
    for half in HALF + np.linspace(0.0, 1.0, 7)[:-1] * spacing:
        levels, references = found(case, half, spacing), exact(case, half)
        result.append(
            [
                *(levels[levels > gap][:2] - references[references > gap][:2]),
                *(levels[levels < gap][-2:] - references[references < gap][-2:]),
            ]
        )
    return 1e3 * np.array(result)


@pytest.mark.parametrize(
    ("case", "spacing", "tolerance"),
    [("CdS in ZnSe", 0.1, 0.4), ("steps", 0.1, 0.25), ("steps", 0.2, 1.0)],
)
def test_levels_wherever_the_interfaces_lie(case, spacing, tolerance):
    """In meV. Without the answer of unresolved waves to steps: 0.7 and 3.0."""
    assert np.abs(errors(case, spacing)).max() < tolerance


@pytest.mark.parametrize("case", ["steps", pytest.param("CdS in ZnSe", marks=pytest.mark.slow)])
def test_order_is_two(case):
    """An inconsistency of first order was 0.13 and 0.06 meV of the means at these spacings."""
    coarse, fine = (errors(case, h) for h in (0.05, 0.025))
    for of_case in (lambda e: np.abs(e).max(axis=0), lambda e: np.abs(e.mean(axis=0))):
        assert np.all((of_case(coarse) > 2**1.8 * of_case(fine)) | (of_case(fine) < 6e-3))
