"""Nanocrystals of the reference tables (tests/data/envelope_levels.json) and their levels."""

import json
from pathlib import Path

import numpy as np

import heterodot as hd
from heterodot.linalg.eigensolver import lowest_eigenpairs

REFERENCE = {
    name: target["data"]
    for name, target in json.loads(
        (Path(__file__).parent.parent / "data" / "envelope_levels.json").read_text()
    )["targets"].items()
}
MULTILAYER = {case["name"]: case for case in REFERENCE["sphere_multilayer_BDD"]}
NONSPHERICAL = {case["name"]: case for case in REFERENCE["nonspherical"]}


def one_band(name, mass, edge=0.0):
    """Electron-like material; the valence side is not used."""
    return hd.Material(
        name, conduction_edge=edge, valence_edge=-10.0, electron_mass=mass, hole_mass=1.0
    )


def energies(ham, carrier, count, kramers=False):
    """Lowest ``count`` energies of sign·H in meV (with ``kramers``, one for every pair)."""
    fine, *coarse = ham.levels(carrier)
    sign = ham.sign(carrier)
    pairs = lowest_eigenpairs(
        fine, count, sign=sign, coarse=coarse, kramers=kramers, tolerance=5e-5
    )
    return 1e3 * sign * np.asarray(pairs.values)


def multilayer_sphere(case):
    layers = [
        (one_band(f"layer {n}", layer["m"], layer["V_eV"]), hd.Sphere(layer["R_nm"]))
        for n, layer in enumerate(case["layers"])
    ]
    outer = case["outer"]
    if outer == "hard wall":
        return hd.Nanocrystal(layers, environment=hd.HardWall())
    barrier = outer["V_eV"] - max(layer["V_eV"] for layer in case["layers"])
    environment = hd.Environment("outside", 1.0, electron_barrier=barrier, electron_mass=outer["m"])
    return hd.Nanocrystal(layers, environment=environment)


def multilayer_errors(case, spacing, **options):
    """Errors of 1s, 1p, 1d in meV (arrays over the multiplet), as far as they are bound."""
    reference = {l: 1e3 * np.array(e) for l, e in case["levels_eV"].items()}
    count = 4 if not len(reference["2"]) else 9 + (len(reference["0"]) > 1)
    ham = hd.Hamiltonian(multilayer_sphere(case), spacing=spacing, **options)
    found = energies(ham, "electron", count)
    errors = {"1s": found[:1] - reference["0"][0], "1p": found[1:4] - reference["1"][0]}
    if len(reference["2"]):
        nearest = np.argsort(np.abs(found - reference["2"][0]))[:5]
        errors["1d"] = np.sort(found[nearest]) - reference["2"][0]
    return errors


def six_band_sphere(parameters, radius):
    material = hd.Material(
        "dot",
        valence_edge=0.0,
        luttinger=(parameters["g1"], parameters["g"], parameters["g"]),
        spin_orbit=parameters["D"],
    )
    return hd.Nanocrystal([(material, hd.Sphere(radius))], environment=hd.HardWall())


def extrapolated(coarse, fine, order=2):
    """Richardson extrapolation of values at h and h/2."""
    factor = 2.0**order
    return (factor * np.asarray(fine) - np.asarray(coarse)) / (factor - 1.0)


def errors_of_kinds(states, levels):
    """Errors in meV of the reference levels that lie within the states found, by kind.

    ``levels`` are energies in eV by kind, such as "h2:F=1/2,parity=-". A level is the mean over those
    F + 1/2 pairs of its parity and ⟨F²⟩ that lie nearest: if they are not its own they are far off.
    """
    errors = {}
    for kind, (energy, _) in levels.items():
        carrier = states.electrons if kind[0] == "e" else states.holes
        found, exact = 1e3 * carrier.energies[0::2], 1e3 * energy
        outwards = 1.0 if kind[0] == "e" else -1.0
        if not len(found) or outwards * (found[-1] - exact) < 2.0:
            continue
        total, parity = int(kind.split("F=")[1][0]) / 2, 1 if kind[-1] == "+" else -1
        fits = np.abs(carrier.angular_momenta - total * (total + 1)) < 1.6
        own, pairs = found[fits & (carrier.parities == parity)], round(total + 0.5)
        assert len(own) >= pairs, f"{kind}: {len(own)} pairs of {pairs}"
        errors[kind] = own[np.argsort(np.abs(own - exact))[:pairs]].mean() - exact
    return errors
