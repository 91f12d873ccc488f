"""Every result draws itself, into new axes or given ones, with labelled axes."""

from __future__ import annotations

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from optics_stand_ins import integrals, sphere_states

import heterodot as hd
from heterodot import plot

STATES = sphere_states(spacing=0.4)
COULOMB = integrals(STATES, shift=0.05, levels=4)
X, XX = hd.ci(COULOMB), hd.ci(COULOMB, 2, 2)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


def drawn(ax):
    assert isinstance(ax, Axes)
    ax.figure.canvas.draw()
    assert ax.get_ylabel()
    return ax


def test_spectra_share_axes():
    ax = hd.emission(X).plot(label="X")
    again = hd.emission(XX, X).plot(ax, label="XX")
    assert drawn(again) is ax
    assert ax.get_ylim()[1] >= hd.emission(XX, X).values.max()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["X", "XX"]


@pytest.mark.parametrize("occupancy", [hd.Poisson(1.2), hd.Given((0.2, 0.3, 0.5))])
def test_gain(occupancy):
    drawn(hd.gain((X, XX), occupancy=occupancy).plot())


def test_gain_map_covers_all_occupancies():
    gain = hd.gain((X, XX))
    drawn(gain.plot_map())
    means, energies, values = gain.map([0.0, 1.0])
    assert values.shape == (means.size, energies.size)
    np.testing.assert_allclose(values[0], -hd.absorption(X, energies=energies).values)


def test_levels_and_lineup():
    drawn(plot.plot_levels(STATES))
    ax = drawn(plot.plot_lineup(STATES.nanocrystal, STATES, direction=(1, 1, 0)))
    edges = ax.lines[0].get_ydata()
    assert {float(e) for e in edges} == {2.0, 2.7}  # a hard wall rises by a share of the range


@pytest.mark.parametrize("band", [None, 0])
def test_slices_and_isosurfaces(band):
    drawn(plot.plot_slice(STATES.electrons, 3, band=band, nanocrystal=STATES.nanocrystal))
    ax = drawn(plot.plot_isosurface(STATES.electrons, 2, band=band))
    with pytest.raises(ValueError, match="enclosed"):
        plot.plot_isosurface(STATES.electrons, 2, ax, enclosed=1.5)
    with pytest.raises(ValueError, match="index"):
        plot.plot_slice(STATES.electrons, 99)
    with pytest.raises(ValueError, match="normal"):
        plot.plot_slice(STATES.electrons, normal="w")
