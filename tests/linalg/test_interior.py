"""Eigenpairs beside a gap: dense references, Kramers pairs, completeness, errors."""

import numpy as np
import pytest

from heterodot.linalg.block_algebra import PlainAlgebra
from heterodot.linalg.harmonic_ritz import improve, refresh, start_space
from heterodot.linalg.interior import InteriorLevel, interior_eigenpairs
from heterodot.linalg.interior_problem import Goal, Problem
from heterodot.linalg.kramers import time_reverse


class Dense:
    def __init__(self, matrix):
        self.matrix, self.size = matrix, len(matrix)

    def apply(self, block):
        return block @ self.matrix.T


class Diagonal:
    """Inverse distance of the diagonal from the shift."""

    def __init__(self, matrix, shift):
        self.distance = np.diag(matrix).real - shift

    def apply(self, block):
        return (block / np.abs(self.distance)).astype(np.complex64)

    def smoothed(self, count, sign, random):
        noise = random.standard_normal((count, self.distance.size)) + 0j
        return np.where(sign * self.distance > 0, noise / np.abs(self.distance), 0.0)


def gapped(size, seed, coupling=0.15):
    """Diagonal blocks from 1 up and from −1 down, coupled: no eigenvalue lies between."""
    random = np.random.default_rng(seed)
    half = size // 2
    noise = random.standard_normal((size, size)) + 1j * random.standard_normal((size, size))
    matrix = coupling * (noise + noise.conj().T) / np.sqrt(size)
    matrix[:half, :half] += np.diag(1.0 + np.linspace(0, 3, half) ** 2)
    matrix[half:, half:] -= np.diag(1.0 + np.linspace(0, 3, half) ** 2)
    return matrix


def with_partner(a):
    """[[A, B], [−B*, A*]] commutes with time reversal."""
    random = np.random.default_rng(5)
    b = 0.05 * (random.standard_normal(a.shape) + 1j * random.standard_normal(a.shape))
    b = (b - b.T) / np.sqrt(len(a))
    return np.block([[a, b], [-b.conj(), a.conj()]])


@pytest.mark.parametrize("sides", [(3, 5), (4, 0), (0, 2)])
def test_values_and_vectors_of_a_dense_matrix(sides):
    matrix = gapped(120, seed=1)
    exact = np.linalg.eigvalsh(matrix)
    level = InteriorLevel(Dense(matrix), Diagonal(matrix, 0.0))
    found = interior_eigenpairs([level], *sides, 0.0, tolerance=1e-7)
    assert found.above.values == pytest.approx(exact[exact > 0][: sides[0]], abs=1e-12)
    assert found.below.values == pytest.approx(exact[exact < 0][::-1][: sides[1]], abs=1e-12)
    for pairs in (found.above, found.below):
        applied = pairs.vectors @ matrix.T - pairs.values[:, None] * pairs.vectors
        norms = np.linalg.norm(applied, axis=1)
        assert norms == pytest.approx(pairs.residuals, abs=1e-13)
        assert np.all(norms <= 1e-7)
        assert pairs.complete
    vectors = np.concatenate([found.above.vectors, found.below.vectors])
    assert np.abs(vectors.conj() @ vectors.T - np.eye(sum(sides))).max() < 1e-12


def test_kramers_pairs_are_counted_once():
    matrix = with_partner(gapped(60, seed=2))
    exact = np.linalg.eigvalsh(matrix)
    assert exact[0::2] == pytest.approx(exact[1::2], abs=1e-12)
    level = InteriorLevel(Dense(matrix), Diagonal(matrix, 0.0))
    found = interior_eigenpairs([level], 3, 3, 0.0, kramers=True, tolerance=1e-7)
    assert found.above.values == pytest.approx(exact[exact > 0][0:6:2], abs=1e-12)
    assert found.below.values == pytest.approx(exact[exact < 0][::-1][0:6:2], abs=1e-12)
    both = np.concatenate([found.above.vectors, time_reverse(found.above.vectors)])
    assert np.abs(both.conj() @ both.T - np.eye(6)).max() < 1e-12


