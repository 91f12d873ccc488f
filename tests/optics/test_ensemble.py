"""Ensembles of sizes against Gaussians folded with Gaussians and plain sums over many sizes."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import math

import numpy as np
import pytest
from matplotlib import pyplot

import heterodot as hd
from heterodot.optics.line_shapes import line_shape

GRID = np.linspace(1.8, 2.9, 551)


def spectrum(positions, strengths, width=0.02):
    lines = hd.Lines(np.atleast_1d(positions), np.atleast_1d(strengths))
    return hd.Spectrum.of(lines, name="test", quantity="σ", unit="nm²", linewidth=width)


def test_a_line_that_moves_linearly_stays_gaussian():
    """Γ'² = Γ² + 2 (σ dE/dR)²."""
    result = hd.size_ensemble(lambda r: spectrum(2.3 - 0.8 * (r - 2), 1.5), 2.0, 0.1, GRID)
    width = math.hypot(0.02, math.sqrt(2) * 0.08)
    expected = 1.5 * line_shape(GRID - 2.3, width)
    np.testing.assert_allclose(result.values, expected, atol=2e-3 * expected.max())
    assert result.sensitivity == pytest.approx(-0.8)
    assert result.broadening == pytest.approx(math.sqrt(2) * 0.08)
    assert np.trapezoid(result.values, GRID) == pytest.approx(1.5, rel=1e-3)
    assert result.peak == pytest.approx(2.3, abs=2e-3)


def test_two_lines_that_move_apart():
    """Confined levels ∝ 1/R² with strengths ∝ R³, against the sum over 2001 sizes."""

    def at(radius):
        lines = 1.9 + np.array([1.2, 2.0]) / radius**2
        return spectrum(lines, np.array([0.04, 0.08]) * radius**3, 0.03)

    result = hd.size_ensemble(at, 2.0, 0.08, GRID, sizes=9)
    radii = 2.0 + 0.08 * np.linspace(-4, 4, 2001)
    weights = np.exp(-0.5 * ((radii - 2) / 0.08) ** 2)
    plain = sum(w * at(r).at(GRID) for w, r in zip(weights, radii, strict=True)) / weights.sum()
    np.testing.assert_allclose(result.values, plain, atol=0.01 * plain.max())
    assert result.sensitivity == pytest.approx(-2 * 1.2 / 8, rel=1e-3)


def test_pictures_and_mistakes():
    def at(radius):
        return spectrum(2 + 1 / radius**2, 1.0)

    result = hd.size_ensemble(at, 2.0, 0.1)
    assert result.values[0] < 1e-3 * result.values.max()
    assert "3 sizes" in repr(result)
    result.plot().figure.canvas.draw()
    pyplot.close("all")
    with pytest.raises(ValueError, match="deviation"):
        hd.size_ensemble(at, 2.0, 0.0)
    with pytest.raises(ValueError, match="positive"):
        hd.size_ensemble(at, 0.1, 0.2)
    with pytest.raises(ValueError, match="no lines"):
        hd.size_ensemble(lambda _: spectrum(2.0, 0.0), 2.0, 0.1)
