"""Spectra: sum rules, detailed balance, and the whole chain on a dot without correlation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optics_stand_ins import first_levels, integrals, sphere_states

import heterodot as hd
from heterodot.optics.line_shapes import line_shape
from heterodot.optics.optical_gain import _biexcitons
from heterodot.optics.spectra import thermal_populations, transitions
from heterodot.optics.spectrum import Lines, Spectrum
from heterodot.units import BOLTZMANN, HBAR, HBAR2_OVER_2M0, SPEED_OF_LIGHT

STATES = sphere_states()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    width=st.floats(0.005, 0.1),
    shape=st.sampled_from(["gaussian", "lorentzian"]),
)
def test_area_is_the_sum_of_the_strengths(seed, width, shape):
    random = np.random.default_rng(seed)
    lines = Lines(2 + random.random(7), random.standard_normal(7))
    reach = 8 * width if shape == "gaussian" else 4000 * width
    grid = np.linspace(2 - reach, 3 + reach, 40001)
    if shape == "lorentzian":
        grid = 2.5 + reach * np.sinh(np.linspace(-9, 9, 40001)) / np.sinh(9)
    spectrum = Spectrum.of(
        lines, name="", quantity="", unit="", linewidth=width, shape=shape, energies=grid
    )
    tolerance = 1e-6 if shape == "gaussian" else 2e-3
    area = np.trapezoid(spectrum.values, grid)
    assert area == pytest.approx(
        lines.strengths.sum(), abs=tolerance * np.abs(lines.strengths).sum()
    )


def test_line_widths_are_as_documented():
    half = math.sqrt(math.log(2))
    assert line_shape(0.05, 0.05) == pytest.approx(line_shape(0, 0.05) / math.e)
    assert line_shape(0.05 * half, 0.05) == pytest.approx(line_shape(0, 0.05) / 2)
    assert line_shape(0.05, 0.05, "lorentzian") == pytest.approx(
        line_shape(0, 0.05, "lorentzian") / 2
    )
    with pytest.raises(ValueError, match="linewidth"):
        line_shape(0, -1.0)
    with pytest.raises(ValueError, match="gaussian"):
        line_shape(0, 0.1, "box")


def test_absorption_counts_all_pairs():
    """Free carriers: the strengths of all excitons sum to those of all pairs of spinors."""
    x = hd.ci(integrals(STATES))
    momentum = hd.interband_momentum(STATES)
    assert np.sum(transitions(x).strengths) == pytest.approx(np.sum(np.abs(momentum) ** 2))
    spectrum = hd.absorption(x, linewidth=0.03)
    area = np.trapezoid(spectrum.values, spectrum.energies)
    assert area == pytest.approx(spectrum.lines.strengths.sum(), rel=1e-6)
    assert spectrum.peak == pytest.approx(2.58, abs=0.01)  # three 1P pairs


def test_biexciton_emission_and_induced_absorption_share_their_lines():
    coulomb = integrals(STATES, shift=0.02, levels=2)
    x, xx = hd.ci(coulomb), hd.ci(coulomb, 2, 2)
    up, down = hd.absorption(xx, x), hd.emission(xx, x)
    assert up.lines.centre() == pytest.approx(2.27)
    assert down.lines.centre() == pytest.approx(2.27)
    one, two = (s.lines.strengths.sum() for s in (hd.emission(x), down))
    # two electrons and two holes: twice two bright pairs against two of four states
    assert two / one == pytest.approx(4 * 2.27 / 2.25)


def test_einstein_and_detailed_balance_line_by_line():
    """Kennard-Stepanov: emission / absorption = E² exp(-E/kT) n²/(π²ħ³c²), over a common factor."""
    x = hd.ci(integrals(STATES))
    medium = hd.optical_medium(STATES.nanocrystal)
    up = hd.absorption(x).lines
    down = hd.emission(x, temperature=400.0).lines
    seen = up.strengths > 1e-12
    factor = (medium.refractive_index * up.positions) ** 2 * 1e-9
    factor /= np.pi**2 * HBAR * (HBAR * SPEED_OF_LIGHT) ** 2
    occupation = down.strengths[seen] / (up.strengths * factor)[seen]
    boltzmann = occupation * np.exp((up.positions[seen] - x.energies[0]) / (BOLTZMANN * 400.0))
    np.testing.assert_allclose(boltzmann, boltzmann[0], rtol=1e-9)


def test_lifetime_of_the_four_degenerate_states():
    """6.3 ns at 2.1 eV of the validation data, scaled to 2.25 eV."""
    x = hd.ci(integrals(STATES, levels=2))
    assert hd.radiative_lifetime(x) == pytest.approx(6.303084195027037 * 2.1 / 2.25, rel=1e-6)
    assert hd.emission(x).lines.strengths.sum() == pytest.approx(1 / hd.radiative_lifetime(x))
    table = transitions(x)
    assert table.oscillator_strengths.max() == pytest.approx(17.5 / (3 * 2.25), rel=1e-6)
    assert table.strengths.sum() == pytest.approx(2 * 17.5 * HBAR2_OVER_2M0)


def test_populations():
    p = thermal_populations([1.0, 1.0, 1.0 + BOLTZMANN * 300], 300)
    np.testing.assert_allclose(p, np.array([1, 1, 1 / math.e]) / (2 + 1 / math.e))
    np.testing.assert_allclose(thermal_populations([1.0, 1.0, 1.1], 0), [0.5, 0.5, 0])
    with pytest.raises(ValueError, match="temperature"):
        thermal_populations([1.0], -1)


def test_gain_of_the_whole_chain_reaches_the_closed_forms():
    free = hd.gain(integrals(STATES, levels=2), occupancy=hd.Poisson(1.2))
    assert free.threshold == pytest.approx(1.1461932206, abs=1e-8)
    shift = 0.04
    coulomb = integrals(STATES, shift=shift, levels=2)
    gain = hd.gain((hd.ci(coulomb), hd.ci(coulomb, 2, 2)), temperature=300.0, linewidth=0.05)
    assert gain.transient_shift == pytest.approx(shift)
    # Cross-sections carry 1/E: the XX line is weaker by E_X/(E_X + Δ).
    absorbed = math.exp(-((shift / 0.05) ** 2)) * 2.25 / (2.25 + shift)
    assert gain.threshold_exciton_fraction() == pytest.approx(4 / (5 - absorbed), abs=1e-9)
    at_threshold = gain.with_occupancy(hd.Poisson(gain.threshold))
    assert at_threshold.model.maximum(at_threshold.occupancy.probabilities)[1] == pytest.approx(
        0, abs=1e-9
    )


def test_gain_of_empty_nanocrystals_is_their_absorption():
    coulomb = integrals(STATES, levels=4)
    x, xx = hd.ci(coulomb), hd.ci(coulomb, 2, 2)
    grid = np.linspace(2, 2.8, 101)
    gain = hd.gain((x, xx), occupancy=hd.Poisson(0), energies=grid)
    np.testing.assert_allclose(gain.spectrum.values, -hd.absorption(x, energies=grid).values)


def test_results_are_labelled():
    x = hd.ci(integrals(STATES, levels=2))
    data = hd.absorption(x).to_xarray()
    assert data["spectrum"].attrs["units"] == "nm²"
    assert data["energy"].attrs["units"] == "eV"
    assert "ground-state absorption" in repr(hd.absorption(x))
    with pytest.raises(ValueError, match="pair"):
        hd.gain((x, x))


def test_gain_takes_as_many_biexcitons_as_are_populated():
    levels = first_levels(sphere_states(spacing=0.4), 8)
    few = _biexcitons(integrals(levels), 0.2)
    assert few.energies[-1] - few.energies[0] >= 0.2
    assert few.n_electrons == 2
