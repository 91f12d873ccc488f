"""The Coulomb interaction of real densities on a grid, screened by piecewise constant ε(r)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from heterodot.coulomb_grid import CoulombGrid, coulomb_grid, sampling
from heterodot.dielectric import Dielectric
from heterodot.grid import Grid
from heterodot.interface_charges import InterfaceCharges, find_interfaces
from heterodot.poisson import FreeSpacePoisson
from heterodot.units import COULOMB_CONSTANT

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Interaction", "ScreenedInteraction"]

Array = NDArray[np.float64]

_MARGIN = 4  # steps of the grid around the interfaces, for the interpolation of fields there
_BATCH = 16  # densities a call of the solver


@dataclass(frozen=True)
class Interaction:
    """Interaction energies of densities.

    Attributes
    ----------
    energies : (n, n) array
        Symmetric, in eV.
    asymmetry : float
        Largest difference in eV between an element and its mirror image before symmetrising: the
        screened interaction is symmetric, its discretisation only nearly.
    """

    energies: Array
    asymmetry: float


class ScreenedInteraction:
    """Interaction of densities: charges in free space plus the charges of the interfaces.

    Parameters
    ----------
    dielectric : Dielectric
    states : Grid
        Grid of the envelopes.
    spacing : float, optional
        Coarsest spacing allowed in nm, see `coulomb_grid`.
    refinement : float
        Factor for the number of panels.
    """

    def __init__(
        self,
        dielectric: Dielectric,
        states: Grid,
        spacing: float | None = None,
        refinement: float = 1.0,
    ) -> None:
        self.dielectric = dielectric
        interfaces = find_interfaces(dielectric, refinement)
        self.charges = InterfaceCharges(interfaces) if interfaces else None
        held = None if self.charges is None else self.charges.centers
        self.place: CoulombGrid = coulomb_grid(states, spacing, held, _MARGIN)
        self.grid = self.place.grid
        self.poisson = FreeSpacePoisson(self.grid)
        self.inverse = dielectric.inverse(self.grid).reshape(-1)
        if self.charges is not None:
            self._value, self._slope = sampling(
                self.grid, self.charges.centers, self.charges.normals
            )

    def energies(
        self,
        densities: Array,
        support: NDArray[np.intp],
        report: Callable[[int], object] | None = None,
    ) -> Interaction:
        """Return the interaction of all densities with each other.

        Parameters
        ----------
        densities : (n, nodes of the support) array
            In 1/nm³.
        support : (nodes of the support,) array
            Flat indices of the nodes where densities are not zero.
        report : callable, optional
            Called with the number of densities done.
        """
        count = len(densities)
        inverse = self.inverse[support]
        same = bool(np.ptp(inverse) <= 1e-14 * inverse[0])
        direct = np.empty((count, count))
        panels = 0 if self.charges is None else len(self.charges)
        values, slopes = np.empty((2, count, panels))
        weighted = densities if same else densities * inverse
        factor = float(inverse[0]) if same else 1.0
        for start in range(0, count, _BATCH):
            batch = slice(start, start + _BATCH)
            potentials = self._potentials(densities[batch], support)
            direct[batch] = potentials[:, support] @ weighted.T
            if self.charges is not None:
                values[batch] = (self._value @ potentials.T).T
                if not same:
                    potentials = self._potentials(weighted[batch], support)
                slopes[batch] = (self._slope @ potentials.T).T
            if report is not None:
                report(len(potentials))
        direct *= factor * self.grid.cell_volume
        if self.charges is not None:
            direct += self.charges.interaction(values, factor * slopes)
        direct *= COULOMB_CONSTANT
        asymmetry = float(np.max(np.abs(direct - direct.T)))
        return Interaction(0.5 * (direct + direct.T), asymmetry)

    def _potentials(self, densities: Array, support: NDArray[np.intp]) -> Array:
        fields = np.zeros((len(densities), self.grid.size))
        fields[:, support] = densities
        solved = self.poisson.solve(fields.reshape(-1, *self.grid.shape))
        return solved.reshape(len(densities), -1)
