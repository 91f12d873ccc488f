"""Densities and natural orbitals of many-body states."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.electrostatics.pair_densities import PairDensities

__all__ = ["NaturalOrbitals", "density_on_nodes", "natural_orbitals"]

Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class NaturalOrbitals:
    """Spinors that diagonalise the one-body density matrix of a many-body state.

    Attributes
    ----------
    carrier : {"electron", "hole"}
    occupations : (n,) array
        Mean numbers of carriers, largest first; their sum is the number of carriers.
    coefficients : (spinors, n) array
        Columns are the natural spinors in the single-particle ones.
    states : States, optional
        The single-particle states.
    """

    carrier: str
    occupations: NDArray[np.float64]
    coefficients: Complex
    states: Any = field(default=None, repr=False)

    def density(self, index: int = 0) -> NDArray[np.float64]:
        """Return the density of a natural spinor in nm⁻³, (nx, ny, nz)."""
        u = self.coefficients[:, index]
        return density_on_nodes(self.states, self.carrier, np.outer(u.conj(), u))

    def __repr__(self) -> str:
        first = ", ".join(f"{n:.4f}" for n in self.occupations[:8])
        more = ", …" if len(self.occupations) > 8 else ""
        return f"Natural orbitals of {self.carrier}s: occupations {first}{more}"


def natural_orbitals(carrier: str, density_matrix: Complex, states: Any = None) -> NaturalOrbitals:
    """Return the natural orbitals of ``<c†_i c_j>``."""
    occupations, columns = np.linalg.eigh(density_matrix)
    return NaturalOrbitals(
        carrier, occupations[::-1].copy(), columns[:, ::-1].conj().copy(), states
    )


def density_on_nodes(states: Any, carrier: str, density_matrix: Complex) -> NDArray[np.float64]:
    """Return Σ_ij <c†_i c_j> ψ_i†ψ_j in nm⁻³ on the nodes, (nx, ny, nz).

    Parameters
    ----------
    states : States
        The single-particle states.
    carrier : {"electron", "hole"}
    density_matrix : (n, n) array
        Of the lowest n spinors; pair densities of holes are conjugate to those of valence states.
    """
    if states is None:
        raise ValueError("these many-body states do not know their single-particle states")
    own = states.electrons if carrier == "electron" else states.holes
    count = -(-len(density_matrix) // 2)
    pairs = PairDensities(own.representatives[:count], own.spin_degenerate, carrier == "hole")
    matrix = np.zeros((2 * count, 2 * count), complex)
    matrix[: len(density_matrix), : len(density_matrix)] = density_matrix
    weights = np.real(pairs.coefficients.T @ matrix.reshape(-1))
    total = np.zeros(own.representatives.shape[2:])
    row = 0
    for fields in pairs.fields():
        total += np.tensordot(weights[row : row + len(fields)], fields, axes=1)
        row += len(fields)
    return total
