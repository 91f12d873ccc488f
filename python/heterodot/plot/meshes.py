"""Triangles of isosurfaces and of the surfaces of a nanocrystal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.plot.slices import spinor

__all__ = ["Mesh", "density_mesh", "surface_mesh"]


@dataclass(frozen=True, eq=False)
class Mesh:
    """A surface of triangles.

    Attributes
    ----------
    corners : (n, 3) array
        In nm.
    triangles : (m, 3) array
        Numbers of their corners, counter-clockwise as seen from outside.
    phase : (m,) array or None
        Phase of an envelope on each triangle, between -π and π.
    """

    corners: NDArray[np.float64]
    triangles: NDArray[np.int64]
    phase: NDArray[np.float64] | None = None


def density_mesh(
    carrier: Any, index: int, enclosed: float, band: int | None = None, step: int = 1
) -> Mesh:
    """Return the surface of constant density that encloses a share of the probability.

    Parameters
    ----------
    carrier : CarrierStates
    index : int
        Spinor.
    enclosed : float
        Share of the probability inside the surface, between 0 and 1.
    band : int, optional
        This band alone; the phase is by default that of the strongest band.
    step : int
        Every how many nodes the surface is sampled.
    """
    from scipy.ndimage import map_coordinates

    if not 0 < enclosed < 1:
        raise ValueError(f"enclosed: must be between 0 and 1, got {enclosed}")
    envelope = spinor(carrier, index)
    weights = np.sum(np.abs(envelope) ** 2, axis=(1, 2, 3))
    strongest = int(np.argmax(weights)) if band is None else band
    shown = envelope if band is None else envelope[[band]]
    density = np.sum(np.abs(shown) ** 2, axis=0)
    # Envelopes vanish one step outside: the padding closes surfaces at the border.
    level = _level(density, enclosed)
    corners, triangles = _marching_cubes(-np.pad(density, step), -level, step)
    one = np.pad(envelope[strongest], step)
    # Real and imaginary part are interpolated, not the phase, which jumps by 2π.
    middles = corners[triangles].mean(axis=1).T
    real, imaginary = (map_coordinates(part, middles, order=1) for part in (one.real, one.imag))
    origin, spacing = np.array(carrier.grid.origin), np.array(carrier.grid.spacing)
    return Mesh(origin + (corners - step) * spacing, triangles, np.angle(real + 1j * imaginary))


def surface_mesh(solids: Sequence[Any], box: Any, steps: int = 40) -> Mesh:
    """Return the surface of the union of solids.

    Parameters
    ----------
    solids : sequence of Solid
    box : (2, 3) array_like
        Lower and upper corner of a box around them, in nm.
    steps : int
        Steps along the box's longest edge.
    """
    lower, upper = np.array(box)
    size = upper - lower
    step = float(size.max()) / steps
    counts = np.ceil(size / step).astype(int) + 3
    axes = [lower[a] - step + step * np.arange(counts[a]) for a in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    distance = np.min([solid.signed_distance(points) for solid in solids], axis=0)
    corners, triangles = _marching_cubes(distance.reshape(counts), 0.0)
    return Mesh(lower - step + step * corners, triangles)


def _level(density: Any, enclosed: float) -> float:
    """Density above which the share `enclosed` of the probability lies."""
    falling = np.sort(density, axis=None)[::-1]
    sums = np.cumsum(falling)
    return float(falling[np.searchsorted(sums, enclosed * sums[-1])])


def _marching_cubes(values: Any, level: float, step: int = 1) -> tuple[Any, Any]:
    """Corners (in steps of the grid) and triangles around values below the level."""
    from skimage import measure

    marching_cubes: Any = measure.marching_cubes
    corners, triangles, _, _ = marching_cubes(values, level, step_size=step)
    return corners, triangles
