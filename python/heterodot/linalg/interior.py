"""Eigenpairs on both sides of a gap inside the spectrum of large Hermitian operators.

Knows no physics: an operator has ``size`` and ``apply``, and a preconditioner comes with it.

Eigenvalues λ beside a shift σ in a gap are the extreme ones of (H − σ)⁻¹. In the span of vectors V,
W = (H − σ)V, they are found by the harmonic Rayleigh–Ritz procedure (Morgan, Linear Algebra Appl.
154, 289 (1991)): the extreme eigenvalues μ of the pencil (V†W, W†W), whose matrices are those of
(H − σ)⁻¹ between the vectors W. They approach 1/(λ − σ) from the inside, so that no value ever
appears in the gap that is not an eigenvalue's; the plain procedure lets them through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heterodot._blas import single_threaded_blas
from heterodot.errors import ConvergenceError
from heterodot.linalg.block_algebra import Algebra, Block, Matrix, PlainAlgebra, slices, whiten
from heterodot.linalg.correction import corrections
from heterodot.linalg.eigensolver import Eigenpairs, Progress, guard_count
from heterodot.linalg.kramers import KramersAlgebra, time_reverse

__all__ = ["InteriorLevel", "InteriorPairs", "interior_eigenpairs", "interior_memory"]

_COARSE_TOLERANCE = 3e-3
# Most steps of the inner iteration, for rough vectors and for good ones.
_INNER_STEPS = (8, 20)
_INNER_REDUCTION = 0.03
_ROUGH = 0.1  # residual over the distance to the shift
_PROBES = 3  # random vectors a side that look for missing states
_PROBE_ITERATIONS = 12
_TOGETHER = 1 << 24  # complex numbers corrected together
_SEED = 20240229


class Preconditioner(Protocol):
    """A positive definite approximation of |H − σ|⁻¹."""

    def apply(self, block: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Return it applied to every row."""
        ...

    def smoothed(self, count: int, sign: float, random: np.random.Generator) -> Block:
        """Return random vectors, mostly of eigenvalues above (1) or below (−1) the shift."""
        ...


@dataclass(frozen=True)
class InteriorLevel:
    """An operator with its preconditioner.

    Attributes
    ----------
    operator : object
        Hermitian, with ``size``, ``apply`` and, if it has it, ``apply_float`` on blocks of rows.
    preconditioner : Preconditioner
    prolong : callable or None
        Interpolates vectors of this level to the next finer one.
    """

    operator: Any
    preconditioner: Preconditioner
    prolong: Any = None


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
    space: _Space | None = None
    complete, counts = True, []
    with single_threaded_blas():
        for number in range(len(levels) - 1, -1, -1):
            level, finest = levels[number], number == 0
            goal = _Goal(
                (below, above),
                # Coarse levels are cheap and less alike: they carry more vectors.
                (_carried(below, finest), _carried(above, finest)),
                tolerance if finest else max(tolerance, _COARSE_TOLERANCE),
                max_iterations,
            )
            problem = _Problem(level, algebra, shift)
            vectors = []
            if space is not None:
                vectors.append(np.asarray(levels[number + 1].prolong(space.vectors)))
            if guess is not None and finest:
                vectors.append(guess)
            if not vectors:
                vectors.append(_random(problem, goal, random))
            space = _start(problem, np.concatenate(vectors), goal)
            space = _iterate(problem, space, goal, progress)
            if check and (not finest or len(levels) == 1) and guess is None:
                space = _probed(problem, space, goal, progress, random)
            complete = space.complete
            counts.append(space.iterations)
    assert space is not None
    residuals = space.residuals[_wanted(space, goal)]
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


@dataclass(frozen=True)
class _Goal:
    """What a level has to reach; the side below comes first."""

    counts: tuple[int, int]
    rows: tuple[int, int]
    tolerance: float
    max_iterations: int


def _carried(count: int, finest: bool) -> int:
    return count + (1 if finest else 2) * guard_count(count) if count else 0


