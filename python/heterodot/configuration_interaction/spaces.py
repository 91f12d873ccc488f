"""Determinants of electrons and holes: how many, which spinors they fill, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

__all__ = ["ConfigurationSpace", "annihilated", "subsets"]


@dataclass(frozen=True)
class ConfigurationSpace:
    """All determinants of a number of electrons and holes in given spinors.

    A state has one coefficient for each pair (electron determinant, hole determinant), the hole
    determinant running fastest. A determinant is the product of its creation operators in rising
    order of the spinors; electron and hole operators commute.

    Parameters
    ----------
    electrons, holes : int
        Number of particles of each kind.
    electron_spinors, hole_spinors : int
        Number of spinors they may occupy.
    """

    electrons: int
    holes: int
    electron_spinors: int
    hole_spinors: int

    @property
    def shape(self) -> tuple[int, int]:
        """Number of electron and of hole determinants."""
        return comb(self.electron_spinors, self.electrons), comb(self.hole_spinors, self.holes)

    @property
    def size(self) -> int:
        """Number of determinants."""
        return self.shape[0] * self.shape[1]

    def occupations(self, carrier: str) -> NDArray[np.int64]:
        """Return the occupied spinors of each determinant of one carrier kind, (count, n)."""
        if carrier == "electron":
            return subsets(self.electron_spinors, self.electrons)
        return subsets(self.hole_spinors, self.holes)


def subsets(spinors: int, particles: int) -> NDArray[np.int64]:
    """Return all subsets in the colexicographic order of the core, (count, particles)."""
    subsets = np.array(list(combinations(range(spinors), particles)), np.int64)
    subsets = subsets.reshape(comb(spinors, particles), particles)
    return subsets[np.lexsort(subsets.T)] if particles else subsets


def annihilated(
    coefficients: NDArray[np.complex128], spinors: int, particles: int
) -> NDArray[np.complex128]:
    """Take one particle out of the second-to-last axis: (..., D, m) -> (..., N, D', m)."""
    occupied = subsets(spinors, particles)
    rests = comb(spinors, particles - 1)
    *front, _, back = coefficients.shape
    result = np.zeros((*front, spinors, rests, back), complex)
    for p in range(particles):
        kept = np.delete(occupied, p, axis=1)
        rest = sum(
            (_binomials(spinors, q + 1)[kept[:, q]] for q in range(particles - 1)),
            np.zeros(len(occupied), np.int64),
        )
        result[..., occupied[:, p], rest, :] = (-1) ** p * coefficients
    return result


def _binomials(count: int, k: int) -> NDArray[np.int64]:
    return np.array([comb(n, k) for n in range(count)], np.int64)