@pytest.mark.parametrize("seed", range(4))
def test_a_start_without_a_symmetry_finds_its_states_too(seed):
    """Two uncoupled copies, and a start in one of them: the probes find the other."""
    half = gapped(60, seed)
    zero = np.zeros_like(half)
    matrix = np.block([[half, zero], [zero, half + 0.01 * np.eye(60)]])

    class OneCopy(Diagonal):
        calls = 0

        def smoothed(self, count, sign, random):
            vectors = super().smoothed(count, sign, random)
            OneCopy.calls += 1
            if OneCopy.calls <= 2:
                vectors[:, 60:] = 0.0
            return vectors

    level = InteriorLevel(Dense(matrix), OneCopy(matrix, 0.0))
    found = interior_eigenpairs([level], 4, 4, 0.0, tolerance=1e-6)
    exact = np.linalg.eigvalsh(matrix)
    assert found.above.values == pytest.approx(exact[exact > 0][:4], abs=1e-9)
    assert found.below.values == pytest.approx(exact[exact < 0][::-1][:4], abs=1e-9)


def test_what_cannot_be_solved_is_said():
    matrix = gapped(60, seed=3)
    level = InteriorLevel(Dense(matrix), Diagonal(matrix, 0.0))
    with pytest.raises(ValueError, match="at least one"):
        interior_eigenpairs([level], 0, 0, 0.0)
    with pytest.raises(ValueError, match="tolerance"):
        interior_eigenpairs([level], 1, 1, 0.0, tolerance=0.0)
    skew = InteriorLevel(Dense(matrix + np.triu(matrix, 1)), Diagonal(matrix, 0.0))
    with pytest.raises(ValueError, match="not Hermitian"):
        interior_eigenpairs([skew], 1, 1, 0.0)
    from heterodot.errors import ConvergenceError

    with pytest.raises(ConvergenceError, match="residuals above"):
        interior_eigenpairs(
            [level], 3, 3, 0.0, tolerance=1e-9, max_iterations=1, check=False, fallback=False
        )


def test_more_states_than_there_are_on_a_side():
    matrix = gapped(12, seed=4)
    level = InteriorLevel(Dense(matrix), Diagonal(matrix, 0.0))
    from heterodot.errors import ConvergenceError

    with pytest.raises(ConvergenceError, match="fewer states"):
        interior_eigenpairs([level], 8, 1, 0.0, tolerance=1e-7)


@pytest.mark.parametrize("rows", [(4, 6), (6, 4), (2, 3)], ids=["as many", "turned", "fewer"])
def test_a_step_in_single_precision_is_the_step_in_double_precision(rows):
    """Values, vectors and residuals in the span of vectors and corrections, from residuals alone."""
    matrix = gapped(80, seed=6)
    algebra = PlainAlgebra()
    problem = Problem(InteriorLevel(Dense(matrix), Diagonal(matrix, 0.0)), algebra, 0.1)
    random = np.random.default_rng(7)
    start = random.standard_normal((10, 80)) + 1j * random.standard_normal((10, 80))
    space = start_space(problem, start, 10, Goal((2, 2), (4, 6), 1e-6, 9))
    fresh = (random.standard_normal((4, 80)) + 0j).astype(np.complex64)
    fresh /= np.linalg.norm(fresh, axis=1, keepdims=True)
    space.storage.directions[:4] = fresh
    span = np.concatenate([space.vectors, fresh.astype(complex)])
    improve(problem, space, 4, Goal((2, 2), rows, 1e-6, 9), np.arange(2))
    expected = start_space(problem, span, 14, Goal((2, 2), rows, 1e-6, 9))
    assert (space.below, len(space.values)) == (expected.below, sum(rows))
    assert space.values == pytest.approx(expected.values, abs=2e-6)
    assert space.residuals == pytest.approx(expected.residuals, abs=2e-5)
    vectors = space.vectors
    left = vectors @ matrix.T - space.values[:, None] * vectors
    assert np.abs(left - space.remainders).max() < 2e-5
    assert np.abs(vectors.conj() @ vectors.T - np.eye(sum(rows))).max() < 2e-6
    # The small matrices are those of the vectors and of the steps that were kept.
    held = np.concatenate([vectors, space.storage.directions[: space.steps]])
    assert np.abs(space.tables[0] - held.conj() @ held.T).max() < 2e-6
    assert np.abs(space.tables[1] - held.conj() @ (held @ matrix.T).T).max() < 2e-5
    refresh(problem, space)
    assert np.abs(vectors.conj() @ vectors.T - np.eye(sum(rows))).max() < 1e-13
    left = vectors @ matrix.T - space.values[:, None] * vectors
    assert space.residuals == pytest.approx(np.linalg.norm(left, axis=1), abs=1e-13)
