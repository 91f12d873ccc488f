"""The cycle for indefinite operators: no residual grows, whatever the shift, on any grid."""

import numpy as np
import pytest
from linalg_problems import (
    GAP_DOT,
    GAP_OUTSIDE,
    build_levels,
    cube_grid,
    one_band,
    random_block,
)

import heterodot as hd
from heterodot import _core
from heterodot.linalg.block_algebra import PlainAlgebra
from heterodot.linalg.complement import Complement
from heterodot.linalg.flexible_correction import flexible_corrections, flexible_rows


def eight_bands(nodes=15, wall=False):
    grid = cube_grid(nodes, 6.0 / (nodes + 1))
    layers = [(GAP_DOT, hd.Sphere(2.0))]
    return build_levels(
        layers, hd.kp.Zincblende8(), "electron", grid, None if wall else GAP_OUTSIDE
    )


@pytest.mark.parametrize("wall", [False, True], ids=["barrier", "hard wall"])
@pytest.mark.parametrize("shift", [0.9, 0.05, -0.1, 2.1, -30.0])
def test_no_residual_grows(wall, shift):
    levels = eight_bands(wall=wall)
    multigrid = _core.ResidualMultigrid(levels, shift)
    block = random_block(levels[0], 3)
    x, residual = multigrid.apply(block)
    expected = block - (levels[0].apply_float(x) - np.float32(shift) * x)
    scale = np.abs(expected).max()
    assert np.abs(residual - expected).max() < 1e-4 * scale
    assert np.all(x[:, ~levels[0].active()] == 0.0)
    norms = np.linalg.norm(residual, axis=1) / np.linalg.norm(block, axis=1)
    assert np.all(norms < 1.0)
    # Vectors do not know of each other.
    alone, _ = multigrid.apply(block[1:2])
    assert np.abs(alone[0] - x[1]).max() < 1e-5 * np.abs(x[1]).max()


def reduction(levels, shift, cycles=6):
    """Mean factor of the residual a cycle, the plain iteration."""
    multigrid = _core.ResidualMultigrid(levels, shift)
    rest = random_block(levels[0], 1)
    norms = []
    for _ in range(cycles):
        _, rest = multigrid.apply(rest)
        norms.append(np.linalg.norm(rest))
    return (norms[-1] / norms[1]) ** (1.0 / (cycles - 2))


@pytest.mark.parametrize("nodes", [15, 31])
def test_the_reduction_does_not_depend_on_the_grid(nodes):
    levels = eight_bands(nodes)
    assert reduction(levels, 0.95) < 0.5
    assert reduction(levels, 0.1) < 0.5


def test_operators_must_be_of_one_problem():
    levels = eight_bands()
    with pytest.raises(ValueError, match="coarsened grid"):
        _core.ResidualMultigrid([levels[0], levels[0]], 0.9)
    with pytest.raises(ValueError, match="at least one"):
        _core.ResidualMultigrid([], 0.9)
    with pytest.raises(ValueError, match="coarsened grid"):
        _core.ResidualMultigrid([levels[0], one_band(nodes=7)[0]], 0.9)
    with pytest.raises(ValueError, match="shape"):
        _core.ResidualMultigrid(levels, 0.9).apply(np.zeros((1, 3), np.complex64))
    with pytest.raises(ValueError, match="same operators"):
        _core.ResidualMultigrid(levels, 0.9, _core.ResidualMultigrid(levels[1:], 0.9))


def test_two_multigrids_may_work_in_the_same_memory():
    levels = eight_bands()
    block = random_block(levels[0], 5)
    alone = [_core.ResidualMultigrid(levels, shift).apply(block) for shift in (0.4, 0.9)]
    first = _core.ResidualMultigrid(levels, 0.4)
    second = _core.ResidualMultigrid(levels, 0.9, first)
    del levels
    for own, expected in [(first, alone[0]), (second, alone[1]), (first, alone[0])]:
        assert np.array_equal(own.apply(block), expected)


def test_threads_do_not_change_the_bits():
    levels = eight_bands()
    multigrid = _core.ResidualMultigrid(levels, 0.9)
    block = random_block(levels[0], 2)
    before = _core.thread_count()
    try:
        _core.set_thread_count(1)
        one, _ = multigrid.apply(block)
        _core.set_thread_count(2)
        two, _ = multigrid.apply(block)
    finally:
        _core.set_thread_count(before)
    assert np.array_equal(one, two)


class ExactInverse:
    """(H − σ)⁻¹ of a dense matrix, spoilt a little."""

    def __init__(self, matrix, shift, noise=0.0):
        self.shift, self.matrix = shift, matrix - shift * np.eye(len(matrix))
        random = np.random.default_rng(2)
        spoilt = noise * random.standard_normal(matrix.shape)
        self.inverse = np.linalg.inv(self.matrix) @ (np.eye(len(matrix)) + spoilt)

    def apply(self, block, out):
        x = block @ self.inverse.T
        out[1][:] = block - x @ self.matrix.T
        out[0][:] = x


class Diverging(ExactInverse):
    """One that fails on the second row."""

    def apply(self, block, out):
        super().apply(block, out)
        out[0][1] = np.nan
        out[1][1] = np.inf


def test_a_cycle_that_diverges_leaves_the_other_rows_alone():
    matrix = np.diag(np.concatenate([-1.0 - np.arange(10.0), 1.0 + np.arange(10.0)]))
    known = np.eye(20, dtype=np.complex64)[[10]]
    residuals = np.zeros((3, 20), np.complex64)
    residuals[[0, 1, 2], [11, 12, 13]] = 1.0
    store = np.empty((flexible_rows(3, 2), 20), np.complex64)
    found = flexible_corrections(
        Diverging(matrix, 0.7),
        residuals,
        np.full(3, 0.9),
        Complement(PlainAlgebra(), known),
        np.zeros_like(known),
        2,
        1e-3,
        store,
    )
    expected = -residuals / (np.diag(matrix) - 0.9)
    assert np.abs(found[[0, 2]] - expected[[0, 2]]).max() < 1e-5
    assert np.all(found[1] == 0.0)


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_corrections_solve_the_projected_equation(noise):
    """Known vectors far from convergence, too: their residuals are part of the equation."""
    random = np.random.default_rng(4)
    size = 60
    levels = np.concatenate([-1.0 - np.arange(30) / 10, 1.0 + np.arange(30) / 10])
    turn = np.linalg.qr(random.standard_normal((size, size)))[0]
    matrix = turn * levels @ turn.T
    guess = turn[:, 30:33].T + 0.1 * random.standard_normal((3, size))
    basis = np.linalg.qr(guess.T)[0].T
    values, rotation = np.linalg.eigh(basis @ matrix @ basis.T)
    known = rotation.T @ basis
    residuals = known @ matrix - values[:, None] * known
    inverse = ExactInverse(matrix, 0.7, noise)
    steps = 25 if noise else 12
    single = [block.astype(np.complex64) for block in (residuals, known, residuals)]
    known_vectors = Complement(PlainAlgebra(), single[1])
    store = np.empty((flexible_rows(3, steps), size), np.complex64)
    found = flexible_corrections(
        inverse, single[0], values, known_vectors, single[2], steps, 1e-5, store
    )
    project = np.eye(size) - known.T @ known
    for theta, residual, w in zip(values, residuals, found, strict=True):
        assert np.abs(known @ w).max() < 1e-4
        left = project @ (matrix @ w - theta * w) + residual
        assert np.linalg.norm(left) < 1e-3 * np.linalg.norm(residual)
