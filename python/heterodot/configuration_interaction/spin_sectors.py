"""Blocks of a many-body Hamiltonian that conserves the spin of electrons and that of holes.

Without electron-hole exchange and spin-orbit coupling, determinants mix only if they share the spin
projections (M_e, M_h): full diagonalisation of the blocks gives all states of spaces whose whole
matrix would be far too large for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

if TYPE_CHECKING:
    from heterodot import _core

__all__ = ["diagonalise_sectors", "spin_sectors"]

Complex = NDArray[np.complex128]

_NOTHING = 1e-13  # eV
_BATCH = 256  # columns of a block's matrix made at a time


def spin_sectors(coulomb: Any, hamiltonian: _core.CIHamiltonian) -> list[NDArray[np.intp]]:
    """Return the positions of the determinants of every (M_e, M_h).

    Spinors 2p and 2p+1 are the two spins of orbital p. A carrier whose integrals flip its spin has
    one block; nothing else is assumed of the model.

    Parameters
    ----------
    coulomb : CoulombIntegrals
    hamiltonian : CIHamiltonian
    """
    eh = coulomb.eh
    electrons = _blocks(
        hamiltonian.electron_determinants, coulomb.one_body_electron, coulomb.ee, eh
    )
    holes = _blocks(
        hamiltonian.hole_determinants, coulomb.one_body_hole, coulomb.hh, eh.transpose(2, 3, 0, 1)
    )
    count = len(hamiltonian.hole_determinants)
    return [(e[:, None] * count + h).reshape(-1) for e in electrons for h in holes]


def _blocks(determinants: NDArray[np.int32], *matrices: Complex) -> list[NDArray[np.intp]]:
    """Return determinants by their number of odd spinors, if no matrix joins even and odd."""
    for matrix in matrices:
        for flip in (matrix[0::2, 1::2], matrix[1::2, 0::2]):
            if flip.size and np.abs(flip).max() > _NOTHING:
                return [np.arange(len(determinants))]
    odd = np.sum(determinants % 2, axis=1)
    return [np.flatnonzero(odd == number) for number in np.unique(odd)]


def diagonalise_sectors(
    hamiltonian: _core.CIHamiltonian, sectors: list[NDArray[np.intp]], roots: int
) -> tuple[NDArray[np.float64], Complex, NDArray[np.float64]]:
    """Return the lowest energies (eV), vectors (roots, size) and residual norms of all sectors."""
    energies: list[NDArray[np.float64]] = []
    errors: list[NDArray[np.float64]] = []
    columns: list[NDArray[Any]] = []
    for sector in sectors:
        matrix = _matrix(hamiltonian, sector)
        some = (0, roots - 1) if roots < len(sector) // 4 else None
        values, vectors = scipy.linalg.eigh(matrix, subset_by_index=some)
        energies.append(values)
        columns.append(vectors)
        errors.append(np.linalg.norm(matrix @ vectors - vectors * values, axis=0))
    owner = np.repeat(np.arange(len(sectors)), [len(values) for values in energies])
    place = np.concatenate([np.arange(len(values)) for values in energies])
    every = np.concatenate(energies)
    order = np.argsort(every, kind="stable")[:roots]
    result = np.zeros((len(order), hamiltonian.size), complex)
    for row, (block, column) in enumerate(zip(owner[order], place[order], strict=True)):
        result[row, sectors[block]] = columns[block][:, column]
    return every[order], result, np.concatenate(errors)[order]


def _matrix(hamiltonian: _core.CIHamiltonian, sector: NDArray[np.intp]) -> NDArray[Any]:
    """Matrix of one sector; real where it is."""
    matrix = np.empty((len(sector), len(sector)), complex)
    for start in range(0, len(sector), _BATCH):
        part = sector[start : start + _BATCH]
        units = np.zeros((len(part), hamiltonian.size), complex)
        units[np.arange(len(part)), part] = 1.0
        matrix[:, start : start + len(part)] = hamiltonian.apply(units)[:, sector].T
    matrix = (matrix + matrix.conj().T) / 2
    return matrix.real.copy() if np.abs(matrix.imag).max(initial=0.0) < _NOTHING else matrix
