"""The lowest eigenpairs of large Hermitian operators: nested iteration, LOBPCG, multigrid.

Knows no physics: an operator is anything with ``size`` and ``apply``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot._blas import single_threaded_blas
from heterodot.errors import ConvergenceError
from heterodot.linalg.block_algebra import packed_memory
from heterodot.linalg.checkpoint import Checkpoint, Reached, fingerprint
from heterodot.linalg.keeping import Keeper
from heterodot.linalg.operator_problem import Problem, prolonged
from heterodot.linalg.rescue import rescued
from heterodot.linalg.subspace import Subspace, capacity
from heterodot.linalg.subspace_iteration import (
    Settings,
    coarser_levels,
    dense_start,
    iterate,
    random_start,
    start_from,
)
from heterodot.progress import SolverBar

__all__ = ["FOLLOWED", "Eigenpairs", "eigensolver_memory", "error_bounds", "lowest_eigenpairs"]

Progress = Callable[[int, int, int, float], object]

DEFAULT_TOLERANCE = 2e-5
_DENSE = 600  # unknowns up to which all eigenpairs are computed
_COARSE_TOLERANCE = 2e-3  # a coarse grid is wrong by more than the square of it
FOLLOWED = 100_000  # unknowns below which the coarser grid is too coarse to say what is missing
_SEED = 20240229


@dataclass(frozen=True)
class Eigenpairs:
    """Lowest eigenpairs of sign·H.

    Attributes
    ----------
    values : (count,) array
        Eigenvalues of H itself, in the order in which sign·H ascends. With ``kramers``, one a pair.
    vectors : (count, size) array
        Orthonormal rows; real if the operator is. With ``kramers`` one vector of every pair, the
        other is ``kramers.time_reverse`` of it.
    residuals : (count,) array
        Norms |Hv − λv| (of the vectors returned).
    bounds : (count,) array
        Bounds of the errors of the eigenvalues: the smaller of the residual and
        Σ residual² / gap, where the gap reaches to the next eigenvalue that was not asked for
        (Parlett, The Symmetric Eigenvalue Problem, ch. 11). They hold if no state is missing.
    iterations : tuple of int
        Iterations on every level, the coarsest first.
    complete : bool
        Whether no state below the last one was found missing by probing with random vectors.
    remark : str
        What limits completeness, or that a level was cut; empty if there is nothing to say.
    """

    values: NDArray[np.float64]
    vectors: NDArray[Any]
    residuals: NDArray[np.float64]
    bounds: NDArray[np.float64]
    iterations: tuple[int, ...]
    complete: bool
    remark: str = field(default="")

    def __repr__(self) -> str:
        if not len(self.values):
            return "Eigenpairs: none"
        state = "complete" if self.complete else "completeness not certain"
        return (
            f"Eigenpairs: {len(self.values)} from {self.values[0]:.6g} to {self.values[-1]:.6g}, "
            f"residuals ≤ {self.residuals.max():.1e}, {state}"
        )


def guard_count(count: int) -> int:
    """Return how many vectors are carried beyond those asked for."""
    return max(4, count // 4)


def eigensolver_memory(
    size: int, count: int, *, real: bool = False, kramers: bool = False, coarse: int = 1
) -> int:
    """Estimate the memory that :func:`lowest_eigenpairs` takes, in bytes.

    Parameters
    ----------
    size : int
        Length of a vector.
    count : int
        Eigenpairs (with ``kramers``: pairs) asked for.
    real : bool
        Whether the operator is real.
    kramers : bool
        Whether vectors stand for Kramers pairs (the same memory a pair as a vector otherwise).
    coarse : int
        Number of coarser levels; they add an eighth each.

    Returns
    -------
    int
        Vectors, their images and search directions, and the preconditioner's work space; without
        the operators themselves.
    """
    item = 8 if real else 16
    rows = count + guard_count(count)
    start = rows + guard_count(count)
    # The basis, interpolated vectors and what is handed out.
    double = capacity(rows, start) + start + count
    single = 5 * capacity(rows, start) + 2  # residuals, steps and corrections, images; diagonals
    packed = packed_memory(size, real, 2 if kramers else 1, 4)
    held = size * item * (double + 0.5 * single) + packed
    return int(held * (8.0 / 7.0 if coarse else 1.0)) + (16 << 20)


def lowest_eigenpairs(
    operator: Any,
    count: int,
    *,
    sign: float = 1.0,
    coarse: Sequence[Any] = (),
    preconditioner: Any = None,
    kramers: bool = False,
    tolerance: float = DEFAULT_TOLERANCE,
    guess: NDArray[Any] | None = None,
    max_iterations: int = 60,
    progress: Progress | bool | None = None,
    check: bool = True,
    follow: bool = True,
    fallback: bool = True,
    checkpoint: Checkpoint | None = None,
) -> Eigenpairs:
    """Return the eigenpairs of H with the lowest sign·λ.

    On the coarsest operator the iteration starts from random (seeded) vectors; the result is
    interpolated to the next finer one and improved there, and so on. Each level runs block LOBPCG
    (Knyazev, SIAM J. Sci. Comput. 23, 517 (2001)) with vectors beyond those asked for,
    preconditioned in single precision; Rayleigh–Ritz and residuals are in double precision.

    Parameters
    ----------
    operator : object
        Hermitian, with ``size`` and ``apply(block)`` on (count, size) complex blocks. Real
        operators with ``is_real`` and ``apply_real`` work on real vectors. ``apply_float`` and
        ``apply_real_float``, if there are any, multiply steps, which are in single precision. A
        ``diagonal()`` gives a Jacobi preconditioner and an ``active()`` mask leaves out unused
        unknowns.
    count : int
        Number of eigenpairs; with ``kramers``, of pairs.
    sign : {1.0, -1.0}
        −1 for the highest eigenvalues of H.
    coarse : sequence of _core.StencilOperator
        The same problem on the grids that coarsening makes, the finer ones first.
    preconditioner : object, optional
        With ``apply(block)``, an approximate inverse of sign·H − shift for a shift below the wanted
        eigenvalues. By default multigrid on ``operator`` and ``coarse`` if they are stencil
        operators, else the inverse diagonal.
    kramers : bool
        H commutes with T(F↑, F↓) = (F↓*, −F↑*), bands spin-major. H then acts on one vector of
        each pair.
    tolerance : float
        Largest residual norm, in the units of H. The error of an eigenvalue is about its square
        over the distance to the rest of the spectrum.
    guess : (any, size) array, optional
        Vectors to start from on the finest level, besides those of the coarser level.
    max_iterations : int
        Iterations allowed on each level.
    progress : callable or bool, optional
        Called as ``progress(iteration, converged, wanted, residual)``; True shows a bar.
    check : bool
        Whether to probe for missing states.
    follow : bool
        Whether finding the states of the coarser grid again, moved by little, makes probes on the
        finest one unnecessary. Not where symmetries keep states from mixing, such as translations:
        then one that the coarser grid has at the wrong place is never met.
    fallback : bool
        Whether to try other ways (:mod:`heterodot.linalg.rescue`) where the iteration stagnates;
        ``remark`` says so.
    checkpoint : Checkpoint, optional
        Keeps what has been reached in a file, and goes on from there if it holds something.

    Raises
    ------
    ConvergenceError
        If residuals stay above the tolerance.
    ValueError
        If arguments do not fit each other.
    """
    _validate(operator, count, sign, tolerance, guess, kramers)
    rows, more, operators = _plan(operator, count, coarse, kramers)
    levels = [
        Problem(op, sign, kramers, operators[number + 1 :], None if number else preconditioner)
        for number, op in enumerate(operators)
    ]
    random = np.random.default_rng(_SEED)
    keeper, story = Keeper(checkpoint), ""
    reached = keeper.resume(fingerprint(operators, sign, kramers, count) if checkpoint else None)
    solved = [] if reached is None else coarser_levels(reached)  # the finest first
    with _reporter(progress, count) as report, single_threaded_blas():
        for number in range(len(levels) - 1 if reached is None else reached.level, -1, -1):
            problem, finest = levels[number], number == 0
            done = reached is not None and reached.finished
            settings = Settings(
                count,
                rows if finest else more,
                tolerance if finest else max(tolerance, _COARSE_TOLERANCE),
                max_iterations,
                probe=check and not finest and not done,
                keep=keeper.keeping(number),
            )
            with keeper:
                start = _start(
                    problem, levels[number + 1 :], solved, settings, random, guess, reached
                )
                space = iterate(problem, start, settings, random, report)
                if finest and check and not space.exact:
                    followed = follow and problem.size >= FOLLOWED and bool(solved)
                    if not (followed and _followed(solved[0], space, count)) and not done:
                        again = replace(settings, probe=True)
                        space = iterate(problem, space, again, random, report)
                if finest and fallback and np.any(space.residuals[:count] > tolerance):
                    space, story = rescued(
                        problem,
                        operators[1:],
                        space,
                        replace(settings, probe=check),
                        random,
                        report,
                    )
            solved.insert(0, space)
            keeper.finished(number, space)
            reached = None
    if np.any(space.residuals[:count] > tolerance):
        raise ConvergenceError(_complaint(space, count, tolerance, max_iterations))
    return Eigenpairs(
        values=sign * space.values[:count],
        vectors=np.ascontiguousarray(space.vectors[:count]),
        residuals=space.residuals[:count],
        bounds=error_bounds(space.values, space.residuals, count),
        iterations=tuple(level.iterations for level in reversed(solved)),
        complete=space.complete,
        remark=" ".join(filter(None, [story, _remark(space, count, tolerance, check)])),
    )


def _plan(
    operator: Any, count: int, coarse: Sequence[Any], kramers: bool
) -> tuple[int, int, list[Any]]:
    """Return how many vectors the finest and the coarser levels carry, and the levels."""
    independent = [
        int(getattr(op, "active", lambda size=op.size: np.ones(size, bool))().sum())
        // (2 if kramers else 1)
        for op in (operator, *coarse)
    ]
    if count > independent[0]:
        raise ValueError(
            f"count = {count} is more than the {independent[0]} eigenpairs of the operator"
        )
    rows = min(count + guard_count(count), independent[0])
    # Coarse levels are cheap and less alike: they carry more vectors. A level must have room for
    # the vectors, the steps and the corrections.
    more = min(rows + guard_count(count), independent[0])
    enough = [op for op, size in zip(coarse, independent[1:], strict=True) if size >= 4 * more]
    return rows, more, [operator, *enough]


def _start(
    problem: Problem,
    coarser: Sequence[Problem],
    solved: Sequence[Subspace],
    settings: Settings,
    random: np.random.Generator,
    guess: NDArray[Any] | None,
    reached: Reached | None,
) -> Subspace:
    if reached is not None:
        space = start_from(problem, reached.vectors.astype(problem.kind), settings.rows)
        space.iterations = reached.iterations[0]
        problem.lowest = [float(level.values[0]) for level in (space, *solved)]
        return space
    if guess is not None and guess.shape[1] != problem.size:
        guess = None  # that of the finest level
    if solved:
        vectors = prolonged(coarser[0], problem, solved[0].vectors)
        if guess is not None:
            vectors = np.concatenate([guess.astype(problem.kind), vectors])
        space = start_from(problem, vectors, settings.rows)
        problem.lowest = [float(level.values[0]) for level in (space, *solved)]
        return space
    if guess is None and (
        problem.unknowns <= _DENSE or problem.independent < 4 * (settings.rows + settings.count)
    ):
        return dense_start(problem, settings.rows)
    return random_start(problem, settings.rows, random, guess)


def _validate(
    operator: Any, count: int, sign: float, tolerance: float, guess: Any, kramers: bool
) -> None:
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    if sign not in (1.0, -1.0):
        raise ValueError(f"sign must be 1.0 (lowest) or -1.0 (highest), got {sign}")
    if not tolerance > 0.0:
        raise ValueError(f"tolerance must be positive, got {tolerance}")
    # Complex operators of one "spin" have basis functions that carry it, time reverses last.
    one_spin = getattr(operator, "spins", 2) != 2 and (
        operator.is_real or getattr(operator, "orbitals", 1) % 2
    )
    if kramers and (operator.size % 2 or one_spin):
        raise ValueError(
            "kramers=True needs two spins, spin-major: vectors (F↑, F↓) of even length; "
            "leave it out for an operator of one spin"
        )
    if guess is not None and (np.ndim(guess) != 2 or np.shape(guess)[1] != operator.size):
        raise ValueError(
            f"guess must have shape (any, {operator.size}), got {np.shape(guess)}: rows are vectors"
        )


def _followed(coarse: Subspace, fine: Subspace, count: int) -> bool:
    """Whether the wanted states all come from the block of the coarser level.

    A state that the block did not hold would have to move, from one grid to the next, by more than
    the distance from the last state wanted to the last one held, while those found moved by less
    than half of it.
    """
    moved = float(np.max(np.abs(fine.values[:count] - coarse.values[:count])))
    return coarse.complete and float(coarse.values[-1] - coarse.values[count - 1]) > 2.0 * moved


def error_bounds(
    values: NDArray[np.float64], residuals: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """Return bounds of the errors of the first of ascending eigenvalues, no state missing.

    Every gap above the wanted states may serve, with the residuals below it.
    """
    bounds = residuals[:count].copy()
    for last in range(count - 1, len(values) - 1):
        gaps = float(np.min(values[last + 1 :] - residuals[last + 1 :])) - values[:count]
        square = float(np.sum(residuals[: last + 1] ** 2))
        bounds = np.where(gaps > 0, np.minimum(bounds, square / np.maximum(gaps, 1e-300)), bounds)
    return bounds


def _remark(space: Subspace, count: int, tolerance: float, check: bool) -> str:
    remarks = []
    if not check:
        remarks.append("Completeness was not checked.")
    elif not space.complete:
        remarks.append(
            "Random probes have not settled above the last state asked for: a state below it may "
            "be missing. Ask for a few more states, or for a smaller tolerance."
        )
    if len(space.values) > count:
        gap = float(space.values[count] - space.values[count - 1])
        if gap < 50 * tolerance:
            remarks.append(
                f"The last level is cut: the next eigenvalue lies only {max(gap, 0.0):.1e} further."
            )
    return " ".join(remarks)


def _complaint(space: Subspace, count: int, tolerance: float, max_iterations: int) -> str:
    states = [str(i) for i in np.flatnonzero(space.residuals[:count] > tolerance)]
    worst = float(space.residuals[:count].max())
    return (
        f"eigenpairs {', '.join(states)} of {count} have residuals above {tolerance:g} (largest "
        f"{worst:.2g}) after {max_iterations} iterations; allow more max_iterations, give coarser "
        "levels or a preconditioner, ask for a few more states (a cut level converges slowly), or "
        "accept a larger tolerance"
    )


@contextmanager
def _reporter(progress: Progress | bool | None, count: int) -> Iterator[Progress]:
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda *_: None
    else:
        with SolverBar(True, count, "eigenpairs") as bar:
            yield bar.of_iteration
