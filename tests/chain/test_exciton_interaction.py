"""Geometry to X–X interaction on the grid, against xx_reference (radial finite elements, CI).

One-band CdS/ZnSe spheres: U uniform ε = 8; D ε = 8 inside and 2 outside; DS with the
self-polarisation in the potential of both carriers.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import heterodot as hd
from heterodot.configuration_interaction.integrals import rotated
from heterodot.configuration_interaction.shells import shell_ends

DATA = json.loads((Path(__file__).parents[1] / "data" / "xx_reference.json").read_text())
MEV = 1e-3


def crystal(core, shell, outside):
    """Electron: 0.8 eV up in the shell; hole: 0.5 eV down in the core; gap 2 eV."""
    inner = hd.Material(
        "core",
        conduction_edge=2.0,
        valence_edge=-0.5,
        electron_mass=0.20,
        hole_mass=0.70,
        permittivity=8.0,
    )
    outer = hd.Material(
        "shell",
        conduction_edge=2.8,
        valence_edge=0.0,
        electron_mass=0.16,
        hole_mass=0.60,
        permittivity=8.0,
    )
    return hd.Nanocrystal(
        [(inner, hd.Sphere(core)), (outer, hd.Sphere(core + shell))],
        environment=hd.HardWall(permittivity=outside),
    )


def integrals(model, core, shell, electrons, holes, spacing):
    nanocrystal = crystal(core, shell, 8.0 if model == "U" else 2.0)
    hamiltonian = hd.Hamiltonian(nanocrystal, model=hd.kp.EffectiveMass(), spacing=spacing)
    if model == "DS":
        own = hd.self_polarisation_potential(nanocrystal, hamiltonian.grid)
        hamiltonian = hamiltonian.with_potential(electron=own, hole=-own)
    states = hd.solve(hamiltonian, electrons=electrons, holes=holes, progress=False)
    return hd.coulomb(states, self_polarisation=False)


def runs(models):
    return [run for run in DATA["runs"] if run["model"] in models]


def name(run):
    return f"{run['model']}-{run['R']}-{run['T']}"


def check(run, spacing):
    run = {**run, **run["series"]["1x1"]}
    coulomb = integrals(run["model"], run["R"], run["T"], 8, 8, spacing)
    shift = hd.xx_shift(coulomb)
    assert coulomb.ee[0, 0, 1, 1].real == pytest.approx(run["Jee"], abs=0.5 * MEV)
    assert coulomb.hh[0, 0, 1, 1].real == pytest.approx(run["Jhh"], abs=0.5 * MEV)
    assert coulomb.eh[0, 0, 0, 0].real == pytest.approx(run["Jeh"], abs=0.5 * MEV)
    first_order = run["Jee"] + run["Jhh"] - 2 * run["Jeh"]
    assert shift.first_order == pytest.approx(first_order, abs=0.5 * MEV)
    assert shift.ci == pytest.approx(run["dXX"], abs=0.5 * MEV)


@pytest.mark.parametrize(
    "run",
    [
        # D is in test_second_order_on_the_grid as well.
        pytest.param(r, id=name(r), marks=pytest.mark.slow if r["model"] == "D" else [])
        for r in runs(["U", "D", "DS"])
        if r["R"] == r["T"]
    ],
)
def test_interaction_energy(run):
    check(run, 0.25)


@pytest.mark.slow
@pytest.mark.parametrize("run", runs(["U", "D", "DS"]), ids=name)
def test_interaction_energy_of_every_run(run):
    check(run, 0.2)


@pytest.mark.slow
@pytest.mark.parametrize("run", runs(["U", "D", "DS"]), ids=name)
def test_interactions_on_a_fine_grid(run):
    """All runs between hard walls: J and first order to 0.1 meV, (8, 8) and (18, 18) to 0.3 meV."""
    coulomb = integrals(run["model"], run["R"], run["T"], 20, 20, 0.14)
    eight, eighteen = run["series"]["1x1"], run["series"]["1x1x1"]
    J = [eight[key] for key in ("Jee", "Jhh", "Jeh")]
    assert [coulomb.J_ee, coulomb.J_hh, coulomb.J_eh] == pytest.approx(J, abs=0.1 * MEV)
    assert J_shift(coulomb) == pytest.approx(J[0] + J[1] - 2 * J[2], abs=0.1 * MEV)
    for nl, expected in (((1, 1), eight), ((1, 1, 1), eighteen)):
        chosen = rotated(coulomb, *(chosen_spinors(c, nl) for c in carriers_of(coulomb.states)))
        shift = hd.xx_shift(chosen)
        assert shift.spinors == (2 * sum(2 * l + 1 for l in range(len(nl))),) * 2
        assert shift.ci == pytest.approx(expected["dXX"], abs=0.3 * MEV)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["U", "D"])
def test_thirty_six_spinors(model):
    """1s 2s, 1p 2p, 1d 2d of both carriers, 2d of the holes among the sixty lowest, to 0.3 meV."""
    run = next(r for r in runs([model]) if r["R"] == r["T"] == 2.0)["series"]["2x2x2"]
    nanocrystal = crystal(2.0, 2.0, 8.0 if model == "U" else 2.0)
    hamiltonian = hd.Hamiltonian(nanocrystal, hd.kp.EffectiveMass(), 0.14)
    states = hd.solve(hamiltonian, electrons=60, holes=126, progress=False)
    electrons, holes = (only(carrier, (2, 2, 2)) for carrier in carriers_of(states))
    chosen = SimpleNamespace(nanocrystal=nanocrystal, electrons=electrons, holes=holes)
    coulomb = hd.coulomb(chosen, self_polarisation=False)
    shift = hd.xx_shift(coulomb, active=(36, 36))
    assert shift.spinors == shift.active == (36, 36)
    assert shift.ci == pytest.approx(run["dXX"], abs=0.3 * MEV)
    # Single energies carry the error of the grid; a hole is counted from the top of the shell.
    assert shift.exciton - 2.0 == pytest.approx(run["E_X"], abs=2 * MEV)


def only(carrier, nl):
    """Carrier in the orbitals with nl[l] radial functions of every l."""
    columns = chosen_spinors(carrier, nl)[::2, ::2]
    levels = np.einsum("ij,i,ij->j", columns, carrier.energies[::2], columns)
    order = np.argsort(np.abs(levels - carrier.energies[0]))
    return SimpleNamespace(
        grid=carrier.grid,
        energies=np.repeat(levels[order], 2),
        representatives=np.tensordot(columns[:, order].T, carrier.representatives, axes=1),
        spin_degenerate=True,
    )


def carriers_of(states):
    return states.electrons, states.holes


def J_shift(coulomb):
    return coulomb.J_ee + coulomb.J_hh - 2 * coulomb.J_eh


def chosen_spinors(carrier, nl):
    """Spinors of the nl[l] lowest orbitals of every l as columns, told by L² within close levels.

    2s lies below 1d in some dots, above it in others.
    """
    orbitals = carrier.representatives[:, 0]
    momenta = angular_momenta_of(orbitals, carrier.grid)
    energies = np.abs(carrier.energies[::2] - carrier.energies[0])
    ends = [0, *shell_ends(np.diag(np.repeat(energies, 2))) // 2]
    found = [[] for _ in nl]
    for begin, end in pairwise(ends):
        squares, columns = np.linalg.eigh(momenta[begin:end, begin:end])
        for square, column in zip(squares, columns.T, strict=True):
            l = round((np.sqrt(1 + 4 * max(square, 0.0)) - 1) / 2)
            if l < len(nl):
                assert abs(square - l * (l + 1)) < 0.3  # the grid mixes in l + 4, differences err
                found[l].append(np.pad(column, (begin, len(orbitals) - end)))
    chosen = np.concatenate([found[l][: n * (2 * l + 1)] for l, n in enumerate(nl)])
    assert len(chosen) == sum(n * (2 * l + 1) for l, n in enumerate(nl))
    return np.kron(chosen.T, np.eye(2))


def angular_momenta_of(orbitals, grid):
    """<i|L²|j> of real orbitals about the centre, by differences."""
    x, y, z = np.meshgrid(*(axis - axis.mean() for axis in grid.axes()), indexing="ij", sparse=True)
    gx, gy, gz = np.gradient(orbitals, *grid.spacing, axis=(1, 2, 3))
    images = np.stack([y * gz - z * gy, z * gx - x * gz, x * gy - y * gx], axis=1)
    images = images.reshape(len(orbitals), -1)
    return images @ images.T * grid.cell_volume


def test_exciton_and_biexciton_energies_8_18():
    """mscheme_unit_tests: X and XX in (8, 18) spinors, the grid's error extrapolated away."""
    spacings = np.array([0.25, 0.2])
    energies = []
    for spacing in spacings:
        coulomb = integrals("U", 2.0, 2.0, 8, 18, spacing)
        x = hd.ci(coulomb, 1, 1, roots=1, progress=False).energies[0] - 2.0
        xx = hd.ci(coulomb, 2, 2, roots=1, progress=False).energies[0] - 4.0
        energies.append((x, xx))
    coarse, fine = np.array(energies)
    extrapolated = fine + (fine - coarse) / ((spacings[0] / spacings[1]) ** 2 - 1)
    expected = DATA["mscheme_unit_tests"]
    assert fine == pytest.approx([expected["E_X"], expected["E_XX"]], abs=3 * MEV)
    assert extrapolated == pytest.approx([expected["E_X"], expected["E_XX"]], abs=0.5 * MEV)


def test_second_order_on_the_grid():
    """(8, 8) active of (18, 18) spinors: the same as from radial functions."""
    sys.path.append(str(Path(__file__).parents[1] / "ci"))
    from ci_core_shell import core_shell

    expected = hd.xx_shift(core_shell("D", 2.0, 2.0, (1, 1, 1)), active=(8, 8))
    found = hd.xx_shift(integrals("D", 2.0, 2.0, 18, 18, 0.25), active=(8, 8))
    assert found.active == expected.active == (8, 8)
    for level in ("first_order", "mean_field", "ci", "ci_pt2"):
        assert getattr(found, level) == pytest.approx(getattr(expected, level), abs=0.5 * MEV)
    assert found.error == pytest.approx(expected.error, abs=0.1 * MEV)
    full = next(r for r in runs(["D"]) if r["R"] == r["T"] == 2.0)["series"]["1x1x1"]["dXX"]
    assert found.interval[0] - 0.5 * MEV < full < found.interval[1] + 0.5 * MEV
