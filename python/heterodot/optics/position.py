"""Matrix elements of the position, and the momentum that follows from them.

For eigenstates of one Hamiltonian ``[H, r] = -i ∂H/∂k``, so that the matrix elements of
``∂H/∂k = (ħ/m0) p`` follow from those of the position, for every k·p model, with all its terms and its
interfaces included:

    ⟨a|∂H/∂k_j|b⟩ = i (E_a - E_b) ⟨a|r_j|b⟩ .
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.errors import PeriodicStructureError
from heterodot.linalg.kramers import time_reverse

__all__ = ["momentum_elements", "position_elements"]

Complex = NDArray[np.complex128]


def position_elements(bras: Any, kets: Any) -> Complex:
    """Return ``⟨a|r_j|b⟩`` in nm between spinors of two carriers (or one), (3, Na, Nb).

    Positions count from the middle of the grid: what envelopes on the nodes lack of being orthogonal,
    electrons to holes, then matters least.

    Parameters
    ----------
    bras, kets : CarrierStates
        ``states.electrons`` or ``states.holes``, in the same bands.

    Raises
    ------
    PeriodicStructureError
        If the states repeat along an axis, where no position is the one from which to count.
    """
    if any(getattr(kets.grid, "periodic", ())):
        raise PeriodicStructureError(
            "matrix elements of the position do not exist for states that repeat along an axis"
        )
    left, right = np.asarray(bras.representatives), np.asarray(kets.representatives)
    nodes = left.shape[2:]
    flat = right.reshape(len(right), -1)
    reverse = None if kets.spin_degenerate else time_reverse(flat)
    result = np.zeros((3, 2 * len(left), 2 * len(right)), complex)
    for j, axis in enumerate(kets.grid.axes()):
        shape = [1, 1, 1]
        shape[j] = -1
        weight = np.broadcast_to(np.reshape(axis - np.mean(axis), shape), nodes)
        weighted = (left * (weight * kets.grid.cell_volume)).reshape(len(left), -1).conj()
        same = weighted @ flat.T
        result[j, 0::2, 0::2] = same
        # The position is even under time reversal: ⟨Θa|r|Θb⟩ = ⟨a|r|b⟩*, ⟨Θa|r|b⟩ = -⟨a|r|Θb⟩*.
        result[j, 1::2, 1::2] = same.conj()
        if reverse is not None:
            crossed = weighted @ reverse.T
            result[j, 0::2, 1::2] = crossed
            result[j, 1::2, 0::2] = -crossed.conj()
    return result


def momentum_elements(bras: Any, kets: Any) -> Complex:
    """Return ``(ħ/m0) ⟨a|p_j|b⟩`` in eV nm between spinors of one Hamiltonian, (3, Na, Nb)."""
    differences = np.subtract.outer(
        np.asarray(bras.energies, float), np.asarray(kets.energies, float)
    )
    return np.asarray(1j * differences * position_elements(bras, kets), complex)