class _Problem:
    """One level as the iteration sees it."""

    def __init__(self, level: InteriorLevel, algebra: Algebra, shift: float) -> None:
        self.operator = level.operator
        self.preconditioner = level.preconditioner
        self.algebra = algebra
        self.shift = shift
        self.size = int(level.operator.size)

    def apply(self, block: Block, out: Block) -> None:
        for rows in slices(len(block), max(1, (1 << 23) // self.size)):
            out[rows] = self.operator.apply(block[rows])

    def apply_single(self, block: NDArray[np.complex64]) -> NDArray[np.complex64]:
        single = getattr(self.operator, "apply_float", None)
        if single is not None:
            return np.asarray(single(block))
        return np.asarray(self.operator.apply(block.astype(complex)), np.complex64)


@dataclass
class _Space:
    """Ritz pairs, ascending; those below the shift first. Directions of the last step follow."""

    basis: Block
    images: Block
    values: NDArray[np.float64]
    residuals: NDArray[np.float64]
    below: int
    directions: int = 0
    iterations: int = 0
    complete: bool = True

    @property
    def vectors(self) -> Block:
        return self.basis[: len(self.values)]


def _random(problem: _Problem, goal: _Goal, random: np.random.Generator) -> Block:
    parts = [
        problem.preconditioner.smoothed(rows + 2, sign, random)
        for rows, sign in zip(goal.rows, (-1.0, 1.0), strict=True)
        if rows
    ]
    return np.concatenate(parts)


def _start(problem: _Problem, vectors: Block, goal: _Goal) -> _Space:
    """Return the harmonic Ritz vectors in the span of some vectors."""
    count = len(vectors)
    room = max(count, 3 * (sum(goal.rows) + 2 * _PROBES))
    basis: Block = np.zeros((room, problem.size), complex)
    images = np.zeros_like(basis)
    for row, vector in enumerate(vectors):
        np.divide(vector, float(np.linalg.norm(vector)) or 1.0, out=basis[row])
    problem.apply(basis[:count], images[:count])
    space = _Space(basis, images, np.zeros(count), np.zeros(count), 0)
    _extract(problem, space, count, goal.rows, np.zeros(0, int))
    return space


def _extract(
    problem: _Problem,
    space: _Space,
    total: int,
    rows: tuple[int, int],
    active: NDArray[np.intp],
) -> None:
    """Harmonic Rayleigh–Ritz in the first rows of the basis; keeps steps of the active ones."""
    algebra, width = problem.algebra, problem.algebra.width
    basis, images, old = space.basis, space.images, len(space.values)
    overlap = algebra.inner(basis[:total], basis[:total])
    matrix = algebra.inner(basis[:total], images[:total])
    if old == total:
        _check_hermitian(matrix, images[:total], width)
    matrix = 0.5 * (matrix + matrix.conj().T)
    squares = algebra.inner(images[:total], images[:total])
    sigma = problem.shift
    inverse = matrix - sigma * overlap  # V†(H − σ)V
    weight = squares - 2 * sigma * matrix + sigma**2 * overlap  # V†(H − σ)²V
    # Vectors differ by orders of magnitude under (H − σ)²: scale them alike before whitening.
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(weight).real), 1e-300))
    white = scale[:, None] * whiten(algebra, scale[:, None] * weight * scale, 1e-13)
    mu, rotation = algebra.eigh(white.conj().T @ inverse @ white)
    negative = np.flatnonzero(mu < 0)[: rows[0]]
    positive = np.flatnonzero(mu > 0)[::-1][: rows[1]]
    picked = np.concatenate([negative, positive])
    columns = (width * picked[:, None] + np.arange(width)).ravel()
    chosen = white @ rotation[:, columns]
    # Plain Rayleigh–Ritz among the vectors chosen: better values, orthonormal vectors.
    ortho = whiten(algebra, chosen.conj().T @ overlap @ chosen, 1e-14)
    chosen = chosen @ ortho
    values, rotation = algebra.eigh(chosen.conj().T @ matrix @ chosen)
    chosen = chosen @ rotation
    combined = chosen
    steps = 0
    if len(active):
        numbers = active[active < len(values)]
        own = (width * numbers[:, None] + np.arange(width)).ravel()
        moved = chosen[:, own].copy()
        moved[: width * old] = 0.0
        for _ in range(2):
            moved -= chosen @ (chosen.conj().T @ (overlap @ moved))
            norms = np.sqrt(np.abs(np.einsum("ij,ij->j", moved.conj(), overlap @ moved)))
            moved /= np.where(norms > 1e-300, norms, 1.0)
        moved = moved @ whiten(algebra, moved.conj().T @ overlap @ moved, 1e-8)
        steps = moved.shape[1] // width
        combined = np.concatenate([chosen, moved], axis=1)
    algebra.recombine(combined, basis[:total])
    algebra.recombine(combined, images[:total])
    space.values = values
    space.below = len(negative)
    space.directions = steps
    space.residuals = _residual_norms(basis, images, values)


def _check_hermitian(matrix: Matrix, images: Block, width: int) -> None:
    asymmetry = float(np.abs(matrix - matrix.conj().T).max())
    scale = max(float(np.linalg.norm(image)) for image in images)
    if not asymmetry <= 1e-9 * scale:
        kind = "Hermitian"
        if width == 2:
            kind += " or does not commute with time reversal, as kramers=True takes for granted"
        raise ValueError(
            f"the operator is not {kind}: matrix elements differ by {asymmetry:.1e} of {scale:.1e}"
        )


