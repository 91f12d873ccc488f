"""Axes and colours that all pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ELECTRON", "GREY", "HOLE", "REGIONS", "new_axes", "tidy"]

# Okabe and Ito's colours, which everyone can tell apart.
ELECTRON = "#0072B2"
HOLE = "#D55E00"
GREY = "#5A5A5A"
REGIONS = ("#F5D9A8", "#CFE3F2", "#D9EAD3", "#EAD7EC", "#F6E8B1", "#D5D5D5")
"""Pale backgrounds of the layers from the inside out."""


def new_axes(width: float = 5.2, height: float = 3.6, three: bool = False) -> Axes:
    """Return the axes of a new figure (size in inches)."""
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(width, height), layout="constrained")
    axes: Axes = figure.add_subplot(projection="3d" if three else None)
    return axes


def tidy(ax: Axes) -> Axes:
    """Take away the frame's upper and right side."""
    ax.spines[["top", "right"]].set_visible(False)
    return ax
