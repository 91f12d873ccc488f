"""Fields moved from one grid to another."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator

from heterodot.geometry.grid import Grid

__all__ = ["interpolated"]


def interpolated(
    fields: NDArray[Any], grid: Grid, target: Grid, outside: Literal["zero", "continue"] = "zero"
) -> NDArray[Any]:
    """Return fields on the nodes of another grid, interpolated linearly.

    Parameters
    ----------
    fields : (..., nx, ny, nz) array
        Real or complex, on the nodes of ``grid``.
    grid, target : Grid
    outside : {"zero", "continue"}
        What nodes beyond ``grid`` get: nothing, as envelopes, or the linear continuation, as
        potentials. Along periodic axes they get the images.
    """
    if grid == target:
        return fields
    leading = fields.shape[:-3]
    beside = [(int(along), int(along)) for along in grid.periodic]
    axes = [
        np.concatenate([axis[:1] - h, axis, axis[-1:] + h]) if along else axis
        for axis, h, along in zip(grid.axes(), grid.spacing, grid.periodic, strict=True)
    ]
    points = np.stack(np.meshgrid(*target.axes(), indexing="ij"), axis=-1)
    result = np.empty((*leading, *target.shape), fields.dtype)
    for number in np.ndindex(*leading):
        result[number] = RegularGridInterpolator(
            axes,
            np.pad(fields[number], beside, mode="wrap"),
            bounds_error=False,
            fill_value=0.0 if outside == "zero" else None,
        )(points)
    return result
