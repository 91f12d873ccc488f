"""Energy levels, and band edges along a line through the nanocrystal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from heterodot import _checks
from heterodot.plot.style import ELECTRON, GREY, HOLE, REGIONS, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_ladder", "plot_levels", "plot_lineup"]

_ENVIRONMENT_EDGE = 1.0  # eV drawn of a hard wall


def plot_levels(states: Any, ax: Axes | None = None) -> Axes:
    """Draw the levels of electrons and holes as two ladders, with their degeneracies.

    Parameters
    ----------
    states : States
        With ``electrons`` and ``holes``.
    ax : Axes, optional
    """
    fresh = ax is None
    ax = new_axes(4.2, 4.6) if ax is None else ax
    gap = float(states.electrons.energies[0] - states.holes.energies[0])
    everything = np.concatenate([states.electrons.energies, states.holes.energies])
    room = 0.035 * float(np.ptp(everything))
    for column, carrier, colour in ((0, states.electrons, ELECTRON), (1, states.holes, HOLE)):
        draw_ladder(ax, carrier, colour, room, column)
    top, bottom = float(states.holes.energies[0]), float(states.electrons.energies[0])
    ax.annotate(
        "", (0.5, bottom), (0.5, top), arrowprops={"arrowstyle": "<->", "color": GREY, "lw": 0.9}
    )
    ax.text(0.53, (top + bottom) / 2, f"{gap:.3f} eV", va="center", size=9, color=GREY)
    ax.set_xlim(-0.5, 1.6)
    ax.set_xticks([0, 1], ["electrons", "holes"])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("energy (eV)")
    if fresh:
        ax.set_title("single-particle levels", fontsize="medium")
    return tidy(ax)


def draw_ladder(ax: Axes, carrier: Any, colour: str, room: float, column: float = 0.0) -> None:
    """Draw the levels of one carrier with their degeneracies.

    Labels of levels closer than `room` (eV) stand side by side.
    """
    energies = np.asarray(carrier.energies, float)
    last, step = np.inf, 0
    # Levels closer than 1 meV count as one multiplet.
    for level in np.split(energies, np.flatnonzero(np.abs(np.diff(energies)) > 1e-3) + 1):
        ax.hlines(level, column - 0.28, column + 0.28, color=colour, lw=1.8)
        step = step + 1 if abs(level.mean() - last) < room else 0
        last = level.mean() if step == 0 else last
        text = f"×{level.size}" if step == 0 else f", ×{level.size}"
        ax.text(column + 0.31 + 0.13 * step, last, text, va="center", size=8, color=GREY)


def plot_lineup(
    nanocrystal: Any,
    states: Any | None = None,
    ax: Axes | None = None,
    *,
    direction: Sequence[float] = (0.0, 0.0, 1.0),
    levels: int = 4,
    environment: float = 0.35,
) -> Axes:
    """Draw the band edges along a line through the middle, with levels and probability densities.

    Parameters
    ----------
    nanocrystal : Nanocrystal
    states : States, optional
        Draw the lowest levels of electrons and holes and their envelopes' densities on the line.
    ax : Axes, optional
    direction : sequence of three floats
        Direction of the line.
    levels : int
        Number of levels of each carrier.
    environment : float
        Share of the picture's energy range by which the barriers of the environment rise at most.
    """
    fresh = ax is None
    ax = new_axes(5.6, 4.4) if ax is None else ax
    along = np.array(_checks.vector("direction", direction))
    along /= np.linalg.norm(along)
    lower, upper = np.array(nanocrystal.bounding_box)
    middle = (lower + upper) / 2
    reach = 0.5 * float(np.abs(upper - lower) @ np.abs(along)) + 0.6
    t = np.linspace(-reach, reach, 4001)
    where = _regions_on_line(nanocrystal, middle + t[:, None] * along)
    conduction = np.array([float(r.material.conduction_edge) for r in nanocrystal.regions])
    valence = np.array([float(r.material.valence_edge) for r in nanocrystal.regions])
    span = float(conduction.max() - valence.min()) * environment
    outside = nanocrystal.environment
    up = min(span, float(getattr(outside, "electron_barrier", np.inf)))
    down = min(span, float(getattr(outside, "hole_barrier", np.inf)))
    conduction = np.append(conduction, conduction.max() + up)
    valence = np.append(valence, valence.min() - down)
    names = [region.material.name for region in nanocrystal.regions]
    for start, stop in _runs(where):
        if where[start] < len(names):
            colour = REGIONS[int(where[start]) % len(REGIONS)]
            ax.axvspan(t[start], t[stop], color=colour, alpha=0.6, lw=0)
            ax.text(
                (t[start] + t[stop]) / 2,
                0.985,
                names[where[start]],
                transform=ax.get_xaxis_transform(),
                ha="center",
                va="top",
                size=9,
            )
    ax.plot(t, conduction[where], color=ELECTRON, lw=2)
    ax.plot(t, valence[where], color=HOLE, lw=2)
    if states is not None:
        for carrier, colour, sign in ((states.electrons, ELECTRON, 1), (states.holes, HOLE, -1)):
            _draw_levels(ax, carrier, colour, sign * 0.4 * span, middle, along, t, levels)
    ax.set_xlim(-reach, reach)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.06 * (high - low))
    ax.set_xlabel("distance from the middle (nm)")
    ax.set_ylabel("energy (eV)")
    if fresh:
        ax.set_title("band line-up", fontsize="medium")
    return tidy(ax)


def _regions_on_line(nanocrystal: Any, points: Any) -> Any:
    """Region of each point; the environment counts last."""
    where = np.full(len(points), len(nanocrystal.regions))
    for number in reversed(range(len(nanocrystal.regions))):
        inside = nanocrystal.regions[number].solid.signed_distance(points) < 0
        where[inside] = number
    return where


def _runs(where: Any) -> list[tuple[int, int]]:
    """First and last index of each stretch of one region."""
    ends = np.flatnonzero(np.diff(where)) + 1
    starts = np.concatenate([[0], ends])
    stops = np.concatenate([ends, [len(where) - 1]])
    return [(int(a), int(b)) for a, b in zip(starts, stops, strict=True)]


def _draw_levels(
    ax: Axes, carrier: Any, colour: str, height: float, middle: Any, along: Any, t: Any, levels: int
) -> None:
    from scipy.interpolate import RegularGridInterpolator

    largest = 0.0
    drawn = []
    for pair in range(min(levels, len(carrier.representatives))):
        density = np.sum(np.abs(carrier.representatives[pair]) ** 2, axis=0)
        sample = RegularGridInterpolator(
            carrier.grid.axes(), density, bounds_error=False, fill_value=0.0
        )
        profile = sample(middle + t[:, None] * along)
        largest = max(largest, float(profile.max()))
        drawn.append((float(carrier.energies[2 * pair]), profile))
    for energy, _ in drawn:
        ax.axhline(energy, color=colour, lw=0.5, alpha=0.5)
    for energy, profile in drawn[:1]:
        curve = energy + height * profile / (largest or 1.0)
        ax.fill_between(t, energy, curve, color=colour, alpha=0.3, lw=0)
        ax.plot(t, curve, color=colour, lw=1)
