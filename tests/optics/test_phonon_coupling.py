"""Huang-Rhys factors from charges and permittivities, against sums over plane waves."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import quad, simpson
from scipy.linalg import eigh_tridiagonal

import heterodot as hd

COULOMB = 1.4399645469  # eV nm


def dot(core=1.5, shell=1.5, outside=(9.0, 6.0), conduction=0.8, valence=0.5):
    """Electrons in the core, holes in the shell; one permittivity (9 static, 6 optical) in both."""
    common = {"permittivity": 9.0, "permittivity_optical": 6.0, "lo_phonon": 0.03}
    inner = hd.Material(
        "core",
        conduction_edge=2.0,
        valence_edge=-valence,
        electron_mass=0.2,
        hole_mass=0.6,
        **common,
    )
    outer = hd.Material(
        "shell",
        conduction_edge=2.0 + conduction,
        valence_edge=0.0,
        electron_mass=0.2,
        hole_mass=0.6,
        **common,
    )
    layers = [(inner, hd.Sphere(core)), (outer, hd.Sphere(core + shell))]
    return hd.Nanocrystal(layers, hd.HardWall(outside[0], refractive_index=outside[1] ** 0.5))


@pytest.fixture(scope="module")
def radial():
    """Radial functions u(r) of electron and hole by finite differences: -C/m u″ + V u = E u."""
    n, end = 3000, 3.0
    r = np.linspace(0, end, n + 2)[1:-1]
    step = r[1] - r[0]
    functions = []
    for mass, inside, outside in ((0.2, 0.0, 0.8), (0.6, 0.5, 0.0)):
        c = 0.0380998212 / mass / step**2
        potential = np.where(r < 1.5, inside, outside)
        _, u = eigh_tridiagonal(
            2 * c + potential, np.full(n - 1, -c), select="i", select_range=(0, 0)
        )
        functions.append(u[:, 0] ** 2 / step)
    return r, *functions


def plane_waves(radial):
    """λ = e²/π (1/ε_∞ - 1/ε_0) ∫ |ρ_q|² dq from Fröhlich's coupling to each wave."""
    r, electron, hole = radial

    def squared(q):
        return simpson((hole - electron) * np.sinc(q * r / np.pi), x=r) ** 2

    return COULOMB / np.pi * (1 / 6 - 1 / 9) * quad(squared, 0, 60, limit=400)[0]


def states(nanocrystal, spacing=0.25):
    return hd.solve(
        hd.Hamiltonian(nanocrystal, spacing=spacing), electrons=2, holes=2, progress=False
    )


@pytest.fixture(scope="module")
def alone():
    return states(dot())


@pytest.fixture(scope="module")
def outside():
    return states(dot(outside=(2.4, 2.2)))


def test_separated_charges_against_plane_waves(radial, alone):
    coupled = hd.phonon_coupling(alone)
    expected = plane_waves(radial)
    assert expected > 0.005
    assert coupled.reorganisation == pytest.approx(expected, rel=0.01)
    assert coupled.lo_phonon == pytest.approx(0.03)
    assert coupled.huang_rhys == pytest.approx(expected / 0.03, rel=0.01)
    assert coupled.stokes_shift == pytest.approx(2 * coupled.reorganisation)


def test_the_charge_of_a_round_exciton_makes_no_field_outside(alone, outside):
    """No net charge and round: the permittivities of the environment do not matter."""
    expected = hd.phonon_coupling(alone).reorganisation
    assert hd.phonon_coupling(outside).reorganisation == pytest.approx(expected, rel=0.01)


def test_half_the_difference_of_first_order_interactions(outside):
    shift = [
        hd.xx_shift(hd.coulomb(outside, kind, progress=False)).first_order
        for kind in ("optical", "static")
    ]
    expected = 0.5 * (shift[0] - shift[1])
    assert hd.phonon_coupling(outside).reorganisation == pytest.approx(expected, abs=2e-5)


