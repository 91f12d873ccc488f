"""Products and combinations of the rows of blocks against the same in NumPy."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from heterodot import _core
from heterodot.linalg.block_algebra import PlainAlgebra, residual_norms, whiten
from heterodot.linalg.complement import Complement
from heterodot.linalg.kramers import KramersAlgebra, time_reverse
from heterodot.linalg.ritz_steps import steps_kept

KINDS = [np.float32, np.float64, np.complex64, np.complex128]
SIZES = st.sampled_from([2, 14, 254, 256, 258, 1000, 8190, 8194, 17000])


def random_block(kind, count, size, seed):
    random = np.random.default_rng(seed)
    block = random.standard_normal((count, size))
    if np.issubdtype(kind, np.complexfloating):
        block = block + 1j * random.standard_normal((count, size))
    return block.astype(kind)


def tolerance(kind, size):
    return (2e-4 if kind in (np.float32, np.complex64) else 1e-12) * np.sqrt(size)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 11), st.integers(1, 9), SIZES, st.integers(0, 99))
def test_products_and_combinations_of_plain_vectors(kind, left, right, size, seed):
    algebra = PlainAlgebra()
    a, b = random_block(kind, left, size, seed), random_block(kind, right, size, seed + 1)
    assert_allclose(algebra.inner(a, b), a.conj() @ b.T, atol=tolerance(kind, size))
    coefficients = random_block(kind, left, right, seed + 2)
    expected = coefficients.T @ a
    out = np.full((right, size), np.nan, kind)  # what was there must not matter
    algebra.combine(coefficients, a, out)
    assert_allclose(out, expected, atol=tolerance(kind, 10))
    both = np.concatenate([a, np.full((right, size), np.nan, kind)])
    algebra.combine(coefficients, both[:left], both[:right])  # in place
    assert_allclose(both[:right], expected, atol=tolerance(kind, 10))
    algebra.subtract(coefficients, a, out)
    assert_allclose(out, 0.0, atol=tolerance(kind, 10))
    apart = np.full((3 * left, size), np.nan, kind)[1::3]  # rows with others in between
    apart[:] = a
    assert np.array_equal(algebra.inner(apart, b), algebra.inner(a, b))
    algebra.combine(coefficients, apart, out)
    assert_allclose(out, expected, atol=tolerance(kind, 10))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(KINDS[2:]), st.integers(1, 7), st.integers(1, 5), SIZES, st.integers(0, 99))
def test_the_complement_of_kramers_pairs(kind, known, count, size, seed):
    if 2 * known > size:
        known = size // 2
    algebra = KramersAlgebra()
    start = random_block(np.complex128, known, size, seed)
    overlap = algebra.inner(start, start)
    assume(np.linalg.cond(overlap) < 1e6)  # in few dimensions vectors may be nearly dependent
    algebra.recombine(whiten(algebra, overlap), start)
    vectors, block = start.astype(kind), random_block(kind, count, size, seed + 1)
    assert_allclose(algebra.inner(start, start), np.eye(2 * known), atol=1e-9)
    complement = Complement(algebra, vectors)
    # Of Ax + l = b with a diagonal A that reversal of time leaves alone.
    diagonal = np.tile(np.random.default_rng(seed).uniform(-1.0, 1.0, size // 2), 2)
    right, images = random_block(kind, count, size, seed + 2), (diagonal * vectors).astype(kind)
    complement.project(right)
    complement.project(images)
    alone = block.copy()
    complement.project(alone)
    solutions = np.stack([block, (right - diagonal * block).astype(kind)])
    complement.project_solutions(solutions, images)
    block, left = solutions
    assert_allclose(block, alone, atol=tolerance(kind, 10))
    for partner in (vectors, time_reverse(vectors)):
        assert_allclose(partner.conj() @ block.T, 0.0, atol=tolerance(kind, size))
    product = (diagonal * block).astype(kind)
    complement.project(product)
    assert_allclose(product + left, right, atol=tolerance(kind, 100))


@settings(max_examples=20, deadline=None)
@given(st.booleans(), st.integers(1, 6), SIZES, st.integers(0, 99))
def test_residuals_of_chosen_vectors(real, count, size, seed):
    kind, single = (np.float64, np.float32) if real else (np.complex128, np.complex64)
    vectors, images = (random_block(kind, count + 2, size, seed + k) for k in (0, 1))
    numbers = np.random.default_rng(seed).permutation(count + 2)[:count]
    values = np.linspace(-1.0, 2.0, count)
    out = np.empty((count, size), single)
    norms = residual_norms(vectors, images, values, numbers, out)
    expected = images[numbers] - values[:, None] * vectors[numbers]
    assert_allclose(norms, np.linalg.norm(expected, axis=1), rtol=1e-13)
    assert_allclose(out, expected, rtol=1e-6, atol=1e-6)
    assert_allclose(
        residual_norms(vectors, images, values),
        np.linalg.norm(images[:count] - values[:, None] * vectors[:count], axis=1),
        rtol=1e-13,
    )


def test_sums_do_not_depend_on_threads():
    a, b = (random_block(np.complex128, 5, 40000, seed) for seed in (0, 1))
    before = _core.thread_count()
    tables = []
    try:
        for threads in (1, 2):
            _core.set_thread_count(threads)
            norms = residual_norms(a, b, np.arange(5.0))
            tables.append((KramersAlgebra().inner(a, b), norms))
    finally:
        _core.set_thread_count(before)
    for one, two in zip(*tables, strict=True):
        assert np.array_equal(one, two)


def test_blocks_that_do_not_fit_are_refused():
    rows = np.zeros((3, 8))
    with pytest.raises(ValueError, match="same length"):
        _core.row_products(rows, np.zeros((3, 6)), width=2, halves=1)
    with pytest.raises(ValueError, match="columns·width·halves"):
        _core.row_products(np.zeros((3, 6)), np.zeros((3, 6)), width=2, halves=2)
    with pytest.raises(ValueError, match="coefficients"):
        _core.combine_rows(np.zeros((2, 3)), rows, rows[:1], width=1, halves=1)
    with pytest.raises(
        ValueError, match="contiguous"
    ):  # not copied, as the caller would never see the result
        _core.combine_rows(np.zeros((3, 3)), rows, np.zeros((8, 3)).T, width=1, halves=1)
    with pytest.raises(IndexError, match="row 3"):
        _core.row_residuals(rows, rows, [0.0], [3])


@pytest.mark.parametrize("algebra", [PlainAlgebra(), KramersAlgebra()], ids=["plain", "pairs"])
def test_steps_that_lead_nowhere_are_left_out(algebra):
    """Rounding made long is no direction, nor is one that has become the vector itself."""
    width = algebra.width
    vectors = random_block(np.complex128, 8, 400, seed=3)
    white = whiten(algebra, algebra.inner(vectors, vectors))
    algebra.recombine(white, vectors)
    overlap = algebra.inner(vectors, vectors)
    coefficients = np.zeros((8, 4))  # of four new vectors in four old ones and four directions
    coefficients[[0, 1, 2, 7], [0, 1, 2, 3]] = 1.0
    coefficients[[4, 5, 6], [0, 1, 2]] = 1e-9, 1e-6, 0.5
    chosen = np.kron(coefficients, np.eye(width))
    asked = np.array([0, 1, 3])
    both, kept, norms = steps_kept(chosen, overlap, 4 * width, width, asked)
    assert kept.tolist() == [1]
    assert norms == pytest.approx([1e-6], rel=1e-9)
    assert_allclose(both[:, : 4 * width], chosen)
    assert_allclose(both[:, 4 * width :], np.eye(8 * width)[:, 5 * width : 6 * width], atol=1e-12)
