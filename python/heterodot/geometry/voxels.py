"""A nanocrystal on a grid: which region fills which part of every cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot._checks import vector
from heterodot.geometry.grid import Grid
from heterodot.geometry.solid import Solid

__all__ = ["Voxels"]


class Voxels:
    """Region fractions and interface normals in the boxes around the places of a grid.

    Regions are counted from the inside out; the last one is the environment. A place is a mask of
    half steps: 0 the nodes; 1, 2, 4 the x-, y-, z-faces; 3, 5, 6 the edges; 7 the cell centres. Each
    place is computed when first asked for.

    Parameters
    ----------
    grid : Grid
        The grid.
    solids : sequence of Solid
        From the inside out: region r is what solid r adds to the solids before it. Along periodic
        axes of the grid each of them stands for all its images.
    """

    def __init__(self, grid: Grid, solids: Sequence[Solid]) -> None:
        self.grid = grid
        compiled = [solid.compiled for solid in solids]
        if any(grid.periodic):
            compiled = [_core.repeated(solid, grid.period) for solid in compiled]
        self.compiled = _core.Voxelisation(grid, compiled)

    def coarsened(self) -> Voxels:
        """Return the regions on ``grid.coarsened()``, put together from the boxes of this grid.

        Raises
        ------
        ValueError
            If the grid cannot be coarsened.
        """
        grid = self.grid.coarsened()
        if grid is None:
            raise ValueError(f"{self.grid!r} cannot be coarsened: it has an even number of nodes")
        result = Voxels.__new__(Voxels)
        result.grid = grid
        result.compiled = self.compiled.coarsened(grid)
        return result

    @property
    def regions(self) -> int:
        """Number of regions, the environment included."""
        return self.compiled.regions

    def fractions(self, place: int = 0) -> NDArray[np.float64]:
        """Return the fraction of every box that each region fills, shape (regions, nx, ny, nz)."""
        return self.compiled.fractions(place)

    def labels(self, place: int = 0) -> NDArray[np.intp]:
        """Return the region that fills most of every box, shape (nx, ny, nz)."""
        labels: NDArray[np.intp] = np.argmax(self.fractions(place), axis=0)
        return labels

    def normals(self, place: int = 0) -> NDArray[np.float64]:
        """Return unit normals, shape (nx, ny, nz, 3), zero where a box is uniform.

        The normal is that of the interface with the largest area in the box and points outwards.
        """
        cells = self.compiled.cells(place)[1:-1, 1:-1, 1:-1]
        _, cut_normals = self.compiled.cuts(place)
        normals = np.zeros((*cells.shape, 3))
        cut = cells < 0
        normals[cut] = cut_normals[-1 - cells[cut]]
        return normals

    def inside(self, place: int = 0) -> NDArray[np.bool_]:
        """Return which grid points lie inside the outermost surface, shape (nx, ny, nz)."""
        return self.compiled.inside(place)

    def wall_fraction(self, inside: Sequence[float], outside: Sequence[float]) -> float:
        """Return where the segment between two points (nm) crosses the outermost surface.

        Returns
        -------
        float
            The fraction, in (0, 1], of the way from ``inside`` to ``outside``; 1 if both are inside.
        """
        return self.compiled.wall_fraction(vector("inside", inside), vector("outside", outside))

    def volumes(self) -> NDArray[np.float64]:
        """Return the volume of every region within the grid in nm³, shape (regions,)."""
        return np.array(self.compiled.volumes())

    def __repr__(self) -> str:
        return f"Voxels: {self.regions} regions on {self.grid!r}"
