"""Gain: spectra for rising occupancy, and the map over photon energy and ⟨N⟩."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from heterodot.plot.style import GREY, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from heterodot.optics.optical_gain import Gain

__all__ = ["plot_gain", "plot_gain_map"]


def plot_gain(gain: Gain, ax: Axes | None = None, *, means: Sequence[float] | None = None) -> Axes:
    """Draw gain spectra for several mean numbers of excitons, the gain's own one thick.

    Parameters
    ----------
    gain : Gain
    ax : Axes, optional
    means : sequence of float, optional
        Mean numbers of excitons; by default around the threshold.
    """
    from matplotlib import colormaps

    fresh = ax is None
    ax = new_axes() if ax is None else ax
    spectrum = gain.spectrum
    own = gain.occupancy.mean
    shown = {own: spectrum.values}
    if means is None and hasattr(gain.occupancy, "given"):
        means = ()
    elif means is None:
        means = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
    if means:
        numbers, _, values = gain.map(means)
        shown |= {float(n): row for n, row in zip(numbers, values, strict=True)}
    largest = max(shown) or 1.0
    for mean in sorted(shown):
        thick = mean == own
        ax.plot(
            spectrum.energies,
            shown[mean],
            color=colormaps["viridis"](0.9 * (1 - mean / largest)),
            lw=2.6 if thick else 1.3,
            label=f"{mean:g}",
        )
    ax.fill_between(
        spectrum.energies,
        spectrum.values,
        where=(spectrum.values > 0).tolist(),
        color=colormaps["viridis"](0.9 * (1 - own / largest)),
        alpha=0.3,
        lw=0,
    )
    ax.axhline(0, color=GREY, lw=0.8)
    ax.margins(x=0)
    ax.set_xlabel("photon energy (eV)")
    ax.set_ylabel(f"gain cross-section ({spectrum.unit})")
    ax.legend(title="⟨N⟩", frameon=False, ncols=1, loc="best")
    if fresh:
        ax.set_title(_title(gain), fontsize="medium")
    return tidy(ax)


def plot_gain_map(
    gain: Gain, ax: Axes | None = None, *, means: Sequence[float] | None = None
) -> Axes:
    """Draw gain over photon energy and ⟨N⟩, with the border of transparency and the threshold.

    Parameters
    ----------
    gain : Gain
    ax : Axes, optional
    means : sequence of float, optional
        Rising mean numbers of excitons.
    """
    fresh = ax is None
    ax = new_axes(5.6, 3.8) if ax is None else ax
    numbers, energies, values = gain.map(means)
    largest = float(np.abs(values).max()) or 1.0
    # Absorption is often much stronger than gain: let it saturate so that gain can be seen.
    scale = min(largest, 3 * float(values.max())) if values.max() > 1e-3 * largest else largest
    image = ax.pcolormesh(
        energies, numbers, values, cmap="RdBu_r", vmin=-scale, vmax=scale, shading="gouraud"
    )
    if values.min() < 0 < values.max():
        ax.contour(energies, numbers, values, levels=[0.0], colors="black", linewidths=1.2)
    threshold = gain.threshold
    if math.isfinite(threshold) and numbers[0] <= threshold <= numbers[-1]:
        ax.axhline(threshold, color="black", lw=1.0, ls="--")
        ax.text(
            energies[-1], threshold, f"threshold {threshold:.3f} ", ha="right", va="bottom", size=9
        )
    lines = (("X", gain.model.exciton_line), ("XX", gain.model.biexciton_line))
    left = min(lines, key=lambda line: line[1])[0]
    for name, position in lines:
        side, shift = ("right", 3) if name == left else ("left", -3)
        ax.annotate(
            name, (position, numbers[-1]), (shift, 2), textcoords="offset points", ha=side, size=9
        )
        ax.axvline(position, ymin=0.97, color="black", lw=1.2)
    ends = "min" if scale < largest else "neither"
    bar = ax.figure.colorbar(image, ax=ax, label="gain cross-section (nm²)", extend=ends)
    bar.outline.set_visible(False)
    ax.set_xlabel("photon energy (eV)")
    ax.set_ylabel("mean number of excitons ⟨N⟩")
    if fresh:
        ax.set_title(_title(gain), fontsize="medium", pad=16)
    return ax


def _title(gain: Gain) -> str:
    model = gain.model
    return (
        f"{type(gain.occupancy).__name__}, {model.temperature:g} K, "
        f"Γ = {1e3 * model.linewidth:g} meV"
    )
