"""Ritz vectors of one level with their residuals and last steps, and Rayleigh–Ritz among them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import (
    Block,
    Matrix,
    check_hermitian,
    residual_norms,
    slices,
    whiten,
)
from heterodot.linalg.operator_problem import Problem

__all__ = ["PROBES", "Storage", "Subspace", "capacity", "renew_residuals", "ritz", "ritz_in_place"]

PROBES = 3  # random vectors that look for missing states
_NONE: Matrix = np.zeros((0, 0))


class VectorKind(Protocol):
    """What a problem says of its vectors: their length and the types of their numbers."""

    @property
    def size(self) -> int:
        """Length of a vector."""
        ...

    @property
    def kind(self) -> type:
        """Type of its numbers."""
        ...

    @property
    def single(self) -> type:
        """The same in single precision."""
        ...


def capacity(rows: int, start: int) -> int:
    """Return how many vectors there is room for, starting with some and going on with fewer."""
    return max(start, rows) + PROBES


class Storage:
    """Memory of a subspace: vectors in double precision, all else in single precision.

    Residuals and steps are small beside the vectors that they change, and get smaller: rounding
    them moves vectors and images by 10⁻⁷ of a step.

    Parameters
    ----------
    room : int
        How many vectors are improved at most.
    problem : VectorKind
    start : int
        How many there are before, if more.

    Attributes
    ----------
    basis : (room or start, size) array
        Vectors.
    remainders : (room, size) array
        H v − λ v of every vector.
    directions, images : (2·room, size) arrays
        The last steps and, after them, corrections; H applied to them.
    """

    def __init__(self, room: int, problem: VectorKind, start: int = 0) -> None:
        self.basis: Block = np.empty((max(room, start), problem.size), problem.kind)
        room = max(room, -(-start // 2))
        singles: Block = np.empty((5 * room, problem.size), problem.single)
        self.directions, self.images = singles[: 2 * room], singles[2 * room : 4 * room]
        self.remainders = singles[4 * room :]
        wide: Block = singles[: 4 * room].reshape(-1).view(problem.kind)
        self._wide = wide.reshape(2 * room, problem.size)

    def images_in_double(self, count: int) -> Block:
        """Return a place for images of vectors in double precision, where directions are now."""
        return self._wide[:count]

    def spare_in_double(self, used: int) -> Block:
        """Return a place for images in double precision behind the directions in use."""
        count = len(self.directions) - used
        spare = self.directions[len(self.directions) - count // 2 * 2 :]
        wide: Block = spare.reshape(-1).view(self.basis.dtype)
        return wide.reshape(count // 2, -1)


@dataclass
class Subspace:
    """Ritz pairs of sign·H, in ascending order: those wanted and the guard vectors after them."""

    storage: Storage | None  # none of a level that only a checkpoint knows of
    values: NDArray[np.float64]
    residuals: NDArray[np.float64]
    # Inner products and matrix elements of sign·H among vectors and last steps; empty without steps.
    overlap: Matrix = field(default_factory=lambda: _NONE)
    matrix: Matrix = field(default_factory=lambda: _NONE)
    steps: int = 0  # directions held
    iterations: int = 0
    complete: bool = True
    exact: bool = False  # from a complete diagonalisation
    torn: bool = False  # while rows are being recombined in place

    @property
    def held(self) -> Storage:
        """The vectors and all that belongs to them."""
        if self.storage is None:
            raise ValueError("a checkpoint keeps no vectors of coarser levels")
        return self.storage

    @property
    def vectors(self) -> Block:
        """The Ritz vectors."""
        return self.held.basis[: len(self.values)]

    def shorten(self, rows: int, width: int) -> None:
        """Forget vectors beyond the first rows; ``width`` columns of a matrix belong to each."""
        if self.steps:
            chosen = np.r_[: width * rows, width * len(self.values) : len(self.overlap)]
            self.overlap = self.overlap[np.ix_(chosen, chosen)]
            self.matrix = self.matrix[np.ix_(chosen, chosen)]
        self.values, self.residuals = self.values[:rows], self.residuals[:rows]


def ritz(problem: Problem, vectors: Block, rows: int, room: int) -> Subspace:
    """Rayleigh–Ritz in the span of some vectors."""
    storage = Storage(max(room, len(vectors)), problem)
    for row, vector in enumerate(vectors):
        np.divide(vector, float(np.linalg.norm(vector)) or 1.0, out=storage.basis[row])
    return ritz_in_place(problem, storage, len(vectors), rows)


def ritz_in_place(problem: Problem, storage: Storage, count: int, rows: int) -> Subspace:
    """Rayleigh–Ritz in the span of the first rows of a basis, which its vectors replace."""
    algebra, basis, images = problem.algebra, storage.basis, storage.images_in_double(count)
    problem.apply(basis[:count], images)
    white = whiten(algebra, algebra.inner(basis[:count], basis[:count]))
    matrix = problem.sign * algebra.inner(basis[:count], images)
    check_hermitian(matrix, images, algebra.width)
    values, rotation = algebra.eigh(white.conj().T @ matrix @ white)
    values = values[:rows]
    chosen = white @ rotation[:, : len(values) * algebra.width]
    algebra.recombine(chosen, basis[:count])
    algebra.recombine(chosen, images)
    numbers = np.arange(len(values))
    remainders = storage.remainders[: len(values)]
    residuals = residual_norms(basis, images, problem.sign * values, numbers, remainders)
    return Subspace(storage, values, residuals)


def renew_residuals(problem: Problem, space: Subspace) -> None:
    """Compute residuals afresh: those at hand are sums over all steps so far."""
    storage, values = space.held, problem.sign * space.values
    images = storage.spare_in_double(space.steps)
    for rows in slices(len(values), len(images)):
        vectors, count = storage.basis[rows], rows.stop - rows.start
        problem.apply(vectors, images[:count])
        space.residuals[rows] = residual_norms(
            vectors, images, values[rows], np.arange(count), storage.remainders[rows]
        )
