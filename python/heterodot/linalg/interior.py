"""Eigenpairs on both sides of a gap inside the spectrum of large Hermitian operators.

Knows no physics: an operator has ``size`` and ``apply``, and a preconditioner comes with it.

Eigenvalues are found by the harmonic procedure of :mod:`heterodot.linalg.harmonic_ritz`, corrections
by :mod:`heterodot.linalg.correction`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot._blas import single_threaded_blas
from heterodot.errors import ConvergenceError
from heterodot.linalg.block_algebra import Algebra, Block, PlainAlgebra, slices
from heterodot.linalg.correction import corrections
from heterodot.linalg.eigensolver import Eigenpairs, Progress, guard_count
from heterodot.linalg.harmonic_ritz import (
    PROBES,
    Goal,
    InteriorLevel,
    Problem,
    Space,
    extract,
    held_rows,
    is_wanted,
    side_order,
    start_space,
)
from heterodot.linalg.kramers import KramersAlgebra, time_reverse

__all__ = ["InteriorLevel", "InteriorPairs", "interior_eigenpairs", "interior_memory"]

_COARSE_TOLERANCE = 3e-3
# Most steps of the inner iteration, for rough vectors and for good ones.
_INNER_STEPS = (8, 20)
_INNER_REDUCTION = 0.03
_ROUGH = 0.1  # residual over the distance to the shift
_PROBE_ITERATIONS = 12
_TOGETHER = 1 << 24  # complex numbers corrected together
_SEED = 20240229


@dataclass(frozen=True)
class InteriorPairs:
    """Eigenpairs above the shift, ascending, and below it, descending."""

    above: Eigenpairs
    below: Eigenpairs


def interior_memory(size: int, count: int) -> int:
    """Estimate the bytes that :func:`interior_eigenpairs` takes for ``count`` pairs in all."""
    rows = count + 2 * guard_count(count)
    return int(size * 16 * (6 * rows + 8) * 8 / 7) + (16 << 20)


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
        Whether to probe for missing states on the coarse levels.

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
    complete, counts = True, []
    with single_threaded_blas():
        for number in range(len(levels) - 1, -1, -1):
            level, finest = levels[number], number == 0
            goal = Goal(
                (below, above),
                # Coarse levels are cheap and less alike: they carry more vectors.
                (_carried(below, finest), _carried(above, finest)),
                tolerance if finest else max(tolerance, _COARSE_TOLERANCE),
                max_iterations,
            )
            problem = Problem(level, algebra, shift)
            vectors = []
            if space is not None:
                vectors.append(np.asarray(levels[number + 1].prolong(space.vectors)))
            if guess is not None and finest:
                vectors.append(guess)
            if not vectors:
                vectors.append(_random(problem, goal, random))
            space = start_space(problem, np.concatenate(vectors), goal)
            space = _iterate(problem, space, goal, progress)
            if check and (not finest or len(levels) == 1) and guess is None:
                space = _probed(problem, space, goal, progress, random)
            complete = space.complete
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
        _side(space, goal, 1, tuple(counts), complete),
        _side(space, goal, 0, tuple(counts), complete),
    )


def _carried(count: int, finest: bool) -> int:
    return count + (1 if finest else 2) * guard_count(count) if count else 0


def _random(problem: Problem, goal: Goal, random: np.random.Generator) -> Block:
    parts = [
        problem.preconditioner.smoothed(rows + 2, sign, random)
        for rows, sign in zip(goal.rows, (-1.0, 1.0), strict=True)
        if rows
    ]
    return np.concatenate(parts)


def _iterate(problem: Problem, space: Space, goal: Goal, progress: Progress | None) -> Space:
    """Improve the space until the residuals wanted reach the tolerance."""
    count = sum(goal.counts)
    for iteration in range(goal.max_iterations + 1):
        wanted = is_wanted(space, goal)
        open_states = wanted & (space.residuals > goal.tolerance)
        short = int(wanted.sum()) < count
        if progress is not None:
            largest = float(space.residuals[wanted].max(initial=0.0))
            progress(space.iterations, count - int(open_states.sum()), count, largest)
        unsettled = _unsettled(space, goal, wanted)
        if not short and not open_states.any() and not unsettled.any():
            if space.directions == 0 or iteration == 0:
                break
            # The images are sums over all iterations: compute them afresh before believing them.
            problem.apply(space.vectors, space.images[: len(space.values)])
            extract(problem, space, len(space.values), held_rows(space), np.zeros(0, int))
            space.directions = 0
            continue
        if iteration == goal.max_iterations:
            break
        active = np.flatnonzero(open_states | unsettled)
        if len(active) == 0:
            active = np.arange(len(space.values))
        _step(problem, space, active, goal.rows)
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
    rows: tuple[int, int],
) -> None:
    held = len(space.values)
    old = held + space.directions
    total = old + len(active)
    _correct(problem, space, active, space.basis[old:total])
    problem.apply(space.basis[old:total], space.images[old:total])
    extract(problem, space, total, rows, active)


def _correct(problem: Problem, space: Space, active: NDArray[np.intp], out: Block) -> None:
    # Far from convergence a Ritz value says little; the shift is a safe target then.
    settled = space.residuals < 0.3 * np.abs(space.values - problem.shift)
    targets = np.where(settled, space.values, problem.shift)
    done = 0
    for of in (slice(0, space.below), slice(space.below, len(space.values))):
        numbers = active[(active >= of.start) & (active < of.stop)]
        if len(numbers) == 0:
            continue
        # Vectors beyond the gap are far from the target: only those of the same side matter.
        reach = float(np.abs(space.values[of] - problem.shift).min())
        known = space.basis[of].astype(np.complex64)
        if problem.algebra.width == 2:
            known = np.concatenate([known, time_reverse(known)])
        for some in slices(len(numbers), max(1, _TOGETHER // (8 * problem.size))):
            chosen = numbers[some]
            residuals = space.images[chosen] - space.values[chosen, None] * space.basis[chosen]
            norms = np.linalg.norm(residuals, axis=1, keepdims=True)
            found = corrections(
                problem.apply_single,
                problem.preconditioner.apply,
                (residuals / np.where(norms > 0, norms, 1.0)).astype(np.complex64),
                targets[chosen],
                known,
                _INNER_STEPS[int(space.residuals[chosen].max() < _ROUGH * reach)],
                _INNER_REDUCTION,
            )
            lengths = np.linalg.norm(found, axis=1, keepdims=True).astype(float)
            usable = np.isfinite(lengths) & (lengths > 0)
            out[done : done + len(chosen)] = np.where(
                usable, found / np.where(usable, lengths, 1.0), residuals / norms
            )
            done += len(chosen)


def _probed(
    problem: Problem,
    space: Space,
    goal: Goal,
    progress: Progress | None,
    random: np.random.Generator,
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
    wider = start_space(
        problem,
        np.concatenate([space.vectors, *probes]),
        Goal(goal.counts, rows, goal.tolerance, goal.max_iterations),
    )
    wider.iterations = space.iterations
    wanted = is_wanted(wider, goal)
    for _ in range(_PROBE_ITERATIONS):
        # Random vectors are mixtures of what is missing; the nearest to the gap purify first.
        active = np.flatnonzero(~wanted & (wider.residuals > 0.05))
        open_states = wanted & (wider.residuals > goal.tolerance)
        if len(active) == 0 and not open_states.any():
            break
        _step(problem, wider, np.union1d(active, np.flatnonzero(open_states)), rows)
        wider.iterations += 1
        wanted = is_wanted(wider, goal)
    found = wider.values[wanted]
    moved = len(found) != len(before) or np.abs(found - before).max() > 10 * goal.tolerance
    if moved:
        wider = _iterate(problem, wider, goal, progress)
    wider.complete = not np.any(is_wanted(wider, goal) & (wider.residuals > goal.tolerance))
    return wider


def _side(
    space: Space, goal: Goal, side: int, counts: tuple[int, ...], complete: bool
) -> Eigenpairs:
    held = np.arange(space.below)[::-1] if side == 0 else np.arange(space.below, len(space.values))
    numbers = held[: goal.counts[side]]
    values, residuals = space.values[numbers], space.residuals[numbers]
    bounds = residuals.copy()
    beyond = held[goal.counts[side] :]
    for last in range(len(numbers), len(held)):
        gap = np.abs(space.values[held[last]] - values) - space.residuals[held[last]]
        square = float(np.sum(space.residuals[held[:last]] ** 2))
        bounds = np.where(gap > 0, np.minimum(bounds, square / np.maximum(gap, 1e-300)), bounds)
    remark = []
    if not complete:
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
        np.ascontiguousarray(space.basis[numbers]),
        residuals,
        bounds,
        counts,
        complete,
        " ".join(remark),
    )
