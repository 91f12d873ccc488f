"""Line shapes against closed forms: Voigt, sums over phonon numbers, moments, detailed balance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optics_stand_ins import integrals, sphere_states
from scipy.special import ive

import heterodot as hd
from heterodot.optics.line_shapes import line_shape
from heterodot.runs.run_file import parse_run
from heterodot.units import BOLTZMANN

STATES = sphere_states(spacing=0.4)
phonons = st.builds(
    hd.SpinBoson,
    huang_rhys=st.floats(0, 2),
    lo_phonon=st.floats(0.01, 0.05),
    acoustic=st.floats(0, 0.02),
    cutoff=st.floats(0.001, 0.006),
    temperature=st.floats(0, 400),
)


def around(shape, width, points=6001):
    """Detunings that cover a whole line of absorption and emission."""
    spread = math.sqrt(0.5 * width**2 + shape.variance)
    quantum = max(shape.lo_phonon, 4 * shape.cutoff)
    reach = 2 * shape.reorganisation + 9 * spread + 14 * quantum
    return np.linspace(-reach, reach, points)


def test_voigt_between_its_limits():
    grid = np.linspace(-0.3, 0.3, 61)
    np.testing.assert_allclose(line_shape(grid, 0.05, hd.Voigt(0.0)), line_shape(grid, 0.05))
    np.testing.assert_allclose(
        line_shape(grid, 1e-7, hd.Voigt(0.03)), line_shape(grid, 0.03, "lorentzian"), rtol=1e-6
    )
    np.testing.assert_array_equal(
        line_shape(grid, 0.04, "voigt"), line_shape(grid, 0.04, hd.Voigt(0.04))
    )
    with pytest.raises(ValueError, match="lorentzian_width"):
        hd.Voigt(-0.1)


@pytest.mark.parametrize("lorentzian", [0.01, 0.05])
def test_voigt_is_the_folding_of_its_parts(lorentzian):
    fine = np.linspace(-0.6, 0.6, 24001)
    for detuning in (0.0, 0.03, -0.1):
        folded = np.trapezoid(
            line_shape(fine, 0.05) * line_shape(detuning - fine, lorentzian, "lorentzian"), fine
        )
        assert line_shape(detuning, 0.05, hd.Voigt(lorentzian)) == pytest.approx(folded, rel=1e-9)


def test_voigt_reaches_spectra():
    x = hd.ci(integrals(STATES, levels=2))
    spectrum = hd.absorption(x, linewidth=0.03, shape=hd.Voigt(0.01))
    assert spectrum.at(2.3) == pytest.approx(
        spectrum.lines.strengths.sum() * line_shape(0.05, 0.03, hd.Voigt(0.01))
    )


@pytest.mark.parametrize("huang_rhys", [0.1, 1.5, 6.0])
def test_one_mode_at_absolute_zero_is_a_poisson_progression(huang_rhys):
    energy, width = 0.026, 0.006
    shape = hd.SpinBoson(huang_rhys, energy, temperature=0.0)
    grid = around(shape, width, 801)
    n = np.arange(80)
    weights = np.exp(-huang_rhys) * np.cumprod(np.append(1.0, huang_rhys / n[1:]))
    for emission, sign in ((False, 1), (True, -1)):
        positions = -huang_rhys * energy + sign * n * energy
        expected = weights @ line_shape(grid[None, :] - positions[:, None], width)
        found = line_shape(grid, width, shape, emission)
        np.testing.assert_allclose(found, expected, atol=1e-7 * expected.max())


@pytest.mark.parametrize("temperature", [77.0, 300.0])
def test_one_warm_mode_is_the_sum_of_huang_and_rhys(temperature):
    """Weights of p phonons: exp(-S(2n+1)) ((n+1)/n)^(p/2) I_p(2S √(n(n+1)))."""
    s, energy, width = 0.8, 0.026, 0.006
    shape = hd.SpinBoson(s, energy, temperature=temperature)
    n = 1 / math.expm1(energy / (BOLTZMANN * temperature))
    p = np.arange(-40, 41)
    argument = 2 * s * math.sqrt(n * (n + 1))
    weights = ive(np.abs(p), argument) * np.exp(argument - s * (2 * n + 1))
    weights *= ((n + 1) / n) ** (p / 2)
    grid = around(shape, width, 801)
    expected = weights @ line_shape(grid[None, :] - (p * energy - s * energy)[:, None], width)
    np.testing.assert_allclose(line_shape(grid, width, shape), expected, atol=1e-7 * expected.max())


@settings(max_examples=25, deadline=None)
@given(shape=phonons, width=st.floats(0.004, 0.05))
def test_moments_and_stokes_shift(shape, width):
    """Area one, means at 0 and -2λ, variance Γ²/2 + Σ S (ħω)² (2n + 1), all exact."""
    grid = around(shape, width)
    spread = math.sqrt(0.5 * width**2 + shape.variance)
    for emission, mean in ((False, 0.0), (True, -shape.stokes_shift)):
        values = line_shape(grid, width, shape, emission)
        assert np.trapezoid(values, grid) == pytest.approx(1, abs=1e-6)
        first = np.trapezoid(values * grid, grid)
        assert first == pytest.approx(mean, abs=1e-5 * spread)
        second = np.trapezoid(values * (grid - mean) ** 2, grid)
        assert second == pytest.approx(spread**2, rel=1e-4)


def test_variance_of_the_continuum_at_absolute_zero():
    """∫ J dω = 3 λ ω_c for J = λ ω³ exp(-ω/ω_c)/(2 ω_c³)."""
    shape = hd.SpinBoson(acoustic=0.01, cutoff=0.003, temperature=0.0)
    assert shape.variance == pytest.approx(3 * 0.01 * 0.003, rel=1e-10)
    g = shape.line_shape_function(np.array([0.0, 50.0, 400.0]))
    # ∫ J/ω² (1 - exp(-iωt)) dω = λ/(2ω_c) [1 - 1/(1 + iω_c t)²], with the phase as +i sin
    closed = 0.01 / 0.006 * (1 - 1 / (1 + 0.003j * np.array([0.0, 50.0, 400.0])) ** 2)
    np.testing.assert_allclose(g, closed, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(shape=phonons, width=st.floats(0.004, 0.02), warm=st.floats(80, 400))
def test_detailed_balance(shape, width, warm):
    """Kennard-Stepanov: emission = absorption · exp(-(E - E_0)/kT) about the zero-phonon line.

    Exact for sharp lines; folded with Γ it reads F(y) = exp(-βy + β²Γ²/4) A(y - βΓ²/2).
    """
    shape = hd.SpinBoson(shape.huang_rhys, shape.lo_phonon, shape.acoustic, shape.cutoff, warm)
    beta = 1 / (BOLTZMANN * warm)
    y = np.linspace(-3 * width, 3 * width, 41)
    emitted = line_shape(y - shape.reorganisation, width, shape, True)
    shifted = y - 0.5 * beta * width**2
    absorbed = line_shape(shifted - shape.reorganisation, width, shape)
    expected = absorbed * np.exp(-beta * y + 0.25 * (beta * width) ** 2)
    # The sampled line is good to 10⁻⁷ of its maximum, which the Boltzmann factor multiplies.
    scale = np.exp(-beta * y + 0.25 * (beta * width) ** 2).max()
    np.testing.assert_allclose(emitted, expected, atol=1e-6 * scale * max(emitted.max(), 1))


def test_band_maxima_are_a_stokes_shift_apart():
    """A warm continuum of weak quanta is classical: two Gaussians 2λ apart (Marcus)."""
    shape = hd.SpinBoson(acoustic=0.02, cutoff=0.001)
    x = hd.ci(integrals(STATES, levels=2))
    up = hd.absorption(x, linewidth=0.01, shape=shape, temperature=300)
    down = hd.emission(x, linewidth=0.01, shape=shape, temperature=300)
    assert up.peak == pytest.approx(2.25, abs=1e-3)
    assert up.peak - down.peak == pytest.approx(0.04, abs=1.5e-3)
    assert np.trapezoid(down.values, down.energies) == pytest.approx(1 / hd.radiative_lifetime(x))


@settings(max_examples=10, deadline=None)
@given(shape=phonons, mean=st.floats(0, 3), shift=st.floats(-0.05, 0.05))
def test_gain_and_transient_absorption_agree_on_relaxed_lattices(shape, mean, shift):
    coulomb = integrals(STATES, shift=shift, levels=2)
    pair = hd.ci(coulomb), hd.ci(coulomb, 2, 2)
    grid = np.linspace(2.0, 2.5, 81)
    options = {"shape": shape, "energies": grid, "linewidth": 0.03}
    gain = hd.gain(pair, hd.Poisson(mean), **options)
    change = hd.transient_absorption(pair, occupancy=hd.Poisson(mean), **options)
    empty = hd.absorption(pair[0], **options)
    np.testing.assert_allclose(
        gain.spectrum.values, -change.change.values - empty.values, atol=1e-11
    )
    assert gain.transient_shift == pytest.approx(shift - shape.stokes_shift, abs=1e-12)
    _, _, values = gain.map([mean])
    np.testing.assert_allclose(values[0], gain.spectrum.values, atol=1e-12)


def test_stokes_shift_lowers_the_threshold_as_four_levels_do():
    """Emission 2λ below absorption, far more than Γ: any inversion amplifies."""
    coulomb = integrals(STATES, levels=2)
    pair = hd.ci(coulomb), hd.ci(coulomb, 2, 2)
    plain = hd.gain(pair, linewidth=0.02)
    shifted = hd.gain(pair, linewidth=0.02, shape=hd.SpinBoson(6.0, 0.026), temperature=50)
    assert plain.threshold == pytest.approx(1.1461932, abs=1e-6)
    assert shifted.threshold < 0.05


def test_spin_boson_in_run_files_and_mistakes():
    start = '[[layers]]\nmaterial = "CdS"\nsolid = "Sphere(1)"\n[spectra]\n'
    text = start + 'shape = "spin-boson"\nphonons = { huang_rhys = 0.2, acoustic = 0.004 }\n'
    assert parse_run(text).spectra.shape == hd.SpinBoson(0.2, acoustic=0.004)
    text = start + 'shape = "voigt"\nlorentzian_width = 0.01\n'
    assert parse_run(text).spectra.shape == hd.Voigt(0.01)
    with pytest.raises(ValueError, match="voigt"):
        parse_run(start + "lorentzian_width = 0.01\n")
    for wrong in ({"huang_rhys": -1}, {"lo_phonon": 0}, {"temperature": -1.0}, {"cutoff": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            hd.SpinBoson(**wrong)
