"""Slices of envelopes through a plane of the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heterodot.plot.style import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_slice"]


def plot_slice(
    carrier: Any,
    index: int = 0,
    ax: Axes | None = None,
    *,
    normal: str = "y",
    position: float | None = None,
    band: int | None = None,
    nanocrystal: Any | None = None,
) -> Axes:
    """Draw a plane through the probability density of a state, or through one band's envelope.

    Parameters
    ----------
    carrier : CarrierStates
    index : int
        Spinor.
    ax : Axes, optional
    normal : "x", "y" or "z"
        Axis perpendicular to the plane.
    position : float, optional
        Where the plane cuts this axis in nm; by default in the middle of the grid.
    band : int, optional
        Draw the real part of this band's envelope (its phase turned so that it is as real as can
        be) instead of the density.
    nanocrystal : Nanocrystal, optional
        Draw its interfaces as outlines.
    """
    if normal not in ("x", "y", "z"):
        raise ValueError(f'normal: must be "x", "y" or "z", got {normal!r}')
    fresh = ax is None
    ax = new_axes(4.6, 3.9) if ax is None else ax
    axis = "xyz".index(normal)
    axes = carrier.grid.axes()
    middle = 0.5 * float(axes[axis][0] + axes[axis][-1])
    at = int(np.argmin(np.abs(axes[axis] - (middle if position is None else position))))
    envelope = np.take(spinor(carrier, index), at, axis=axis + 1)
    others = [a for a in range(3) if a != axis]
    x, y = (axes[a] for a in others)
    if band is None:
        values = np.sum(np.abs(envelope) ** 2, axis=0)
        image = ax.pcolormesh(x, y, values.T, cmap="magma", vmin=0, shading="gouraud")
        label = "probability density (nm⁻³)"
    else:
        values = real_envelope(envelope[band])
        largest = float(np.abs(values).max()) or 1.0
        image = ax.pcolormesh(
            x, y, values.T, cmap="RdBu_r", vmin=-largest, vmax=largest, shading="gouraud"
        )
        label = "envelope (nm$^{-3/2}$)"
    if nanocrystal is not None:
        points = np.empty((x.size, y.size, 3))
        points[..., others[0]], points[..., others[1]] = np.meshgrid(x, y, indexing="ij")
        points[..., axis] = axes[axis][at]
        colour = "white" if band is None else "black"
        for region in nanocrystal.regions:
            distance = region.solid.signed_distance(points.reshape(-1, 3)).reshape(x.size, y.size)
            if distance.min() < 0 < distance.max():
                ax.contour(x, y, distance.T, levels=[0.0], colors=colour, linewidths=0.9)
    ax.set_aspect("equal")
    bar = ax.figure.colorbar(image, ax=ax, label=label, shrink=0.8)
    bar.outline.set_visible(False)
    ax.set_xlabel(f"{'xyz'[others[0]]} (nm)")
    ax.set_ylabel(f"{'xyz'[others[1]]} (nm)")
    if fresh:
        ax.set_title(title(carrier, index), fontsize="medium")
    return ax


def spinor(carrier: Any, index: int) -> NDArray[np.complex128]:
    """Return one spinor (bands, nx, ny, nz); orbital bands only if spin degenerate."""
    count = 2 * len(carrier.representatives)
    if not 0 <= index < count:
        raise ValueError(f"index: must be between 0 and {count - 1}, got {index}")
    first = np.asarray(carrier.representatives[index // 2])
    if index % 2 == 0:
        return first
    if carrier.spin_degenerate:
        return np.asarray(-first.conj())
    up, down = np.split(first, 2)
    return np.concatenate([down.conj(), -up.conj()])


def real_envelope(values: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Turn the phase so that the real part is largest, and return the real part."""
    square = np.sum(np.asarray(values, complex) ** 2)
    phase = np.exp(-0.5j * np.angle(square)) if square else 1.0
    return np.asarray((values * phase).real)


def title(carrier: Any, index: int) -> str:
    """Name a state by carrier, number and energy."""
    return f"{carrier.carrier} {index}, {float(carrier.energies[index]):.4f} eV"
