"""Auger rates against radial quadrature, brute-force sums over hot states, and symmetries."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import cumulative_simpson, simpson
from scipy.optimize import brentq
from scipy.special import spherical_jn

import heterodot as hd
from heterodot.configuration_interaction.spaces import subsets
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.screened_interaction import ScreenedInteraction
from heterodot.electrostatics.transition_densities import TransitionDensities
from heterodot.units import BOLTZMANN, COULOMB_CONSTANT, HBAR, HBAR2_OVER_2M0

RADIUS, GAP, KANE, PERMITTIVITY = 2.5, 1.2, 18.0, 8.0
MASS = {"electron": 0.25, "hole": 0.3}


def hard_sphere(spacing=0.3, outside=PERMITTIVITY, spinors=(2, 2)):
    inside = hd.Material(
        "inside",
        conduction_edge=GAP,
        valence_edge=0.0,
        electron_mass=MASS["electron"],
        hole_mass=MASS["hole"],
        permittivity=PERMITTIVITY,
        kane_energy=KANE,
    )
    dot = hd.Nanocrystal([(inside, hd.Sphere(RADIUS))], environment=hd.HardWall(outside))
    hamiltonian = hd.Hamiltonian(dot, spacing=spacing)
    states = hd.solve(hamiltonian, *spinors, progress=False)
    return hamiltonian, hd.coulomb(states, "static", self_polarisation=False)


def radial_rate(carrier, hot_energy, width, gap):
    """Hot P states in the field of a 1S–1S dipole: 2π/ħ d²/3 Σ_n I_n² δ(E - E_n), in 1/ns.

    The dipole's density d f(r) has the potential d cos θ Q(r)/(ε r²) with the charge Q of f inside r.
    """
    r = np.linspace(1e-6, RADIUS, 4001)
    s = math.sqrt(2 / RADIUS) * np.sin(np.pi * r / RADIUS)
    field = COULOMB_CONSTANT / PERMITTIVITY * cumulative_simpson(s**2, x=r, initial=0) / r**2
    edge = GAP if carrier == "electron" else 0.0
    total = 0.0
    for n in range(1, 16):
        zero = brentq(lambda z: spherical_jn(1, z), (n + 0.5) * np.pi - 1, (n + 0.5) * np.pi)
        p = r * spherical_jn(1, zero * r / RADIUS)
        p /= math.sqrt(simpson(p**2, x=r))
        energy = edge + HBAR2_OVER_2M0 / MASS[carrier] * (zero / RADIUS) ** 2
        gaussian = math.exp(-0.5 * ((hot_energy - energy) / width) ** 2)
        total += simpson(p * field * s, x=r) ** 2 * gaussian / (width * math.sqrt(2 * math.pi))
    dipole = math.sqrt(KANE * HBAR2_OVER_2M0) / gap
    return 2e-9 * math.pi / HBAR * dipole**2 / 3 * total


@pytest.mark.parametrize(("carrier", "numbers"), [("electron", (2, 1)), ("hole", (1, 2))])
def test_trions_in_a_hard_sphere(carrier, numbers):
    """One of two like carriers has the right spin to recombine; the other goes to hot P states."""
    hamiltonian, coulomb = hard_sphere(0.2)
    trion = hd.ci(coulomb, *numbers)
    found = hd.auger_rates(trion, hamiltonian, width=0.25, permittivity="static")
    gap = coulomb.states.gap
    for number, width in enumerate(found.widths):
        expected = radial_rate(carrier, float(trion.energies[0]), float(width), gap)
        # A narrow width sees the tail of a resonance, and levels of the grid some meV off.
        tolerance = 0.01 if width > 0.2 else 0.03
        assert found.by_width[number].sum() == pytest.approx(expected, rel=tolerance)
    assert found.rate == found.electron + found.hole == getattr(found, carrier)
    assert found.lifetime == pytest.approx(1 / found.rate)
    # A charge more, one level: the hot carrier has all energy above its own lowest level.
    lowest = coulomb.states.electrons.energies[0]
    lowest = lowest if carrier == "electron" else -coulomb.states.holes.energies[0]
    hot = found.hot_energies[0 if carrier == "electron" else 1]
    assert hot == pytest.approx(trion.energies[0] - lowest)


def test_two_holes_recombine_twice_as_fast():
    """XX of 1S levels: each hole with the electron of its spin; the hole left takes its energy along."""
    hamiltonian, coulomb = hard_sphere()
    biexciton = hd.ci(coulomb, 2, 2)
    found = hd.auger_rates(biexciton, hamiltonian, width=0.25, permittivity="static")
    gap = coulomb.states.gap
    for carrier, left in (("electron", coulomb.one_body_hole), ("hole", coulomb.one_body_electron)):
        hot = float(biexciton.energies[0] - left[0, 0].real)
        expected = 2 * radial_rate(carrier, hot, 0.25, gap)
        assert getattr(found, carrier) == pytest.approx(expected, rel=0.04), carrier
    assert "XX at 300 K" in repr(found)


@pytest.mark.parametrize(("outside", "tolerance"), [(PERMITTIVITY, 1e-6), (2.0, 0.03)])
def test_sum_over_hot_states_one_by_one(outside, tolerance):
    """XX in (2, 8) spinors: the golden rule as a sum over all electron states of a coarse grid.

    Matrix elements from the other side: the interaction energies of products of hot and 1S orbitals
    with the transition densities, which are made symmetric (potentials are not, at a step of ε).
    """
    hamiltonian, coulomb = hard_sphere(0.5, outside, spinors=(2, 8))
    states, spinors = hd.ci(coulomb, 2, 2), coulomb.states
    width, temperature = 0.2, 300.0
    found = hd.auger_rates(states, hamiltonian, temperature, width, permittivity="static")
    energies, columns = np.linalg.eigh(hamiltonian.tocsr("electron").toarray())
    elements, onto = interactions_with_hot_electrons(hamiltonian, spinors, columns)
    populations = np.exp(-(states.energies - states.energies[0]) / (BOLTZMANN * temperature))
    populations /= populations.sum()
    pairs = subsets(8, 2).tolist()
    rate = 0.0
    for weight, energy, vector in zip(populations, states.energies, states.vectors, strict=True):
        for left in range(8):
            amplitudes = np.zeros((2, len(elements)), complex)  # by the spin of the hot electron
            for pair, coefficient in zip(pairs, vector, strict=True):
                if left in pair:
                    # Of h†_a h†_b, taking b leaves a with the sign of the exchange.
                    gone = pair[1] if left == pair[0] else pair[0]
                    sign = -1 if gone == pair[1] else 1
                    # Of e†_0 e†_1, taking 0 leaves 1; taking 1 leaves 0 with a minus.
                    amplitudes[1] += sign * coefficient * onto[0, gone]
                    amplitudes[0] -= sign * coefficient * onto[1, gone]
            final = energy - coulomb.one_body_hole[left, left].real
            gaussian = np.exp(-0.5 * ((final - energies) / width) ** 2)
            squares = np.sum(np.abs(amplitudes @ elements) ** 2, axis=0)
            rate += weight * float(squares @ gaussian) / (width * math.sqrt(2 * math.pi))
    assert found.electron == pytest.approx(2e-9 * math.pi / HBAR * rate, rel=tolerance)


def interactions_with_hot_electrons(hamiltonian, spinors, columns):
    """Energies of the real transition fields with hot × 1S, and v_k† c_i on these fields."""
    grid = hamiltonian.grid
    active = hamiltonian.operator("electron").active()
    densities = TransitionDensities(spinors, (0.0, 0.0, 1.0))
    length = np.full(grid.shape, math.sqrt(KANE * HBAR2_OVER_2M0) / spinors.gap)
    interaction = ScreenedInteraction(read_dielectric(spinors.nanocrystal, "static"), grid)
    products = np.zeros((columns.shape[1], grid.size))
    ground = spinors.electrons.representatives[0, 0].reshape(-1)[active]
    products[:, active] = columns.T * ground / math.sqrt(grid.cell_volume)
    fields = np.concatenate([densities.charges(length), products.reshape(-1, *grid.shape)])
    moved = interaction.place.moved(fields).reshape(len(fields), -1)
    energies = interaction.energies(moved, np.arange(moved.shape[1])).energies
    return energies[: densities.count, densities.count :], densities.coefficients().conj()


def test_rate_does_not_depend_on_the_axis_of_heavy_holes():
    """In a cube of symmetry the thermal mean over both holes is the same along x, y and z."""
    hamiltonian, coulomb = hard_sphere(0.5)
    trion = hd.ci(coulomb, 2, 1)
    rates = [
        hd.auger_rates(trion, hamiltonian, width=0.25, permittivity="static", axis=axis).rate
        for axis in ((0, 0, 1), (1, 0, 0), (0, -1, 0))
    ]
    assert rates[1:] == pytest.approx([rates[0]] * 2, rel=1e-6)


def test_six_band_holes():
    """Holes of X, Y, Z with one mass and no spin-orbit coupling: three times the bright pairs."""
    inside = hd.Material(
        "inside",
        conduction_edge=GAP,
        valence_edge=0.0,
        electron_mass=MASS["electron"],
        luttinger=(1 / MASS["hole"], 0.0, 0.0),
        spin_orbit=0.0,
        permittivity=PERMITTIVITY,
        kane_energy=KANE,
    )
    dot = hd.Nanocrystal([(inside, hd.Sphere(RADIUS))], environment=hd.HardWall(PERMITTIVITY))
    hamiltonian = hd.Hamiltonian(dot, hd.kp.Luttinger6(), 0.4)
    states = hd.solve(hamiltonian, 2, 6, progress=False)
    coulomb = hd.coulomb(states, "static", self_polarisation=False)
    trion = hd.ci(coulomb, 2, 1)
    found = hd.auger_rates(trion, hamiltonian, width=0.5, permittivity="static")
    # Each hole |j s⟩ recombines with one electron through the dipole along j.
    expected = radial_rate("electron", float(trion.energies[0]), 0.5, states.gap)
    assert found.electron == pytest.approx(expected, rel=0.04)
    positive = hd.ci(coulomb, 1, 2)
    assert hd.auger_rates(positive, hamiltonian, width=0.5, permittivity="static").hole > 0


def test_lifetime_goes_into_dynamics():
    hamiltonian, coulomb = hard_sphere(0.5)
    times = np.linspace(0.0, 1.0, 11)
    rates = hd.auger_rates(hd.ci(coulomb, 2, 2), hamiltonian, width=0.25, permittivity="static")
    given, number = (
        hd.dynamics(None, hd.Poisson(2.0), times, radiative=10.0, auger=auger)
        for auger in (rates, rates.lifetime)
    )
    np.testing.assert_array_equal(given.probabilities, number.probabilities)
    trion = hd.auger_rates(hd.ci(coulomb, 2, 1), hamiltonian, width=0.25, permittivity="static")
    with pytest.raises(ValueError, match="must be of XX"):
        hd.dynamics(None, hd.Poisson(2.0), times, radiative=10.0, auger=trion)


def test_what_cannot_be_calculated_is_refused():
    hamiltonian, coulomb = hard_sphere(0.5)
    with pytest.raises(ValueError, match="third carrier"):
        hd.auger_rates(hd.ci(coulomb, 1, 1), hamiltonian)
    trion = hd.ci(coulomb, 2, 1)
    with pytest.raises(TypeError, match="states: must come from hd.ci"):
        hd.auger_rates(coulomb, hamiltonian)
    with pytest.raises(TypeError, match="hamiltonian: must be the Hamiltonian"):
        hd.auger_rates(trion, hamiltonian.nanocrystal)
    with pytest.raises(ValueError, match="width"):
        hd.auger_rates(trion, hamiltonian, width=-0.1)
    with pytest.raises(ValueError, match="grid"):
        hd.auger_rates(trion, hamiltonian.at_spacing(0.4))
    with pytest.raises(ValueError, match="single-particle states"):
        hd.auger_rates(replace(trion, coulomb=None), hamiltonian)


def test_hot_carriers_beyond_the_barrier_are_warned_of():
    cdse = hd.Nanocrystal(
        [("CdSe", hd.Sphere(1.5))], environment=hd.Environment("low", 2.0, 1.0, 1.0)
    )
    hamiltonian = hd.Hamiltonian(cdse, spacing=0.4)
    coulomb = hd.coulomb(hd.solve(hamiltonian, 2, 2, progress=False), 8.0)
    with pytest.warns(UserWarning, match="beyond the barrier"):
        hd.auger_rates(hd.ci(coulomb, 2, 1), hamiltonian)
