"""Uniform Cartesian grids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Grid"]


@dataclass(frozen=True)
class Grid:
    """Nodes at ``origin + spacing * (i, j, k)``; envelopes vanish one step outside.

    Along a periodic axis they go on instead: the node after the last is the first.

    Parameters
    ----------
    shape : tuple of int
        Number of nodes along x, y and z.
    origin : tuple of float
        Position of the first node in nm.
    spacing : tuple of float
        Distance of neighbouring nodes along x, y and z in nm.
    periodic : tuple of bool
        Along which of x, y and z everything repeats after ``shape`` nodes.
    """

    shape: tuple[int, int, int]
    origin: tuple[float, float, float]
    spacing: tuple[float, float, float]
    periodic: tuple[bool, bool, bool] = (False, False, False)

    def __post_init__(self) -> None:
        # Files know no bool in tuples, and older ones no periodic axes.
        known = tuple(bool(along) for along in self.periodic)
        object.__setattr__(self, "periodic", known or (False, False, False))

    @property
    def period(self) -> tuple[float, float, float]:
        """Period along x, y and z in nm, 0 along axes that are not periodic."""
        x, y, z = (
            n * h * along
            for n, h, along in zip(self.shape, self.spacing, self.periodic, strict=True)
        )
        return x, y, z

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    @property
    def cell_volume(self) -> float:
        """Volume of one cell in nm³."""
        return self.spacing[0] * self.spacing[1] * self.spacing[2]

    def axes(
        self, place: int = 0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the coordinates along x, y, z of a place (mask of half steps) in nm."""
        x, y, z = (
            self.origin[a]
            + self.spacing[a]
            * (np.arange(self.shape[a], dtype=np.float64) + 0.5 * (place >> a & 1))
            for a in range(3)
        )
        return x, y, z

    def coarsened(self) -> Grid | None:
        """Return the grid of every second node, or None if the shape does not allow it.

        The box (one step beyond the first and the last node) stays the same, which takes an odd
        number of nodes along every axis, and an even one along a periodic axis.
        """
        if any(
            n % 2 != (0 if along else 1) or n < (2 if along else 3)
            for n, along in zip(self.shape, self.periodic, strict=True)
        ):
            return None
        n, o, h = self.shape, self.origin, self.spacing
        return Grid(
            shape=(n[0] // 2, n[1] // 2, n[2] // 2),
            origin=(o[0] + h[0], o[1] + h[1], o[2] + h[2]),
            spacing=(2 * h[0], 2 * h[1], 2 * h[2]),
            periodic=self.periodic,
        )

    def __repr__(self) -> str:
        n, h = self.shape, self.spacing
        step = f"{h[0]:g}" if h[0] == h[1] == h[2] else f"{h[0]:g}×{h[1]:g}×{h[2]:g}"
        along = "".join(axis for axis, own in zip("xyz", self.periodic, strict=True) if own)
        return f"Grid {n[0]}×{n[1]}×{n[2]} at {step} nm{along and f', periodic along {along}'}"
