"""Induced charges in the volume: an independent solution for any shape, of finite differences.

-∇·ε∇φ = 4πρ with ε on faces (diagonal) and edges (off-diagonal) of the grid, each the laminate of the two
materials around its own place: harmonic mean across the surface, arithmetic along it. The potential is that
of the screened charge ρ/ε and of charges q on the nodes that the interface touches, by the Green function
of the seven-point lattice, so that infinity is exact. Second order; dense in the nodes at the interface.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import scipy.linalg
from coulomb_stand_ins import positions
from scipy.special import ive

import heterodot as hd
from heterodot.electrostatics.poisson import FreeSpacePoisson
from heterodot.geometry.voxels import Voxels
from heterodot.units import COULOMB_CONSTANT


class VolumeSolver:
    """Polarisation energies of charges inside one solid of ε `inside` amid `outside`."""

    def __init__(self, solid, inside, outside, spacing):
        lower, upper = np.array(solid.bounding_box())
        shape = np.ceil((upper - lower) / spacing).astype(int) + 9
        origin = (
            (lower + upper) / 2
            - spacing * (shape - 1) / 2
            + spacing * np.array([0.03, -0.02, 0.05])
        )
        self.grid = hd.Grid(tuple(map(int, shape)), tuple(origin), (spacing,) * 3)
        self.solid, self.inside, self.outside = solid, inside, outside
        self.poisson = FreeSpacePoisson(self.grid)
        bonds = self._bonds()
        touched = np.zeros(self.grid.shape, bool)
        for offset, weight in bonds:
            touched |= (np.abs(weight) > 1e-12) if np.abs(offset).sum() == 2 else False
        diagonal = [weight for offset, weight in bonds if np.abs(offset).sum() == 1]
        mean = sum(diagonal) / 6
        for weight in diagonal:
            touched |= np.abs(weight - mean) > 1e-9
        touched[[0, -1]] = touched[:, [0, -1]] = touched[:, :, [0, -1]] = False
        self.index = np.argwhere(touched)
        at = tuple(self.index.T)
        # -∇·ε∇φ = 4π ε q - Σ (ε_bond - ε) Δφ on the nodes that the interface touches, 4π ε q elsewhere
        self.bonds = [
            (offset, (weight[at] - (mean[at] if np.abs(offset).sum() == 1 else 0.0)) / spacing**2)
            for offset, weight in bonds
        ]
        green = lattice_green(self.grid.shape, spacing)

        def between(offset):
            distance = np.abs(self.index[:, None] + offset - self.index[None])
            return green[distance[..., 0], distance[..., 1], distance[..., 2]]

        own = between(np.zeros(3, int))
        matrix = np.diag(4 * np.pi * mean[at])
        for offset, weight in self.bonds:
            matrix -= weight[:, None] * (between(offset) - own)
        self.factors = scipy.linalg.lu_factor(matrix)

    def _laminate(self, axes):
        """Fractions and normals on the grid moved by half a step along some axes."""
        origin, h = np.array(self.grid.origin), self.grid.spacing[0]
        shape = np.array(self.grid.shape)
        for axis in axes:
            origin[axis] += h / 2
            shape[axis] -= 1
        moved = hd.Grid(tuple(map(int, shape)), tuple(origin), self.grid.spacing)
        share = Voxels(moved, [self.solid]).fractions()[0]
        points, step = positions(moved), 1e-3 * h
        normal = np.stack(
            [
                self.solid.signed_distance(points + step * unit)
                - self.solid.signed_distance(points - step * unit)
                for unit in np.eye(3)
            ]
        )
        normal /= np.maximum(np.linalg.norm(normal, axis=0), 1e-12)
        along = share * self.inside + (1 - share) * self.outside
        across = 1 / (share / self.inside + (1 - share) / self.outside)
        return along, across - along, normal

    def _bonds(self):
        """(offset, weight on the nodes): differences along axes, and along diagonals for ε_ab.

        2 ε_ab δ_aφ δ_bφ, averaged onto an edge, is ε_ab/2 times the difference of the squares of the
        differences along both diagonals of the square around it.
        """
        bonds = []

        def add(values, axes, factor):
            for ends in np.ndindex(*[2] * len(axes)):
                offset, place = np.zeros(3, int), [slice(None)] * 3
                weight = np.zeros(self.grid.shape)
                for axis, end in zip(axes, ends, strict=True):
                    offset[axis] = 1 - 2 * end
                    place[axis] = slice(1, None) if end else slice(0, -1)
                weight[tuple(place)] = values * factor(offset)
                bonds.append((offset, weight))

        for axis in range(3):
            along, jump, normal = self._laminate([axis])
            add(along + jump * normal[axis] ** 2, [axis], lambda offset: 1.0)
        for a, b in combinations(range(3), 2):
            _, jump, normal = self._laminate([a, b])
            add(jump * normal[a] * normal[b] / 2, [a, b], lambda o, a=a, b=b: float(o[a] * o[b]))
        return bonds

    def polarisation(self, density):
        """Interaction in eV of a charge inside (1/nm³ on the nodes) with the charges it induces."""
        potential = self.poisson.solve(density[None])[0]
        at = tuple(self.index.T)
        source = np.zeros(len(self.index))
        for offset, weight in self.bonds:
            source += weight * (potential[tuple((self.index + offset).T)] - potential[at])
        induced = scipy.linalg.lu_solve(self.factors, source / self.inside)
        return COULOMB_CONSTANT * self.grid.cell_volume * (potential[at] @ induced)


def lattice_green(shape, spacing):
    """Potential at lattice vectors of unit density on one node: ∫ Π e^(-2t) I_n(2t) dt."""
    u = np.arange(-24.0, 44.0, 0.15)
    t = np.exp(u)
    axes = [
        np.where(
            t > 1e8,
            1 / np.sqrt(4 * np.pi * t),
            ive(np.arange(n + 2)[:, None], 2 * np.minimum(t, 1e8)),
        )
        for n in shape
    ]
    total = np.einsum("ak,bk,ck->abc", axes[0] * t * 0.15, axes[1], axes[2], optimize=True)
    return 4 * np.pi * spacing**2 * total
