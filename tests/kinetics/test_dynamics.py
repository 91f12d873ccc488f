"""Populations in time against closed forms, and the conservation of probability and photons."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot

import heterodot as hd
from heterodot.kinetics.pump import fluence_of
from heterodot.kinetics.recombination import Recombination, radiative_lifetimes
from heterodot.optics.gain_model import GainModel
from heterodot.optics.spectra import Transitions

WIDTH, LINE = 0.05, 2.0
TIMES = np.linspace(0, 30, 61)


def two_level_gain(shift, window=0.0, strength=1.0):
    x = np.full(2, LINE)
    exciton = Transitions(np.zeros(1), x, np.full((1, 2), strength))
    biexciton = Transitions(x, np.array([2 * LINE + shift * WIDTH]), np.full((2, 1), strength))
    return hd.Gain(GainModel(exciton, biexciton, linewidth=WIDTH, window=window), hd.Poisson(1.2))


def test_one_exciton_decays_exponentially():
    result = hd.dynamics(None, hd.Given((0, 1)), TIMES, radiative=7.0, trapping=20.0)
    expected = np.exp(-TIMES * (1 / 7 + 1 / 20))
    np.testing.assert_allclose(result.probabilities[1], expected, atol=1e-8)
    np.testing.assert_allclose(result.emission, expected / 7, atol=1e-8)


@pytest.mark.parametrize(("scaling", "ratio"), [("cubic", 4.5), ("pairs", 3.0)])
def test_cascade_of_three_excitons(scaling, ratio):
    """Bateman's solution of XXX → XX → X → vacuum."""
    radiative = np.array([20.0, 5.0, 20 / 9])
    k = 1 / radiative + np.array([0, 1, ratio]) / 0.8
    result = hd.dynamics(
        None, hd.Given((0, 0, 0, 1)), TIMES, radiative=(20.0, 5.0), auger=0.8, scaling=scaling
    )
    k1, k2, k3 = k
    e1, e2, e3 = (np.exp(-rate * TIMES) for rate in k)
    two = k3 / (k2 - k3) * (e3 - e2)
    one = (
        k3
        * k2
        * (
            e3 / ((k2 - k3) * (k1 - k3))
            + e2 / ((k3 - k2) * (k1 - k2))
            + e1 / ((k3 - k1) * (k2 - k1))
        )
    )
    np.testing.assert_allclose(result.probabilities[1:], [one, two, e3], atol=1e-8)


@settings(max_examples=10, deadline=None)
@given(mean=st.floats(0, 3))
def test_a_short_pulse_leaves_a_poisson_distribution(mean):
    pulse = hd.Pulse(mean, width=1e-3)
    result = hd.dynamics(None, pulse, [0.0, 0.01], radiative=1e9, most=8)
    np.testing.assert_allclose(result.probabilities[:, -1], hd.Poisson(mean).up_to(8), atol=1e-7)
    half = hd.Poisson(mean / 2).up_to(8)
    np.testing.assert_allclose(result.probabilities[:, 0], half, atol=1e-7)


