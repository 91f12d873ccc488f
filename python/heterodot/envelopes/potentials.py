"""Local potentials of the carriers, (nx, ny, nz) on the nodes of a grid in eV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.errors import PeriodicStructureError
from heterodot.geometry.grid import Grid
from heterodot.kp.model import Carrier

__all__ = ["same_potentials", "uniform_field_energy", "with_added"]


def with_added(
    potentials: Mapping[Carrier, NDArray[np.float64]],
    more: Mapping[Carrier, ArrayLike | None],
    shape: tuple[int, ...],
) -> dict[Carrier, NDArray[np.float64]]:
    """Return potentials with more added to them.

    Raises
    ------
    ValueError
        If one of those to add is not finite or lacks the shape of the grid.
    """
    result = dict(potentials)
    for carrier, values in more.items():
        if values is None:
            continue
        potential = np.array(values, dtype=float)
        if potential.shape != shape or not np.all(np.isfinite(potential)):
            raise ValueError(
                f"the {carrier} potential must be finite and have the shape of the grid, "
                f"{shape}, got shape {potential.shape}"
            )
        if carrier in result:
            potential += result[carrier]
        result[carrier] = potential
    return result


def same_potentials(potentials: Mapping[Carrier, NDArray[np.float64]]) -> bool:
    """Return whether electrons and holes see the same potential, or none."""
    first, second = potentials.get("electron"), potentials.get("hole")
    return first is second or (
        first is not None and second is not None and np.array_equal(first, second)
    )


def uniform_field_energy(strength: Sequence[float], grid: Grid) -> NDArray[np.float64]:
    """Return e F·r of an electron, zero at the centre of the grid.

    Raises
    ------
    PeriodicStructureError
        If the field has a part along a periodic axis.
    """
    if any(f and along for f, along in zip(strength, grid.periodic, strict=True)):
        raise PeriodicStructureError(
            f"an electric field {strength} V/nm along an axis on which the structure repeats "
            "leaves no period; take its part across"
        )
    axes = [axis - axis.mean() for axis in grid.axes()]
    meshes = np.meshgrid(*axes, indexing="ij")
    energy: NDArray[np.float64] = sum(f * axis for f, axis in zip(strength, meshes, strict=True))
    return energy
