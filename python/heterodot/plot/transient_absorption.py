"""Transient absorption: the change, its three parts, and the absorption it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heterodot.plot.style import ELECTRON, GREY, HOLE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from heterodot.optics.transient_absorption import TransientAbsorption

__all__ = ["plot_transient_absorption"]

_PARTS = (
    ("bleach", "bleach", ELECTRON),
    ("induced_absorption", "induced absorption", HOLE),
    ("stimulated_emission", "stimulated emission", "#009E73"),
)


def plot_transient_absorption(
    result: TransientAbsorption,
    ax: Axes | None = None,
    *,
    parts: bool = True,
    ground: bool = True,
    label: str | None = None,
) -> Axes:
    """Draw the change of absorption.

    Parameters
    ----------
    result : TransientAbsorption
    ax : Axes, optional
    parts : bool
        Draw bleach, induced absorption and stimulated emission as thin lines.
    ground : bool
        Draw the absorption of empty nanocrystals as a grey background, to the same scale.
    label : str, optional
        Entry of the legend for the change.
    """
    fresh = ax is None
    ax = new_axes() if ax is None else ax
    energies = result.change.energies
    if ground:
        ax.fill_between(
            energies, result.ground.values, color=GREY, alpha=0.12, lw=0, label="absorption, empty"
        )
    if parts:
        for name, title, colour in _PARTS:
            ax.plot(energies, getattr(result, name).values, color=colour, lw=1.1, label=title)
    ax.plot(energies, result.change.values, color="black", lw=2.2, label=label or "change")
    ax.axhline(0, color=GREY, lw=0.8)
    if result.complete_to < energies[-1]:
        ax.axvspan(result.complete_to, energies[-1], color="white", alpha=0.6, zorder=3)
        ax.axvline(result.complete_to, color=GREY, lw=0.8, ls=":")
    ax.margins(x=0)
    ax.set_xlabel("photon energy (eV)")
    ax.set_ylabel("change of cross-section (nm²)")
    ax.legend(frameon=False, fontsize="small")
    if fresh:
        ax.set_title(f"Δs = {1e3 * result.stark_shift:+.1f} meV", fontsize="medium")
    return tidy(ax)
