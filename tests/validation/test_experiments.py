"""Published measurements against the package, within the spread of the parameters."""

from __future__ import annotations

import pytest

import heterodot as hd

# InP/CdS, core radius 1.23 nm: shell (nm) and photoluminescence (eV), A. M. Dennis et al., Nano Lett.
# 12, 5545 (2012), table 1. Masses, permittivities and offset are those of the one-band model that
# PyNCband's tests use for these data.
INP_CDS = {0.53: 1.78, 1.05: 1.46, 1.47: 1.37, 1.90: 1.32, 2.76: 1.26, 3.84: 1.24}


def inp_cds(shell, environment):
    inp = hd.Material(
        "InP", valence_edge=0.0, gap=1.34, electron_mass=0.073, hole_mass=0.64, permittivity=9.6
    )
    cds = hd.Material(
        "CdS", valence_edge=-1.25, gap=2.20, electron_mass=0.21, hole_mass=0.68, permittivity=5.3
    )
    layers = [(inp, hd.Sphere(1.23)), (cds, hd.Sphere(1.23 + shell))]
    return hd.Nanocrystal(layers, environment)


def exciton(dot, spacing=0.3):
    states = hd.solve(
        hd.Hamiltonian(dot, spacing=spacing), electrons=2, holes=2, bound=False, progress=False
    )
    return states, hd.ci(hd.coulomb(states, progress=False), 1, 1)


@pytest.mark.parametrize(
    "shell",
    [0.53, *[pytest.param(t, marks=pytest.mark.slow) for t in (1.05, 1.47, 1.90, 2.76, 3.84)]],
)
def test_emission_of_inp_cds_against_shell_thickness(shell):
    """The model is good to 0.05 eV; a thin shell also feels how high the barrier outside is."""
    low = exciton(
        inp_cds(shell, hd.Environment("ligands", 1.5, electron_barrier=3.0, hole_barrier=3.0))
    )
    high = exciton(inp_cds(shell, hd.HardWall(1.5)))
    lowest, highest = (x.energies[0] for _, x in (low, high))
    assert lowest < highest
    assert lowest - 0.05 < INP_CDS[shell] < highest + 0.05


@pytest.mark.parametrize("model", ["one band", pytest.param("six bands", marks=pytest.mark.slow)])
def test_radiative_lifetime_of_cdse(model):
    """The thermal 1S exciton of CdSe in toluene: published lifetimes are 1 to 20 ns.

    With the same numbers the closed form is 6.3 ns at 2.1 eV for full overlap.
    """
    dot = hd.Nanocrystal([("CdSe", hd.Sphere(2.1))], "toluene")
    if model == "one band":
        _, x = exciton(dot)
    else:
        hamiltonian = hd.Hamiltonian(dot, model=hd.kp.Luttinger6(), spacing=0.35)
        states = hd.solve(hamiltonian, electrons=2, holes=10, progress=False)
        x = hd.ci(hd.coulomb(states, progress=False), 1, 1)
    assert 2.0 < x.energies[0] < 2.6
    assert 1.0 < hd.radiative_lifetime(x, temperature=300) < 20.0
