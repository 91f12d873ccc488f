"""Isosurfaces of envelopes, coloured by their phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heterodot.plot.meshes import density_mesh, surface_mesh
from heterodot.plot.slices import title
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

    The colour is the phase of the strongest band (or of the given one).

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

    mesh = density_mesh(carrier, index, enclosed, band)
    fresh = ax is None
    ax = new_axes(4.8, 4.2, three=True) if ax is None else ax
    phase = np.zeros(len(mesh.triangles)) if mesh.phase is None else mesh.phase
    norm, colours = Normalize(-np.pi, np.pi), colormaps["twilight_shifted"]
    _add(ax, mesh.corners[mesh.triangles], colours(norm(phase)), alpha=1.0)
    lower, upper = mesh.corners.min(axis=0), mesh.corners.max(axis=0)
    if nanocrystal is not None:
        lower, upper = np.array(nanocrystal.bounding_box)
        hull = surface_mesh([region.solid for region in nanocrystal.regions], (lower, upper))
        faint = np.array([0.55, 0.65, 0.75, 1.0])
        _add(ax, hull.corners[hull.triangles], faint, alpha=0.07)
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
