"""Eigenpairs against dense and sparse solvers, closed forms, and what must not go wrong."""

from functools import cache

import numpy as np
import pytest
from linalg_problems import (
    Dense,
    WithDiagonal,
    build_levels,
    cube_grid,
    matrix,
    one_band,
    random_hermitian,
    six_bands,
)
from numpy.testing import assert_allclose
from scipy.sparse.linalg import eigsh

import heterodot as hd
from heterodot import _core
from heterodot.errors import ConvergenceError
from heterodot.linalg.eigensolver import eigensolver_memory, lowest_eigenpairs
from heterodot.linalg.kramers import time_reverse
from heterodot.units import HBAR2_OVER_2M0


def check_pairs(operator, pairs, sign, real=False):
    """Residuals are what they are said to be, vectors are orthonormal, values in order."""
    images = operator.apply_real(pairs.vectors) if real else operator.apply(pairs.vectors)
    residuals = np.linalg.norm(images - pairs.values[:, None] * pairs.vectors, axis=1)
    assert_allclose(residuals, pairs.residuals, rtol=1e-3, atol=1e-11)
    overlap = pairs.vectors.conj() @ pairs.vectors.T
    assert np.abs(overlap - np.eye(len(overlap))).max() < 1e-9
    assert np.all(np.diff(sign * pairs.values) > -1e-7)


@cache
def reference(problem, wall):
    """The outermost eigenvalues by Lanczos: more than are compared, lest a multiplet lose one."""
    h = matrix(problem(wall=wall)[0])
    real = problem is coarse_one_band
    start = np.random.default_rng(2).standard_normal(h.shape[0])
    found = eigsh(
        h.real if real else h,
        k=14 if real else 26,
        which="SA" if real else "LA",
        v0=start if real else start.astype(complex),
        ncv=80,
        return_eigenvectors=False,
    )
    return np.sort(found) if real else -np.sort(-found)


def coarse_one_band(wall):
    return one_band(nodes=19, spacing=0.5, wall=wall)


def coarse_six_bands(wall):
    return six_bands(nodes=9, spacing=0.8, wall=wall)


@pytest.mark.parametrize("wall", [False, True], ids=["barrier", "hard wall"])
@pytest.mark.parametrize("count", [1, 10])
def test_one_band_with_a_mass_jump(wall, count):
    levels = coarse_one_band(wall)
    pairs = lowest_eigenpairs(levels[0], count, coarse=levels[1:])
    expected = reference(coarse_one_band, wall)[:count]
    error = np.abs(pairs.values - expected)
    assert error.max() < 1e-8
    assert np.all(error <= pairs.bounds + 1e-10)
    assert pairs.vectors.dtype == np.float64
    assert pairs.complete
    check_pairs(levels[0], pairs, 1.0, real=True)
    assert np.all(pairs.vectors[:, ~levels[0].active()] == 0.0)


@pytest.mark.parametrize("kramers", [False, True], ids=["plain", "Kramers pairs"])
@pytest.mark.parametrize("wall", [False, True], ids=["barrier", "hard wall"])
def test_six_band_holes(wall, kramers):
    levels = coarse_six_bands(wall)
    count = 8 if kramers else 16
    pairs = lowest_eigenpairs(levels[0], count, sign=-1.0, coarse=levels[1:], kramers=kramers)
    expected = reference(coarse_six_bands, wall)[:16]
    found = np.repeat(pairs.values, 2) if kramers else pairs.values
    assert np.abs(found - expected).max() < 1e-8
    assert pairs.complete
    check_pairs(levels[0], pairs, -1.0)
    if kramers:
        partners = time_reverse(pairs.vectors)
        assert np.abs(pairs.vectors.conj() @ partners.T).max() < 1e-9
        images = levels[0].apply(partners)
        residuals = np.linalg.norm(images - pairs.values[:, None] * partners, axis=1)
        assert_allclose(residuals, pairs.residuals, rtol=1e-3, atol=1e-11)


