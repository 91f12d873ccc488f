"""What the Coulomb interaction throws a hot carrier into: potentials times orbitals, made few."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["compressed", "field_products"]

Complex = NDArray[np.complex128]

_NEGLIGIBLE = 1e-4  # share of the squared norm of all φ that is left out


def field_products(
    orbitals: Any, fields: NDArray[np.float64], rows: Complex
) -> tuple[NDArray[Any], Complex]:
    """Return the functions U ψ, and the φ on them: (functions, size), ([spin], s, Ψ, functions).

    Where bands carry no spin, spinors 2p and 2p + 1 are φ ↑ and -φ* ↓, and each spin has a φ of its own.
    """
    spins = 2 if orbitals.spin_degenerate else 1
    count = rows.shape[2]
    if orbitals.spin_degenerate:
        psi = orbitals.representatives[: count // 2]
        if not np.isrealobj(psi):
            raise ValueError("states: orbitals without spin must be real")
    else:
        psi = orbitals.envelopes[:count]
    psi = psi.reshape(len(psi), psi.shape[1], -1)
    functions = fields[:, None, None, :] * psi[None]
    functions = functions.reshape(len(fields) * len(psi), -1)
    split = rows.reshape(*rows.shape[:2], len(psi), spins, len(fields))
    split = np.moveaxis(split, (3, 4), (0, 3))  # (spin, final, initial, fields, orbitals)
    if spins == 2:
        split = split * np.array([1.0, -1.0])[:, None, None, None, None]
    return functions, split.reshape(*split.shape[:3], -1)


def compressed(
    vectors: NDArray[Any], rows: Complex, weights: NDArray[np.float64]
) -> tuple[NDArray[Any], Complex]:
    """Return few orthonormal vectors that hold nearly all of the weighted sums, and the sums on them."""
    overlap = np.asarray(vectors.conj() @ vectors.T)
    values, turn = np.linalg.eigh(overlap)
    large = values > 1e-12 * values[-1]
    half = turn[:, large] * np.sqrt(values[large])  # overlap = half half†
    sums = np.sqrt(weights)[:, None] * (rows @ half.conj())
    if np.isrealobj(vectors):
        # Real directions, so that products with H stay real.
        sums = np.concatenate([sums.real, sums.imag])
    _, sizes, directions = np.linalg.svd(sums, full_matrices=False)
    missing = 1 - np.cumsum(sizes**2) / max(float(np.sum(sizes**2)), 1e-300)
    rank = min(int(np.searchsorted(-missing, -_NEGLIGIBLE)) + 1, len(sizes))
    chosen = directions[:rank]
    inverse = turn[:, large] / np.sqrt(values[large])
    # φ = Σ c_m f_m with f_m = Σ_x half*_mx q_x, where q are orthonormal.
    basis = (chosen @ inverse.T) @ vectors
    return np.ascontiguousarray(basis), (rows @ half.conj()) @ chosen.conj().T