def _residual_norms(
    vectors: Block, images: Block, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    squares = np.zeros(len(values))
    for part in slices(vectors.shape[1]):
        residual = images[: len(values), part] - values[:, None] * vectors[: len(values), part]
        parts = np.ascontiguousarray(residual).view(float)
        squares += np.einsum("ij,ij->i", parts, parts)
    return np.sqrt(squares)


def _distances(space: _Space, goal: _Goal) -> NDArray[np.float64]:
    """Order of the states of each side, 0 beside the gap."""
    below = np.arange(space.below)[::-1]
    return np.concatenate([below, np.arange(len(space.values) - space.below)])


def _wanted(space: _Space, goal: _Goal) -> NDArray[np.bool_]:
    order = _distances(space, goal)
    side = np.arange(len(space.values)) >= space.below
    return np.asarray(order < np.where(side, goal.counts[1], goal.counts[0]))


def _iterate(
    problem: _Problem, space: _Space, goal: _Goal, progress: Progress | None, probing: bool = False
) -> _Space:
    """Improve the space until the residuals wanted reach the tolerance."""
    count = sum(goal.counts)
    for iteration in range(goal.max_iterations + 1):
        wanted = _wanted(space, goal)
        open_states = wanted & (space.residuals > goal.tolerance)
        short = int(wanted.sum()) < count
        if progress is not None:
            largest = float(space.residuals[wanted].max())
            progress(space.iterations, count - int(open_states.sum()), count, largest)
        unsettled = _unsettled(space, goal, wanted)
        if not short and not open_states.any() and not unsettled.any():
            if space.directions == 0 or iteration == 0:
                break
            # The images are sums over all iterations: compute them afresh before believing them.
            problem.apply(space.vectors, space.images[: len(space.values)])
            _extract(problem, space, len(space.values), _held(space), np.zeros(0, int))
            space.directions = 0
            continue
        if iteration == goal.max_iterations:
            break
        active = np.flatnonzero(open_states | unsettled)
        if len(active) == 0:
            active = np.arange(len(space.values))
        _step(problem, space, goal, active, _held(space) if probing else goal.rows)
        space.iterations += 1
    return space


def _held(space: _Space) -> tuple[int, int]:
    return space.below, len(space.values) - space.below


def _unsettled(space: _Space, goal: _Goal, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark vectors beyond those wanted that may still turn into states nearer to the gap.

    The error of a Ritz value is about residual² / gap; while it exceeds a part of the distance to
    the last state wanted, the vector may be on its way there.
    """
    marks = np.zeros(len(space.values), bool)
    order = _distances(space, goal)
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
    problem: _Problem,
    space: _Space,
    goal: _Goal,
    active: NDArray[np.intp],
    rows: tuple[int, int],
) -> None:
    held = len(space.values)
    old = held + space.directions
    total = old + len(active)
    _correct(problem, space, active, space.basis[old:total])
    problem.apply(space.basis[old:total], space.images[old:total])
    _extract(problem, space, total, rows, active)


def _correct(problem: _Problem, space: _Space, active: NDArray[np.intp], out: Block) -> None:
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
    problem: _Problem,
    space: _Space,
    goal: _Goal,
    progress: Progress | None,
    random: np.random.Generator,
) -> _Space:
    """Add random vectors that know nothing of those found: a missing state shows up in them."""
    probes = [
        problem.preconditioner.smoothed(_PROBES, sign, random)
        for count, sign in zip(goal.counts, (-1.0, 1.0), strict=True)
        if count
    ]
    before = space.values[_wanted(space, goal)].copy()
    below, above = _held(space)
    rows = (below + _PROBES * (below > 0), above + _PROBES * (above > 0))
    wider = _start(
        problem,
        np.concatenate([space.vectors, *probes]),
        _Goal(goal.counts, rows, goal.tolerance, goal.max_iterations),
    )
    wider.iterations = space.iterations
    wanted = _wanted(wider, goal)
    for _ in range(_PROBE_ITERATIONS):
        # Random vectors are mixtures of what is missing; the nearest to the gap purify first.
        active = np.flatnonzero(~wanted & (wider.residuals > 0.05))
        open_states = wanted & (wider.residuals > goal.tolerance)
        if len(active) == 0 and not open_states.any():
            break
        _step(problem, wider, goal, np.union1d(active, np.flatnonzero(open_states)), rows)
        wider.iterations += 1
        wanted = _wanted(wider, goal)
    found = wider.values[wanted]
    moved = len(found) != len(before) or np.abs(found - before).max() > 10 * goal.tolerance
    if moved:
        wider = _iterate(problem, wider, goal, progress)
    wider.complete = not np.any(_wanted(wider, goal) & (wider.residuals > goal.tolerance))
    return wider


def _side(
    space: _Space, goal: _Goal, side: int, counts: tuple[int, ...], complete: bool
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
