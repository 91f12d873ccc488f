"""Carriers in parabolic potentials, given as arrays, against exact few-body energies.

Two electrons (N. R. Kestner, O. Sinanoglu, Phys. Rev. 128, 2687 (1962); M. Taut, Phys. Rev. A 48, 3561
(1993): 2 Ha at ω = 1/2) and an exciton whose carriers have one frequency: the centre of mass moves
apart from the distance, whose radial equation is solved to 10⁻¹¹ (tests/data/two_body.json). Energies
in the material's effective Hartree, lengths in its Bohr radii.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import heterodot as hd
from heterodot.units import COULOMB_CONSTANT, HBAR2_OVER_2M0

DATA = json.loads((Path(__file__).parents[1] / "data" / "two_body.json").read_text())
MASS, PERMITTIVITY = 0.2, 10.0
BOHR = 2 * HBAR2_OVER_2M0 / MASS * PERMITTIVITY / COULOMB_CONSTANT  # nm
HARTREE = COULOMB_CONSTANT / (PERMITTIVITY * BOHR)  # eV


def integrals(omega, hole_mass, electrons, holes):
    """Coulomb integrals of oscillator states, from the grid to the tensors."""
    width = BOHR / np.sqrt(omega)  # of the electron's ground state
    radius = 5.2 * width
    box = hd.Material(
        "box",
        conduction_edge=0.0,
        valence_edge=0.0,
        electron_mass=MASS,
        hole_mass=MASS * hole_mass,
        permittivity=PERMITTIVITY,
    )
    dot = hd.Nanocrystal([(box, hd.Sphere(radius))], hd.HardWall(PERMITTIVITY))
    spacing = 0.45 * width / np.sqrt(hole_mass) ** 0.5
    plain = hd.Hamiltonian(dot, spacing=spacing)
    square = sum(x**2 for x in np.meshgrid(*plain.grid.axes(), indexing="ij"))
    potential = 0.5 * HARTREE * omega**2 * square / BOHR**2
    hamiltonian = plain.with_potential(electron=potential, hole=-hole_mass * potential)
    states = hd.solve(hamiltonian, electrons=electrons, holes=holes, progress=False)
    return hd.coulomb(states, self_polarisation=False, spacing=spacing)


def energy_with_error(coulomb, electrons, holes):
    """CI + second order and all its errors, in effective Hartree."""
    found = hd.complex_energy(coulomb, electrons, holes)
    return found.ci_pt2 / HARTREE, (found.error + found.truncation) / HARTREE


@pytest.mark.parametrize(
    "omega", [0.5, *[pytest.param(w, marks=pytest.mark.slow) for w in (0.1, 0.25, 1.0, 4.0)]]
)
def test_two_electrons_in_a_parabola(omega):
    case = next(c for c in DATA["hooke"] if c["omega"] == omega)
    coulomb = integrals(omega, 1.0, 40, 2)  # 1s, 1p, 1d 2s, 1f 2p
    energy, error = energy_with_error(coulomb, 2, 0)
    assert energy > case["E_total_singlet_gs"] - 2e-3 * omega
    assert energy == pytest.approx(case["E_total_singlet_gs"], abs=error)
    assert error < max(0.02 * energy, 0.025)


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("hole_mass", "omega", "spinors"),
    [(1.0, 0.5, 20), (1.0, 4.0, 20), (4.0, 0.1, 20)]
    + [slow(1.0, w, 20) for w in (0.1, 0.25, 1.0, 2.0)]
    + [slow(4.0, w, 20) for w in (0.25, 0.5, 1.0, 2.0, 4.0)]
    + [slow(m, w, 40) for m in (1.0, 4.0) for w in (0.1, 0.25, 0.5, 1.0, 2.0, 4.0)],
)
def test_exciton_in_a_parabola(hole_mass, omega, spinors):
    """Confined more tightly than bound (ω > 2) or more loosely, where few levels say little."""
    case = next(c for c in DATA["harmonic_exciton"] if (c["mh"], c["omega"]) == (hole_mass, omega))
    coulomb = integrals(omega, hole_mass, spinors, spinors)
    energy, error = energy_with_error(coulomb, 1, 1)
    assert energy == pytest.approx(case["E_total"], abs=error)
    assert error < 5 * (energy - case["E_total"])  # and no wider than it has to be
    if omega >= 2.0:
        assert error < 0.05 * abs(energy)
