"""Harmonic Rayleigh–Ritz with corrections on one level, and the search for missing states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import Block, slices
from heterodot.linalg.complement import Complement
from heterodot.linalg.correction import corrections
from heterodot.linalg.flexible_correction import flexible_corrections, flexible_rows
from heterodot.linalg.harmonic_ritz import (
    Space,
    held_rows,
    improve,
    is_wanted,
    refresh,
    side_order,
    start_space,
)
from heterodot.linalg.interior_problem import Goal, Problem
from heterodot.linalg.keeping import Kept
from heterodot.linalg.stagnation import Watch
from heterodot.linalg.subspace import PROBES

__all__ = [
    "Keep",
    "Progress",
    "correction_memory",
    "iterate",
    "probed",
    "random_vectors",
]

Keep = Callable[[Kept], object]
Progress = Callable[[int, int, int, float], object]

_INNER_REDUCTION = 0.03
# With an approximate inverse: most steps, for rough vectors and for good ones, and factors of the
# residual that are worth it.
_FLEXIBLE, _FLEXIBLE_REDUCTION = (3, 5), (1e-3, 0.03)
_ROUGH = 0.1  # residual over the distance to the shift
_PROBE_ITERATIONS = 12
_STORE = 3 << 27  # complex numbers in the work space of corrections made together
_MOST_TOGETHER = 8


def random_vectors(problem: Problem, goal: Goal, random: np.random.Generator) -> Block:
    """Return random vectors of both sides to start from."""
    parts = [
        problem.preconditioner.smoothed(rows + 2, sign, random)
        for rows, sign in zip(goal.rows, (-1.0, 1.0), strict=True)
        if rows
    ]
    return np.concatenate(parts)


def iterate(
    problem: Problem, space: Space, goal: Goal, progress: Progress | None, keep: Keep
) -> Space:
    """Improve the space until the residuals wanted reach the tolerance, or stagnate."""
    count = sum(goal.counts)
    watch = Watch(goal.tolerance, goal.max_iterations)
    for iteration in range(goal.max_iterations + 1):
        keep(space)
        wanted = is_wanted(space, goal)
        open_states = wanted & (space.residuals > goal.tolerance)
        short = int(wanted.sum()) < count
        if progress is not None:
            largest = float(space.residuals[wanted].max(initial=0.0))
            progress(space.iterations, count - int(open_states.sum()), count, largest)
        unsettled = _unsettled(space, goal, wanted)
        if not short and not open_states.any() and not unsettled.any():
            if space.fresh:
                break
            refresh(problem, space)  # before believing it
            continue
        if iteration == goal.max_iterations or watch.stalled(space.residuals[wanted]):
            break
        active = np.flatnonzero(open_states | unsettled)
        # Interpolated vectors all have the errors that only this grid knows.
        if len(active) == 0 or (iteration == 0 and problem.inverses is not None):
            active = np.arange(len(space.values))
        # A correction or two by an approximate inverse do most; where they do not, among states
        # close to each other, the steps of the past help.
        directed = iteration > 0 or problem.inverses is None
        _step(problem, space, active, goal, directed)
        space.iterations += 1
    return space


def _unsettled(space: Space, goal: Goal, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark vectors beyond those wanted that may still turn into states nearer to the gap.

    The error of a Ritz value is about residual² / gap; while it exceeds a part of the distance to
    the last state wanted, the vector may be on its way there.
    """
    marks = np.zeros(len(space.values), bool)
    order = side_order(space)
    for side, of in ((0, slice(0, space.below)), (1, slice(space.below, None))):
        own, values = wanted[of], space.values[of]
        if not own.any():
            continue
        last = values[own][0 if side == 0 else -1]
        width = max(float(np.ptp(values)), goal.tolerance)
        distance = np.maximum(np.abs(values - last), goal.tolerance)
        marks[of] = space.residuals[of] ** 2 > 0.25 * width * distance
        marks[of] &= ~own & (order[of] <= goal.counts[side])
    return marks


def _step(
    problem: Problem,
    space: Space,
    active: NDArray[np.intp],
    goal: Goal,
    directed: bool = True,
) -> None:
    new = slice(space.steps, space.steps + len(active))
    _correct(problem, space, active, space.storage.directions[new], goal)
    improve(problem, space, len(active), goal, active if directed else active[:0])


