"""One step of LOBPCG: Rayleigh–Ritz in vectors, last steps and preconditioned residuals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import (
    Algebra,
    Block,
    Matrix,
    calls,
    update_ritz_vectors,
    whiten,
)
from heterodot.linalg.operator_problem import Problem
from heterodot.linalg.ritz_steps import WITHIN, steps_kept
from heterodot.linalg.subspace import Storage, Subspace

__all__ = ["improve"]

# Rounding is magnified by the root of what a combination of directions of length one leaves.
_DEPENDENT = 1e-6


def improve(problem: Problem, space: Subspace, active: NDArray[np.intp]) -> None:
    """Improve all vectors of a subspace by corrections of those that are active."""
    algebra, storage = problem.algebra, space.held
    width, rows, steps = algebra.width, len(space.values), space.steps
    first, known = width * rows, width * (rows + steps)
    overlap, matrix = _with_corrections(problem, space, active)
    lengths = np.sqrt(np.abs(overlap.diagonal().real))
    scale = np.where(lengths > 0, 1.0 / np.where(lengths > 0, lengths, 1.0), 1.0)
    scale[:known] = 1.0
    overlap *= scale[:, None] * scale
    matrix *= scale[:, None] * scale

    white = whiten(algebra, overlap, _DEPENDENT)
    values, rotation = algebra.eigh(white.conj().T @ matrix @ white)
    values = values[:rows]
    chosen = white @ rotation[:, :first]
    both, kept, norms = steps_kept(chosen, overlap, first, width, active)
    space.overlap = both.conj().T @ overlap @ both
    space.matrix = both.conj().T @ matrix @ both

    space.torn = True
    space.residuals = update_ritz_vectors(
        algebra,
        (storage.basis[:rows], storage.remainders[:rows]),
        (storage.directions[: steps + len(active)], storage.images[: steps + len(active)]),
        chosen[:first],
        (scale[:, None] * chosen)[first:],
        (problem.sign * space.values, problem.sign * values),
        kept,
        1.0 / norms,
    )
    space.torn = False
    space.values, space.steps = values, len(kept)


def _with_corrections(
    problem: Problem, space: Subspace, active: NDArray[np.intp]
) -> tuple[Matrix, Matrix]:
    """Make corrections and return inner products and matrix elements among all there is."""
    storage = space.held
    new = slice(space.steps, space.steps + len(active))
    corrections = storage.directions[new]
    _precondition(problem, storage.remainders, active, corrections)
    algebra, vectors = problem.algebra, storage.basis[: len(space.values)]
    products = _products(algebra, vectors, storage.directions[: new.stop], corrections)
    if _repaired(algebra, storage, vectors, active, corrections, products):
        products = _products(algebra, vectors, storage.directions[: new.stop], corrections)
    problem.apply_in_single(corrections, storage.images[new])
    return _tables(algebra, problem.sign, space, new, products)


def _precondition(
    problem: Problem, remainders: Block, active: NDArray[np.intp], out: Block
) -> None:
    """Write preconditioned residuals, as many at a time as the preconditioner takes."""
    for rows in calls(out):
        own = active[rows]
        together = len(own) == own[-1] - own[0] + 1  # rows that need not be copied
        chosen = remainders[own[0] : own[-1] + 1] if together else remainders[own]
        problem.precondition(chosen, out[rows])


def _products(
    algebra: Algebra, vectors: Block, directions: Block, corrections: Block
) -> tuple[Matrix, Matrix]:
    return algebra.inner(vectors, corrections), algebra.inner(directions, corrections)


def _repaired(
    algebra: Algebra,
    storage: Storage,
    vectors: Block,
    active: NDArray[np.intp],
    corrections: Block,
    products: tuple[Matrix, Matrix],
) -> bool:
    """Mend corrections of which nothing would be left; return whether there were any.

    One that a cycle made diverge in single precision gives way to the plain residual, and of one
    that is nearly a combination of the vectors, with what it is good for in its last digits, these
    are taken out.
    """
    among, own = (table[:, :: algebra.width] for table in products)
    squares = own[len(own) - algebra.width * len(corrections) :: algebra.width].diagonal().real
    diverged = np.flatnonzero(~np.isfinite(squares))
    for number in diverged:
        corrections[number] = storage.remainders[active[number]]
    within = np.sum(np.abs(among) ** 2, axis=0)
    if not len(diverged) and np.all(within <= WITHIN * squares):
        return False
    wide = corrections.astype(vectors.dtype)
    algebra.subtract(algebra.inner(vectors, wide), vectors, wide)
    corrections[:] = wide
    return True


def _tables(
    algebra: Algebra, sign: float, space: Subspace, new: slice, products: tuple[Matrix, Matrix]
) -> tuple[Matrix, Matrix]:
    storage = space.held
    width, rows = algebra.width, len(space.values)
    first, known = width * rows, width * (rows + space.steps)
    corrections, directions = storage.directions[new], storage.directions[: new.stop]
    kind = np.float64 if storage.basis.dtype == np.float64 else np.complex128
    overlap: Matrix = np.eye(known + width * len(corrections), dtype=kind)
    matrix = np.zeros_like(overlap)
    diagonal = np.arange(first)
    if space.steps:
        overlap[:known, :known], matrix[:known, :known] = space.overlap, space.matrix
    overlap[:first, :first] = np.eye(first)
    matrix[:first, :first] = 0.0
    values = np.repeat(space.values, width)
    matrix[diagonal, diagonal] = values
    # ⟨v|H|c⟩ from the residuals of v: no image of v is needed, and none is rounded.
    among, overlap[first:, known:] = products
    overlap[:first, known:] = among
    matrix[:first, known:] = values[:, None] * among + sign * algebra.inner(
        storage.remainders[:rows], corrections
    )
    matrix[first:, known:] = sign * algebra.inner(directions, storage.images[new])
    for table in (overlap, matrix):
        table[known:, :known] = table[:known, known:].conj().T
    return overlap, matrix
