"""The operators of a Hamiltonian on its grid and on ever coarser ones, kept once they are built."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.envelopes.barrier import Barrier
from heterodot.envelopes.discretisation import (
    GridLevels,
    InterfaceRule,
    at_places,
    discretised,
)
from heterodot.kp import MatrixPolynomial
from heterodot.kp.model import Carrier

__all__ = ["OperatorLevels", "OperatorRecipe"]


@dataclass(frozen=True, eq=False)
class OperatorRecipe:
    """What the operators of a carrier are made from.

    Parameters
    ----------
    polynomials : tuple of MatrixPolynomial
        Of all regions from the inside out; that of the environment comes last unless it is a hard
        wall.
    barrier : Barrier, optional
        The environment's; None for a hard wall.
    tail : bool
        Whether the barrier is a boundary condition at the surface instead of a region.
    wave_vector : tuple of float
        Bloch wave vector in 1/nm along periodic axes.
    potential : (nx, ny, nz) array, optional
        Local potential in eV on the nodes of the finest grid.
    """

    polynomials: tuple[MatrixPolynomial, ...]
    barrier: Barrier | None
    tail: bool
    wave_vector: tuple[float, float, float]
    potential: NDArray[np.float64] | None


class OperatorLevels:
    """Operators of the carriers on all grids, one recipe a carrier.

    Parameters
    ----------
    grids : GridLevels
        The regions on these grids.
    interface, order
        See :class:`Hamiltonian`; differences on the coarser grids are of second order.
    """

    def __init__(self, grids: GridLevels, interface: InterfaceRule, order: int) -> None:
        self.grids = grids
        self._interface: InterfaceRule = interface
        self._order = order
        self._whole: dict[tuple[Carrier, int], _core.StencilOperator] = {}
        self._plain: dict[tuple[Carrier, int, tuple[int, ...], bool], _core.StencilOperator] = {}

    def for_other_potentials(self) -> OperatorLevels:
        """Return levels for recipes that differ by potentials: what has none is shared."""
        result = copy.copy(self)
        result._whole = {}
        return result

    def for_other_recipes(self) -> OperatorLevels:
        """Return levels that share the regions on the grids only."""
        return OperatorLevels(self.grids, self._interface, self._order)

    def __len__(self) -> int:
        return len(self.grids)

    def has_operator(self, carrier: Carrier, level: int) -> bool:
        """Return whether an operator is there already."""
        return (carrier, level) in self._whole

    def operator(
        self, carrier: Carrier, level: int, recipe: OperatorRecipe
    ) -> _core.StencilOperator:
        """Return the operator of a carrier on one of the grids."""
        key = (carrier, level)
        if key not in self._whole:
            orbitals = range(len(recipe.polynomials[0].orbitals))
            self._whole[key] = self.part(carrier, level, recipe, orbitals, spins=True)
        return self._whole[key]

    def part(
        self,
        carrier: Carrier,
        level: int,
        recipe: OperatorRecipe,
        orbitals: Sequence[int],
        *,
        spins: bool,
    ) -> _core.StencilOperator:
        """Return some orbitals' part of an operator, with or without spins and their coupling."""
        operator = self._without_potential(carrier, level, recipe, tuple(orbitals), spins)
        if recipe.potential is not None:
            coarse = (slice(2**level - 1, None, 2**level),) * 3
            places = [recipe.polynomials[0].places[orbital] for orbital in orbitals]
            periodic = self.grids.grids[0].periodic
            operator = operator.with_potential(
                at_places(recipe.potential[coarse], places, periodic)
            )
        return operator

    def _without_potential(
        self,
        carrier: Carrier,
        level: int,
        recipe: OperatorRecipe,
        orbitals: tuple[int, ...],
        spins: bool,
    ) -> _core.StencilOperator:
        key = (carrier, level, orbitals, spins)
        if key not in self._plain:
            self._plain[key] = discretised(
                self.grids.voxels(level),
                recipe.polynomials[:-1] if recipe.tail else recipe.polynomials,
                orbitals,
                spins=spins,
                interface=self._interface,
                order=self._order if level == 0 else 2,
                wall=recipe.barrier is None or recipe.tail,
                tail=recipe.barrier if recipe.tail else None,
                wave_vector=recipe.wave_vector,
            )
        return self._plain[key]
