"""Excitons, trions and multiexcitons: configuration interaction of electrons and holes.

The Hamiltonian is ``H = h_e + h_h + ½ ee + ½ hh - eh`` in determinants of given spinors, with
electrons and holes as two distinguishable kinds of carriers (no electron-hole exchange).
"""

from __future__ import annotations

from heterodot.configuration_interaction.integrals import Integrals
from heterodot.configuration_interaction.interaction_energy import XXShift, xx_shift
from heterodot.configuration_interaction.solve import ci, many_roots_are_cheap
from heterodot.configuration_interaction.spaces import ConfigurationSpace
from heterodot.configuration_interaction.states import ManyBodyStates
from heterodot.configuration_interaction.transitions import pair_transition

__all__ = [
    "ConfigurationSpace",
    "Integrals",
    "ManyBodyStates",
    "XXShift",
    "ci",
    "many_roots_are_cheap",
    "pair_transition",
    "xx_shift",
]
