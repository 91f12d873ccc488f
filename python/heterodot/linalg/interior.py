"""Eigenpairs on both sides of a gap inside the spectrum of large Hermitian operators.

Knows no physics: an operator has ``size`` and ``apply``, and a preconditioner comes with it.

Eigenvalues are found by the harmonic procedure of :mod:`heterodot.linalg.harmonic_ritz`, corrections
by :mod:`heterodot.linalg.correction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot._blas import single_threaded_blas
from heterodot.errors import ConvergenceError
from heterodot.linalg.block_algebra import Algebra, PlainAlgebra, packed_memory, slices
from heterodot.linalg.checkpoint import Checkpoint, fingerprint
from heterodot.linalg.eigensolver import FOLLOWED, Eigenpairs, Progress, guard_count
from heterodot.linalg.factorised import active_mask, eigenvectors_beside, matrix_of
from heterodot.linalg.harmonic_ritz import Space, is_wanted, start_space
from heterodot.linalg.interior_iteration import (
    Keep,
    correction_memory,
    iterate,
    probed,
    random_vectors,
)
from heterodot.linalg.interior_problem import Goal, InteriorLevel, Problem
from heterodot.linalg.keeping import Keeper
from heterodot.linalg.kramers import KramersAlgebra

__all__ = ["InteriorLevel", "InteriorPairs", "interior_eigenpairs", "interior_memory"]

Coarser = tuple[NDArray[np.float64], bool]  # values of the level before, and whether all were found
FirstStates = tuple[float | None, float | None]  # next to the gap, below and above

_COARSE_TOLERANCE = 3e-3
_BESIDE = 0.3  # place of an inverse's shift, from the first state (0) to where it began (1)
_SEED = 20240229


@dataclass(frozen=True)
class InteriorPairs:
    """Eigenpairs above the shift, ascending, and below it, descending."""

    above: Eigenpairs
    below: Eigenpairs


def interior_memory(size: int, count: int) -> int:
    """Estimate the bytes that :func:`interior_eigenpairs` takes for ``count`` pairs in all."""
    rows, start = _carried(count, True) + guard_count(count), _carried(count, False)
    # The vectors, more at the start, and the result; residuals, directions and their images and what
    # corrections need in single precision.
    packed = packed_memory(size, False, 2, 4)
    held = size * 16 * (max(rows, start) + count) + packed
    held += 8 * (size * 5 * max(rows, -(-start // 2)) + correction_memory(size, rows))
    return int(held * 8 / 7) + (16 << 20)


def interior_eigenpairs(
    levels: Sequence[InteriorLevel],
    above: int,
    below: int,
    shift: float,
    *,
    kramers: bool = False,
    tolerance: float = 2e-5,
    guess: NDArray[Any] | None = None,
    max_iterations: int = 60,
    progress: Progress | None = None,
    check: bool = True,
    follow: bool = True,
    fallback: bool = True,
    checkpoint: Checkpoint | None = None,
) -> InteriorPairs:
    """Return the eigenpairs of H next to a shift in a gap of its spectrum.

    On the coarsest level the iteration starts from random (seeded) vectors; the result is
    interpolated to the next finer one and improved there, and so on. On each level a block of
    vectors, the directions of the last step and corrections (:mod:`heterodot.linalg.correction`)
    span the space of a harmonic Rayleigh–Ritz procedure.

    Parameters
    ----------
    levels : sequence of InteriorLevel
        The finest first.
    above, below : int
        Numbers of eigenpairs on either side (with ``kramers``: of pairs).
    shift : float
        σ, in the gap on every level.
    kramers : bool
        H commutes with T(F↑, F↓) = (F↓*, −F↑*), bands spin-major; H then acts on one vector of each
        pair.
    tolerance : float
        Largest residual norm, in the units of H.
    guess : (any, size) array, optional
        Vectors to start from on the finest level, besides those of the coarser one.
    max_iterations : int
        Iterations allowed on each level.
    progress : callable, optional
        Called as ``progress(iteration, converged, wanted, residual)``.
    check : bool
        Whether to probe for missing states: on small levels, and on others if states move too far
        from one to the next.
    follow : bool
        False for probes on all levels in any case, see
        :func:`heterodot.linalg.eigensolver.lowest_eigenpairs`.
    fallback : bool
        Whether to try other ways where the iteration stagnates on the finest level: more vectors and
        more inner steps, then a factorisation if the matrix is small. ``remark`` says so.
    checkpoint : Checkpoint, optional
        Keeps what has been reached in a file, and goes on from there if it holds something.

    Raises
    ------
    ConvergenceError
        If residuals stay above the tolerance.
    ValueError
        If arguments do not fit each other.
    """
    if above < 0 or below < 0 or above + below == 0:
        raise ValueError(f"ask for at least one eigenpair, got above={above}, below={below}")
    if not tolerance > 0.0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    random = np.random.default_rng(_SEED)
    algebra: Algebra = KramersAlgebra() if kramers else PlainAlgebra()
    space: Space | None = None
    story, counts = "", list[int]()
    firsts = list[FirstStates]()
    keeper, reached = Keeper(checkpoint), None
    coarser: Coarser = (np.zeros(0), True)
    if checkpoint is not None:
        operators = [level.operator for level in levels]
        reached = keeper.resume(fingerprint(operators, above, below, shift, kramers))
    if reached is not None and len(reached.values) > 1:
        coarser = (reached.values[1], reached.complete[1])
        firsts = [_first_states(values, shift) for values in reached.values[1:]]
    with single_threaded_blas():
        for number in range(len(levels) - 1 if reached is None else reached.level, -1, -1):
            level, finest = levels[number], number == 0
            goal = Goal(
                (below, above),
                # Coarse levels are cheap and less alike: they carry more vectors.
                (_carried(below, finest), _carried(above, finest)),
                tolerance if finest else max(tolerance, _COARSE_TOLERANCE),
                max_iterations,
            )
            problem = Problem(level, algebra, shift)
            with keeper:
                if reached is not None:
                    counts = list(reached.iterations[:0:-1])
                    space = start_space(problem, reached.vectors, len(reached.vectors), goal)
                    space.iterations = reached.iterations[0]
                else:
                    start, count = _start(levels, number, space, guess, problem, goal, random)
                    space = start_space(problem, start, count, goal)
                firsts = [_first_states(space.values, shift), *firsts]
                _move_shifts(problem, firsts)
                keep = keeper.keeping(number)
                space = iterate(problem, space, goal, progress, keep)
                small = problem.size < FOLLOWED
                doubtful = number + 1 == len(levels) or not follow or small
                if not doubtful:
                    doubtful = not _followed(coarser, space, goal, shift)
                known = reached is not None and reached.finished
                if check and guess is None and doubtful and not known:
                    space = probed(problem, space, goal, progress, random, keep)
                if finest and fallback and not _converged(space, goal):
                    space, story = _rescued(problem, space, goal, progress, random, keep)
            firsts[0] = _first_states(space.values, shift)
            keeper.finished(number, space)
            reached, coarser = None, (space.values, space.complete)
            counts.append(space.iterations)
    assert space is not None
    residuals = space.residuals[is_wanted(space, goal)]
    if len(residuals) < above + below:
        raise ConvergenceError(
            f"only {len(residuals)} of {above + below} eigenpairs beside {shift:g} were found (above "
            f"it {len(space.values) - space.below}, below it {space.below}); ask for fewer states "
            "or use a finer grid"
        )
    if np.any(residuals > tolerance):
        raise ConvergenceError(
            f"{int(np.sum(residuals > tolerance))} of {above + below} eigenpairs beside "
            f"{shift:g} have residuals above {tolerance:g} (largest {residuals.max():.2g}) after "
            f"{max_iterations} iterations; allow more max_iterations, ask for a few more states (a "
            "cut level converges slowly), or accept a larger tolerance"
        )
    return InteriorPairs(
        _side(space, goal, 1, tuple(counts), story),
        _side(space, goal, 0, tuple(counts), story),
    )


def _start(
    levels: Sequence[InteriorLevel],
    number: int,
    coarser: Space | None,
    guess: NDArray[Any] | None,
    problem: Problem,
    goal: Goal,
    random: np.random.Generator,
) -> tuple[Iterator[NDArray[Any]], int]:
    """Return the vectors to start a level from, one by one, and how many there are."""
    held = guess if guess is not None and number == 0 else np.zeros((0, 0))
    if coarser is not None:
        prolong = levels[number + 1].prolong
        vectors = coarser.vectors
        prolonged = (np.asarray(prolong(vectors[some])) for some in slices(len(vectors), 4))
        return chain(chain.from_iterable(prolonged), held), len(coarser.values) + len(held)
    if len(held) == 0:
        held = random_vectors(problem, goal, random)
    return iter(held), len(held)


def _first_states(values: NDArray[np.float64], shift: float) -> FirstStates:
    below, above = values[values < shift], values[values > shift]
    return (float(below.max()) if len(below) else None, float(above.min()) if len(above) else None)


def _move_shifts(problem: Problem, firsts: Sequence[FirstStates]) -> None:
    """Move the shifts of the inverses nearer to the states: of this level and of coarser ones.

    States of coarse grids lie elsewhere; what matters is the distance from their first.
    """
    if problem.inverses is None or len(firsts) < 2:
        return  # the first states of random vectors say nothing
    for side, inverse in enumerate(problem.inverses):
        known = [first for own in firsts if (first := own[side]) is not None]
        if len(known) == len(firsts):
            distance = _BESIDE * (inverse.shift - known[0])
            inverse.set_shifts([first + distance for first in known])


def _carried(count: int, finest: bool) -> int:
    return count + (1 if finest else 2) * guard_count(count) if count else 0


def _followed(coarser: Coarser, fine: Space, goal: Goal, shift: float) -> bool:
    """Whether the wanted states all come from the vectors of the coarser level.

    A state that those did not hold would have to move, from one grid to the next, by more than the
    distance from the last state wanted to the last one held, while those found moved by less than
    half of it.
    """
    values, complete = coarser
    for count, sign in zip(goal.counts, (-1.0, 1.0), strict=True):
        before, after = (
            np.sort(np.abs(own[sign * (own - shift) > 0] - shift)) for own in (values, fine.values)
        )
        if count == 0 or len(after) < count:
            continue
        if len(before) < count:
            return False
        moved = float(np.max(np.abs(after[:count] - before[:count])))
        complete = complete and float(before[-1] - before[count - 1]) > 2.0 * moved
    return complete


def _converged(space: Space, goal: Goal) -> bool:
    wanted = is_wanted(space, goal)
    return int(wanted.sum()) == sum(goal.counts) and not np.any(
        space.residuals[wanted] > goal.tolerance
    )


def _rescued(
    problem: Problem,
    space: Space,
    goal: Goal,
    progress: Progress | None,
    random: np.random.Generator,
    keep: Keep,
) -> tuple[Space, str]:
    """Return a better space where the iteration stagnates, and what found it."""
    worst = float(space.residuals[is_wanted(space, goal)].max(initial=0.0))
    story = f"The iteration stagnated at residuals of {worst:.1e}; "
    more = (2 * goal.rows[0], 2 * goal.rows[1])
    wider_goal = replace(goal, rows=more, steps=(40, 40))
    problem.inverses = None
    fresh = random_vectors(problem, goal, random)
    count = len(space.values) + len(fresh)
    wider = start_space(problem, chain(space.vectors, fresh), count, wider_goal)
    wider = iterate(problem, wider, wider_goal, progress, keep)
    if _converged(wider, goal):
        return wider, story + "more vectors and inner steps helped."
    matrix = matrix_of(problem.operator)
    if matrix is None:
        return wider, ""
    width = problem.algebra.width
    below, above = (width * (rows + 1) for rows in goal.rows)
    _, columns = eigenvectors_beside(matrix, problem.shift, above, below)
    held = np.zeros((columns.shape[1], problem.size), complex)
    held[:, active_mask(problem.operator)] = columns.T
    # With Kramers pairs both partners are in the block; whitening leaves one vector of each.
    exact = start_space(problem, held, len(held), goal)
    return exact, story + "a sparse factorisation found the states."


def _side(space: Space, goal: Goal, side: int, counts: tuple[int, ...], story: str) -> Eigenpairs:
    held = np.arange(space.below)[::-1] if side == 0 else np.arange(space.below, len(space.values))
    numbers = held[: goal.counts[side]]
    values, residuals = space.values[numbers], space.residuals[numbers]
    bounds = residuals.copy()
    beyond = held[goal.counts[side] :]
    for last in range(len(numbers), len(held)):
        gap = np.abs(space.values[held[last]] - values) - space.residuals[held[last]]
        square = float(np.sum(space.residuals[held[:last]] ** 2))
        bounds = np.where(gap > 0, np.minimum(bounds, square / np.maximum(gap, 1e-300)), bounds)
    remark = [story] if story else []
    if not space.complete:
        remark.append(
            "Random probes have not settled beyond the last state asked for: a state nearer to "
            "the gap may be missing. Ask for a few more states, or for a smaller tolerance."
        )
    if len(beyond) and len(numbers):
        gap_beyond = abs(float(space.values[beyond[0]] - values[-1]))
        if gap_beyond < 50 * goal.tolerance:
            remark.append(
                f"The last level is cut: the next eigenvalue lies only {gap_beyond:.1e} further."
            )
    return Eigenpairs(
        values,
        np.ascontiguousarray(space.vectors[numbers]),
        residuals,
        bounds,
        counts,
        space.complete,
        " ".join(remark),
    )
