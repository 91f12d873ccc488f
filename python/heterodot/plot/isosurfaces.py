"""Isosurfaces of envelopes, coloured by their phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heterodot.plot.slices import spinor, title
from heterodot.plot.style import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_isosurface"]


def plot_isosurface(
    carrier: Any,
    index: int = 0,
    ax: Axes | None = None,
    *,
    enclosed: float = 0.6,
    band: int | None = None,
    nanocrystal: Any | None = None,
) -> Axes:
    """Draw the surface of constant density that encloses a share of the probability.

    The colour is the phase of the strongest band (or of the given one). Real and imaginary part are
    interpolated to the surface, not the phase, which jumps by 2π.

    Parameters
    ----------
    carrier : CarrierStates
    index : int
        Spinor.
    ax : Axes3D, optional
        Axes with ``projection="3d"``.
    enclosed : float
        Share of the probability inside the surface, between 0 and 1.
    band : int, optional
        Draw this band alone.
    nanocrystal : Nanocrystal, optional
        Draw its outer surface as a faint hull.
    """
    from matplotlib import cm, colormaps
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator
    from scipy.ndimage import map_coordinates

    if not 0 < enclosed < 1:
        raise ValueError(f"enclosed: must be between 0 and 1, got {enclosed}")
    fresh = ax is None
    ax = new_axes(4.8, 4.2, three=True) if ax is None else ax
    envelope = spinor(carrier, index)
    weights = np.sum(np.abs(envelope) ** 2, axis=(1, 2, 3))
    strongest = int(np.argmax(weights)) if band is None else band
    shown = envelope if band is None else envelope[[band]]
    density = np.sum(np.abs(shown) ** 2, axis=0)
    # Envelopes vanish one step outside: the padding closes surfaces at the border.
    vertices, faces = _surface(np.pad(density, 1), _level(density, enclosed))
    one = np.pad(envelope[strongest], 1)
    corners = vertices[faces].mean(axis=1).T
    real, imaginary = (map_coordinates(part, corners, order=1) for part in (one.real, one.imag))
    phase = np.angle(real + 1j * imaginary)
    norm, colours = Normalize(-np.pi, np.pi), colormaps["twilight_shifted"]
    origin, spacing = np.array(carrier.grid.origin), np.array(carrier.grid.spacing)
    corners_nm = origin + (vertices - 1) * spacing
    _add(ax, corners_nm[faces], colours(norm(phase)), alpha=1.0)
    lower, upper = corners_nm.min(axis=0), corners_nm.max(axis=0)
    if nanocrystal is not None:
        lower, upper = np.array(nanocrystal.bounding_box)
        _add_hull(ax, nanocrystal, lower, upper)
    middle, half = (lower + upper) / 2, 0.5 * float((upper - lower).max())
    for name, centre in zip("xyz", middle, strict=True):
        getattr(ax, f"set_{name}lim")(centre - half, centre + half)
        getattr(ax, f"set_{name}label")(f"{name} (nm)")
        axis = getattr(ax, f"{name}axis")
        axis.set_pane_color((1.0, 1.0, 1.0, 0.0))
        axis.set_major_locator(MaxNLocator(4))
    ax.set_box_aspect((1, 1, 1))  # type: ignore[arg-type]
    bar = ax.figure.colorbar(
        cm.ScalarMappable(norm, colours), ax=ax, label="phase", shrink=0.65, pad=0.13
    )
    bar.set_ticks([-np.pi, 0, np.pi], labels=["−π", "0", "π"])
    bar.outline.set_visible(False)
    if fresh:
        ax.set_title(f"{title(carrier, index)}\n{100 * enclosed:.0f} % enclosed", fontsize="medium")
    return ax


def _level(density: Any, enclosed: float) -> float:
    """Density above which the share `enclosed` of the probability lies."""
    falling = np.sort(density, axis=None)[::-1]
    sums = np.cumsum(falling)
    return float(falling[np.searchsorted(sums, enclosed * sums[-1])])


def _surface(values: Any, level: float) -> tuple[Any, Any]:
    from skimage import measure

    marching_cubes: Any = measure.marching_cubes
    vertices, faces, _, _ = marching_cubes(values, level)
    return vertices, faces


def _add(ax: Any, triangles: Any, colours: Any, alpha: float) -> None:
    """Add lit triangles."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]

    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    towards = np.array([-0.35, -0.6, 0.72])
    light = 0.62 + 0.38 * np.abs(normals / np.where(lengths > 0, lengths, 1.0) @ towards)
    shaded = np.array(np.broadcast_to(colours, (len(triangles), 4)))
    shaded[:, :3] *= light[:, None]
    shaded[:, 3] = alpha
    ax.add_collection3d(Poly3DCollection(triangles, facecolors=shaded, edgecolors="none"))


def _add_hull(ax: Any, nanocrystal: Any, lower: Any, upper: Any) -> None:
    """Add the outer surface of the nanocrystal, faint."""
    size = upper - lower
    step = float(size.max()) / 40
    counts = np.ceil(size / step).astype(int) + 3
    axes = [lower[a] - step + step * np.arange(counts[a]) for a in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    distance = np.min([r.solid.signed_distance(points) for r in nanocrystal.regions], axis=0)
    vertices, faces = _surface(distance.reshape(counts), 0.0)
    corners = lower - step + step * vertices
    _add(ax, corners[faces], np.array([0.55, 0.65, 0.75, 1.0]), alpha=0.07)
