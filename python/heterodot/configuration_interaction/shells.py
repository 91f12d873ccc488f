"""Shells: degenerate spinors that belong together, and what is averaged over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heterodot.configuration_interaction.integrals import Integrals, block

__all__ = ["DEGENERATE", "AveragedInteractions", "averaged_interactions", "shell_ends", "whole"]

DEGENERATE = 2e-3  # eV: levels closer than this are one shell, split at most by the grid


def shell_ends(one_body: NDArray[np.complex128], width: float = DEGENERATE) -> NDArray[np.intp]:
    """Return the number of spinors up to the end of every shell.

    Parameters
    ----------
    one_body : (N, N) array
        Hermitian one-body matrix in eV; its diagonal has the levels, degenerate ones together.
    width : float
        Levels whose distance to the next is smaller belong to one shell (eV).
    """
    levels = one_body.diagonal().real
    return np.append(np.flatnonzero(np.abs(np.diff(levels)) > width) + 1, len(levels))


def whole(ends: NDArray[np.intp], spinors: int) -> int:
    """Return the number of spinors rounded up to whole shells."""
    return int(ends[np.searchsorted(ends, spinors)])


@dataclass(frozen=True, eq=False)
class AveragedInteractions:
    """Levels and interactions of spinors, averaged over shells (eV).

    The sum ``Σ level + Σ_{i<j} pair - Σ_eh cross`` is then the energy of a determinant averaged
    over all that fill the same shells with the same numbers of carriers: it does not depend on
    how the spinors of a shell are chosen.

    Attributes
    ----------
    electron_levels, hole_levels : (Ne,), (Nh,) arrays
    electron_pairs, hole_pairs : (Ne, Ne), (Nh, Nh) arrays
        Repulsion minus exchange.
    cross : (Ne, Nh) array
        Attraction.
    """

    electron_levels: NDArray[np.float64]
    electron_pairs: NDArray[np.float64]
    hole_levels: NDArray[np.float64]
    hole_pairs: NDArray[np.float64]
    cross: NDArray[np.float64]

    def energies(
        self, electrons: NDArray[np.int64], holes: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the energies (eV) of all pairs of electron and hole determinants.

        Parameters
        ----------
        electrons, holes : (count, particles) arrays
            Occupied spinors.
        """
        result: NDArray[np.float64] = (
            _own_energies(electrons, self.electron_levels, self.electron_pairs)[:, None]
            + _own_energies(holes, self.hole_levels, self.hole_pairs)[None]
        )
        for i in range(electrons.shape[1]):
            for j in range(holes.shape[1]):
                result -= self.cross[np.ix_(electrons[:, i], holes[:, j])]
        return result


def _own_energies(
    occupied: NDArray[np.int64], levels: NDArray[np.float64], pairs: NDArray[np.float64]
) -> NDArray[np.float64]:
    result: NDArray[np.float64] = levels[occupied].sum(axis=1)
    for i in range(occupied.shape[1]):
        for j in range(i):
            result += pairs[occupied[:, i], occupied[:, j]]
    return result


def averaged_interactions(
    coulomb: Integrals, electron_ends: NDArray[np.intp], hole_ends: NDArray[np.intp]
) -> AveragedInteractions:
    """Average levels and interactions over the shells that end at the given numbers of spinors."""
    e, h = _averaging(electron_ends), _averaging(hole_ends)
    return AveragedInteractions(
        e @ coulomb.one_body_electron.diagonal().real,
        _averaged_pairs(_pairs(coulomb, "ee"), e),
        h @ coulomb.one_body_hole.diagonal().real,
        _averaged_pairs(_pairs(coulomb, "hh"), h),
        e @ _direct(coulomb, "eh", len(e), len(h)) @ h,
    )


def _averaging(ends: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the matrix that replaces every element by the mean of its shell."""
    sizes = np.diff(np.concatenate([[0], ends]))
    shell = np.repeat(np.arange(len(sizes)), sizes)
    matrix: NDArray[np.float64] = (shell[:, None] == shell) / sizes[shell]
    return matrix


def _averaged_pairs(pairs: NDArray[np.float64], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over pairs of different spinors; the diagonal of `pairs` is zero."""
    result: NDArray[np.float64] = mean @ pairs @ mean
    # Inside a shell of m spinors only m (m - 1) of the m² pairs count.
    share = mean.diagonal()
    inside = mean > 0
    correction = np.divide(1.0, 1.0 - share, out=np.zeros_like(share), where=share < 1.0)
    return np.where(inside, result * correction[:, None], result)


def _pairs(coulomb: Integrals, kind: str) -> NDArray[np.float64]:
    """Repulsion minus exchange (ii|jj) - (ij|ji) of like carriers."""
    count = len(coulomb.one_body_electron if kind == "ee" else coulomb.one_body_hole)
    result = _direct(coulomb, kind, count, count)
    everything = np.arange(count)
    for i in range(count):
        one = np.array([i])
        exchange = block(coulomb, kind, one, everything, everything, one)
        result[i] -= exchange[0, everything, everything, 0].real
    np.fill_diagonal(result, 0.0)
    return result


def _direct(coulomb: Integrals, kind: str, first: int, second: int) -> NDArray[np.float64]:
    """Direct integrals (ii|kk)."""
    result = np.empty((first, second))
    everything = np.arange(second)
    for i in range(first):
        one = np.array([i])
        part = block(coulomb, kind, one, one, everything, everything)
        result[i] = part[0, 0, everything, everything].real
    return result