def test_steady_state_of_continuous_pumping():
    """Every step is balanced by itself: p_{n+1}/p_n = G/k_{n+1}."""
    k = Recombination((10.0, 3.0), 0.5).rates(3)
    result = hd.dynamics(
        None, hd.Continuous(0.4), np.linspace(0, 300, 31), radiative=(10.0, 3.0), auger=0.5
    )
    p = result.probabilities[:, -1]
    np.testing.assert_allclose(p[1:] / p[:-1], 0.4 / k, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(
    mean=st.floats(0, 5),
    width=st.floats(1e-4, 5.0),
    radiative=st.floats(0.5, 100),
    auger=st.floats(0.01, 10),
    most=st.integers(2, 6),
)
def test_probability_is_conserved(mean, width, radiative, auger, most):
    pulse = hd.Pulse(mean, width)
    result = hd.dynamics(None, pulse, radiative=radiative, auger=auger, most=most)
    np.testing.assert_allclose(result.probabilities.sum(axis=0), 1, atol=1e-9)
    assert result.probabilities.min() > -1e-8
    assert np.all(np.diff(result.times) > 0)


def test_photons_and_excitons_turn_into_each_other():
    """All emission into one mode without loss: excitons and photons together stay constant."""
    gain = two_level_gain(1.5, strength=1e-3)
    mode = hd.Mode(1e18, spontaneous=1.0)
    result = hd.dynamics(
        gain, hd.Given((0, 0, 1)), TIMES, radiative=(30.0, 10.0), most=2, mode=mode
    )
    np.testing.assert_allclose(result.mean + result.photons, 2, atol=1e-7)
    plain = hd.dynamics(gain, hd.Given((0, 0, 1)), TIMES, radiative=(30.0, 10.0), most=2)
    early = slice(1, 6)
    assert np.all(result.probabilities[2, early] < plain.probabilities[2, early])


def test_gain_from_single_excitons_lasts_until_the_critical_fraction():
    """p_1 = e^{-t/τ} reaches n_X = 2/3 of a far XX line after τ ln(3/2)."""
    times = np.linspace(0, 20, 4001)
    result = hd.dynamics(two_level_gain(9.0), hd.Given((0, 1)), times, radiative=10.0)
    assert result.gain_lifetime == pytest.approx(10 * math.log(1.5), rel=1e-5)
    none = hd.dynamics(two_level_gain(0.0), hd.Given((0, 1)), TIMES, radiative=10.0)
    assert none.gain_lifetime == 0.0
    steady = hd.dynamics(two_level_gain(0.0), hd.Continuous(5.0), TIMES, radiative=10.0)
    assert steady.gain_lifetime == math.inf


def test_auger_recombination_ends_the_gain_of_type_one():
    """XX → X at k_XX, X stays: gain, 2 p_2 > 2 p_0 ... ends with XX; for Δ = 0 when p_2 = p_0."""
    times = np.linspace(0, 3, 3001)
    start = hd.Given((0.2, 0.0, 0.8))
    result = hd.dynamics(two_level_gain(0.0), start, times, radiative=(1e9, 1e9), auger=0.7)
    assert result.gain_lifetime == pytest.approx(0.7 * math.log(4), rel=1e-5)


def test_threshold_fluence():
    """1.14619 excitons at 3.1 eV and 10⁻¹⁵ cm²: 569.3 µJ/cm²."""
    result = hd.dynamics(two_level_gain(0.0, window=3.0), hd.Poisson(1), TIMES, radiative=10.0)
    assert result.threshold_fluence(3.1, 1e-15) == pytest.approx(569.29, abs=0.05)
    pulse = hd.Pulse.of_fluence(fluence_of(0.7, 2e-15, 3.1), 2e-15, 3.1)
    assert pulse.mean == pytest.approx(0.7)
    own = result.threshold_fluence(LINE)
    sigma = 2 / (WIDTH * math.sqrt(math.pi)) * 1e-14
    assert own == pytest.approx(fluence_of(1.1461932206, sigma, LINE))
    with pytest.raises(ValueError, match="cross-section in cm²"):
        result.threshold_fluence(4.0)


def test_radiative_lifetimes_come_from_the_strengths():
    first, second = radiative_lifetimes(two_level_gain(0.0))
    assert first / second == pytest.approx(2)  # one bright pair against two
    plain = hd.dynamics(two_level_gain(0.0), hd.Given((0, 1)), TIMES)
    assert plain.recombination.radiative == (first, second)


def test_results_are_labelled_drawn_and_saved(tmp_path):
    result = hd.dynamics(two_level_gain(2.0), hd.Pulse(1.5, 0.01), radiative=10.0, auger=0.3)
    assert result.populations.dims == ("excitons", "time")
    assert float(result.populations.sel(excitons=0)[0]) == pytest.approx(1)
    ax = result.plot()
    ax.figure.canvas.draw()
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names[:4] == ["empty", "X", "XX", "XXX and more"]
    pyplot.close("all")
    hd.save(tmp_path / "d.nc", result)
    again = hd.load(tmp_path / "d.nc")
    np.testing.assert_array_equal(again.probabilities, result.probabilities)
    assert again.recombination == result.recombination
    assert again.gain_lifetime == result.gain_lifetime


def test_mistakes_are_named():
    with pytest.raises(TypeError, match="pump: must be an occupancy"):
        hd.dynamics(None, 1.2, radiative=1.0)
    with pytest.raises(ValueError, match="radiative"):
        hd.dynamics(None, hd.Poisson(1))
    with pytest.raises(ValueError, match="rising"):
        hd.dynamics(None, hd.Poisson(1), [1.0, 0.0], radiative=1.0)
    with pytest.raises(ValueError, match="auger"):
        hd.dynamics(None, hd.Poisson(1), radiative=1.0, auger=-1.0)
    with pytest.raises(ValueError, match="levels"):
        hd.dynamics(None, hd.Poisson(1), radiative=1.0, mode=hd.Mode(1e18))
    for wrong in ({"mean": -1.0}, {"mean": 1.0, "width": 0.0}):
        with pytest.raises(ValueError, match=list(wrong)[-1]):
            hd.Pulse(**wrong)
