"""The one-band core/shell dots of tests/data/xx_reference.json."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
from ci_radial import NODES, Radial, RadialIntegrals, spinor_integrals

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "xx_reference.json").read_text())
RUNS = REFERENCE["runs"]
LARGEST = (4, 4, 4, 3, 2)  # radial functions of each l: 150 spinors of each kind


def name(run):
    return f"{run['model']}-{run['R']}-{run['T']}"


def series(run, nl):
    """The energies of a run with nl radial functions of each angular momentum."""
    return run["series"]["x".join(map(str, nl))]


def core_shell(model, core, shell, nl, whole=True):
    """Integrals of nl radial functions of l = 0, 1, …, or (nl_electron, nl_hole); whole or lazy."""
    radial = Radial([core, core + shell] + [core + shell + 2] * (model == "F"))
    layers = len(radial.r) // NODES
    permittivity, outside = 8.0, 2.0 if model.startswith("D") else None
    image = radial.self_polarisation(permittivity, outside) if model == "DS" else 0.0
    shells = []
    for potential, mass, counts in (
        ([0.0, 0.8, 3.8], [0.20, 0.16, 1.0], nl if np.isscalar(nl[0]) else nl[0]),
        ([0.5, 0.0, 3.0], [0.70, 0.60, 1.0], nl if np.isscalar(nl[0]) else nl[1]),
    ):
        total = np.array(potential[:layers])[radial.layer] + image
        levels = [
            (l, energy, u)
            for l, count in enumerate(counts)
            for energy, u in zip(*radial.levels(l, total, mass[:layers], count), strict=True)
        ]
        shells.append(sorted(levels, key=lambda level: level[1]))
    make = spinor_integrals if whole else RadialIntegrals
    return make(radial, *shells, permittivity, outside)


@cache
def large(model, core, shell):
    """The 150 spinors of each kind, made once."""
    return core_shell(model, core, shell, LARGEST, whole=False)