def test_alike_densities_do_not_couple():
    material = hd.Material(
        "one",
        conduction_edge=2.0,
        valence_edge=0.0,
        electron_mass=0.3,
        hole_mass=0.3,
        permittivity=9.0,
        permittivity_optical=6.0,
        lo_phonon=0.026,
    )
    sphere = hd.Nanocrystal([(material, hd.Sphere(2.0))], hd.HardWall(2.0, refractive_index=1.4))
    assert hd.phonon_coupling(states(sphere, 0.4)).huang_rhys == pytest.approx(0.0, abs=1e-4)


def test_library_materials_and_what_is_missing():
    nanocrystal = hd.Nanocrystal([("CdS", hd.Sphere(1.6)), ("ZnSe", hd.Sphere(3.0))], "toluene")
    found = states(nanocrystal, 0.4)
    coupled = hd.phonon_coupling(found)
    assert 0.1 < coupled.huang_rhys < 1.0
    cds, znse = (hd.material(name).lo_phonon for name in ("CdS", "ZnSe"))
    assert min(cds, znse) < coupled.lo_phonon < max(cds, znse)
    bare = hd.material("CdS").replace(lo_phonon=None)
    sphere = hd.Nanocrystal([(bare, hd.Sphere(1.6))], hd.HardWall(2.0, refractive_index=1.4))
    with pytest.raises(ValueError, match="lacks lo_phonon"):
        hd.phonon_coupling(states(sphere, 0.4))


def test_acoustic_phonons_of_a_gaussian():
    """n_e = n_h = exp(-r²/σ²)/π^(3/2)σ³: λ_a = Δ²/(2ρc² (2π)^(3/2) σ³), Σ S = Δ²/(4π² ħρc³ σ²)."""
    sigma, shift = 1.2, 4.0 - 1.1
    crystal = hd.Material(
        "crystal",
        conduction_edge=2.0,
        valence_edge=0.0,
        electron_mass=0.2,
        hole_mass=0.2,
        permittivity=9.0,
        permittivity_optical=6.0,
        lo_phonon=0.03,
        deformation={"ac": 4.0, "av": 1.1},
    )
    sphere = hd.Nanocrystal(
        [(crystal, hd.Sphere(6.0))], hd.HardWall(9.0, refractive_index=6.0**0.5)
    )
    grid = sphere.grid(0.4)
    x, y, z = np.meshgrid(*grid.axes(), indexing="ij")
    density = np.exp(-(x * x + y * y + z * z) / sigma**2) / (np.pi**1.5 * sigma**3)
    carrier = SimpleNamespace(
        grid=grid,
        representatives=np.sqrt(density)[None, None],
        spin_degenerate=True,
        region_weights=lambda _: np.array([[1.0, 0.0]]),
    )
    found = hd.phonon_coupling(
        SimpleNamespace(nanocrystal=sphere, electrons=carrier, holes=carrier),
        mass_density=5.3,
        sound_velocity=4.0,
    )
    pressure = 5300 * 4000.0**2 / 1.602176634e-19 * 1e-27  # ρc² in eV/nm³
    reorganisation = shift**2 / (2 * pressure * (2 * np.pi) ** 1.5 * sigma**3)
    phonons = shift**2 / (4 * np.pi**2 * 6.582119569e-16 * 4e12 * pressure * sigma**2)
    assert found.acoustic == pytest.approx(reorganisation, rel=1e-6)
    assert found.acoustic / (2 * found.cutoff) == pytest.approx(phonons, rel=5e-3)
    assert found.huang_rhys == pytest.approx(0.0, abs=1e-9)  # no charge


def test_what_acoustic_phonons_need():
    found = states(dot(), 0.5)
    with pytest.raises(ValueError, match="both mass_density and sound_velocity"):
        hd.phonon_coupling(found, mass_density=5.3)
    with pytest.raises(ValueError, match="positive"):
        hd.phonon_coupling(found, mass_density=5.3, sound_velocity=-4.0)
    with pytest.raises(ValueError, match="'core' lacks the deformation potential 'ac'"):
        hd.phonon_coupling(found, mass_density=5.3, sound_velocity=4.0)
