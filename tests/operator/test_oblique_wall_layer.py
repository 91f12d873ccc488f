"""Three bands in a slab whose hard walls are oblique to the grid, against the two-band closed form.

Bands are isotropic (L = M + N), so that M and N drop out of the levels, whatever the normal. What
repeats along a slab across [pq0] is folded onto one line of nodes.
"""

from functools import cache

import numpy as np
import pytest
from operator_problems import plane_across_z
from test_wall_layer import GAP, LEVELS, RATIO, P, exact

import heterodot as hd

SPACING = 0.1  # nm
HALVES = 1.5 + np.array([-0.05, -0.017, 0.017])  # nm


def three_bands(layer, ratio):
    """S, X, Y with a layer in nm and M/L = ratio."""
    A, L = P * RATIO * layer, -P * layer / RATIO
    M = ratio * L
    N = L - M
    kx, ky = hd.kp.kx, hd.kp.ky
    cross = kx * (0.5 * N) * ky + ky * (0.5 * N) * kx
    return hd.kp.MatrixPolynomial.from_matrix(
        ("S", "X", "Y"),
        [
            [GAP + kx * A * kx + ky * A * ky, 1j * P * kx, 1j * P * ky],
            [-1j * kx * P, kx * L * kx + ky * M * ky, cross],
            [-1j * ky * P, cross, ky * L * ky + kx * M * kx],
        ],
        places=(0, 1, 2),
        below_gap=2,
    )


def levels(layer, ratio, normal, half):
    """All levels in eV that are constant along the slab."""
    p, q = normal
    three = three_bands(layer, ratio)
    box = hd.Box((2 * half, 30 * SPACING, 6 * SPACING)).rotate(
        np.degrees(np.arctan2(q, p)), (0, 0, 1)
    )
    ham = hd.Hamiltonian(
        hd.Nanocrystal([(hd.Material("slab"), box)], hd.HardWall()),
        hd.kp.Polynomial(electron=lambda of: three),
        SPACING,
    )
    operator = ham.operator("electron")
    places = np.argwhere(operator.active().reshape(operator.shape))
    places = places[places[:, 3] == operator.shape[3] // 2]
    axes = [ham.grid.axes(place) for place in operator.places]
    along = [q * axes[b][0][i] - p * axes[b][1][j] for b, i, j, _ in places]
    classes = [(b, p * i + q * j) for b, i, j, _ in places]
    middle = {}  # the node of every class nearest to the middle of the slab
    for n, of in enumerate(classes):
        if of not in middle or abs(along[n]) < abs(along[middle[of]]):
            middle[of] = n
    number = {of: n for n, of in enumerate(sorted(middle))}
    rows = [middle[of] for of in sorted(middle)]
    fold = np.zeros((len(classes), len(number)))
    fold[np.arange(len(classes)), [number[of] for of in classes]] = 1.0
    line = (plane_across_z(ham)[rows] @ fold).real
    assert np.abs(line - line.T).max() < 1e-10
    return np.linalg.eigvalsh(line)


@cache
def mean_error(layer, ratio, normal):
    """Of the lowest level above the gap in meV, over the places of the walls between the nodes."""
    even, energies, _ = LEVELS["1"]
    errors = []
    for half in HALVES:
        level = exact(layer, half, even, energies)
        found = levels(layer, ratio, normal, half)
        errors.append(1e3 * (found[np.argmin(np.abs(found - level))] - level))
    return np.mean(errors)


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize("normal", [(1, 0), (1, 1), (2, 1), (4, 1)])
@pytest.mark.parametrize(("layer", "tolerance"), [(0.12, 0.3), (0.03, 1.5)])
def test_slab_across_the_grid(layer, tolerance, normal, ratio):
    assert abs(mean_error(layer, ratio, normal)) < tolerance


def test_mixed_derivatives_have_the_volume_of_pure_ones():
    """Products of legs that the wall cuts at l and m, counted as √(lm), left 0.4 meV here."""
    with_mixed, without = (mean_error(0.12, ratio, (2, 1)) for ratio in (0.5, 1.0))
    assert abs(with_mixed - without) < 0.3
