"""Spectra: the curve, and the lines under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heterodot.plot.style import ELECTRON, GREY, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from heterodot.optics.ensemble import EnsembleSpectrum
    from heterodot.optics.spectrum import Spectrum

__all__ = ["plot_ensemble", "plot_spectrum"]


def plot_spectrum(
    spectrum: Spectrum,
    ax: Axes | None = None,
    *,
    lines: bool = True,
    colour: str = ELECTRON,
    label: str | None = None,
) -> Axes:
    """Draw a spectrum.

    Parameters
    ----------
    spectrum : Spectrum
    ax : Axes, optional
    lines : bool
        Draw the lines as sticks, as high as each would be alone.
    colour : str
    label : str, optional
        Entry of the legend; by default the name of the spectrum is the title of new axes.
    """
    from heterodot.optics.line_shapes import line_shape, reorganisation

    fresh = ax is None
    ax = new_axes() if ax is None else ax
    if lines and spectrum.lines.positions.size and spectrum.energies.size:
        heights = spectrum.lines.strengths * float(
            line_shape(0, spectrum.linewidth, spectrum.shape)
        )
        centres = spectrum.lines.positions
        if spectrum.lines.emitted is not None:  # relaxed: the mean of an emitted line
            centres = centres - 2 * reorganisation(spectrum.shape) * spectrum.lines.emitted
        low, high = spectrum.energies[[0, -1]]
        inside = (centres >= low) & (centres <= high)
        shown = inside & (np.abs(heights) > 2e-3 * np.abs(spectrum.values).max(initial=0.0))
        ax.vlines(centres[shown], 0, heights[shown], color=colour, alpha=0.45, lw=1.2)
    ax.plot(spectrum.energies, spectrum.values, color=colour, lw=1.8, label=label)
    ax.fill_between(spectrum.energies, spectrum.values, color=colour, alpha=0.10, lw=0)
    if spectrum.values.min(initial=0.0) < 0:
        ax.axhline(0, color=GREY, lw=0.8)
    else:
        highest = 1.05 * float(spectrum.values.max(initial=0.0))
        ax.set_ylim(0, highest if fresh else max(highest, ax.get_ylim()[1]))
    ax.margins(x=0)
    ax.set_xlabel("photon energy (eV)")
    ax.set_ylabel(f"{spectrum.quantity} ({_typeset(spectrum.unit)})")
    if label is not None:
        ax.legend(frameon=False)
    elif fresh:
        ax.set_title(spectrum.name, fontsize="medium")
    return tidy(ax)


def plot_ensemble(
    ensemble: EnsembleSpectrum, ax: Axes | None = None, *, label: str | None = None
) -> Axes:
    """Draw the mean spectrum of an ensemble, with the calculated sizes as thin lines."""
    fresh = ax is None
    ax = new_axes() if ax is None else ax
    for spectrum in ensemble.spectra:
        ax.plot(spectrum.energies, spectrum.values, color=GREY, lw=0.8, alpha=0.6)
    ax.plot(ensemble.energies, ensemble.values, color=ELECTRON, lw=2.0, label=label)
    ax.margins(x=0)
    ax.set_xlabel("photon energy (eV)")
    ax.set_ylabel(f"{ensemble.spectra[0].quantity} ({_typeset(ensemble.unit)})")
    if fresh:
        ax.set_title(f"size {ensemble.mean:g} ± {ensemble.deviation:g}", fontsize="medium")
    return tidy(ax)


def _typeset(unit: str) -> str:
    return {"1/(ns eV)": "ns⁻¹ eV⁻¹"}.get(unit, unit)
