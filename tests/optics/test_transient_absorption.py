"""Transient absorption against closed forms of free carriers, and against gain."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot
from optics_stand_ins import integrals, sphere_states

import heterodot as hd
from heterodot.optics.line_shapes import line_shape

STATES = sphere_states(spacing=0.4)
GRID = np.linspace(1.9, 2.8, 181)
WIDTH = 0.05


def test_one_exciton_of_four_states_at_a_shifted_line():
    """Two bright of four X states: bleach of two lines, half of one emitted, half of one absorbed."""
    shift = 0.04
    coulomb = integrals(STATES, shift=shift, levels=2)
    result = hd.transient_absorption(coulomb, energies=GRID)
    assert result.stark_shift == pytest.approx(shift, abs=1e-12)
    both = hd.absorption(hd.ci(coulomb)).lines.strengths.sum()
    own = line_shape(GRID - 2.25, WIDTH)
    other = line_shape(GRID - 2.25 - shift, WIDTH) * 2.25 / (2.25 + shift)
    np.testing.assert_allclose(result.bleach.values, -both * own, atol=1e-12)
    np.testing.assert_allclose(result.stimulated_emission.values, -both / 4 * own, atol=1e-12)
    np.testing.assert_allclose(result.induced_absorption.values, both / 4 * other, atol=1e-12)
    np.testing.assert_allclose(result.ground.values, both * own, atol=1e-12)
    assert result.complete_to == math.inf


@settings(max_examples=15, deadline=None)
@given(
    shift=st.floats(-0.1, 0.1),
    temperature=st.floats(5, 600),
    occupancy=st.one_of(
        st.builds(hd.Poisson, st.floats(0, 4)),
        st.builds(hd.Fixed, st.floats(0, 2)),
        st.builds(hd.AugerCollapsed, st.floats(0, 4)),
    ),
)
def test_change_is_the_gain_of_empty_nanocrystals_less_that_of_excited_ones(
    shift, temperature, occupancy
):
    coulomb = integrals(STATES, shift=shift, levels=4)
    pair = hd.ci(coulomb), hd.ci(coulomb, 2, 2)
    result = hd.transient_absorption(
        pair, occupancy=occupancy, temperature=temperature, energies=GRID
    )
    gain = hd.gain(pair, occupancy, temperature, energies=GRID)
    empty = gain.with_occupancy(hd.Poisson(0))
    assert result.stark_shift == pytest.approx(gain.transient_shift)
    np.testing.assert_allclose(
        result.change.values, empty.spectrum.values - gain.spectrum.values, atol=1e-11
    )
    parts = result.bleach, result.induced_absorption, result.stimulated_emission
    np.testing.assert_allclose(result.change.values, sum(p.values for p in parts), atol=1e-11)


def test_filled_shells_bleach_and_emit_their_own_lines():
    """Free XX at 0 K fills both 1S shells: what is left to absorb are the other pairs."""
    coulomb = integrals(STATES, levels=4)
    manifolds = [hd.ci(coulomb, n, n) for n in (1, 2, 3)]
    result = hd.transient_absorption(manifolds, 2, temperature=0.0, energies=GRID)
    inner = integrals(STATES, levels=2)
    shell = hd.absorption(hd.ci(inner), energies=GRID).values
    np.testing.assert_allclose(result.bleach.values, -result.ground.values, atol=1e-12)
    np.testing.assert_allclose(result.stimulated_emission.values, -shell, atol=1e-12)
    np.testing.assert_allclose(result.change.values, -2 * shell, atol=1e-12)


def test_excitons_without_interaction_that_fill_everything_only_bleach():
    coulomb = integrals(STATES, levels=2)
    result = hd.transient_absorption(coulomb, 2, energies=GRID)
    np.testing.assert_allclose(result.change.values, -2 * result.ground.values, atol=1e-12)
    np.testing.assert_allclose(result.relative.min(), -2)
    with pytest.raises(ValueError, match="between 0 and 2"):
        hd.transient_absorption(coulomb, 3)
    with pytest.raises(ValueError, match="pair"):
        hd.transient_absorption((hd.ci(coulomb),))


def test_reach_follows_the_computed_biexcitons():
    coulomb = integrals(STATES, levels=4)
    x, all_xx = hd.ci(coulomb), hd.ci(coulomb, 2, 2)
    few = hd.ci(coulomb, 2, 2, roots=9)
    result = hd.transient_absorption((x, few))
    # 2.25 eV of the lowest X, and X with a 1P hole (30 meV, populated at 300 K) above it
    assert result.complete_to == pytest.approx(few.energies[-1] - 2.28)
    assert result.change.energies[-1] == pytest.approx(
        max(few.energies[-1] - 2.28 - 2 * WIDTH, 2.25 + 4 * WIDTH)
    )
    whole = hd.transient_absorption((x, all_xx))
    assert whole.complete_to == math.inf
    assert whole.change.energies[-1] > 2.58


@settings(max_examples=60, deadline=None)
@given(mean=st.floats(0, 20), most=st.integers(1, 6))
def test_probabilities_up_to_any_number(mean, most):
    poisson = hd.Poisson(mean).up_to(most)
    terms = [math.exp(-mean) * mean**n / math.factorial(n) for n in range(most)]
    np.testing.assert_allclose(poisson[:-1], terms, atol=1e-14)
    for kind in (hd.Poisson, hd.AugerCollapsed, hd.Fixed):
        p = kind(mean).up_to(most)
        assert p.shape == (most + 1,)
        assert p.sum() == pytest.approx(1, abs=1e-13)
        np.testing.assert_allclose(kind(mean).up_to(2), kind(mean).probabilities, atol=1e-14)
    fixed = hd.Fixed(mean).up_to(30)
    assert fixed @ np.arange(31) == pytest.approx(mean)
    np.testing.assert_allclose(hd.Given((0.1, 0.2, 0.3, 0.4)).up_to(1), [0.1, 0.9])


def test_results_can_be_drawn_labelled_and_saved(tmp_path):
    result = hd.transient_absorption(
        integrals(STATES, shift=0.03, levels=2), occupancy=hd.Poisson(1)
    )
    ax = result.plot()
    ax.figure.canvas.draw()
    labels = {text.get_text() for text in ax.get_legend().get_texts()}
    assert {"bleach", "induced absorption", "stimulated emission", "change"} <= labels
    pyplot.close("all")
    data = result.to_xarray()
    assert data["change"].attrs["units"] == "nm²"
    assert "Δs = +30.0 meV" in repr(result)
    hd.save(tmp_path / "ta.nc", result)
    again = hd.load(tmp_path / "ta.nc")
    np.testing.assert_array_equal(again.change.values, result.change.values)
    np.testing.assert_array_equal(again.probabilities, result.probabilities)
    assert again.stark_shift == result.stark_shift
