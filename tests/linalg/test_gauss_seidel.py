"""Sweeps against triangular solutions of the assembled matrix."""

import numpy as np
import pytest
from linalg_problems import GAP_DOT, GAP_OUTSIDE, build_levels, random_block
from numpy.testing import assert_allclose
from scipy.sparse import csr_array, diags_array, tril, triu
from scipy.sparse.linalg import spsolve_triangular

import heterodot as hd
from heterodot import _core

SHIFT = 0.9


def operator(shape, wall=False):
    spacing = 0.35
    origin = tuple(-0.5 * (n - 1) * spacing for n in shape)
    grid = hd.Grid(shape, origin, (spacing,) * 3)
    layers = [(GAP_DOT, hd.Ellipsoid((1.3, 0.6, 1.2)))]
    levels = build_levels(
        layers, hd.kp.Zincblende8(), "electron", grid, None if wall else GAP_OUTSIDE, smallest=2
    )
    return levels[0]


def assembled(op):
    """H of one spin without what turns spins, node by node, and the order of its rows."""
    start, columns, values = op.compressed_rows(0, int(np.count_nonzero(op.active())))
    active = np.flatnonzero(op.active())
    matrix = csr_array((values, columns, start))
    half = op.size // 2
    up = active < half
    # (orbital, node) becomes (node, orbital)
    nodes = half // op.orbitals
    order = np.argsort(active[up] % nodes * op.orbitals + active[up] // nodes)
    numbers = np.flatnonzero(up)[order]
    return csr_array(matrix[numbers][:, numbers].real), active[numbers]


def diagonal_of_sweeps(matrix, orbitals):
    """D: above the shift that of the complement, A + 1.5 diag C†B⁻¹C."""
    own = matrix.diagonal() - SHIFT
    above = orbitals == 0
    coupling = (matrix**2).multiply(np.outer(above, ~above))
    squares = coupling @ (1.0 / own)
    return np.where(above, own - 1.5 * squares, own)


@pytest.mark.parametrize("wall", [False, True], ids=["barrier", "hard wall"])
def test_sweeps_of_one_brick(wall):
    op = operator((9, 5, 8), wall)
    matrix, rows = assembled(op)
    diagonal = diagonal_of_sweeps(matrix, rows // (op.size // op.bands))
    block = random_block(op, 2)
    found = _core.GaussSeidel(op, SHIFT).apply(block)
    for r, z in zip(block, found, strict=True):
        for half in (0, op.size // 2):  # spin up and down
            lower = csr_array(tril(matrix, -1) + diags_array(diagonal))
            upper = csr_array(triu(matrix, 1) + diags_array(diagonal))
            forward = spsolve_triangular(lower, r[half + rows].astype(complex), lower=True)
            expected = spsolve_triangular(upper, diagonal * forward, lower=False)
            assert_allclose(z[half + rows], expected, atol=2e-5 * np.abs(expected).max())
    assert np.all(found[:, ~op.active()] == 0.0)


def test_sweeps_through_many_bricks_are_symmetric():
    op = operator((20, 13, 9))
    sweeps = _core.GaussSeidel(op, SHIFT)
    left, right = random_block(op, 1, 5)[0], random_block(op, 1, 6)[0]
    once, other = (
        np.vdot(left, sweeps.apply(right[None])[0]),
        np.vdot(sweeps.apply(left[None])[0], right),
    )
    assert abs(once - other) < 1e-4 * abs(once)


def test_a_single_band_is_refused():
    model = hd.kp.EffectiveMass()
    grid = hd.Grid((9, 9, 9), (-1.4,) * 3, (0.35,) * 3)
    (op, *_) = build_levels([(GAP_DOT, hd.Sphere(1.0))], model, "electron", grid, GAP_OUTSIDE)
    with pytest.raises(ValueError, match="both sides of a gap"):
        _core.GaussSeidel(op, SHIFT)
