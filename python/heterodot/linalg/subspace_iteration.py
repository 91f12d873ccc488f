"""Block LOBPCG on one level, with a search for states that the start has missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import Block
from heterodot.linalg.checkpoint import Reached
from heterodot.linalg.lobpcg_step import improve
from heterodot.linalg.operator_problem import Problem
from heterodot.linalg.stagnation import Watch
from heterodot.linalg.subspace import (
    PROBES,
    Subspace,
    capacity,
    renew_residuals,
    ritz,
    ritz_in_place,
)

__all__ = [
    "Settings",
    "Subspace",
    "coarser_levels",
    "dense_start",
    "iterate",
    "random_start",
    "start_from",
]

Report = Callable[[int, int, int, float], object]

_NO_WIDTH = 1e-5  # eV: what stands for a distance that vanishes
_PROBE_ITERATIONS = 20
_RENEWED = 3e-3  # fall of residuals after which they are computed from H again


@dataclass(frozen=True)
class Settings:
    """What one level has to reach."""

    count: int
    rows: int  # with guard vectors
    tolerance: float
    max_iterations: int
    probe: bool
    keep: Callable[[Subspace], object] | None = None  # sees the subspace before every iteration


def coarser_levels(reached: Reached) -> list[Subspace]:
    """Return what a checkpoint knows of the levels below its own: all but the vectors."""
    return [
        Subspace(None, values, np.zeros(len(values)), iterations=iterations, complete=complete)
        for values, iterations, complete in zip(
            reached.values[1:], reached.iterations[1:], reached.complete[1:], strict=True
        )
    ]


def dense_start(problem: Problem, rows: int) -> Subspace:
    """Diagonalise a small problem completely."""
    index = np.arange(problem.size) if problem.active is None else np.flatnonzero(problem.active)
    unit = np.zeros((len(index), problem.size), float if problem.real else complex)
    unit[np.arange(len(index)), index] = 1.0
    image = np.empty_like(unit)
    problem.apply(unit, image)
    matrix = problem.sign * image[:, index].T
    last = min(len(index), problem.algebra.width * (rows + 1)) - 1
    _, columns = scipy.linalg.eigh(
        0.5 * (matrix + matrix.conj().T), subset_by_index=(0, last), check_finite=False
    )
    vectors = np.zeros((columns.shape[1], problem.size), unit.dtype)
    vectors[:, index] = columns.T
    # With Kramers pairs both partners are in the block; whitening leaves one vector of each.
    space = ritz(problem, vectors, rows, 0)
    space.exact = True
    return space


def random_start(
    problem: Problem, rows: int, random: np.random.Generator, guess: Block | None = None
) -> Subspace:
    """Start from a guess, filled up with random vectors that the preconditioner has smoothed."""
    low, high = _spectrum(problem, random)
    problem.set_shift(low - 0.05 * (high - low))
    missing = rows if guess is None else max(rows - len(guess), 2)
    vectors = problem.random(missing, random)
    for _ in range(3):
        vectors = problem.precondition(vectors)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if guess is not None:
        vectors = np.concatenate([guess.astype(vectors.dtype), vectors])
    space = ritz(problem, vectors, rows, capacity(rows, rows))
    if len(space.values) < rows:  # a preconditioner that makes all vectors alike
        vectors = np.concatenate([space.vectors, problem.random(rows, random)])
        space = ritz(problem, vectors, rows, capacity(rows, rows))
    return space


def _spectrum(problem: Problem, random: np.random.Generator) -> tuple[float, float]:
    """Estimate the ends of the spectrum of sign·H by a few Lanczos steps."""
    vector = problem.random(1, random)
    vector /= np.linalg.norm(vector)
    before, beta = np.zeros_like(vector), 0.0
    diagonal: list[float] = []
    beside: list[float] = []
    for _ in range(min(16, problem.unknowns)):
        image = np.empty_like(vector)
        problem.apply(vector, image)
        image *= problem.sign
        image -= beta * before
        diagonal.append(float(np.vdot(vector, image).real))
        image -= diagonal[-1] * vector
        beta = float(np.linalg.norm(image))
        if beta < 1e-12 * (1.0 + abs(diagonal[-1])):
            break
        beside.append(beta)
        before, vector = vector, image / beta
    ends = scipy.linalg.eigvalsh_tridiagonal(diagonal, beside[: len(diagonal) - 1])
    return float(ends[0]), float(ends[-1])


def start_from(problem: Problem, vectors: Block, rows: int) -> Subspace:
    """Start from vectors of a coarser level, more than will be kept."""
    return ritz(problem, vectors, len(vectors), capacity(rows, len(vectors)))


def _shift(values: NDArray[np.float64]) -> float:
    """Return a shift below the lowest value, by a part of the width of the block."""
    width = float(values[-1] - values[0])
    return float(values[0]) - max(0.3 * width, 1e-3 * (1.0 + abs(float(values[0]))))


def _follow(problem: Problem, values: NDArray[np.float64]) -> None:
    """Move the shift when the values have moved too near to it or far away from it."""
    better = _shift(values)
    if problem.lowest:
        problem.lowest[0] = float(values[0])
    distance = float(values[0]) - better
    if problem.shift is None or not (
        0.4 * distance < float(values[0]) - problem.shift < 4.0 * distance
    ):
        problem.set_shift(better)


def iterate(
    problem: Problem,
    space: Subspace,
    settings: Settings,
    random: np.random.Generator,
    report: Report,
) -> Subspace:
    """Improve a subspace until the wanted residuals reach the tolerance and no state is missing."""
    count, rows = settings.count, settings.rows
    probing, first = 0, space.iterations
    watch = Watch(settings.tolerance, settings.max_iterations)
    space.complete = True
    fresh = float(space.residuals[:count].max())  # when residuals were last computed from H
    for iteration in range(settings.max_iterations + 1):
        if settings.keep is not None:
            settings.keep(space)
        if space.steps and space.residuals[:count].max() < _RENEWED * fresh:
            renew_residuals(problem, space)
            fresh = float(space.residuals[:count].max())
        wanted = space.residuals[:count]
        open_states = int(np.count_nonzero(wanted > settings.tolerance))
        report(first + iteration, count - open_states, count, float(wanted.max()))
        # Guard vectors must not be on their way to a wanted state either.
        if open_states == 0 and (probing or not _unsettled(space, settings, rows)[:rows].any()):
            searching = 0 < probing < _PROBE_ITERATIONS
            if not (searching and _unsettled(space, settings, rows).any()):
                # Residuals are sums over all iterations: compute them afresh before believing them.
                if space.steps:
                    space = _refreshed(problem, space)
                    fresh = float(space.residuals[:count].max())
                    if fresh > settings.tolerance:
                        continue
                if not settings.probe or space.exact or len(space.values) >= problem.independent:
                    break
                if probing and not _unsettled(space, settings, rows).any():
                    break
                if probing >= _PROBE_ITERATIONS:
                    space.complete = False
                    break
                if probing == 0:
                    space = _with_probes(problem, space, random)
            probing += 1
        if iteration == settings.max_iterations or watch.stalled(space.residuals[:count]):
            space.complete = False
            break
        if not probing and watch.slow():
            problem.strengthen()
        _follow(problem, space.values[:rows])
        improve(problem, space, _active(space, settings, rows, probing > 0))
        space.iterations = first + iteration + 1
        if not probing and len(space.values) > rows:
            sinking = np.flatnonzero(_may_sink(space, count))
            space.shorten(max(rows, sinking[-1] + 1 if len(sinking) else 0), problem.algebra.width)
    space.shorten(rows, problem.algebra.width)
    return space


def _refreshed(problem: Problem, space: Subspace) -> Subspace:
    count = len(space.values)
    space.torn = True
    fresh = ritz_in_place(problem, space.held, count, count)
    fresh.iterations = space.iterations
    return fresh


def _with_probes(problem: Problem, space: Subspace, random: np.random.Generator) -> Subspace:
    """Add random vectors that know nothing of those found: a missing state shows up in them."""
    held, room = len(space.values), problem.independent - len(space.values)
    probes = problem.precondition(problem.random(PROBES, random))
    for row, probe in enumerate(probes):
        np.divide(probe, float(np.linalg.norm(probe)) or 1.0, out=space.held.basis[held + row])
    rows = held + min(PROBES, room)
    space.torn = True
    wider = ritz_in_place(problem, space.held, held + PROBES, rows)
    wider.iterations = space.iterations
    return wider


def _unsettled(space: Subspace, settings: Settings, rows: int) -> NDArray[np.bool_]:
    """Mark vectors beyond those wanted that may still turn into states below the last wanted one.

    Within its residual of a Ritz value there is an eigenvalue. A random vector is a mixture of all
    states that are not in the subspace, and the iteration purifies the lowest of them first: when
    the error its residual allows is less than its distance to the last state wanted, nothing was
    below.
    Of the probes it is enough that the lowest gets there; the others help it.
    """
    marks = _may_sink(space, settings.count)
    marks[: settings.count] = False
    marks[rows + 1 :] = False
    return marks


def _may_sink(space: Subspace, count: int) -> NDArray[np.bool_]:
    """Mark vectors whose residuals allow eigenvalues below the last one wanted."""
    last = space.values[count - 1]
    width = max(float(space.values[-1] - space.values[0]), _NO_WIDTH)
    # The error of a Ritz value is about residual² / gap.
    distance = np.maximum(space.values - last, _NO_WIDTH)
    return np.asarray(space.residuals**2 > 0.25 * width * distance)


def _active(space: Subspace, settings: Settings, rows: int, probing: bool) -> NDArray[np.intp]:
    """Return the rows to be improved."""
    chosen = space.residuals > settings.tolerance
    unsettled = _unsettled(space, settings, rows)
    beyond = slice(settings.count, None)
    if probing:
        chosen[beyond] = unsettled[beyond]
        chosen[rows:] = True
    else:
        chosen[beyond] = (space.residuals[beyond] > 10 * settings.tolerance) | unsettled[beyond]
    return np.flatnonzero(chosen)
