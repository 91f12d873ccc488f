"""States of one problem as a start for another: sweeps, refinement, continuation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.envelopes.states import States
from heterodot.geometry.interpolation import interpolated
from heterodot.kp.model import Carrier

__all__ = ["carried_over"]


def carried_over(states: States, hamiltonian: Hamiltonian, carrier: Carrier) -> NDArray[Any] | None:
    """Return envelopes interpolated to a Hamiltonian's grid, one row a vector.

    None if there are none, or if their bands are not those of the Hamiltonian or lie off the nodes.
    """
    own = states.electrons if carrier == "electron" else states.holes
    operator = hamiltonian.operator(carrier)
    envelopes = own.representatives
    if not len(own) or any(operator.places) or envelopes.shape[1] != operator.bands:
        return None
    envelopes = interpolated(envelopes, own.grid, hamiltonian.grid)
    vectors = envelopes.reshape(len(envelopes), -1) * operator.active()
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if np.any(norms < 1e-6):
        return None
    return np.asarray(vectors / norms)
