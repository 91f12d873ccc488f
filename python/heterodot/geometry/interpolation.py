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
        potentials.
    """
    if grid == target:
        return fields
    leading = fields.shape[:-3]
    points = np.stack(np.meshgrid(*target.axes(), indexing="ij"), axis=-1)
    result = np.empty((*leading, *target.shape), fields.dtype)
    for number in np.ndindex(*leading):
        result[number] = RegularGridInterpolator(
            grid.axes(),
            fields[number],
            bounds_error=False,
            fill_value=0.0 if outside == "zero" else None,
        )(points)
    return result
