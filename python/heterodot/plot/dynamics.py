"""Populations of 0, X, XX, XXX in time, with the time of gain shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heterodot.plot.style import GREY, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from heterodot.kinetics.populations import Dynamics

__all__ = ["plot_dynamics"]


def plot_dynamics(result: Dynamics, ax: Axes | None = None) -> Axes:
    """Draw populations against time; times with gain are shaded.

    Parameters
    ----------
    result : Dynamics
    ax : Axes, optional
    """
    from matplotlib import colormaps

    fresh = ax is None
    ax = new_axes() if ax is None else ax
    most = len(result.probabilities) - 1
    for n, population in enumerate(result.probabilities):
        name = ("empty", "X", "XX", "XXX")[n] if n < 4 else f"{n} X"
        label = name if n < most else f"{name} and more"
        colour = GREY if n == 0 else colormaps["viridis"](0.85 * (n - 1) / max(1, most - 1))
        ax.plot(result.times, population, color=colour, lw=1.8, label=label)
    if result.gain is not None:
        amplifies = (result.largest_gain > 0).tolist()
        if any(amplifies):
            ax.fill_between(
                result.times, 0, 1, where=amplifies, color="#F0E442", alpha=0.3, lw=0, label="gain"
            )
    # A pulse or Auger recombination is often much faster than emission.
    positive = result.times[result.times > 0]
    if positive.size and positive[-1] > 100 * np.median(np.diff(result.times)):
        ax.set_xscale("symlog", linthresh=float(np.quantile(positive, 0.2)))
    ax.set_ylim(0, 1.02)
    ax.margins(x=0)
    ax.set_xlabel("time (ns)")
    ax.set_ylabel("population")
    # Beside the curves, which fill the axes.
    ax.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    if fresh:
        ax.set_title("excitons in time", fontsize="medium")
    return tidy(ax)
