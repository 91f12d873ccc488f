"""Eight bands on the staggered grid, without spin–orbit coupling: a sphere in a wider crystal.

S on the nodes, X, Y, Z on the faces. Reference: the spherical problem solved radially in unbounded
space, and an independent staggered prototype with plain volume fractions and second-order
differences (sphere R = 1.5 nm, steps 2.0 and 1.5 eV, Ep 16 eV), which differ by its fractions and
its larger box.
"""

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

import heterodot as hd
from heterodot import _core
from heterodot.geometry.grid import Grid
from heterodot.geometry.voxels import Voxels

PROTOTYPE = {12: (2420.6, 2832.8, -387.0, -497.5), 16: (2413.7, 2829.5, -385.4, -496.8)}
EXACT = (2404.07, 2822.89, -384.12, -498.05)


def levels(steps, **options):
    """Levels in meV above and below the gap, in a box of 5 nm cut into `steps`."""
    of = hd.Material(
        "core", phase="zincblende", conduction_edge=1.84, valence_edge=0.0, electron_mass=0.11,
        kane_energy=16.0, luttinger=(5.51, 1.78, 1.78),
    )  # fmt: skip
    inside = hd.kp.Zincblende8(kane=16.0).polynomial(of, "electron")
    outside = inside.with_local(np.diag([2.0, -1.5, -1.5, -1.5]))
    h = 5.0 / steps
    grid = Grid((steps - 1,) * 3, (-2.5 + h,) * 3, (h,) * 3)
    operator = _core.discretise(
        Voxels(grid, [hd.Sphere(1.5)]).compiled, orbitals=4, spins=1, places=list(inside.places),
        forms=[inside.form(), outside.form()], spin_orbit=[], **options,
    )  # fmt: skip
    assert operator.is_real
    size = int(np.count_nonzero(operator.active()))
    start, columns, values = operator.compressed_rows(0, size)
    matrix = csr_array((values.real, columns, start), shape=(size, size)).tocsc()
    assert abs(matrix - matrix.T).max() < 1e-12
    found = [
        np.sort(eigsh(matrix, k=count, sigma=at, v0=np.ones(size), return_eigenvectors=False))
        for at, count in ((2.5, 9), (-0.3, 6))
    ]
    return 1e3 * found[0], 1e3 * found[1][::-1]


def check(electrons, holes, expected, tolerance):
    s, p, first, second = expected
    assert electrons[0] == pytest.approx(s, abs=tolerance)
    assert electrons[1:4] == pytest.approx([p] * 3, abs=tolerance)
    assert holes[:3] == pytest.approx([first] * 3, abs=tolerance)
    assert holes[3:6] == pytest.approx([second] * 3, abs=tolerance)
    # Nothing in the gap, nothing between the multiplets, which hold together.
    assert np.ptp(electrons[1:4]) < 1.0
    assert np.ptp(holes[:3]) < 1.0
    assert electrons[4] - electrons[3] > 300.0
    assert electrons[0] > 1840.0
    assert holes[0] < 0.0


def test_plain_rules_agree_with_the_prototype():
    electrons, holes = levels(12, interface="average", order=2, corrected_fractions=False)
    check(electrons, holes, PROTOTYPE[12], 3.2)


@pytest.mark.slow
def test_plain_rules_approach_the_prototype():
    electrons, holes = levels(16, interface="average", order=2, corrected_fractions=False)
    check(electrons, holes, PROTOTYPE[16], 2.8)


@pytest.mark.slow
def test_fourth_order_is_near_the_exact_levels_on_a_coarse_grid():
    electrons, holes = levels(12)
    check(electrons, holes, EXACT, 4.5)
