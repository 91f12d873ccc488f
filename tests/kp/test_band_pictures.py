"""Bulk bands draw themselves, electrons and holes in their colours."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest
from kp_materials import wurtzite
from matplotlib import pyplot

import heterodot as hd
from heterodot.plot.style import ELECTRON, HOLE


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


@pytest.mark.parametrize(
    ("model", "of", "bands"),
    [
        (hd.kp.EffectiveMass(), "CdSe", (1, 1)),
        (hd.kp.Luttinger6(), "CdSe", (1, 6)),
        (hd.kp.Zincblende8(), hd.material("CdSe"), (2, 6)),
        (hd.kp.Wurtzite8(kane=5.0), wurtzite(), (2, 6)),
    ],
)
def test_bands_draw_themselves(model, of, bands):
    ax = model.plot_bands(of, reach=0.8)
    curves = [line for line in ax.lines if len(line.get_xdata()) > 2]
    colours = [line.get_color() for line in curves]
    # each band once to the left and once to the right
    assert (colours.count(ELECTRON), colours.count(HOLE)) == (2 * bands[0], 2 * bands[1])
    left = curves[0]
    edge = np.asarray(left.get_ydata())[0]
    assert ax.get_xlim() == (-0.8, 0.8)
    assert edge == pytest.approx(
        model.bands(of, (0, 0, 0), carrier=None if bands[0] == 2 else "electron")[0]
    )
    assert "k (1/nm)" in ax.get_xlabel()


def test_bad_directions_are_explained():
    with pytest.raises(ValueError, match="two vectors"):
        hd.kp.Luttinger6().plot_bands("CdSe", directions=[(0, 0, 1)])