def _correct(
    problem: Problem,
    space: Space,
    active: NDArray[np.intp],
    out: Block,
    goal: Goal,
) -> None:
    # Far from convergence a Ritz value says little; the shift is a safe target then.
    settled = space.residuals < 0.3 * np.abs(space.values - problem.shift)
    targets = np.where(settled, space.values, problem.shift)
    if problem.inverses is not None:
        lower, upper = (inverse.shift for inverse in problem.inverses)
        beside = np.where(np.arange(len(targets)) < space.below, lower, upper)
        targets = np.where(settled, space.values, beside)
    done = 0
    for side, of in enumerate((slice(0, space.below), slice(space.below, len(space.values)))):
        numbers = active[(active >= of.start) & (active < of.stop)]
        if len(numbers) == 0:
            continue
        # Vectors beyond the gap are far from the target: only those of the same side matter.
        reach = float(np.abs(space.values[of] - problem.shift).min())
        rough = float(np.median(space.residuals[numbers])) > _ROUGH * reach
        known, known_residuals = _known(problem, space, of)
        # Eight of eleven and then three take less time than six and five.
        for part in slices(len(numbers), _together(problem.size)):
            chosen = numbers[part]
            start = out[done : done + len(chosen)]
            lengths = space.residuals[chosen]
            enough = 0.3 * goal.tolerance / float(lengths.max())
            _multiply(space.remainders[chosen], 1.0 / np.maximum(lengths, 1e-300), start)
            if problem.inverses is not None:
                most = _FLEXIBLE[int(not rough)]
                found = flexible_corrections(
                    problem.inverses[side],
                    start,
                    targets[chosen],
                    known,
                    known_residuals,
                    most,
                    float(np.clip(enough, *_FLEXIBLE_REDUCTION)),
                    problem.workspace("directions", flexible_rows(len(chosen), most)),
                )
            else:
                found = corrections(
                    problem.apply_in_single,
                    problem.preconditioner.apply,
                    start,
                    targets[chosen],
                    known,
                    goal.steps[int(not rough)],
                    _INNER_REDUCTION,
                )
            lengths = np.array([float(np.sqrt(np.vdot(row, row).real)) for row in found])
            for row in np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0))):
                found[row], lengths[row] = start[row], 1.0
            _multiply(found, 1.0 / lengths, start)
            done += len(chosen)


def _together(size: int) -> int:
    """Return how many vectors are corrected together: as many as fill registers and memory."""
    return int(np.clip(_STORE // (flexible_rows(1, _FLEXIBLE[1]) * size), 1, _MOST_TOGETHER))


def correction_memory(size: int, rows: int) -> int:
    """Return the numbers in single precision that corrections of so many vectors need."""
    at_once = min(_together(size), rows)
    return size * (rows + at_once + flexible_rows(at_once, _FLEXIBLE[1]))


def _known(problem: Problem, space: Space, of: slice) -> tuple[Complement, NDArray[np.complex64]]:
    """Return Ritz vectors to stay away from, and their residuals, in single precision."""
    known = problem.workspace("known", len(space.values[of]))
    known[:] = space.vectors[of]
    return Complement(problem.algebra, known), space.remainders[of]


def _multiply(rows: Block, factors: NDArray[np.float64], out: Block) -> None:
    for row, factor, to in zip(rows, factors, out, strict=True):
        np.multiply(row, np.float32(factor), out=to)


def probed(
    problem: Problem,
    space: Space,
    goal: Goal,
    progress: Progress | None,
    random: np.random.Generator,
    keep: Keep,
) -> Space:
    """Add random vectors that know nothing of those found: a missing state shows up in them."""
    probes = [
        problem.preconditioner.smoothed(PROBES, sign, random)
        for count, sign in zip(goal.counts, (-1.0, 1.0), strict=True)
        if count
    ]
    before = space.values[is_wanted(space, goal)].copy()
    below, above = held_rows(space)
    rows = (below + PROBES * (below > 0), above + PROBES * (above > 0))
    wider_goal = replace(goal, rows=rows)
    vectors = chain(space.vectors, *probes)
    wider = start_space(problem, vectors, len(space.values) + sum(map(len, probes)), wider_goal)
    wider.iterations = space.iterations
    wanted = is_wanted(wider, goal)
    for _ in range(_PROBE_ITERATIONS):
        # Random vectors are mixtures of what is missing; the nearest to the gap purify first.
        active = np.flatnonzero(~wanted & (wider.residuals > 0.05))
        open_states = wanted & (wider.residuals > goal.tolerance)
        if len(active) == 0 and not open_states.any():
            break
        _step(problem, wider, np.union1d(active, np.flatnonzero(open_states)), wider_goal)
        wider.iterations += 1
        wanted = is_wanted(wider, goal)
    if not wider.fresh:
        refresh(problem, wider)
    wanted = is_wanted(wider, goal)
    found = wider.values[wanted]
    moved = len(found) != len(before) or np.abs(found - before).max() > 10 * goal.tolerance
    if moved or np.any(wanted & (wider.residuals > goal.tolerance)):
        wider = iterate(problem, wider, goal, progress, keep)
    wider.complete = not np.any(is_wanted(wider, goal) & (wider.residuals > goal.tolerance))
    return wider
