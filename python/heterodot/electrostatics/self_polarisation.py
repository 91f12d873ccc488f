"""The potential of a charge in the charges it induces itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot.electrostatics.dielectric import Dielectric
from heterodot.electrostatics.equivalent_points import EquivalentPoints
from heterodot.electrostatics.image_charges import ImageCharge, reach_of
from heterodot.electrostatics.interface_charges import Interface, InterfaceCharges
from heterodot.geometry.grid import Grid
from heterodot.units import COULOMB_CONSTANT

__all__ = ["SelfPolarisation", "cutoffs"]

Array = NDArray[np.float64]

_BATCH = 1024  # points whose induced charges are held at a time
_TRUSTED = 0.75  # edges of a panel from which on its charge counts as resolved
_LATTICE = 0.11  # spacing of the lattice of the smooth part, over the smallest diameter's half
_STENCIL = 4  # lattice nodes along each axis of its interpolation


class SelfPolarisation:
    """V_s(r) = ½ lim [G(r, r') - 1/(ε(r) |r - r'|)]: half the potential of the induced charges.

    It diverges at the interfaces like the potential of an image charge. That part is taken in
    closed form (`ImageCharge`), with distances below `cutoff` counting as `cutoff`, since a real
    interface is about an atomic layer wide (`cutoffs`: half the width of graded ones). The rest is smooth in every layer. It is computed with
    boundary elements on a coarser lattice and interpolated; closer to an interface than a panel is
    wide, where the panels do not resolve the induced charge, it is carried on constant along the
    normal.

    Parameters
    ----------
    dielectric : Dielectric
    charges : InterfaceCharges
    grid : Grid
        Grid on which it is wanted.
    cutoff : float or sequence of float
        Smallest distance in nm, for all interfaces or for each of them.
    """

    def __init__(
        self,
        dielectric: Dielectric,
        charges: InterfaceCharges,
        grid: Grid,
        cutoff: float | Sequence[float] = 0.1,
    ) -> None:
        self.dielectric = dielectric
        self.charges = charges
        self.grid = grid
        matrix, pivots = charges.factors
        self._factors = matrix.astype(np.float32), pivots
        self._strength = charges.strength.astype(np.float32)
        size = 0.5 * min(
            float(np.min(interface.boundary.upper - interface.boundary.lower))
            for interface in charges.interfaces[-1:]
        )
        self._stride = max(1, int(_LATTICE * size / max(grid.spacing) + 1e-9))
        step = max(grid.spacing)
        spacing = np.asarray(grid.spacing)
        self._steps = self._stride * spacing
        self._center = np.asarray(grid.origin) + 0.5 * spacing * (np.asarray(grid.shape) - 1)
        self._equivalent = EquivalentPoints(
            dielectric.solids, charges.interfaces, self._center, self._steps
        )
        self._images = []
        if isinstance(cutoff, (int, float)):
            cutoff = [cutoff] * len(charges.interfaces)
        for interface, smallest in zip(charges.interfaces, cutoff, strict=True):
            others = [other for other in charges.interfaces if other is not interface]
            reach = max(reach_of(interface, others, step, _TRUSTED), smallest)
            end = 3 * reach + 2 * self._stride * step
            self._images.append(ImageCharge(interface, reach, end, smallest))

    def on_points(self, points: Array) -> Array:
        """Return V_s in eV at points (n, 3) from the panels alone: not for points near them."""
        result = np.empty(len(points))
        for start in range(0, len(points), _BATCH):
            batch = slice(start, start + _BATCH)
            potential, field, uneven = self.charges.panels.response(
                points[batch], self.charges.strength
            )
            field *= self._strength
            induced = scipy.linalg.lu_solve(
                self._factors, field.T, overwrite_b=True, check_finite=False
            )
            result[batch] = np.einsum("tp,pt->t", potential, induced) + uneven
        return 0.5 * COULOMB_CONSTANT * result / self._permittivity(points)

    def at(self, points: Array) -> Array:
        """Return V_s in eV at points (n, 3) of any distance from the interfaces."""
        layers = self.dielectric.layers_at(points)
        return self._smooth(points, layers)[0] + self._image(points)

    def on_nodes(
        self, nodes: NDArray[np.intp], report: Callable[[float], object] | None = None
    ) -> Array:
        """Return V_s in eV on nodes of the grid, given by their flat indices.

        `report` is called with the fraction of the work that has been done since the last call.
        """
        index = np.stack(np.unravel_index(nodes, self.grid.shape), axis=1)
        points = np.asarray(self.grid.origin) + index * np.asarray(self.grid.spacing)
        layers = self.dielectric.layers_at(points)
        result = self._cell_image(points)
        for layer in np.unique(layers):
            chosen = np.flatnonzero(layers == layer)
            result[chosen] += self._interpolated(index[chosen], int(layer))
            if report is not None:
                report(len(chosen) / len(nodes))
        return result

    def _permittivity(self, points: Array) -> Array:
        return self.dielectric.values[self.dielectric.layers_at(points)]

    def _image(self, points: Array) -> Array:
        permittivity = self._permittivity(points)
        image = np.zeros(len(points))
        for charge in self._images:
            image += charge.potential(points, permittivity)
        return image

    def _cell_image(self, points: Array) -> Array:
        """Return the images, averaged over cells near interfaces that carriers cross.

        At a wall, where densities vanish, the values on the nodes are better.
        """
        permittivity = self._permittivity(points)
        cell = np.asarray(self.grid.spacing)
        result = np.zeros(len(points))
        for number, charge in enumerate(self._images):
            distance = np.abs(charge.interface.boundary.distance(points))
            close = distance < 1.5 * float(np.max(cell))
            if self.dielectric.walled and number + 1 == len(self._images):
                close[:] = False
            result[~close] += charge.potential(points[~close], permittivity[~close])
            result[close] += charge.averaged(points[close], cell)
        return result

    def _smooth(self, points: Array, layers: NDArray[np.intp]) -> tuple[Array, NDArray[np.bool_]]:
        """V_s less the images, of given layers carried on to points near or beyond their surface.

        Also returns where that worked.
        """
        here = self.dielectric.layers_at(points)
        distances = np.stack(
            [np.abs(charge.interface.boundary.distance(points)) for charge in self._images]
        )
        nearest = np.argmin(distances, axis=0)
        anchors = points.copy()
        for number, charge in enumerate(self._images):
            moved = (nearest == number) & ((distances[number] < charge.reach) | (here != layers))
            if moved.any():
                inside = charge.interface.boundary.distance(points[moved]) < 0.0
                inside ^= here[moved] != layers[moved]
                anchors[moved] = charge.anchors(points[moved], inside)
        reached = self.dielectric.layers_at(anchors) == layers
        values = np.zeros(len(points))
        values[reached] = self.on_points(anchors[reached]) - self._image(anchors[reached])
        return values, reached

    def _interpolated(self, index: NDArray[np.intp], layer: int) -> Array:
        """Return the smooth part in one layer on nodes of the grid (n, 3), from a coarser lattice.

        The lattice lies evenly around the centre of the grid, so that symmetries leave it alone.
        """
        position = (index - 0.5 * (np.asarray(self.grid.shape) - 1)) / self._stride
        base = np.floor(position).astype(np.intp) - (_STENCIL // 2 - 1)
        weights = [_cubic(position[:, a] - base[:, a]) for a in range(3)]
        steps = np.stack(np.meshgrid(*[np.arange(_STENCIL)] * 3, indexing="ij"), -1).reshape(-1, 3)
        corners = base[:, None] + steps
        low = corners.min(axis=(0, 1))
        extent = corners.max(axis=(0, 1)) - low + 1
        flat = np.ravel_multi_index(tuple(np.moveaxis(corners - low, -1, 0)), tuple(extent))
        number = np.zeros(int(np.prod(extent)), np.intp)
        number[flat] = 1
        used = np.flatnonzero(number)
        number[used] = np.arange(len(used))
        where = number[flat]
        lattice = np.stack(np.unravel_index(used, tuple(extent)), axis=1) + low
        different, same = self._equivalent.representatives(lattice)
        points = self._center + different * self._steps
        values, reached = self._smooth(points, np.full(len(points), layer))
        values, reached = values[same], reached[same]
        share = np.einsum("ni,nj,nk->nijk", *weights).reshape(len(index), -1)
        share *= reached[where]
        norm = share.sum(axis=1)
        found = np.sum(share * values[where], axis=1)
        # Too few lattice nodes in a thin layer: take the mean of those there are.
        poor = norm < 0.5
        count = np.maximum(reached[where[poor]].sum(axis=1), 1)
        mean = (values[where[poor]] * reached[where[poor]]).sum(axis=1) / count
        result = found / np.where(poor, 1.0, norm)
        result[poor] = mean
        return np.asarray(result)


def cutoffs(nanocrystal: Any, interfaces: Sequence[Interface], cutoff: float) -> list[float]:
    """Return the smallest distance (nm) that counts, for each interface.

    Across a graded interface the potential of an image charge levels off within half the width.
    """
    widths = (*nanocrystal.graded, None)
    return [max(cutoff, 0.5 * (widths[interface.number] or 0.0)) for interface in interfaces]


def _cubic(position: Array) -> Array:
    """Lagrange weights of the nodes 0, 1, 2, 3 at positions (n,), (n, 4)."""
    x = position[:, None] - np.arange(_STENCIL)
    return np.stack(
        [
            np.prod(np.delete(x, j, axis=1), axis=1)
            / np.prod([j - m for m in range(_STENCIL) if m != j])
            for j in range(_STENCIL)
        ],
        axis=1,
    )
