"""The Coulomb interaction of real densities on a grid, screened by piecewise constant ε(r)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from heterodot.electrostatics.coulomb_grid import (
    CoulombGrid,
    coulomb_grid,
    sampling,
    sampling_across,
)
from heterodot.electrostatics.dielectric import Dielectric
from heterodot.electrostatics.interface_charges import InterfaceCharges, find_interfaces
from heterodot.electrostatics.poisson import FreeSpacePoisson
from heterodot.geometry.grid import Grid
from heterodot.units import COULOMB_CONSTANT

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Interaction", "ScreenedInteraction"]

Array = NDArray[np.float64]

_MARGIN = 6  # steps of the grid around the interfaces, for the interpolation of fields there
_BATCH = 32  # densities a call of the solver


@dataclass(frozen=True)
class Interaction:
    """Interaction energies of densities.

    Attributes
    ----------
    energies : (n, n) array
        Symmetric, in eV.
    bulk : (n, n) array
        The same without the charges of the interfaces.
    asymmetry : float
        Largest difference in eV between an element and its mirror image before symmetrising: the
        screened interaction is symmetric, its discretisation only nearly.
    """

    energies: Array
    bulk: Array
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
        shares = dielectric.screening(self.grid).reshape(len(dielectric.values), -1)
        self.inverse = shares.sum(axis=0)
        self._inside = [
            (shares[: number + 1].sum(axis=0), panels)
            for number, panels in (self.charges.closed if self.charges is not None else [])
        ]

    @property
    def panels(self) -> int:
        """Number of panels."""
        return 0 if self.charges is None else len(self.charges)

    @property
    def memory(self) -> float:
        """Bytes that a batch of densities needs beside them."""
        return self.poisson.memory + 8.0 * 3 * _BATCH * self.grid.size

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
        self._leave_out(support)
        inverse = self.inverse[support]
        same = bool(np.ptp(inverse) <= 1e-14 * inverse[0])
        factor = float(inverse[0]) if same else 1.0
        direct = np.empty((count, count))
        probe = None if self.charges is None else _Probe(self.grid, self.charges, same)
        panels = 0 if self.charges is None else len(self.charges)
        values, slopes = np.empty((2, count, panels))
        for start in range(0, count, _BATCH):
            batch = slice(start, start + _BATCH)
            fields = self._fields(densities[batch], support)
            potentials = self._potentials(fields)
            # Without interfaces amid the charges the rest of the square is its mirror image.
            first = start if same else 0
            screened = potentials[:, support] * inverse
            direct[batch, first:] = screened @ densities[first:].T
            if same:
                direct[first:, batch] = direct[batch, first:].T
            if probe is not None:
                values[batch] = probe.values(potentials)
                if not same:
                    potentials = self._potentials(fields * self.inverse)
                slopes[batch] = self._with_flux(
                    probe.slopes(potentials, fields), fields, 1 / factor
                )
            if report is not None:
                report(len(potentials))
        direct *= self.grid.cell_volume
        bulk = 0.5 * COULOMB_CONSTANT * (direct + direct.T)
        if self.charges is not None:
            direct += self.charges.interaction(values, slopes * factor)
        direct *= COULOMB_CONSTANT
        asymmetry = float(np.max(np.abs(direct - direct.T)))
        return Interaction(0.5 * (direct + direct.T), bulk, asymmetry)

    def potentials(self, fields: Array) -> Array:
        """Return the screened potentials of charges in eV, those that `energies` are made of.

        The charges of the interfaces are spread over the nodes that fields are interpolated from.

        Parameters
        ----------
        fields : (n, nodes) array
            In 1/nm³, on all nodes.

        Returns
        -------
        (n, nodes) array
        """
        result = np.empty_like(fields)
        charges = self.charges
        probe = None if charges is None else _Probe(self.grid, charges, smooth=False)
        for start in range(0, len(fields), _BATCH):
            batch = slice(start, start + _BATCH)
            screened = fields[batch] * self.inverse
            result[batch] = self._potentials(screened)
            if probe is not None and charges is not None:
                slopes = probe.slopes(result[batch], fields[batch])
                slopes = self._with_flux(slopes, fields[batch], 1.0)
                induced = charges.induced(slopes) * charges.areas
                result[batch] += self._potentials(probe.spread(induced, self.grid))
        return COULOMB_CONSTANT * result

    def _leave_out(self, support: NDArray[np.intp]) -> None:
        """Tell the solver which outer nodes are empty: around interfaces there are many."""
        shape = self.grid.shape
        index = np.stack(np.unravel_index(support, shape))
        free = np.minimum(index.min(axis=1), np.array(shape) - 1 - index.max(axis=1))
        margin = int(free[0]), int(free[1]), int(free[2])
        if margin != self.poisson.margin:
            self.poisson = FreeSpacePoisson(self.grid, margin)

    def _with_flux(self, slopes: Array, fields: Array, unit: float) -> Array:
        """Make the flux through closed interfaces that of the screened charge inside (Gauss).

        What is missing, because the interpolated field is less smooth where densities end, is
        spread evenly.
        """
        if self.charges is None:
            return slopes
        for share, panels in self._inside:
            areas = self.charges.areas[panels]
            flux = -4 * math.pi * unit * self.grid.cell_volume * (fields @ share)
            flux -= slopes[:, panels] @ areas
            slopes[:, panels] += (flux / areas.sum())[:, None]
        return slopes

    def _fields(self, densities: Array, support: NDArray[np.intp]) -> Array:
        fields = np.zeros((len(densities), self.grid.size))
        fields[:, support] = densities
        return fields

    def _potentials(self, fields: Array) -> Array:
        solved = self.poisson.solve(fields.reshape(-1, *self.grid.shape))
        return solved.reshape(fields.shape)


class _Probe:
    """Potentials and their normal derivatives on the panels.

    Parameters
    ----------
    grid : Grid
    charges : InterfaceCharges
    smooth : bool
        Whether the screened charges ρ/ε do not jump at the interfaces.
    """

    def __init__(self, grid: Grid, charges: InterfaceCharges, smooth: bool) -> None:
        self._jump: Array | None = None
        if smooth:
            value, slope = sampling(grid, charges.centers, charges.normals)
        else:
            value, slope, correction = sampling_across(grid, charges.centers, charges.normals)
            # Second derivatives of the potential of ρ/ε jump by -4π ρ (1/ε_out - 1/ε_in).
            self._jump = -4 * math.pi * (1 / charges.outside - 1 / charges.inside) * correction
        # Only nodes near the interfaces are read.
        self._nodes = np.unique(np.concatenate([value.indices, slope.indices]))
        self._value, self._slope = value[:, self._nodes], slope[:, self._nodes]

    def values(self, potentials: Array) -> Array:
        return self._sampled(self._value, potentials)

    def slopes(self, potentials: Array, densities: Array) -> Array:
        slopes = self._sampled(self._slope, potentials)
        if self._jump is not None:
            slopes += self._jump * self._sampled(self._value, densities)
        return slopes

    def spread(self, charges: Array, grid: Grid) -> Array:
        """Return densities on the nodes for charges on the panels, the adjoint of `values`."""
        result = np.zeros((len(charges), grid.size))
        result[:, self._nodes] = (self._value.T @ charges.T).T / grid.cell_volume
        return result

    def _sampled(self, matrix: scipy.sparse.csr_array, fields: Array) -> Array:
        return np.asarray((matrix @ np.ascontiguousarray(fields[:, self._nodes].T)).T)
