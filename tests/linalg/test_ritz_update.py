"""One step of Rayleigh–Ritz in one pass against the same in NumPy, and what rounding may do to it."""

import numpy as np
import pytest
from linalg_problems import one_band, six_bands
from numpy.testing import assert_allclose

from heterodot import _core
from heterodot.linalg.block_algebra import PlainAlgebra, update_ritz_vectors
from heterodot.linalg.kramers import KramersAlgebra, time_reverse
from heterodot.linalg.lobpcg_step import improve
from heterodot.linalg.operator_problem import Problem
from heterodot.linalg.subspace import renew_residuals
from heterodot.linalg.subspace_iteration import random_start


def numbers(random, shape, real):
    block = random.standard_normal(shape)
    return block if real else block + 1j * random.standard_normal(shape)


def columns(random, algebra, sources, targets, real):
    """Return coefficients; with Kramers pairs every second column is the partner of that before."""
    width = algebra.width
    result = numbers(random, (width * sources, width * targets), real)
    if width == 2:
        result[0::2, 1::2] = -result[1::2, 0::2].conj()
        result[1::2, 1::2] = result[0::2, 0::2].conj()
    return result


def combined(coefficients, block, width):
    """Σ_j c_jk v_j in NumPy, the partners of vectors among them."""
    if width == 1:
        return coefficients.T @ block
    both = np.stack([block, time_reverse(block)], axis=1).reshape(2 * len(block), -1)
    return (coefficients.T @ both)[::2]


@pytest.mark.parametrize(
    ("algebra", "real"),
    [(PlainAlgebra(), True), (PlainAlgebra(), False), (KramersAlgebra(), False)],
    ids=["real", "complex", "pairs"],
)
@pytest.mark.parametrize("size", [14, 510, 9000])
def test_an_update_is_what_it_says(algebra, real, size):
    random = np.random.default_rng(size)
    width, count, held = algebra.width, 5, 7
    kind, single = (np.float64, np.float32) if real else (np.complex128, np.complex64)
    # An operator that reversal of time leaves alone.
    diagonal = np.tile(random.uniform(-1.0, 1.0, size // 2), 2)
    vectors = numbers(random, (count, size), real).astype(kind)
    values, after = random.uniform(-1.0, 1.0, (2, count))
    residuals = (diagonal * vectors - values[:, None] * vectors).astype(single)
    directions = numbers(random, (held, size), real).astype(single)
    images = (diagonal * directions).astype(single)
    rotation = columns(random, algebra, count, count, real)
    steps = columns(random, algebra, held, count, real)
    step = combined(steps, directions.astype(kind), width)
    expected = combined(rotation, vectors, width) + step
    kept, factors = np.array([1, 4]), np.array([0.5, 3.0])
    norms = update_ritz_vectors(
        algebra,
        (vectors, residuals),
        (directions, images),
        rotation,
        steps,
        (values, after),
        kept,
        factors,
    )
    remaining = diagonal * expected - after[:, None] * expected
    assert_allclose(vectors, expected, atol=2e-5)
    assert_allclose(residuals, remaining, atol=2e-5)
    assert_allclose(norms, np.linalg.norm(remaining, axis=1), rtol=1e-5)
    assert_allclose(directions[:2], factors[:, None] * step[kept], atol=2e-5)
    assert_allclose(images[:2], diagonal * directions[:2], atol=1e-4)


def test_what_no_step_changes_keeps_double_precision():
    random = np.random.default_rng(3)
    vectors = random.standard_normal((3, 700))
    turn = np.linalg.qr(random.standard_normal((3, 3)))[0]
    expected = turn.T @ vectors
    update_ritz_vectors(
        PlainAlgebra(),
        (vectors, np.zeros((3, 700), np.float32)),
        (np.ones((2, 700), np.float32), np.ones((2, 700), np.float32)),
        turn,
        np.zeros((2, 3)),
        (np.ones(3), np.ones(3)),
        np.array([], int),
        np.array([]),
    )
    assert_allclose(vectors, expected, atol=1e-14)


def test_blocks_that_do_not_fit_are_refused():
    rows, singles = np.zeros((2, 8)), np.zeros((2, 8), np.float32)
    own = {
        "rotation": np.eye(2),
        "shifts": np.zeros((2, 2), np.float32),
        "steps": np.zeros((2, 2), np.float32),
        "values": [0.0, 0.0],
        "kept": [0],
        "factors": [1.0],
        "width": 1,
        "halves": 1,
    }
    with pytest.raises(ValueError, match="same length"):
        _core.update_ritz_vectors(rows, singles[:, :4].copy(), singles, singles, **own)
    with pytest.raises(ValueError, match="for every vector"):
        _core.update_ritz_vectors(rows, singles[:1], singles, singles, **own)
    with pytest.raises(ValueError, match="coefficients"):
        _core.update_ritz_vectors(rows, singles, singles[:1], singles[:1], **own)
    with pytest.raises(IndexError, match="no vector 2"):
        _core.update_ritz_vectors(rows, singles, singles, singles, **own | {"kept": [2]})


@pytest.mark.parametrize("problem", ["one band", "pairs of six bands"])
def test_residuals_of_steps_are_those_of_the_operator(problem):
    """After some steps in single precision; computed afresh they hold to rounding."""
    kramers = problem != "one band"
    levels = six_bands(nodes=9, spacing=0.8, wall=False) if kramers else one_band()
    own = Problem(levels[0], -1.0 if kramers else 1.0, kramers, levels[1:])
    space = random_start(own, 6, np.random.default_rng(1))
    begin = space.residuals[:3].max()
    for _ in range(8):
        improve(own, space, np.arange(6))
    assert space.residuals[:3].max() < 1e-2 * begin
    images = np.empty_like(space.vectors)

    def true_norms():
        own.apply(space.vectors, images)
        values = own.sign * space.values
        return np.linalg.norm(images - values[:, None] * space.vectors, axis=1)

    assert_allclose(space.residuals, true_norms(), rtol=1e-2, atol=2e-5)
    overlap = own.algebra.inner(space.vectors, space.vectors)
    assert np.abs(overlap - np.eye(len(overlap))).max() < 1e-6
    renew_residuals(own, space)
    assert_allclose(space.residuals, true_norms(), rtol=1e-9)
    before = space.residuals.copy()
    improve(own, space, np.arange(6))  # the steps held are still good
    assert space.residuals[0] < before[0]
