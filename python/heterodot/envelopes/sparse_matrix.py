"""An operator written out as a sparse matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from heterodot import _core

__all__ = ["sparse_matrix"]


def sparse_matrix(
    operator: _core.StencilOperator, rows: tuple[int, int] | None = None
) -> csr_array:
    """Return rows of an operator on the degrees of freedom that exist.

    Parameters
    ----------
    operator : StencilOperator
    rows : (int, int), optional
        First row and the one after the last; by default all.

    Raises
    ------
    ValueError
        If there are no such rows.
    """
    size = int(np.count_nonzero(operator.active()))
    first, last = (0, size) if rows is None else (int(rows[0]), int(rows[1]))
    if not 0 <= first <= last <= size:
        raise ValueError(f"rows must lie between 0 and {size}, got {rows!r}")
    start, columns, values = operator.compressed_rows(first, last)
    data: NDArray[np.float64] | NDArray[np.complex128] = (
        values.real.copy() if operator.is_real else values
    )
    return csr_array((data, columns, start), shape=(last - first, size))
