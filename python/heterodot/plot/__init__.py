"""Pictures of every result with matplotlib, which is imported when the first one is drawn.

All functions take ``ax=None``, draw into the given axes or into a new figure, and return the axes.
"""

from __future__ import annotations

from heterodot.plot.bands import plot_bands, plot_subbands
from heterodot.plot.dynamics import plot_dynamics
from heterodot.plot.gain import plot_gain, plot_gain_map
from heterodot.plot.isosurfaces import plot_isosurface
from heterodot.plot.levels import plot_levels, plot_lineup
from heterodot.plot.slices import plot_slice
from heterodot.plot.spectra import plot_ensemble, plot_spectrum
from heterodot.plot.transient_absorption import plot_transient_absorption

__all__ = [
    "plot_bands",
    "plot_dynamics",
    "plot_ensemble",
    "plot_gain",
    "plot_gain_map",
    "plot_isosurface",
    "plot_levels",
    "plot_lineup",
    "plot_slice",
    "plot_spectrum",
    "plot_subbands",
    "plot_transient_absorption",
]
