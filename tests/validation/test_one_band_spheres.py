"""One-band multilayer spheres against exact radial solutions (`sphere_multilayer_BDD`).

Mass jumps (BenDaniel–Duke), hard walls and semi-infinite barriers.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import heterodot as hd

DATA = json.loads((Path(__file__).parents[1] / "data" / "one_band.json").read_text())
CASES = next(t for t in DATA["targets"] if t["id"] == "sphere_multilayer_BDD")["data"]
MEV = 1e-3
GAP = 3.0  # puts all edges above a common valence edge
# Barriers in which the lowest states fall off within less than 0.15 nm.
STEEP = ("matrix3eV", "finite_well", "QDQW")


def sphere(case):
    layers = [
        (
            hd.Material(
                f"layer {number}",
                conduction_edge=layer["V_eV"] + GAP,
                valence_edge=0.0,
                electron_mass=layer["m"],
                hole_mass=1.0,
            ),
            hd.Sphere(layer["R_nm"]),
        )
        for number, layer in enumerate(case["layers"])
    ]
    if case["outer"] == "hard wall":
        return hd.Nanocrystal(layers, environment=hd.HardWall())
    highest = max(layer["V_eV"] for layer in case["layers"])
    barrier = case["outer"]["V_eV"] - highest
    outside = hd.Environment(
        "matrix", 1.0, electron_barrier=barrier, electron_mass=case["outer"]["m"]
    )
    return hd.Nanocrystal(layers, environment=outside)


def exact(case):
    """1s, 1p, 1d and whatever s and p levels lie below: energies with their multiplicity."""
    levels = [(case["levels_eV"][str(l)], 2 * l + 1) for l in range(3)]
    last = levels[2][0][0] if levels[2][0] else levels[1][0][0]
    energies = [e for values, count in levels for e in values for _ in range(count) if e <= last]
    return np.sort(energies)


def computed(case, spacing):
    states = hd.solve(
        hd.Hamiltonian(sphere(case), spacing=spacing),
        electrons=2 * len(exact(case)),
        holes=0,
        progress=False,
    )
    return states.electrons.energies[::2] - GAP


def tolerances(case):
    steep = any(name in case["name"] for name in STEEP)
    return (2.0 * MEV, 0.3 * MEV) if steep else (1.0 * MEV, 0.05 * MEV)


def p_splitting(case, energies):
    """Spread of the 1p multiplet."""
    p = case["levels_eV"]["1"][0]
    nearest = np.argsort(np.abs(energies - p))[:3]
    return float(np.ptp(energies[nearest]))


def marked(case):
    """Cases with their marks: large boxes are slow, one is known to be off."""
    marks = []
    if case["name"] in ("deep_well_heavy_barrier", "finite_well_massjump"):
        marks.append(pytest.mark.slow)
    if case["name"] == "finite_well_massjump":
        # The tail's reference energy is that of the lowest states; 1d lies twice as high.
        marks.append(pytest.mark.xfail(reason="e part of 1d is 7.5 meV too high at 0.2 nm"))
    return pytest.param(case, id=case["name"], marks=marks)


@pytest.mark.parametrize("case", map(marked, CASES))
def test_levels_at_two_tenths(case):
    energies = computed(case, 0.2)
    assert np.abs(energies - exact(case)).max() < tolerances(case)[0]
    assert p_splitting(case, energies) < 0.1 * MEV


@pytest.mark.slow
@pytest.mark.parametrize("case", map(marked, CASES))
def test_levels_extrapolated(case):
    """Second-order Richardson extrapolation from 0.2 and 0.1 nm."""
    coarse, fine = computed(case, 0.2), computed(case, 0.1)
    extrapolated = fine + (fine - coarse) / 3.0
    assert np.abs(extrapolated - exact(case)).max() < tolerances(case)[1]
