"""The grid of the Coulomb integrals, and how densities get there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from heterodot.geometry.grid import Grid

__all__ = ["CoulombGrid", "coulomb_grid", "sampling", "sampling_across"]

Array = NDArray[np.float64]

_COARSEST = 0.25  # nm, to which fine grids are coarsened unless told otherwise
_STENCIL = 6  # nodes along each axis of the interpolation of potentials
_OFFSETS = (1.5, 2.5)  # steps to both sides of a kink that it is bridged with
_SPREAD = 12  # nodes along each axis that share the charge of a node of a finer grid


@dataclass(frozen=True)
class CoulombGrid:
    """A grid for densities and potentials.

    Attributes
    ----------
    grid : Grid
        The grid.
    moves : tuple of three (n_new, n_old) arrays
        What takes densities (1/nm³) from the grid of the states to this one, axis by axis.
    """

    grid: Grid
    moves: tuple[Array, Array, Array]

    def moved(self, fields: Array) -> Array:
        """Return densities (count, nx, ny, nz) of the states' grid on this grid."""
        count = len(fields)
        if all(np.count_nonzero(move) == move.shape[1] for move in self.moves):
            # The same nodes, and others around them.
            result = np.zeros((count, *self.grid.shape))
            first = [int(np.argmax(move[:, 0])) for move in self.moves]
            inner = tuple(
                slice(start, start + n) for start, n in zip(first, fields.shape[1:], strict=True)
            )
            result[(slice(None), *inner)] = fields
            return result
        x, y, z = self.moves
        fields = np.matmul(y, fields @ z.T)
        _, nx, ny, nz = fields.shape
        moved = np.matmul(x, fields.reshape(count, nx, ny * nz))
        return np.asarray(moved.reshape(count, len(x), ny, nz))

    def returned(self, potentials: Array) -> Array:
        """Return potentials (count, nx, ny, nz) of this grid on the states' grid.

        The interaction of a density with the result is that of the moved density with `potentials`.
        """
        x, y, z = ((move / move.sum(axis=0)).T for move in self.moves)
        return np.asarray(np.einsum("ai,bj,ck,nijk->nabc", x, y, z, potentials, optimize=True))


def coulomb_grid(
    states: Grid,
    spacing: float | None = None,
    held: Array | None = None,
    margin: int = 0,
    multiple: int = 1,
) -> CoulombGrid:
    """Return the grid for the Coulomb integrals.

    Parameters
    ----------
    states : Grid
        Grid of the envelopes.
    spacing : float, optional
        The grid of the states is coarsened by two as often as the spacing stays at or below this
        one; by default 0.25 nm.
    held : (n, 3) array, optional
        Points in nm that the grid must hold,
    margin : int
        with so many steps around them.
    multiple : int
        Of which the number of steps along every axis, up to one beyond both ends, is to be.
    """
    limit = _COARSEST if spacing is None else spacing
    shape, origin, steps, moves = [], [], [], []
    halvings = max(0, math.floor(math.log2(limit / max(states.spacing) + 1e-9)))
    for axis in range(3):
        n, start, h = states.shape[axis], states.origin[axis], states.spacing[axis]
        move = np.eye(n)
        for _ in range(halvings):
            restriction = _coarsening(n)
            move = restriction @ move
            n, start, h = restriction.shape[0], start - (_SPREAD - 1) * h, 2 * h
        before = after = 0
        if held is not None:
            low, high = float(held[:, axis].min()), float(held[:, axis].max())
            before = max(0, math.ceil((start - low) / h + margin - 1e-9))
            after = max(0, math.ceil((high - start) / h + margin - (n - 1) - 1e-9))
        missing = -(n + before + after + 1) % multiple
        before, after = before + missing // 2, after + missing - missing // 2
        shape.append(n + before + after)
        origin.append(start - before * h)
        steps.append(h)
        moves.append(np.pad(move, ((before, after), (0, 0))))
    grid = Grid(
        (shape[0], shape[1], shape[2]),
        (origin[0], origin[1], origin[2]),
        (steps[0], steps[1], steps[2]),
    )
    return CoulombGrid(grid, (moves[0], moves[1], moves[2]))


