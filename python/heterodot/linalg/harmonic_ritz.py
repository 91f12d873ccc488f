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

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import (
    Algebra,
    Block,
    Matrix,
    check_hermitian,
    residual_norms,
    update_ritz_vectors,
    whiten,
)
from heterodot.linalg.interior_problem import Goal, Problem
from heterodot.linalg.ritz_steps import steps_kept
from heterodot.linalg.subspace import Storage

__all__ = ["Space", "held_rows", "improve", "is_wanted", "refresh", "side_order", "start_space"]

Tables = tuple[Matrix, Matrix, Matrix]  # VV, VHV and VHHV

# Squares of what is left of a vector of length one beyond combinations of others: what rounding makes.
_DEPENDENT, _DEPENDENT_IN_SINGLE = 1e-13, 1e-7


@dataclass
class Space:
    """Ritz pairs, ascending; those below the shift first. Directions of the last step follow."""

    storage: Storage
    values: NDArray[np.float64]
    residuals: NDArray[np.float64]
    below: int
    tables: Tables  # of the vectors and, after them, the directions
    steps: int = 0  # directions held
    iterations: int = 0
    complete: bool = True
    torn: bool = False  # while rows are being recombined in place
    fresh: bool = True  # whether residuals come from the operator, not from sums over iterations

    @property
    def vectors(self) -> Block:
        """The Ritz vectors."""
        return self.storage.basis[: len(self.values)]

    @property
    def remainders(self) -> Block:
        """Their residuals in single precision."""
        return self.storage.remainders[: len(self.values)]


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
        Says how many are kept.
    """
    storage = Storage(sum(goal.rows), problem, start=count)
    for row, vector in zip(storage.basis[:count], vectors, strict=True):
        np.divide(vector, float(np.linalg.norm(vector)) or 1.0, out=row)
    return _in_place(problem, storage, count, goal.rows)


def refresh(problem: Problem, space: Space) -> None:
    """Compute residuals afresh, and forget steps: those at hand are sums over all steps so far."""
    space.torn = True
    fresh = _in_place(problem, space.storage, len(space.values), held_rows(space))
    space.values, space.residuals, space.below = fresh.values, fresh.residuals, fresh.below
    space.tables, space.steps = fresh.tables, 0
    space.torn, space.fresh = False, True


def _in_place(problem: Problem, storage: Storage, count: int, rows: tuple[int, int]) -> Space:
    algebra = problem.algebra
    basis, images = storage.basis[:count], storage.images_in_double(count)
    problem.apply(basis, images)
    overlap, matrix = algebra.inner(basis, basis), algebra.inner(basis, images)
    squares = algebra.inner(images, images)
    check_hermitian(matrix, images, algebra.width)
    tables = overlap, 0.5 * (matrix + matrix.conj().T), squares
    values, chosen, below = _harmonic(algebra, problem.shift, tables, rows, _DEPENDENT)
    algebra.recombine(chosen, basis)
    algebra.recombine(chosen, images)
    remainders = storage.remainders[: len(values)]
    residuals = residual_norms(basis, images, values, np.arange(len(values)), remainders)
    return Space(storage, values, residuals, below, _turned(tables, chosen))


def improve(problem: Problem, space: Space, count: int, goal: Goal, kept: NDArray[np.intp]) -> None:
    """Harmonic Rayleigh–Ritz in vectors, last steps and corrections; keeps steps of some vectors.

    Parameters
    ----------
    problem : Problem
    space : Space
    count : int
        Of corrections, of length one, which lie behind the directions of the space.
    goal : Goal
    kept : array of int
        Vectors whose steps are to be directions of the next iteration.
    """
    algebra, storage, old = problem.algebra, space.storage, len(space.values)
    width, sources = algebra.width, space.steps + count
    first = width * old
    tables = _with_corrections(problem, space, slice(space.steps, sources))
    values, chosen, below = _harmonic(
        algebra, problem.shift, tables, goal.rows, _DEPENDENT_IN_SINGLE
    )
    kept = kept[kept < len(values)]
    both, kept, norms = steps_kept(chosen, tables[0], first, width, kept)
    rows = max(old, len(values))  # of vectors before and after
    storage.basis[old:rows] = 0.0
    storage.remainders[old:rows] = 0.0
    rotation = np.zeros((width * rows, width * rows), complex)
    rotation[:first, : chosen.shape[1]] = chosen[:first]
    steps = np.zeros((width * sources, width * rows), complex)
    steps[:, : chosen.shape[1]] = chosen[first:]
    space.torn = True
    residuals = update_ritz_vectors(
        algebra,
        (storage.basis[:rows], storage.remainders[:rows]),
        (storage.directions[:sources], storage.images[:sources]),
        rotation,
        steps,
        (_padded(space.values, rows), _padded(values, rows)),
        kept,
        1.0 / norms,
    )
    space.torn, space.fresh = False, False
    # The small matrices of the new rows follow from those of the old ones.
    space.tables = _turned(tables, both)
    space.values, space.below, space.steps = values, below, len(kept)
    space.residuals = residuals[: len(values)]


def _with_corrections(problem: Problem, space: Space, new: slice) -> Tables:
    """Return inner products with corrections too; H v = λv + r, so that no image of v is needed."""
    algebra, storage = problem.algebra, space.storage
    corrections, images = storage.directions[new], storage.images[new]
    problem.apply_in_single(corrections, images)
    directions = storage.directions[: new.stop]
    vectors, remainders = space.vectors, space.remainders
    first, known = algebra.width * len(space.values), len(space.tables[0])
    values = np.repeat(space.values, algebra.width)
    size = known + algebra.width * len(corrections)
    overlap, matrix, squares = tables = tuple(np.zeros((size, size), complex) for _ in range(3))
    for table, before in zip(tables, space.tables, strict=True):
        table[:known, :known] = before
    overlap[:first, :first], matrix[:first, :first] = np.eye(first), np.diag(values)
    overlap[:first, known:] = algebra.inner(vectors, corrections)
    overlap[first:, known:] = algebra.inner(directions, corrections)
    matrix[:first, known:] = values[:, None] * overlap[:first, known:]
    matrix[:first, known:] += algebra.inner(remainders, corrections)
    matrix[first:, known:] = algebra.inner(directions, images)
    squares[:first, known:] = values[:, None] * matrix[:first, known:]
    squares[:first, known:] += algebra.inner(remainders, images)
    squares[first:, known:] = algebra.inner(storage.images[: new.stop], images)
    for table in tables:
        table[known:, :known] = table[:known, known:].conj().T
    return overlap, matrix, squares


def _harmonic(
    algebra: Algebra, shift: float, tables: Tables, rows: tuple[int, int], dependent: float
) -> tuple[NDArray[np.float64], Matrix, int]:
    """Return values, coefficients of their orthonormal vectors and how many lie below the shift."""
    overlap, matrix, squares = tables
    inverse = matrix - shift * overlap  # V†(H − σ)V
    weight = squares - 2 * shift * matrix + shift**2 * overlap  # V†(H − σ)²V
    # Vectors differ by orders of magnitude under (H − σ)²: scale them alike before whitening.
    scale = 1.0 / np.sqrt(np.maximum(np.abs(np.diag(weight).real), 1e-300))
    white = scale[:, None] * whiten(algebra, scale[:, None] * weight * scale, dependent)
    mu, rotation = algebra.eigh(white.conj().T @ inverse @ white)
    negative = np.flatnonzero(mu < 0)[: rows[0]]
    positive = np.flatnonzero(mu > 0)[::-1][: rows[1]]
    picked = np.concatenate([negative, positive])
    columns = (algebra.width * picked[:, None] + np.arange(algebra.width)).ravel()
    chosen = white @ rotation[:, columns]
    # Plain Rayleigh–Ritz among the vectors chosen: better values, orthonormal vectors.
    chosen = chosen @ whiten(algebra, chosen.conj().T @ overlap @ chosen, 1e-14)
    values, rotation = algebra.eigh(chosen.conj().T @ matrix @ chosen)
    return values, chosen @ rotation, len(negative)


def _turned(tables: Tables, columns: Matrix) -> Tables:
    adjoint = columns.conj().T
    overlap, matrix, squares = (adjoint @ table @ columns for table in tables)
    return overlap, matrix, squares


def _padded(values: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    return np.pad(values, (0, rows - len(values)))


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
