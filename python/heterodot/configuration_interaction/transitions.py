"""Matrix elements between states whose numbers of carriers differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.configuration_interaction.spaces import ConfigurationSpace, annihilated
from heterodot.configuration_interaction.states import ManyBodyStates
from heterodot.kp.model import Carrier

__all__ = ["auger_amplitudes", "pair_transition"]


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


def auger_amplitudes(
    initial: ManyBodyStates, final: ManyBodyStates, carrier: Carrier
) -> NDArray[np.complex128]:
    """Return ``<final| c_j h_k e_i |initial>``: a pair recombines, a third carrier is taken out.

    Parameters
    ----------
    initial, final : ManyBodyStates
        `final` has an electron, a hole and one `carrier` less than `initial`.
    carrier : "electron" or "hole"
        What c_j annihilates.

    Returns
    -------
    (final, initial, Ne, Nh, N of the carrier) array
        By the spinors i, k, j.
    """
    a, b = initial.space, final.space
    electron = carrier == "electron"
    expected = ConfigurationSpace(
        a.electrons - 1 - electron, a.holes - 2 + electron, a.electron_spinors, a.hole_spinors
    )
    if b != expected:
        raise ValueError(
            f"final: must have an electron, a hole and one {carrier} less than initial, in the same "
            f"spinors: expected {expected}, got {b}"
        )
    twice, once = (a.electron_spinors, a.electrons), (a.hole_spinors, a.holes)
    if not electron:
        twice, once = once, twice
    result = np.empty(
        (len(final), len(initial), a.electron_spinors, a.hole_spinors, twice[0]), complex
    )
    onto = final.vectors.conj()
    for root in range(len(initial)):
        vector = initial.vectors[root].reshape(a.shape)
        vector = (
            vector if electron else vector.T
        )  # (determinants of the kind taken out twice, others)
        taken = annihilated(vector[None], *twice)[0]  # first, rest, others
        taken = annihilated(taken, twice[0], twice[1] - 1)  # first, second, rests, others
        taken = annihilated(taken.swapaxes(2, 3), *once)  # first, second, third, rests, rests
        rests = taken if not electron else taken.swapaxes(3, 4)
        # The electrons' determinants come first in `onto`.
        amplitudes = np.tensordot(onto, rests.reshape(*rests.shape[:3], -1), axes=(1, 3))
        # (final, first, second, third) -> (final, i, k, j)
        order = (0, 1, 3, 2) if electron else (0, 3, 1, 2)
        result[:, root] = amplitudes.transpose(order)
    return result