def test_separable_box():
    """A box with different edges: sums of the closed-form values of three chains."""
    material = hd.Material("box", conduction_edge=0.0, electron_mass=0.2)
    grid = hd.Grid((31, 27, 23), (-6.0, -5.2, -4.4), (0.4, 0.4, 0.4))
    box = hd.Box((60.0, 60.0, 60.0))  # the grid ends first: ψ = 0 one step outside it
    levels = build_levels(
        [(material, box)], hd.kp.EffectiveMass(), "electron", grid, material, order=2
    )
    pairs = lowest_eigenpairs(levels[0], 12, coarse=levels[1:])
    scale = HBAR2_OVER_2M0 / 0.2 / 0.4**2
    x, y, z = (
        scale * 4 * np.sin(0.5 * np.pi * np.arange(1, n + 1) / (n + 1)) ** 2 for n in (31, 27, 23)
    )
    exact = np.sort((x[:, None, None] + y[None, :, None] + z).ravel())[:12]
    assert np.abs(pairs.values - exact).max() < 1e-8


@pytest.mark.parametrize("kind", [Dense, WithDiagonal])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_any_hermitian_operator(kind, sign):
    """Too large for the dense start: LOBPCG without a good preconditioner."""
    spread = np.diag(np.linspace(1.0, 300.0, 700))
    operator = kind(spread + random_hermitian(700, seed=3) * 0.05)
    pairs = lowest_eigenpairs(operator, 6, sign=sign, max_iterations=300)
    expected = sign * np.sort(sign * np.linalg.eigvalsh(operator.array))[:6]
    assert np.abs(pairs.values - expected).max() < 1e-7
    check_pairs(operator, pairs, sign)


def test_small_operators_are_diagonalised_densely():
    operator = Dense(random_hermitian(30, seed=1))
    pairs = lowest_eigenpairs(operator, 30)
    assert_allclose(pairs.values, np.linalg.eigvalsh(operator.array), atol=1e-12)
    assert pairs.complete


@pytest.mark.parametrize("split", [0.0, 1e-7])
def test_degenerate_multiplets(split):
    """Five-fold levels, exactly and almost degenerate, cut at the end of what is asked for."""
    values = np.repeat(np.arange(1.0, 141.0), 5) + split * np.arange(700)
    turn = np.linalg.qr(random_hermitian(700, seed=9, real=True))[0]
    operator = Dense(turn * values @ turn.T)
    pairs = lowest_eigenpairs(operator, 13, max_iterations=400)
    assert np.abs(pairs.values - values[:13]).max() < 1e-7
    assert "level is cut" in pairs.remark


def test_a_guess_without_a_wanted_state_does_not_hide_it():
    levels = one_band()
    good = lowest_eigenpairs(levels[0], 9, coarse=levels[1:])
    guess = np.delete(good.vectors, 4, axis=0)  # exact vectors of all but one
    pairs = lowest_eigenpairs(levels[0], 8, coarse=levels[1:], guess=guess)
    assert np.abs(pairs.values - good.values[:8]).max() < 1e-7
    assert pairs.complete


def test_probing_finds_what_symmetry_hides():
    """Only the random probes know of the other symmetry: guess and guards are all even."""
    levels = one_band(nodes=15, spacing=0.6)
    operator = levels[0]
    everything = lowest_eigenpairs(operator, 24, coarse=levels[1:])
    hidden = 1
    keep = [number for number in range(24) if number != hidden]
    from heterodot.linalg.operator_problem import Problem
    from heterodot.linalg.subspace_iteration import Settings, iterate, start_from

    problem = Problem(operator, 1.0, False, levels[1:])
    space = start_from(problem, everything.vectors[keep][:9], 9)
    settings = Settings(5, 9, 2e-5, 60, True)
    space = iterate(problem, space, settings, np.random.default_rng(1), lambda *_: None)
    assert np.abs(space.values[:5] - everything.values[:5]).max() < 1e-7
    assert space.complete


