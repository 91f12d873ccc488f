"""Where the fast path stagnates, others are tried, and nothing unconverged is returned."""

import numpy as np
import pytest
from linalg_problems import Dense, matrix, one_band, random_hermitian, six_bands
from scipy.sparse.linalg import eigsh
from test_interior import Dense as Gapped
from test_interior import Diagonal, gapped

import heterodot as hd
from heterodot.errors import ConvergenceError
from heterodot.linalg.eigensolver import lowest_eigenpairs
from heterodot.linalg.factorised import lowest_eigenvectors
from heterodot.linalg.interior import InteriorLevel, interior_eigenpairs
from heterodot.linalg.stagnation import Watch


class Useless:
    """Sends every correction into one and the same direction."""

    def __init__(self, size):
        self.direction = np.sin(np.arange(size) ** 2.0)

    def apply(self, block):
        return np.tile(self.direction, (len(block), 1))


class Unreadable:
    """An operator that gives away no matrix, too large to ask for its columns."""

    def __init__(self, size):
        self.size, self.values = size, np.linspace(-1.0, 1.0, size) ** 3

    def apply(self, block):
        return block * self.values


def test_another_preconditioner_takes_over():
    operator, *coarse = one_band(nodes=15, spacing=0.6)
    found = lowest_eigenpairs(operator, 4, coarse=coarse, preconditioner=Useless(operator.size))
    expected = eigsh(matrix(operator).real, k=4, sigma=-0.5, return_eigenvectors=False)
    assert np.abs(found.values - np.sort(expected)).max() < 1e-8
    assert found.residuals.max() <= 2e-5
    assert "stagnated" in found.remark
    assert "another preconditioner" in found.remark
    assert found.complete


@pytest.mark.parametrize("problem", [one_band, six_bands])
def test_a_factorisation_takes_over(problem, monkeypatch):
    """Neither preconditioner works: that of multigrid is spoilt, too."""
    from heterodot.linalg import operator_problem

    kramers = problem is six_bands
    operator = problem(nodes=5 if kramers else 9, spacing=1.4 if kramers else 0.8)[0]
    sign = -1.0 if kramers else 1.0
    useless = Useless(operator.size)

    def precondition(_, block, out=None):
        result = useless.apply(block)
        if out is None:
            return result
        out[:] = result
        return out

    monkeypatch.setattr(operator_problem.Problem, "precondition", precondition)
    found = lowest_eigenpairs(operator, 3, sign=sign, kramers=kramers, tolerance=1e-6)
    dense = matrix(operator).toarray()
    exact = sign * np.sort(sign * np.linalg.eigvalsh(dense))
    assert np.abs(found.values - exact[: 6 if kramers else 3 : 2 if kramers else 1]).max() < 1e-9
    assert found.residuals.max() <= 1e-6
    assert "factorisation" in found.remark
    vectors = found.vectors
    assert np.abs(vectors.conj() @ vectors.T - np.eye(3)).max() < 1e-9


def test_without_a_matrix_the_states_are_named():
    operator = Unreadable(4000)
    with pytest.raises(ConvergenceError, match=r"eigenpairs 0, 1.* residuals above"):
        lowest_eigenpairs(operator, 3, preconditioner=Useless(4000), tolerance=1e-9)


def test_fallbacks_can_be_left_out():
    operator = one_band(nodes=15, spacing=0.6)[0]
    with pytest.raises(ConvergenceError, match="residuals above"):
        lowest_eigenpairs(operator, 4, preconditioner=Useless(operator.size), fallback=False)


class Lame(Diagonal):
    """Corrects the first unknowns only."""

    def apply(self, block):
        result = 1e-6 * super().apply(block)
        result[:, :10] *= 1e6
        return result


@pytest.mark.parametrize("kind", [Lame, Diagonal])
def test_states_beside_a_gap(kind):
    dense = gapped(300, seed=1, coupling=0.3)
    level = InteriorLevel(Gapped(dense), kind(dense, 0.0))
    found = interior_eigenpairs([level], 3, 2, 0.0, tolerance=1e-8, max_iterations=15)
    exact = np.linalg.eigvalsh(dense)
    assert found.above.values == pytest.approx(exact[exact > 0][:3], abs=1e-11)
    assert found.below.values == pytest.approx(exact[exact < 0][::-1][:2], abs=1e-11)
    for pairs in (found.above, found.below):
        assert pairs.residuals.max() <= 1e-8
        assert ("stagnated" in pairs.remark) == (kind is Lame)


