"""Numbers of gain: cross-section, modal gain, bandwidth and the single-exciton criterion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heterodot as hd
from heterodot.optics.gain_model import GainModel
from heterodot.optics.spectra import Transitions

WIDTH, LINE = 0.05, 2.0


def pair_gain(shift, occupancy, window=3.0):
    x = np.full(2, LINE)
    exciton = Transitions(np.zeros(1), x, np.ones((1, 2)))
    biexciton = Transitions(x, np.array([2 * LINE + shift * WIDTH]), np.ones((2, 1)))
    return hd.Gain(GainModel(exciton, biexciton, linewidth=WIDTH, window=window), occupancy)


def test_full_inversion_of_far_lines():
    """All XX, Δ = 9Γ: two lines emit at the XX line; peak 2/(Γ√π) nm² and all of its Gaussian has gain."""
    gain = pair_gain(9.0, hd.Fixed(2))
    assert gain.cross_section == pytest.approx(2e-14 / (WIDTH * math.sqrt(math.pi)), rel=1e-9)
    assert gain.peak[0] == pytest.approx(LINE + 9 * WIDTH, abs=1e-6)
    # 30 % of the film, 100 nm³ each: 3·10¹⁸ per cm³
    modal = gain.modal_gain(0.3, confinement=0.5, volume=100.0)
    assert modal == pytest.approx(gain.cross_section * 3e18 * 0.5)
    with pytest.raises(ValueError, match="volume"):
        gain.modal_gain(0.3)
    with pytest.raises(ValueError, match="volume_fraction"):
        gain.modal_gain(1.3, volume=100.0)


@pytest.mark.parametrize("fraction", [0.8, 0.95])
def test_bandwidth_of_single_excitons(fraction):
    """n e^{-y²} - n e^{-(y-a)²} - 2(1-n) e^{-y²} > 0 for y < a/2 + ln((3n-2)/n)/2a, in units of Γ.

    Downwards gain never ends: the range is cut four Γ below the window's end.
    """
    shift, window = 2.0, 1.0
    gain = pair_gain(shift, hd.Given((1 - fraction, fraction)), window)
    upper = shift / 2 + math.log((3 * fraction - 2) / fraction) / (2 * shift)
    assert gain.bandwidth == pytest.approx((upper + window + 4) * WIDTH, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(shift=st.floats(-4, 4))
def test_single_exciton_criterion(shift):
    verdict = pair_gain(shift, hd.Poisson(1)).single_exciton_gain
    assert verdict.exciton_fraction == pytest.approx(verdict.closed_form, abs=1e-9)
    assert verdict.remaining_absorption == pytest.approx(math.exp(-(shift**2)), abs=1e-9)
    assert verdict.ratio == pytest.approx(shift, abs=1e-9)
    assert verdict.possible == (abs(shift) > 1e-4) or abs(shift) < 1e-3
    sentence = str(verdict)
    assert sentence.endswith(".")
    assert ("no gain" in sentence) != verdict.possible


def test_criterion_in_words():
    assert str(pair_gain(1.0, hd.Poisson(1)).single_exciton_gain) == (
        "Single excitons give gain from n_X = 0.760: excitons repel each other by 50 meV, 1.00 times "
        "the line width Γ = 50 meV, and X → XX absorption keeps 37 % of the emission at the X line."
    )
    assert "give no gain" in str(pair_gain(0.0, hd.Poisson(1)).single_exciton_gain)


@settings(max_examples=20, deadline=None)
@given(mean=st.floats(0, 3), shift=st.floats(-3, 3), energy=st.floats(1.8, 2.3))
def test_gain_is_emission_less_absorption(mean, shift, energy):
    gain = pair_gain(shift, hd.Poisson(mean))
    p = gain.occupancy.probabilities
    up, down = gain.model.absorption_and_emission(p, energy)
    assert down - up == pytest.approx(float(gain.model.gain(p, energy)[0]), abs=1e-10)
    assert gain.absorption_cross_section(LINE) == pytest.approx(
        2e-14 / (WIDTH * math.sqrt(math.pi))
    )


def test_intrinsic_absorption_is_that_of_a_solid_of_nanocrystals():
    """σ = 10⁻¹⁵ cm² on 50 nm³ (5·10⁻²⁰ cm³) is 2·10⁴/cm."""
    gain = pair_gain(0.0, hd.Poisson(1))
    scale = 1e-15 / gain.absorption_cross_section(LINE)
    assert gain.intrinsic_absorption(LINE, 50.0) * scale == pytest.approx(2e4)


def test_below_threshold():
    gain = pair_gain(0.0, hd.Poisson(0.5), window=1.0)
    assert gain.cross_section < 0
    assert gain.bandwidth == 0
