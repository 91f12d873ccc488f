"""Bulk bands along directions of k, subbands and minibands against K."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from heterodot import _checks
from heterodot.plot.style import ELECTRON, GREY, HOLE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_bands", "plot_subbands"]


def plot_bands(
    model: Any,
    of: Any,
    ax: Axes | None = None,
    *,
    directions: Sequence[Sequence[float]] = ((1.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    reach: float = 1.0,
    points: int = 101,
    carrier: str | None = None,
    strain: Any | None = None,
) -> Axes:
    """Draw the bulk bands of a material along two directions, to the left and to the right of Γ.

    Parameters
    ----------
    model : kp.Model
    of : Material or str
        The material.
    ax : Axes, optional
    directions : two vectors
        Directions of k to the left and to the right.
    reach : float
        Largest |k| in 1/nm.
    points : int
        Points of each direction.
    carrier : {"electron", "hole"}, optional
        By default both, where the model treats them apart.
    strain : (3, 3) array_like, optional
        Strain tensor in the axes of the crystal.
    """
    if len(directions) != 2:
        raise ValueError(f"directions must be two vectors, left and right of Γ; got {directions!r}")
    reach = _checks.length("reach", reach)
    fresh = ax is None
    ax = new_axes(4.6, 3.8) if ax is None else ax
    sides = [np.array(_checks.vector("directions", direction)) for direction in directions]
    k = np.linspace(0.0, reach, points)
    for name in _polynomials(model, of, carrier):
        for side, sign in zip(sides, (-1.0, 1.0), strict=True):
            along = k[:, None] * side / np.linalg.norm(side)
            bands = model.bands(of, along, carrier=name, strain=strain)
            middle = _middle_of_gap(model, of, name, strain)
            for band in bands.T:
                colour = ELECTRON if band[0] > middle else HOLE
                ax.plot(sign * k, band, color=colour, lw=1.3)
    ax.axvline(0.0, color=GREY, lw=0.6)
    ax.set_xlim(-reach, reach)
    left, right = ("[" + " ".join(f"{c:g}" for c in side) + "]" for side in sides)
    ax.set_xlabel(f"{left}  ←  k (1/nm)  →  {right}")
    ax.set_ylabel("energy (eV)")
    if fresh:
        name = of if isinstance(of, str) else of.name
        ax.set_title(f"{name}, {model.name}", fontsize="medium")
    return tidy(ax)


def _polynomials(model: Any, of: Any, carrier: str | None) -> list[str]:
    """Return the carriers whose polynomials to draw; one where both have the same."""
    if carrier is not None:
        return [carrier]
    able = []
    for name in ("electron", "hole"):
        try:
            model.bands(of, np.zeros(3), carrier=name)
        except ValueError:
            continue
        able.append(name)
    if not able:
        model.bands(of, np.zeros(3))  # says what is missing
    if len(able) == 2 and _polynomial(model, of, able[0]).below_gap:
        return able[:1]
    return able


def _polynomial(model: Any, of: Any, carrier: str, strain: Any | None = None) -> Any:
    from heterodot.materials import material

    chosen = material(of) if isinstance(of, str) else of
    options = {} if strain is None else {"strain": strain}
    return model.polynomial(chosen, carrier, **options)


def _middle_of_gap(model: Any, of: Any, carrier: str, strain: Any | None) -> float:
    polynomial = _polynomial(model, of, carrier, strain)
    if not polynomial.below_gap:
        return -np.inf if carrier == "electron" else np.inf
    return float(polynomial.edge(+1.0) + polynomial.edge(-1.0)) / 2


def plot_subbands(bands: Any, ax: Axes | None = None) -> Axes:
    """Draw the levels of a `BandStructure` against the length along its path of wave vectors.

    Parameters
    ----------
    bands : BandStructure
    ax : Axes, optional
    """
    points = np.asarray(bands.wave_vectors)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    path = np.concatenate([[0.0], np.cumsum(steps)])
    straight = np.linalg.matrix_rank(points) <= 1
    if straight:  # a line through K = 0 shows K itself
        direction = points[np.argmax(np.linalg.norm(points, axis=1))]
        path = points @ direction / (np.linalg.norm(direction) or 1.0)
    ax = new_axes(4.6, 3.8) if ax is None else ax
    for energies, colour in ((bands.electrons, ELECTRON), (bands.holes, HOLE)):
        ax.plot(path, energies, color=colour, lw=1.3)
    ax.set_xlabel("K (1/nm)" if straight else "along the path of K (1/nm)")
    ax.set_ylabel("energy (eV)")
    return tidy(ax)
