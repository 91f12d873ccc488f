"""Eigenvectors next to a shift by a sparse factorisation: for small grids and ill-posed models."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import eigsh

from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.kp.model import Carrier

__all__ = ["Unprepared", "shift_invert"]

_LARGEST = 20_000  # unknowns, beyond which the factorisation takes minutes and gigabytes


class Unprepared:
    """No preconditioner, for vectors that need no more iterations."""

    def apply(self, block: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Return the block itself."""
        return block

    def smoothed(self, count: int, sign: float, random: np.random.Generator) -> NDArray[Any]:
        """Refuse: there is nothing to smooth with."""
        raise NotImplementedError


def shift_invert(
    hamiltonian: Hamiltonian, carrier: Carrier, shift: float, above: int, below: int
) -> NDArray[np.complex128]:
    """Return eigenvectors of Kramers pairs on both sides of a shift, on all degrees of freedom.

    Whatever the spectrum looks like: parameters that are not elliptic have no gap, and
    preconditioners that rely on one are useless for them.

    Raises
    ------
    ValueError
        If the grid is too large for a factorisation.
    """
    operator = hamiltonian.operator(carrier)
    active = operator.active()
    size = int(np.count_nonzero(active))
    if size > _LARGEST:
        raise ValueError(
            f"parameters that are not elliptic are solved for on small grids only: {size} unknowns "
            f"are more than {_LARGEST}; choose a coarser spacing, or leave force=True out"
        )
    matrix = hamiltonian.tocsr(carrier).tocsc()
    # A start without the symmetry of a level would find it by rounding errors only.
    start = np.random.default_rng(1).standard_normal(size)
    count = 2 * (above + below) + 8
    while True:
        count = min(count, size - 2)
        values, vectors = eigsh(matrix, k=count, sigma=shift, v0=start)
        enough = np.sum(values > shift) >= 2 * above + 2 and np.sum(values < shift) >= 2 * below + 2
        if enough or count == size - 2:
            break
        count *= 2
    result = np.zeros((count, operator.size), complex)
    result[:, active] = vectors.T
    return result
