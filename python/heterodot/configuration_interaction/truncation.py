"""Spaces that leave out determinants: those far above the ground state, or excited too often."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.configuration_interaction.integrals import Integrals
from heterodot.configuration_interaction.shells import shell_ends, whole
from heterodot.configuration_interaction.spaces import ConfigurationSpace

__all__ = ["TruncatedHamiltonian", "kept_determinants"]

Complex = NDArray[np.complex128]


def kept_determinants(
    coulomb: Integrals,
    space: ConfigurationSpace,
    excitations: int | None = None,
    energy: float | None = None,
) -> NDArray[np.intp]:
    """Return the numbers of the determinants that a truncated space keeps.

    Parameters
    ----------
    coulomb : Integrals
    space : ConfigurationSpace
        All determinants.
    excitations : int, optional
        Largest number of carriers, electrons and holes together, outside the lowest whole shells
        that can hold all carriers of their kind.
    energy : float, optional
        Largest sum of one-body energies above the lowest one, in eV.

    Raises
    ------
    ValueError
        A limit is negative.
    """
    kept = np.ones(space.shape, bool)
    sides = (
        (space.occupations("electron"), coulomb.one_body_electron),
        (space.occupations("hole"), coulomb.one_body_hole),
    )
    if excitations is not None:
        if excitations < 0:
            raise ValueError(f"excitations: must not be negative, got {excitations}")
        e, h = (_outside(occupied, one_body) for occupied, one_body in sides)
        kept &= e[:, None] + h <= excitations
    if energy is not None:
        if not energy >= 0:
            raise ValueError(f"energy_cutoff: must not be negative (eV), got {energy:g}")
        above = [_excess(occupied, one_body) for occupied, one_body in sides]
        kept &= above[0][:, None] + above[1] <= energy
    return np.flatnonzero(kept)


def _outside(occupied: NDArray[np.int64], one_body: Complex) -> NDArray[np.int64]:
    """Carriers of every determinant outside the lowest shells that hold them all."""
    particles = occupied.shape[1]
    reference = whole(shell_ends(one_body), max(particles, 1))
    return np.asarray(np.sum(occupied >= reference, axis=1), np.int64)


def _excess(occupied: NDArray[np.int64], one_body: Complex) -> NDArray[np.float64]:
    energies = one_body.diagonal().real[occupied].sum(axis=1)
    return np.asarray(energies - energies.min(initial=np.inf))


class TruncatedHamiltonian:
    """The many-body Hamiltonian between some determinants only.

    Products are those of the whole space with zeros put in, which keeps them dense: a truncated
    space saves memory and iterations of the eigensolver rather than time for each product.

    Parameters
    ----------
    hamiltonian : CIHamiltonian
    kept : (size,) array
        Numbers of the determinants, rising.
    """

    def __init__(self, hamiltonian: _core.CIHamiltonian, kept: NDArray[np.intp]) -> None:
        self._whole = hamiltonian
        self.kept = kept
        self.size = len(kept)

    @property
    def diagonal(self) -> NDArray[np.float64]:
        """Diagonal elements in eV, (size,)."""
        return np.asarray(self._whole.diagonal[self.kept])

    def apply(self, vectors: NDArray[Any]) -> Complex:
        """Return H x for each of the vectors (count, size)."""
        return np.asarray(self._whole.apply(self.expanded(vectors))[:, self.kept])

    def block(self, determinants: NDArray[np.intp]) -> Complex:
        """Return the matrix between some determinants, numbered within the space."""
        return self._whole.block(self.kept[determinants])

    def expanded(self, vectors: NDArray[Any]) -> Complex:
        """Return vectors (count, size) in the whole space."""
        result = np.zeros((len(vectors), self._whole.size), complex)
        result[:, self.kept] = vectors
        return result
