"""The harmonic Rayleigh–Ritz procedure around a shift in a gap of the spectrum.

Eigenvalues λ beside a shift σ in a gap are the extreme ones of (H − σ)⁻¹. In the span of vectors V,
W = (H − σ)V, they are the extreme eigenvalues μ of the pencil (V†W, W†W), whose matrices are those of
(H − σ)⁻¹ between the vectors W (Morgan, Linear Algebra Appl. 154, 289 (1991)). They approach
1/(λ − σ) from the inside, so that no value ever appears in the gap that is not an eigenvalue's; the
plain procedure lets them through.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import (
    Algebra,
    Block,
    Matrix,
    check_hermitian,
    orthonormal_steps,
    residual_norms,
    whiten,
    write_products,
)
from heterodot.linalg.flexible_correction import ApproximateInverse

__all__ = [
    "PROBES",
    "Goal",
    "InteriorLevel",
    "Preconditioner",
    "Problem",
    "Space",
    "extract",
    "held_rows",
    "is_wanted",
    "most_active",
    "side_order",
    "start_space",
]

PROBES = 3  # random vectors a side that look for missing states
_STEP_NUMBERS = 10 << 23  # complex numbers of the vectors improved at once (1.3 GB)


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
    inverses : pair of ApproximateInverse, optional
        Approximations of (H − σ)⁻¹ with shifts σ beside the states below and those above; faster than
        the preconditioner alone.
    """

    operator: Any
    preconditioner: Preconditioner
    prolong: Any = None
    inverses: tuple[ApproximateInverse, ApproximateInverse] | None = None


@dataclass(frozen=True)
class Goal:
    """What a level has to reach; the side below comes first."""

    counts: tuple[int, int]
    rows: tuple[int, int]
    tolerance: float
    max_iterations: int
    steps: tuple[int, int] = (8, 20)  # most inner ones, for rough vectors and for good ones


class Problem:
    """One level as the iteration sees it."""

    def __init__(self, level: InteriorLevel, algebra: Algebra, shift: float) -> None:
        self.operator = level.operator
        self.preconditioner = level.preconditioner
        self.inverses = level.inverses
        self.algebra = algebra
        self.shift = shift
        self.size = int(level.operator.size)
        self._work: dict[str, NDArray[np.complex64]] = {}

    def apply(self, block: Block, out: Block) -> None:
        """Write H applied to every row to ``out``."""
        write_products(self.operator, block, out)

    def workspace(self, purpose: str, count: int) -> NDArray[np.complex64]:
        """Return rows in single precision, for each purpose always the same memory."""
        held = self._work.get(purpose)
        if held is None or len(held) < count:
            held = self._work[purpose] = np.empty((count, self.size), np.complex64)
        return held[:count]

    def apply_single(self, block: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Return H applied to every row in single precision."""
        single = getattr(self.operator, "apply_float", None)
        if single is not None:
            return np.asarray(single(block))
        return np.asarray(self.operator.apply(block.astype(complex)), np.complex64)


@dataclass
class Space:
    """Ritz pairs, ascending; those below the shift first. Directions of the last step follow."""

    basis: Block
    images: Block
    values: NDArray[np.float64]
    residuals: NDArray[np.float64]
    below: int
    directions: int = 0
    iterations: int = 0
    complete: bool = True
    torn: bool = False  # while rows are being recombined in place
    fresh: bool = True  # whether the images come from the operator, not from sums over iterations
    tables: tuple[Matrix, Matrix, Matrix] | None = None  # VV, VHV and VHHV of the rows in use

    @property
    def vectors(self) -> Block:
        """The Ritz vectors."""
        return self.basis[: len(self.values)]


def most_active(goal: Goal, size: int) -> int:
    """Return how many vectors are improved at once: all, unless they fill the memory."""
    return max(4, min(sum(goal.rows), _STEP_NUMBERS // size))


def start_space(problem: Problem, vectors: Iterable[Block], count: int, goal: Goal) -> Space:
    """Return the harmonic Ritz vectors in the span of some vectors.

    Parameters
    ----------
    problem : Problem
    vectors : iterable of arrays
        One at a time, so that they need not all be in memory besides their copies.
    count : int
        How many.
    goal : Goal
        Says how many are kept, and how much room steps need.
    """
    held = sum(goal.rows)
    room = max(count, held + 2 * most_active(goal, problem.size))
    basis: Block = np.zeros((room, problem.size), complex)
    images = np.empty_like(basis)
    for row, vector in zip(basis[:count], vectors, strict=True):
        np.divide(vector, float(np.linalg.norm(vector)) or 1.0, out=row)
    problem.apply(basis[:count], images[:count])
    space = Space(basis, images, np.zeros(count), np.zeros(count), 0)
    extract(problem, space, count, goal.rows, np.zeros(0, int))
    return space


def extract(
    problem: Problem,
    space: Space,
    total: int,
    rows: tuple[int, int],
    active: NDArray[np.intp],
) -> None:
    """Harmonic Rayleigh–Ritz in the first rows of the basis; keeps steps of the active ones."""
    algebra, width = problem.algebra, problem.algebra.width
    basis, images, old = space.basis, space.images, len(space.values)
    known = 0 if space.tables is None else len(space.tables[0]) // width
    overlap, matrix, squares = (
        _extended(algebra, None if space.tables is None else space.tables[k], left, right, total)
        for k, (left, right) in enumerate(((basis, basis), (basis, images), (images, images)))
    )
    if known == 0:
        check_hermitian(matrix, images[:total], width)
    matrix = 0.5 * (matrix + matrix.conj().T)
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
        moved = orthonormal_steps(algebra, moved, chosen, overlap)
        steps = moved.shape[1] // width
        combined = np.concatenate([chosen, moved], axis=1)
    space.torn = True
    algebra.recombine(combined, basis[:total])
    algebra.recombine(combined, images[:total])
    space.torn = False
    # The small matrices of the new rows follow from those of the old ones.
    adjoint = combined.conj().T
    space.tables = (
        adjoint @ overlap @ combined,
        adjoint @ matrix @ combined,
        adjoint @ squares @ combined,
    )
    space.values = values
    space.below = len(negative)
    space.directions = steps
    space.residuals = residual_norms(basis, images, values)


def _extended(
    algebra: Algebra, table: Matrix | None, left: Block, right: Block, total: int
) -> Matrix:
    """Return the inner products of the first rows, of which a table may hold the beginning."""
    if table is None:
        return algebra.inner(left[:total], right[:total])
    held = len(table)
    result = np.zeros((algebra.width * total,) * 2, table.dtype)
    result[:held, :held] = table
    result[:, held:] = algebra.inner(left[:total], right[held // algebra.width : total])
    result[held:, :held] = result[:held, held:].conj().T
    return result


def side_order(space: Space) -> NDArray[np.intp]:
    """Return the order of the states of each side, 0 beside the gap."""
    below = np.arange(space.below)[::-1]
    return np.concatenate([below, np.arange(len(space.values) - space.below)])


def is_wanted(space: Space, goal: Goal) -> NDArray[np.bool_]:
    """Mark the states that were asked for."""
    order = side_order(space)
    side = np.arange(len(space.values)) >= space.below
    return np.asarray(order < np.where(side, goal.counts[1], goal.counts[0]))


def held_rows(space: Space) -> tuple[int, int]:
    """Return how many vectors there are below and above the shift."""
    return space.below, len(space.values) - space.below