def _coarsening(n: int) -> Array:
    """Matrix from n nodes to those at -11, -9, … of them, with as much room at the other end.

    It is the adjoint of polynomial interpolation: the charge of every node is shared so that all
    multipoles up to order 11 stay, which a smooth density hardly tells from the finer grid.
    """
    count = n // 2 + _SPREAD
    position = 0.5 * (np.arange(n) + _SPREAD - 1)
    start = np.ceil(position).astype(np.intp) - _SPREAD // 2
    weights, _ = _lagrange(position - start, _SPREAD)
    matrix: Array = np.zeros((count, n))
    matrix[start[:, None] + np.arange(_SPREAD), np.arange(n)[:, None]] = 0.5 * weights
    return matrix


def sampling(
    grid: Grid, points: Array, normals: Array
) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
    """Return matrices that give a field at points and its derivative along normals there.

    The field is interpolated with polynomials of fifth degree through 6 × 6 × 6 nodes. Both
    matrices have shape (points, nodes); points and normals have shape (points, 3).
    """
    starts, values, slopes = [], [], []
    for axis in range(3):
        position = (points[:, axis] - grid.origin[axis]) / grid.spacing[axis]
        start = np.floor(position).astype(np.intp) - (_STENCIL // 2 - 1)
        start = np.clip(start, 0, grid.shape[axis] - _STENCIL)
        value, slope = _lagrange(position - start, _STENCIL)
        starts.append(start)
        values.append(value)
        slopes.append(slope / grid.spacing[axis])
    steps = np.arange(_STENCIL)
    i, j, k = (start[:, None] + steps for start in starts)
    _, ny, nz = grid.shape
    columns = ((i[:, :, None, None] * ny + j[:, None, :, None]) * nz + k[:, None, None, :]).reshape(
        len(points), -1
    )
    pointers = np.arange(len(points) + 1) * columns.shape[1]

    def matrix(weights: Array) -> scipy.sparse.csr_array:
        return scipy.sparse.csr_array(
            (weights.reshape(-1), columns.reshape(-1), pointers), shape=(len(points), grid.size)
        )

    x, y, z = values
    dx, dy, dz = (slope * normals[:, axis, None] for axis, slope in enumerate(slopes))
    outer = "pi,pj,pk->pijk"
    derivative = np.einsum(outer, dx, y, z) + np.einsum(outer, x, dy, z)
    derivative += np.einsum(outer, x, y, dz)
    return matrix(np.einsum(outer, x, y, z)), matrix(derivative)


def sampling_across(
    grid: Grid, points: Array, normals: Array
) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array, Array]:
    """Return what gives values and slopes of a potential of charges that jump at a surface.

    The second derivative f″ along the normal jumps by J there. On the grid the kink of the slope is
    washed out over a cell, which would be an error of first order; so the slope is taken from
    values at the distances t on both sides, whose difference is

        f(t) - f(-t) = 2 t f′ + ½ J (t² + m) + ⅓ t³ f‴ + … ,

    with the second moment m = Σ h² n² / 12 of the cells that charges were averaged over.

    Returns
    -------
    (points, nodes) matrix, (points, nodes) matrix, (points,) array
        Values; slopes before the correction; the correction over J, to be added.
    """
    value, _ = sampling(grid, points, normals)
    step = float(np.mean(grid.spacing))
    near, far = (offset * step for offset in _OFFSETS)
    moment = np.sum((normals * np.asarray(grid.spacing)) ** 2, axis=1) / 12
    slope = scipy.sparse.csr_array((len(points), grid.size))
    correction = np.zeros(len(points))
    # Both distances together cancel the third derivative.
    for t, weight in ((near, far**2), (far, -(near**2))):
        share = weight / (far**2 - near**2)
        ahead, _ = sampling(grid, points + t * normals, normals)
        behind, _ = sampling(grid, points - t * normals, normals)
        slope = slope + (share / (2 * t)) * (ahead - behind)
        correction -= share * (t**2 + moment) / (4 * t)
    return value, scipy.sparse.csr_array(slope), correction


def _lagrange(position: Array, count: int) -> tuple[Array, Array]:
    """Weights of the nodes 0, 1, … for value and slope at positions (n,), both (n, count)."""
    value = np.ones((len(position), count))
    slope = np.zeros((len(position), count))
    for j in range(count):
        for m in range(count):
            if m == j:
                continue
            factor = (position - m) / (j - m)
            slope[:, j] = slope[:, j] * factor + value[:, j] / (j - m)
            value[:, j] *= factor
    return value, slope
