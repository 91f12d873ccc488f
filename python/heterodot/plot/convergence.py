"""How an energy converges with the number of spinors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heterodot.plot.style import ELECTRON, GREY, HOLE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_convergence"]


def plot_convergence(result: Any, ax: Axes | None = None, label: str = "energy (meV)") -> Axes:
    """Draw an energy over the number of spinors it was computed in.

    Parameters
    ----------
    result : XXShift, TrionBinding or ComplexEnergy
        With ``profile`` and ``sizes``, ``first_order``, ``mean_field``, ``ci``, ``ci_pt2`` and
        ``error`` in eV.
    ax : Axes, optional
    label : str
        Of the energy.
    """
    ax = new_axes(5.4, 3.6) if ax is None else ax
    sizes = np.asarray(result.sizes).mean(axis=1)
    ax.plot(
        sizes, 1e3 * result.profile, "-", color=GREY, lw=1.2, label="second order from few spinors"
    )
    ax.plot(2, 1e3 * result.first_order, "s", color=GREY, ms=5, label="first order")
    active, spinors = np.mean(result.active), np.mean(result.spinors)
    if np.isfinite(result.mean_field):
        ax.plot(active, 1e3 * result.mean_field, "v", color=HOLE, ms=6, label="mean field")
    ax.plot(active, 1e3 * result.ci, "o", color=HOLE, ms=6, label="CI, active spinors")
    ax.errorbar(
        spinors,
        1e3 * result.ci_pt2,
        yerr=1e3 * result.error,
        fmt="o",
        color=ELECTRON,
        ms=6,
        capsize=4,
        label="CI + second order, all spinors",
    )
    ax.set_xscale("log")
    ticks = sorted({2, *(round(n) for n in (sizes[0], active, spinors))})
    ax.set_xticks(ticks, [str(n) for n in ticks])
    ax.minorticks_off()
    ax.set_xlabel("spinors of each kind (mean)")
    ax.set_ylabel(label)
    ax.legend(frameon=False, fontsize=8)
    return tidy(ax)
