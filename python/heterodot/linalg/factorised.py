"""Eigenvectors next to a shift by a factorisation of the matrix: small, but whatever the spectrum."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import eigsh

__all__ = ["LARGEST", "active_mask", "eigenvectors_beside", "lowest_eigenvectors", "matrix_of"]

LARGEST = 20_000  # unknowns, beyond which the factorisation takes minutes and gigabytes
_DENSE = 1_500  # unknowns up to which all eigenpairs are computed

Matrix = csc_array | NDArray[Any]


def active_mask(operator: Any) -> NDArray[np.bool_]:
    """Return which unknowns of an operator exist."""
    active = getattr(operator, "active", None)
    return np.ones(operator.size, bool) if active is None else np.asarray(active(), bool)


def matrix_of(operator: Any) -> Matrix | None:
    """Return the matrix of the unknowns that exist, None if it is too large or not to be had.

    Operators hand out their rows (``compressed_rows`` or a ``matrix``); small ones are multiplied
    with unit vectors.
    """
    mask = active_mask(operator)
    size = int(np.count_nonzero(mask))
    if size > LARGEST:
        return None
    if hasattr(operator, "compressed_rows"):
        start, columns, values = operator.compressed_rows(0, size)
        data = values.real.copy() if operator.is_real else values
        return csr_array((data, columns, start), shape=(size, size)).tocsc()
    if isinstance(stored := getattr(operator, "matrix", None), csr_array):
        return stored.tocsc()
    if size > _DENSE:
        return None
    unit = np.zeros((size, operator.size), complex)
    unit[np.arange(size), np.flatnonzero(mask)] = 1.0
    images: NDArray[Any] = np.asarray(operator.apply(unit))[:, mask].T
    return images


def _nearest(matrix: Matrix, shift: float, count: int) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return eigenvalues next to a shift and their vectors, as columns."""
    size = matrix.shape[0]
    if size <= _DENSE or count > size - 2:
        dense = matrix if isinstance(matrix, np.ndarray) else matrix.toarray()
        values, vectors = scipy.linalg.eigh(0.5 * (dense + dense.conj().T))
        chosen = np.argsort(np.abs(values - shift), kind="stable")[:count]
        return values[chosen], vectors[:, chosen]
    # A start without the symmetry of a level would find it by rounding errors only.
    start = np.random.default_rng(1).standard_normal((1, size))[0].astype(matrix.dtype)
    values, vectors = eigsh(matrix, k=count, sigma=shift, v0=start)
    return np.asarray(values, np.float64), vectors


def eigenvectors_beside(
    matrix: Matrix, shift: float, above: int, below: int
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return eigenvalues and vectors (columns) next to a shift, at least so many on both sides.

    Fewer only if there are no more.
    """
    size, count = matrix.shape[0], above + below + 8
    while True:
        count = min(count, size)
        values, vectors = _nearest(matrix, shift, count)
        if np.sum(values > shift) >= above and np.sum(values < shift) >= below or count == size:
            return values, vectors
        count *= 2


def lowest_eigenvectors(
    matrix: Matrix, sign: float, count: int
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Return the lowest eigenvalues of sign·H, ascending, and their vectors, as columns."""
    count = min(count, matrix.shape[0])
    # Nothing lies below Gershgorin's bound, so that what is next to it is the lowest; a shift just
    # below that separates the others.
    absolute: Any = abs(matrix)
    diagonal = sign * matrix.diagonal().real
    radius = np.asarray(absolute.sum(axis=1)).ravel() - np.abs(diagonal)
    bound = float((diagonal - radius).min()) - 1e-6 * float(np.abs(diagonal).max())
    lowest = sign * float(_nearest(matrix, sign * bound, 1)[0][0])
    shift = lowest - max(1e-3 * (lowest - bound), 1e-3)
    values, vectors = _nearest(matrix, sign * shift, count)
    order = np.argsort(sign * values, kind="stable")
    return sign * values[order], vectors[:, order]
