"""Block LOBPCG on one level, with a search for states that the start has missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import (
    Block,
    Matrix,
    check_hermitian,
    orthonormal_steps,
    residual_norms,
    whiten,
    widen,
)
from heterodot.linalg.checkpoint import Reached
from heterodot.linalg.operator_problem import Problem
from heterodot.linalg.stagnation import Watch

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

_PROBES = 3  # random vectors that look for missing states
_NO_WIDTH = 1e-5  # eV: what stands for a distance that vanishes
_PROBE_ITERATIONS = 20


@dataclass(frozen=True)
class Settings:
    """What one level has to reach."""

    count: int
    rows: int  # with guard vectors
    tolerance: float
    max_iterations: int
    probe: bool
    keep: Callable[[Subspace], object] | None = None  # sees the subspace before every iteration


@dataclass
class Subspace:
    """Ritz pairs of sign·H, in ascending order: those wanted and the guard vectors after them.

    ``basis`` and ``images`` (sign·H applied to it) hold the vectors, then the directions of the
    last step (orthonormal to the vectors), and room for corrections.
    """

    basis: Block
    images: Block
    values: NDArray[np.float64]
    residuals: NDArray[np.float64]
    step_matrix: Matrix  # of sign·H between the steps (the images are those of H)
    iterations: int = 0
    complete: bool = True
    exact: bool = False  # from a complete diagonalisation
    torn: bool = False  # while rows are being recombined in place

    @property
    def vectors(self) -> Block:
        """The Ritz vectors."""
        return self.basis[: len(self.values)]

    def shorten(self, rows: int) -> None:
        """Forget vectors beyond the first rows, and the last steps."""
        self.values, self.residuals = self.values[:rows], self.residuals[:rows]
        self.step_matrix = np.zeros((0, 0))


def coarser_levels(reached: Reached) -> list[Subspace]:
    """Return what a checkpoint knows of the levels below its own: all but the vectors."""
    none = np.zeros((0, 0))
    return [
        Subspace(none, none, values, np.zeros(len(values)), none, iterations, complete)
        for values, iterations, complete in zip(
            reached.values[1:], reached.iterations[1:], reached.complete[1:], strict=True
        )
    ]


def capacity(rows: int, start: int) -> int:
    """Return how many rows a basis needs that starts with some and goes on with fewer vectors."""
    return 3 * (max(start, rows) + _PROBES)


def _ritz(problem: Problem, vectors: Block, rows: int, room: int) -> Subspace:
    """Rayleigh–Ritz in the span of some vectors."""
    basis: Block = np.empty((max(room, len(vectors)), problem.size), problem.kind)
    for row, vector in enumerate(vectors):
        np.divide(vector, float(np.linalg.norm(vector)) or 1.0, out=basis[row])
    return _ritz_in_place(problem, basis, np.empty_like(basis), len(vectors), rows)


def _ritz_in_place(
    problem: Problem, basis: Block, images: Block, count: int, rows: int
) -> Subspace:
    """Rayleigh–Ritz in the span of the first rows of a basis, which its vectors replace."""
    algebra = problem.algebra
    problem.apply(basis[:count], images[:count])
    white = whiten(algebra, algebra.inner(basis[:count], basis[:count]))
    matrix = problem.sign * algebra.inner(basis[:count], images[:count])
    check_hermitian(matrix, images[:count], problem.algebra.width)
    projected = white.conj().T @ matrix @ white
    values, rotation = algebra.eigh(projected)
    values = values[:rows]
    chosen = white @ rotation[:, : len(values) * algebra.width]
    algebra.recombine(chosen, basis[:count])
    algebra.recombine(chosen, images[:count])
    residuals = residual_norms(basis, images, problem.sign * values)
    return Subspace(basis, images, values, residuals, np.zeros((0, 0)))


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
    space = _ritz(problem, vectors, rows, 0)
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
    space = _ritz(problem, vectors, rows, capacity(rows, rows))
    if len(space.values) < rows:  # a preconditioner that makes all vectors alike
        vectors = np.concatenate([space.vectors, problem.random(rows, random)])
        space = _ritz(problem, vectors, rows, capacity(rows, rows))
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
    return _ritz(problem, vectors, len(vectors), capacity(rows, len(vectors)))


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
    for iteration in range(settings.max_iterations + 1):
        if settings.keep is not None:
            settings.keep(space)
        wanted = space.residuals[:count]
        open_states = int(np.count_nonzero(wanted > settings.tolerance))
        report(first + iteration, count - open_states, count, float(wanted.max()))
        # Guard vectors must not be on their way to a wanted state either.
        if open_states == 0 and (probing or not _unsettled(space, settings, rows)[:rows].any()):
            # The images are sums over all iterations: compute them afresh before believing them.
            if len(space.step_matrix):
                space = _refreshed(problem, space)
                if np.any(space.residuals[:count] > settings.tolerance):
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
        _follow(problem, space.values[:rows])
        _step(problem, space, _active(space, settings, rows, probing > 0))
        space.iterations = first + iteration + 1
        if not probing and len(space.values) > rows and not _may_sink(space, count)[rows:].any():
            space.shorten(rows)
    space.shorten(rows)
    return space


def _refreshed(problem: Problem, space: Subspace) -> Subspace:
    count = len(space.values)
    space.torn = True
    fresh = _ritz_in_place(problem, space.basis, space.images, count, count)
    fresh.iterations = space.iterations
    return fresh


def _with_probes(problem: Problem, space: Subspace, random: np.random.Generator) -> Subspace:
    """Add random vectors that know nothing of those found: a missing state shows up in them."""
    held, room = len(space.values), problem.independent - len(space.values)
    probes = problem.precondition(problem.random(_PROBES, random))
    for row, probe in enumerate(probes):
        np.divide(probe, float(np.linalg.norm(probe)) or 1.0, out=space.basis[held + row])
    rows = held + min(_PROBES, room)
    space.torn = True
    wider = _ritz_in_place(problem, space.basis, space.images, held + _PROBES, rows)
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


def _step(problem: Problem, space: Subspace, active: NDArray[np.intp]) -> None:
    """One step of LOBPCG: Rayleigh–Ritz in vectors, last steps and preconditioned residuals."""
    algebra, width = problem.algebra, problem.algebra.width
    rows = len(space.values)
    old = rows + len(space.step_matrix) // width
    total = old + len(active)
    basis, images = space.basis, space.images
    _correct(problem, space, active, basis[old:total])
    problem.apply(basis[old:total], images[old:total])

    known, first = width * old, width * rows
    overlap: Matrix = np.eye(width * total, dtype=problem.kind)
    matrix = np.zeros_like(overlap)
    matrix[np.arange(first), np.arange(first)] = np.repeat(space.values, width)
    matrix[first:known, first:known] = space.step_matrix
    for table, block, sign in ((overlap, basis, 1.0), (matrix, images, problem.sign)):
        table[:, known:] = sign * algebra.inner(basis[:total], block[old:total])
        table[known:, :known] = table[:known, known:].conj().T

    white = whiten(algebra, overlap)
    values, rotation = algebra.eigh(white.conj().T @ matrix @ white)
    chosen = white @ rotation[:, :first]
    # The new steps: what was added to the vectors, orthonormal to them (Hetmaniuk and Lehoucq,
    # J. Comput. Phys. 218, 324 (2006)).
    columns = (width * active[:, None] + np.arange(width)).ravel()
    steps = chosen[:, columns].copy()
    steps[:first] = 0.0
    steps = orthonormal_steps(algebra, steps, chosen, overlap)
    both = np.concatenate([chosen, steps], axis=1)
    space.torn = True
    algebra.recombine(both, basis[:total])
    algebra.recombine(both, images[:total])
    space.torn = False
    space.values = values[:rows]
    space.residuals = residual_norms(basis, images, problem.sign * space.values)
    space.step_matrix = steps.conj().T @ matrix @ steps


def _correct(problem: Problem, space: Subspace, active: NDArray[np.intp], out: Block) -> None:
    """Write the normalised, preconditioned residuals of some vectors."""
    work = problem.workspace(len(active))
    values = problem.sign * space.values[active]
    norms = residual_norms(space.basis, space.images, values, active, work)
    corrections = problem.precondition(work)
    if corrections is not work:
        work[:] = corrections
    lengths = np.array([float(np.sqrt(np.vdot(row, row).real)) for row in work])
    for row in np.flatnonzero(~np.isfinite(lengths)):
        # A cycle that diverged in single precision: the plain residual.
        one = slice(row, row + 1)
        residual_norms(space.basis, space.images, values[one], active[one], work[one])
        lengths[row] = norms[row]
    widen(work, 1.0 / np.where(lengths > 0, lengths, 1.0), out)
