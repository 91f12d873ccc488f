"""Gain of bare levels against closed forms and the tables of the validation data."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heterodot.optics.gain_model import GainModel
from heterodot.optics.occupancy import AugerCollapsed, Fixed, Given, Poisson
from heterodot.optics.spectra import Transitions
from heterodot.units import BOLTZMANN

DATA = json.loads((Path(__file__).parents[1] / "data" / "gain.json").read_text())
WIDTH = 0.05
LINE = 2.0


def two_level_pairs(shift, dark=0, window=3.0):
    """Two bright and `dark` dark degenerate X states, one XX state; shift in units of Γ."""
    x = np.full(2 + dark, LINE)
    bright = (np.arange(2 + dark) < 2).astype(float)
    exciton = Transitions(np.zeros(1), x, bright[None, :])
    biexciton = Transitions(x, np.array([2 * LINE + shift * WIDTH]), bright[:, None])
    return GainModel(exciton, biexciton, linewidth=WIDTH, window=window)


@pytest.mark.parametrize(("shift", "expected"), DATA["exciton_fraction"].items())
def test_exciton_fraction_of_the_tabulated_condition(shift, expected):
    for sign in (1, -1):
        fraction = two_level_pairs(sign * float(shift)).threshold_exciton_fraction()
        assert fraction == pytest.approx(expected, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(shift=st.floats(-6, 6), dark=st.sampled_from([0, 2]))
def test_exciton_fraction_of_the_closed_forms(shift, dark):
    absorbed = math.exp(-(shift**2))
    expected = 4 / (5 - absorbed) if dark else 2 / (3 - absorbed)
    model = two_level_pairs(shift, dark)
    assert model.threshold_exciton_fraction() == pytest.approx(expected, abs=1e-11)


def test_limits_of_strong_repulsion():
    assert two_level_pairs(8.0).threshold_exciton_fraction() == pytest.approx(2 / 3, abs=1e-12)
    assert two_level_pairs(8.0, 2).threshold_exciton_fraction() == pytest.approx(4 / 5, abs=1e-12)


@pytest.mark.parametrize("dark", [0, 2])
def test_type_one_poisson(dark):
    """exp(N) = 2 + N, with or without dark states."""
    assert two_level_pairs(0.0, dark).threshold(Poisson(1)) == pytest.approx(
        1.1461932206206, abs=1e-9
    )


def test_auger_collapsed_is_the_logarithm_of_three():
    threshold = two_level_pairs(9.0, window=0.0).threshold(AugerCollapsed(1))
    assert threshold == pytest.approx(math.log(3), abs=1e-9)
    at_one = two_level_pairs(1.0)
    assert -math.log1p(-at_one.threshold_exciton_fraction()) == pytest.approx(
        1.4264649628271822, abs=1e-12
    )


@pytest.mark.parametrize(("shift", "expected"), DATA["poisson_three_widths"].items())
def test_poisson_thresholds_of_the_validation_table(shift, expected):
    assert two_level_pairs(float(shift)).threshold(Poisson(1)) == pytest.approx(expected, abs=1e-6)


def test_poisson_on_the_biexciton_line():
    """2 exp(N) = 2 + 3 N where the XX line is far from the X line."""
    threshold = two_level_pairs(9.0).threshold(Poisson(1))
    assert 2 * math.exp(threshold) == pytest.approx(2 + 3 * threshold, abs=1e-8)


def test_fixed_occupancy_has_the_threshold_of_the_closed_form():
    """At one photon energy the root over the family is the exciton fraction."""
    model = two_level_pairs(-1.3)
    fraction = model.threshold_exciton_fraction()
    gain = [
        model.gain(Fixed(fraction * scale).probabilities, LINE)[0] for scale in (0.999, 1, 1.001)
    ]
    assert gain[0] < 0 < gain[2]
    assert gain[1] == pytest.approx(0, abs=1e-12)


def test_no_gain_without_biexcitons_and_without_shift():
    assert two_level_pairs(0.0).threshold(AugerCollapsed(1)) == math.inf


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), potential=st.floats(1.8, 2.2))
def test_thermal_equilibrium_is_transparent_at_the_chemical_potential(seed, potential):
    """Bernard and Duraffourg: lines below μ amplify, lines above absorb."""
    random = np.random.default_rng(seed)
    temperature = 300.0
    x = 2 + 0.2 * random.random(5)
    xx = 4 + 0.2 * random.random(4)
    model = GainModel(
        Transitions(np.zeros(1), x, random.random((1, 5))),
        Transitions(x, xx, random.random((5, 4))),
        temperature,
    )
    thermal = BOLTZMANN * temperature
    weights = [np.exp(-(e - n * potential) / thermal).sum() for n, e in ((1, x), (2, xx))]
    total = 1 + sum(weights)
    lines = model.lines(np.array([1, *weights]) / total)
    assert np.all(lines.strengths * (potential - lines.positions) >= -1e-14)


@settings(max_examples=50, deadline=None)
@given(mean=st.floats(0, 30))
def test_probabilities_sum_to_one(mean):
    for kind in (Poisson, AugerCollapsed, Fixed):
        p = kind(mean).probabilities
        assert p.sum() == pytest.approx(1, abs=1e-14)
        assert p.min() >= 0
        assert kind(mean).with_mean(0.5) == kind(0.5)


def test_given_probabilities_count_many_excitons_as_two():
    occupancy = Given((0.1, 0.2, 0.3, 0.4))
    np.testing.assert_allclose(occupancy.probabilities, [0.1, 0.2, 0.7])
    assert occupancy.mean == pytest.approx(2.0)
    with pytest.raises(ValueError, match="family"):
        occupancy.with_mean(1.0)
    with pytest.raises(ValueError, match="sum to one"):
        Given((0.5, 0.2))
    with pytest.raises(ValueError, match="negative"):
        Poisson(-1.0)


def test_dark_excitons_are_an_error_that_says_so():
    exciton = Transitions(np.zeros(1), np.array([LINE]), np.zeros((1, 1)))
    biexciton = Transitions(np.array([LINE]), np.array([2 * LINE]), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="do not emit"):
        GainModel(exciton, biexciton).threshold(Poisson(1))
