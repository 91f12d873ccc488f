"""What files hold: the classes, and for every array its name, dimensions and units in the file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

__all__ = ["CLASSES", "VARIABLES", "Variable", "extras"]


@dataclass(frozen=True)
class Variable:
    """An array in a file."""

    name: str
    dims: tuple[str, ...]
    units: str = ""
    label: str = ""


def _class(module: str, name: str) -> Callable[[], type]:
    return lambda: getattr(import_module(f"heterodot.{module}"), name)


#: Every class a file may hold, imported when needed.
CLASSES: dict[str, Callable[[], type]] = {
    name: _class(module, name)
    for module, names in {
        "runs.results": ("Results",),
        "nanocrystal": ("Nanocrystal",),
        "geometry.grid": ("Grid",),
        "envelopes.states": ("States", "CarrierStates"),
        "electrostatics.coulomb_integrals": ("CoulombIntegrals",),
        "electrostatics.pair_products": ("PairProducts",),
        "electrostatics.exchange": ("ElectronHoleExchange",),
        "envelopes.magnetic_states": ("MagneticCarrierStates", "MagneticStates"),
        "configuration_interaction": (
            "ComplexEnergy",
            "ConfigurationSpace",
            "ManyBodyStates",
            "TrionBinding",
            "XXShift",
        ),
        "optics.line_shapes": ("Voigt",),
        "optics.spin_boson": ("SpinBoson",),
        "optics.spectrum": ("Lines", "Spectrum"),
        "optics.spectra": ("Transitions",),
        "optics.gain_model": ("GainModel",),
        "optics.optical_gain": ("Gain",),
        "optics.transient_absorption": ("TransientAbsorption",),
        "kinetics.auger": ("AugerRates",),
        "kinetics.populations": ("Dynamics",),
        "kinetics.recombination": ("Recombination",),
        "optics.occupancy": ("AugerCollapsed", "Fixed", "Given", "Poisson"),
        "optics.local_field": ("LocalField",),
        "optics.radiation": ("OpticalMedium",),
    }.items()
    for name in names
}

_E, _H = (
    ("electron", "electron_2", "electron_3", "electron_4"),
    ("hole", "hole_2", "hole_3", "hole_4"),
)

#: Class, field → variable. Fields that are not listed keep their name and get numbered dimensions.
VARIABLES: dict[str, dict[str, Variable]] = {
    "CarrierStates": {
        "energies": Variable("energy", ("spinor",), "eV", "energy on the scale of electrons"),
        "residuals": Variable("residual", ("spinor",), "eV"),
        "errors": Variable("error", ("spinor",), "eV", "bound of the eigensolver's error"),
        "spurious": Variable("spurious", ("spinor",), "1", "weight beyond the reach of k·p"),
        "discretisation": Variable("discretisation", ("spinor",), "eV", "estimated grid error"),
        "representatives": Variable(
            "envelope", ("pair", "band", "x", "y", "z"), "nm^(-3/2)", "one spinor of each pair"
        ),
        "x": Variable("x", ("x",), "nm"),
        "y": Variable("y", ("y",), "nm"),
        "z": Variable("z", ("z",), "nm"),
    },
    "CoulombIntegrals": {
        "one_body_electron": Variable("one_body_electron", _E[:2], "eV"),
        "one_body_hole": Variable("one_body_hole", _H[:2], "eV"),
        "self_energy_electron": Variable("self_energy_electron", _E[:2], "eV"),
        "self_energy_hole": Variable("self_energy_hole", _H[:2], "eV"),
        "eh_exchange": Variable("eh_exchange", _E[:2] + _H[:2], "eV", "exchange contained in eh"),
        "bulk": Variable("bulk", ("interaction",), "eV", "J_ee, J_hh, J_eh without interfaces"),
    },
    "PairProducts": {
        "electron": Variable(
            "electron_products", ("product", *_E[:2]), "eV^(1/2)", "(ij|kl) = sum s b[i,j] b[k,l]"
        ),
        "hole": Variable("hole_products", ("product", *_H[:2]), "eV^(1/2)", "the same of holes"),
        "signs": Variable("sign", ("product",), "1"),
    },
    "ElectronHoleExchange": {
        "long_range": Variable("long_range", _E[:2] + _H[:2], "eV", "(c_i v_k|v_l c_j)"),
        "short_range": Variable("short_range", _E[:2] + _H[:2], "eV", "the same, inside cells"),
    },
    "ManyBodyStates": {
        "energies": Variable("energy", ("root",), "eV", "total energy"),
        "vectors": Variable("coefficient", ("root", "determinant")),
        "residuals": Variable("residual", ("root",), "eV"),
    },
    "XXShift": {
        "sizes": Variable(
            "spinor_sets", ("set", "carrier"), "", "electron and hole spinors of a set"
        ),
        "profile": Variable("shift", ("set",), "eV", "Δ_XX at second order in a set"),
        "bulk": Variable("bulk", ("interaction",), "eV", "J_ee, J_hh, J_eh without interfaces"),
    },
    "TrionBinding": {
        "sizes": Variable(
            "spinor_sets", ("set", "carrier"), "", "electron and hole spinors of a set"
        ),
        "profile": Variable("binding", ("set",), "eV", "binding energy at second order in a set"),
    },
    "ComplexEnergy": {
        "sizes": Variable(
            "spinor_sets", ("set", "carrier"), "", "electron and hole spinors of a set"
        ),
        "profile": Variable("energy", ("set",), "eV", "energy at second order in a set"),
    },
    "MagneticCarrierStates": {
        "energies": Variable("energy", ("state",), "eV", "energy on the scale of electrons"),
        "residuals": Variable("residual", ("state",), "eV"),
        "envelopes": Variable("envelope", ("state", "band", "x", "y", "z"), "nm^(-3/2)"),
        "x": Variable("x", ("x",), "nm"),
        "y": Variable("y", ("y",), "nm"),
        "z": Variable("z", ("z",), "nm"),
    },
    "AugerRates": {
        "widths": Variable("width", ("width",), "eV", "of the conservation of energy"),
        "by_width": Variable("rate", ("width", "hot_carrier"), "1/ns"),
        "hot_energies": Variable("hot_energy", ("hot_carrier",), "eV", "above the lowest level"),
    },
    "Spectrum": {
        "energies": Variable("energy", ("energy",), "eV", "photon energy"),
        "values": Variable("spectrum", ("energy",), "{unit}"),
    },
    "Lines": {
        "positions": Variable("position", ("line",), "eV"),
        "strengths": Variable("strength", ("line",)),
        "emitted": Variable("emitted", ("line",)),
    },
    "TransientAbsorption": {
        "probabilities": Variable("probability", ("excitons",), "1", "of 0, 1, ... excitons"),
    },
    "Dynamics": {
        "times": Variable("time", ("time",), "ns"),
        "probabilities": Variable("population", ("excitons", "time"), "1"),
        "photons": Variable("photons", ("time",), "1", "photons of the mode per nanocrystal"),
    },
    "Transitions": {
        "lower": Variable("lower_energy", ("lower",), "eV"),
        "upper": Variable("upper_energy", ("upper",), "eV"),
        "strengths": Variable("strength", ("lower", "upper"), "", "line strength"),
    },
    "Gain": {
        "energies": Variable("requested_energy", ("requested_energy",), "eV"),
        "probabilities": Variable(
            "probability", ("excitons",), "1", "of 0, 1, at least 2 excitons"
        ),
    },
}


def extras(thing: Any) -> dict[str, Any]:
    """Return what is written for other tools beside the fields, and not read back.

    Arrays become variables, words coordinates, numbers and strings attributes, objects groups.
    """
    kind = type(thing).__name__
    if kind in ("CarrierStates", "MagneticCarrierStates"):
        x, y, z = thing.grid.axes()
        return {"x": x, "y": y, "z": z, "band": list(thing.bands)}
    if kind == "Gain":
        found: dict[str, Any] = {
            "probabilities": np.asarray(thing.occupancy.probabilities, float),
        }
        with suppress(ValueError):  # nanocrystals that do not emit have no window to look in
            found["spectrum"] = thing.spectrum
            if not hasattr(thing.occupancy, "given"):
                found["threshold"] = float(thing.threshold)
        return found
    if kind == "Results":
        return {"summary": thing.summary()}
    return {}
