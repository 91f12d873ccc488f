"""Excitons, trions and multiexcitons: configuration interaction of electrons and holes.

The Hamiltonian is ``H = h_e + h_h + ½ ee + ½ hh - eh`` in determinants of given spinors, with
electrons and holes as two distinguishable kinds of carriers; exchange between the two, where there
is any, is a part of ``eh``.
"""

from __future__ import annotations

from heterodot.configuration_interaction.complex_energy import ComplexEnergy, complex_energy
from heterodot.configuration_interaction.integrals import Integrals
from heterodot.configuration_interaction.interaction_energy import XXShift, xx_shift
from heterodot.configuration_interaction.mean_field import mean_field_energy
from heterodot.configuration_interaction.natural_spaces import NaturalSpinors, natural_spinors
from heterodot.configuration_interaction.perturbation import (
    PerturbativeCorrection,
    perturbative_correction,
)
from heterodot.configuration_interaction.solve import ci, many_roots_are_cheap
from heterodot.configuration_interaction.spaces import ConfigurationSpace
from heterodot.configuration_interaction.states import ManyBodyStates
from heterodot.configuration_interaction.transitions import pair_transition
from heterodot.configuration_interaction.trions import TrionBinding, trion_binding

__all__ = [
    "ComplexEnergy",
    "ConfigurationSpace",
    "Integrals",
    "ManyBodyStates",
    "NaturalSpinors",
    "PerturbativeCorrection",
    "TrionBinding",
    "XXShift",
    "ci",
    "complex_energy",
    "many_roots_are_cheap",
    "mean_field_energy",
    "natural_spinors",
    "pair_transition",
    "perturbative_correction",
    "trion_binding",
    "xx_shift",
]