def test_seed_and_threads():
    levels = one_band()
    before = _core.thread_count()
    try:
        results = []
        for threads in (1, 1, 2):
            _core.set_thread_count(threads)
            results.append(lowest_eigenpairs(levels[0], 6, coarse=levels[1:]))
    finally:
        _core.set_thread_count(before)
    first, again, threaded = results
    assert np.array_equal(first.values, again.values)
    assert np.array_equal(first.vectors, again.vectors)
    assert_allclose(threaded.values, first.values, rtol=0, atol=1e-12)


def test_unconverged_numbers_are_never_returned():
    levels = one_band()
    with pytest.raises(ConvergenceError, match=r"residuals above 2e-05 .* max_iterations"):
        lowest_eigenpairs(levels[0], 5, coarse=levels[1:], max_iterations=2, fallback=False)


def test_progress_is_reported_and_interrupts():
    levels = one_band()
    seen = []
    lowest_eigenpairs(levels[0], 4, coarse=levels[1:], progress=lambda *a: seen.append(a))
    assert all(0 <= converged <= wanted == 4 for _, converged, wanted, _ in seen)
    assert seen[-1][1] == 4

    def stop(iteration, *_):
        if iteration == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lowest_eigenpairs(levels[0], 4, coarse=levels[1:], progress=stop)
    lowest_eigenpairs(levels[0], 4, coarse=levels[1:], progress=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "count must be at least 1"),
        ({"count": 31}, "more than the 30 eigenpairs"),
        ({"count": 2, "sign": 0.5}, "sign must be"),
        ({"count": 2, "tolerance": 0.0}, "tolerance must be positive"),
        ({"count": 2, "guess": np.ones((2, 7))}, "guess must have shape"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        lowest_eigenpairs(Dense(random_hermitian(30, seed=2)), **arguments)


def test_operators_that_are_not_hermitian_are_refused():
    array = random_hermitian(40, seed=2)
    with pytest.raises(ValueError, match="not Hermitian"):
        lowest_eigenpairs(Dense(array + 1e-3 * np.triu(array)), 3)
    with pytest.raises(ValueError, match="time reversal"):
        lowest_eigenpairs(Dense(array), 3, kramers=True)


def test_kramers_needs_two_spins():
    with pytest.raises(ValueError, match="two spins"):
        lowest_eigenpairs(one_band()[0], 2, kramers=True)


def test_memory_estimate_covers_what_is_allocated():
    import tracemalloc

    levels = one_band(nodes=31, spacing=0.3)
    tracemalloc.start()
    lowest_eigenpairs(levels[0], 10, coarse=levels[1:])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    estimate = eigensolver_memory(levels[0].size, 10, real=True)
    assert 0.7 * peak < estimate < 3.0 * peak


def test_grid_of_one_level_uses_smoothing_alone():
    operator = one_band(nodes=15, spacing=0.6)[0]
    pairs = lowest_eigenpairs(operator, 4, max_iterations=200)
    expected = eigsh(matrix(operator).real, k=4, sigma=-0.5, return_eigenvectors=False)
    assert np.abs(pairs.values - np.sort(expected)).max() < 1e-8


def test_order_of_levels_is_checked():
    levels = one_band()
    with pytest.raises(ValueError, match="coarsened grid"):
        lowest_eigenpairs(levels[0], 2, coarse=levels[2:])


def test_potential_is_followed():
    """A potential on every level: the eigensolver sees operators only."""
    levels = one_band(nodes=15, spacing=0.5)
    shifted = [op.with_potential(np.full(op.shape, 0.25)) for op in levels]
    plain = lowest_eigenpairs(levels[0], 5, coarse=levels[1:])
    raised = lowest_eigenpairs(shifted[0], 5, coarse=shifted[1:])
    assert_allclose(raised.values, plain.values + 0.25, atol=1e-8)


def test_grid_helper_matches_coarsening():
    grid = cube_grid(15, 0.5)
    assert grid.coarsened().shape == (7, 7, 7)