def test_beside_a_gap_nothing_unconverged_is_returned():
    dense = gapped(60, seed=3)

    class Hidden(Gapped):
        def __init__(self, matrix):
            super().__init__(matrix)
            self.active = lambda: np.ones(60, bool)
            self.size = 60

    level = InteriorLevel(Hidden(dense), Lame(dense, 0.0))
    with pytest.raises(ConvergenceError, match="residuals above"):
        interior_eigenpairs([level], 3, 3, 0.0, tolerance=1e-9, max_iterations=4, fallback=False)


@pytest.fixture(scope="module")
def large_enough_to_be_factorised():
    own = matrix(six_bands(nodes=7, spacing=1.0)[0])
    return own, np.linalg.eigvalsh(own.toarray())


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_lowest_vectors_of_a_matrix(sign, large_enough_to_be_factorised):
    own, levels = large_enough_to_be_factorised
    values, vectors = lowest_eigenvectors(own.tocsc(), sign, 12)
    exact = np.sort(sign * levels)[:12]
    assert values == pytest.approx(exact, abs=1e-9)
    assert np.abs(own @ vectors - sign * vectors * values).max() < 1e-9


def test_progress_is_told_from_stagnation():
    def iterations(residuals, budget=60):
        watch = Watch(1e-6, budget)
        for number, residual in enumerate(residuals):
            if watch.stalled(np.array([residual, 1e-7])):
                return number
        return None

    assert iterations(0.8 ** np.arange(60)) is None
    assert iterations(0.97 ** np.arange(600.0), budget=600) is None  # slow, and allowed to be
    assert 12 <= iterations(0.2 + 0.01 * np.sin(np.arange(60))) < 20
    late = np.concatenate([0.5 ** np.arange(20), np.full(40, 0.5**20)])
    assert late[19] > 1e-6 or iterations(late) is None  # converged long before
    # A state that comes to light late has not stagnated yet.
    assert iterations(np.concatenate([np.full(30, 1e-7), 0.5 ** np.arange(30)])) is None
    # Nor has one that had converged and that probing moves by rounding.
    assert iterations(np.concatenate([np.full(30, 9e-7), [1.1e-6], np.full(10, 9e-7)])) is None


def test_slow_progress_is_seen_once_in_six_iterations():
    def seen(residuals):
        watch, numbers = Watch(1e-6, 60), []
        for number, residual in enumerate(residuals):
            watch.stalled(np.array([residual, residual, 1e-7]))
            if watch.slow():
                numbers.append(number)
        return numbers

    assert not seen(0.6 ** np.arange(20))  # more than a digit
    assert seen(0.8 ** np.arange(20)) == [6, 12, 18]
    assert not seen(np.full(20, 1e-7))  # nothing is left to do


@pytest.mark.slow
def test_heavy_bands_beside_very_light_ones_get_a_stronger_smoother():
    """InAs (γ1 + 4γ2 = 54, γ1 − 2γ2 = 3) in its organic surroundings: the fast path gets there."""
    dot = hd.Nanocrystal([("InAs", hd.Sphere(2.5))])
    ham = hd.Hamiltonian(dot, hd.kp.Luttinger6(), 0.3, barrier="grid")
    operator, *coarse = ham.levels("hole")
    pairs = lowest_eigenpairs(
        operator, 8, sign=-1.0, coarse=coarse, kramers=True, tolerance=1e-5, fallback=False
    )
    assert pairs.residuals.max() < 1e-5
    # A sphere keeps states of F = 3/2 together, whatever the grid does to those of higher F.
    assert np.diff(pairs.values)[[0, 2]] == pytest.approx(0.0, abs=1e-6)


def test_a_slow_dense_problem_is_left_to_converge():
    spread = np.diag(np.linspace(1.0, 300.0, 700))
    operator = Dense(spread + random_hermitian(700, seed=3) * 0.05)
    pairs = lowest_eigenpairs(operator, 6, max_iterations=300)
    assert "stagnated" not in pairs.remark
