"""Eigenvectors next to a shift by a sparse factorisation: for small grids and ill-posed models."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.kp.model import Carrier
from heterodot.linalg.factorised import LARGEST, eigenvectors_beside, matrix_of

__all__ = ["Unprepared", "shift_invert"]


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
    if size > LARGEST:
        raise ValueError(
            f"parameters that are not elliptic are solved for on small grids only: {size} unknowns "
            f"are more than {LARGEST}; choose a coarser spacing, or leave force=True out"
        )
    matrix = matrix_of(operator)
    assert matrix is not None
    _, vectors = eigenvectors_beside(matrix, shift, 2 * above + 2, 2 * below + 2)
    result = np.zeros((vectors.shape[1], operator.size), complex)
    result[:, active] = vectors.T
    return result
