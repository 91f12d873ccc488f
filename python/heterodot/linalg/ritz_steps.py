"""What steps of Ritz vectors are worth keeping as directions of the next iteration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import Matrix

__all__ = ["WITHIN", "steps_kept"]

_NO_STEP = 1e-8  # a shorter step leads nowhere
WITHIN = 0.5  # of the square of a direction: more of it within the vectors is taken out


def steps_kept(
    chosen: Matrix, overlap: Matrix, first: int, width: int, asked: NDArray[np.intp]
) -> tuple[Matrix, NDArray[np.intp], NDArray[np.float64]]:
    """Return the columns of new vectors and of their steps, which steps these are and their norms.

    Parameters
    ----------
    chosen : array
        Coefficients of the new vectors in the old ones, the first rows, and in directions.
    overlap : array
        Inner products of old vectors and directions.
    first : int
        Rows of old vectors.
    width : int
        Columns of a vector.
    asked : array of int
        New vectors whose steps, what directions have added to them, may be kept.
    """
    added = chosen.copy()
    added[:first] = 0.0
    squares = np.einsum("ij,ij->j", added.conj(), overlap @ added).real
    norms = np.sqrt(np.abs(squares))[::width]
    # Steps that lie within the new vectors would be made of rounding.
    within = np.sum(np.abs(chosen.conj().T @ (overlap @ added)) ** 2, axis=0)[::width]
    kept = asked[(norms[asked] > _NO_STEP) & (within[asked] < WITHIN * norms[asked] ** 2)]
    columns = (width * kept[:, None] + np.arange(width)).ravel()
    both = np.concatenate([chosen, added[:, columns] / np.repeat(norms[kept], width)], axis=1)
    return both, kept, norms[kept]
