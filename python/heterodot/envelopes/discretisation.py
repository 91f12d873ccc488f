"""Matrix polynomials on a grid and on ever coarser ones, as operators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.envelopes.barrier import Barrier
from heterodot.geometry.grid import Grid
from heterodot.geometry.voxels import Voxels
from heterodot.kp import MatrixPolynomial
from heterodot.nanocrystal import Nanocrystal

__all__ = ["GridLevels", "InterfaceRule", "at_places", "discretised"]

InterfaceRule = Literal["laminate", "average", "staircase"]


class GridLevels:
    """The regions of a nanocrystal on a grid and on grids of every second node of the one before.

    Parameters
    ----------
    nanocrystal : Nanocrystal
        What is sampled.
    grid : Grid
        The finest grid.
    """

    def __init__(self, nanocrystal: Nanocrystal, grid: Grid) -> None:
        self._nanocrystal = nanocrystal
        self._grid = grid
        self._voxels: list[Voxels] = []

    @cached_property
    def grids(self) -> tuple[Grid, ...]:
        """All grids, the finest first."""
        grids = [self._grid]
        while (coarser := grids[-1].coarsened()) is not None and all(
            n >= (2 if along else 3)
            for n, along in zip(coarser.shape, coarser.periodic, strict=True)
        ):
            grids.append(coarser)
        return tuple(grids)

    def __len__(self) -> int:
        return len(self.grids)

    def voxels(self, level: int) -> Voxels:
        """Return the regions on one of the grids."""
        if not self._voxels:
            self._voxels.append(self._nanocrystal.voxelise(self._grid))
        while len(self._voxels) <= level:
            self._voxels.append(self._voxels[-1].coarsened())
        return self._voxels[level]


def discretised(
    voxels: Voxels,
    polynomials: Sequence[MatrixPolynomial],
    orbitals: Sequence[int],
    *,
    spins: bool,
    interface: InterfaceRule,
    order: int,
    wall: bool,
    tail: Barrier | None,
    wave_vector: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> _core.StencilOperator:
    """Return the operator of some orbitals of the regions' polynomials.

    Parameters
    ----------
    voxels : Voxels
        The regions on a grid.
    polynomials : sequence of MatrixPolynomial
        One for each region, and for the environment unless there is a wall.
    orbitals : sequence of int
        Which orbitals; all for the whole operator.
    spins : bool
        Whether to take spins and spin–orbit coupling along.
    interface, order
        See :class:`Hamiltonian`.
    wall : bool
        Whether envelopes end at the outermost surface,
    tail : Barrier, optional
        and the barrier whose tail continues them there.
    wave_vector : tuple of float
        Bloch wave vector in 1/nm along periodic axes.
    """
    first = polynomials[0]
    rows = [i * len(first.orbitals) + orbital for i in range(4) for orbital in orbitals]
    coupled = spins and any(p.spin_orbit is not None for p in polynomials)
    return _core.discretise(
        voxels.compiled,
        orbitals=len(orbitals),
        spins=first.spins if spins else 1,
        places=[first.places[orbital] for orbital in orbitals],
        forms=[np.ascontiguousarray(p.form()[np.ix_(rows, rows)]) for p in polynomials],
        spin_orbit=[
            np.zeros((0, 0), complex) if p.spin_orbit is None else p.spin_orbit for p in polynomials
        ]
        if coupled
        else [],
        interface=interface,
        order=order,
        wall=wall,
        tail_diffusion=0.0 if tail is None else tail.diffusion,
        barrier_edge=0.0 if tail is None else tail.edge,
        reference_energy=0.0 if tail is None else tail.reference,
        tangential_energy=0.0 if tail is None else tail.tangential,
        wave_vector=wave_vector,
    )


def at_places(
    values: NDArray[np.float64], places: Sequence[int], periodic: Sequence[bool] = (False,) * 3
) -> NDArray[np.float64]:
    """Return a field on the nodes at the places of the orbitals, (orbitals, nx, ny, nz)."""
    result = []
    for place in places:
        field = values
        for axis in range(3):
            if place >> axis & 1:  # half a step on; the last node (or the first) goes on beyond
                beyond = np.take(field, [0 if periodic[axis] else -1], axis=axis)
                after = np.concatenate([np.delete(field, 0, axis=axis), beyond], axis=axis)
                field = 0.5 * (field + after)
        result.append(field)
    return np.array(result)
