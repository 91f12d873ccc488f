"""Matrix elements between states whose numbers of carriers differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.configuration_interaction.spaces import ConfigurationSpace, annihilated
from heterodot.configuration_interaction.states import ManyBodyStates

__all__ = ["pair_transition"]


def pair_transition(
    initial: ManyBodyStates, final: ManyBodyStates, d: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """Return ``<final| Σ_eh d[e, h] h_h e_e |initial>`` for all pairs of states.

    Parameters
    ----------
    initial, final : ManyBodyStates
        `final` has one electron and one hole less than `initial`; the vacuum is
        ``ci(coulomb, 0, 0)``.
    d : (..., Ne, Nh) array
        Amplitudes for the recombination of spinors e and h.

    Returns
    -------
    (..., final, initial) array
    """
    a, b = initial.space, final.space
    expected = ConfigurationSpace(a.electrons - 1, a.holes - 1, a.electron_spinors, a.hole_spinors)
    if b != expected:
        raise ValueError(
            "final: must have one electron and one hole less than initial, in the same spinors: "
            f"expected {expected}, got {b}"
        )
    d = np.asarray(d, complex)
    if d.shape[-2:] != (a.electron_spinors, a.hole_spinors):
        raise ValueError(
            f"d: must have shape (..., {a.electron_spinors}, {a.hole_spinors}), got {d.shape}"
        )
    amplitudes = d.reshape(-1, a.electron_spinors * a.hole_spinors)
    result = np.empty((amplitudes.shape[0], len(final), len(initial)), complex)
    onto = final.vectors.conj().T
    for root in range(len(initial)):
        # c_e |C> then h_h of it: (e, rest of e, hole determinants) -> (e, h, rests)
        taken = annihilated(
            initial.vectors[root].reshape(1, *a.shape), a.electron_spinors, a.electrons
        )[0]
        taken = annihilated(taken.swapaxes(1, 2), a.hole_spinors, a.holes)
        pairs = taken.swapaxes(2, 3).reshape(amplitudes.shape[1], -1)
        result[:, :, root] = (amplitudes @ pairs) @ onto
    return result.reshape(*d.shape[:-2], len(final), len(initial))
