"""The Coulomb interaction of real densities on a grid, screened by any ε(r): charges in the volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from heterodot.electrostatics.coulomb_grid import CoulombGrid, coulomb_grid
from heterodot.electrostatics.dielectric import Dielectric
from heterodot.electrostatics.poisson import FreeSpacePoisson
from heterodot.electrostatics.screened_interaction import Interaction
from heterodot.electrostatics.volume_charges import VolumeCharges
from heterodot.geometry.grid import Grid
from heterodot.units import COULOMB_CONSTANT

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["VolumeInteraction", "volume_grid"]

Array = NDArray[np.float64]

_MARGIN = 4  # steps of the grid around the interfaces
_MULTIPLE = 8  # of the steps along an axis: two coarser grids at least
_BATCH = 16  # densities a call of the solver


def volume_grid(dielectric: Dielectric, states: Grid, spacing: float | None = None) -> CoulombGrid:
    """Return the grid for induced charges in the volume; arguments as in `VolumeInteraction`."""
    corners = np.array([solid.bounding_box() for solid in dielectric.solids]).reshape(-1, 3)
    return coulomb_grid(states, spacing, corners, _MARGIN, _MULTIPLE)


class VolumeInteraction:
    """Interaction of densities: screened charges in free space plus induced charges in the volume.

    Parameters
    ----------
    dielectric : Dielectric
    states : Grid
        Grid of the envelopes.
    spacing : float, optional
        Coarsest spacing allowed in nm, see `coulomb_grid`.

    Attributes
    ----------
    place : CoulombGrid
        The grid, and how densities get there.
    charges : VolumeCharges
        The solver.
    """

    def __init__(self, dielectric: Dielectric, states: Grid, spacing: float | None = None) -> None:
        self.dielectric = dielectric
        self.place = volume_grid(dielectric, states, spacing)
        self.grid = self.place.grid
        self.poisson = FreeSpacePoisson(self.grid)
        self.charges = VolumeCharges(dielectric, self.grid)
        self.inverse = dielectric.screening(self.grid).sum(axis=0).reshape(-1)

    panels = 0

    @property
    def memory(self) -> float:
        """Bytes that a batch of densities needs beside them."""
        return self.poisson.memory + _BATCH * self.charges.memory

    def potentials(self, fields: Array) -> Array:
        """Return the screened potentials in eV of charges (n, nodes) in 1/nm³."""
        result = np.empty_like(fields)
        for start in range(0, len(fields), _BATCH):
            some = fields[start : start + _BATCH]
            screened = some * self.inverse
            free = self.poisson.solve(screened.reshape(-1, *self.grid.shape)).reshape(some.shape)
            result[start : start + _BATCH] = free + self.charges.potentials(some, screened, free)
        return COULOMB_CONSTANT * result

    def energies(
        self,
        densities: Array,
        support: NDArray[np.intp],
        report: Callable[[int], object] | None = None,
    ) -> Interaction:
        """Return the interaction of all densities, see `ScreenedInteraction.energies`."""
        count = len(densities)
        bulk, induced = np.empty((2, count, count))
        for start in range(0, count, _BATCH):
            batch = slice(start, start + _BATCH)
            fields = np.zeros((len(densities[batch]), self.grid.size))
            fields[:, support] = densities[batch]
            screened = fields * self.inverse
            potentials = self.poisson.solve(screened.reshape(-1, *self.grid.shape))
            potentials = potentials.reshape(fields.shape)
            bulk[:, batch] = densities @ potentials[:, support].T
            potentials = self.charges.potentials(fields, screened, potentials)
            induced[:, batch] = densities @ potentials[:, support].T
            if report is not None:
                report(len(fields))
        scale = COULOMB_CONSTANT * self.grid.cell_volume
        total = scale * (bulk + induced)
        asymmetry = float(np.max(np.abs(total - total.T)))
        return Interaction(0.5 * (total + total.T), 0.5 * scale * (bulk + bulk.T), asymmetry)
