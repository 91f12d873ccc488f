"""Kramers pairs: vectors that stand for themselves and their time reverse.

Bands are spin-major, a vector is (F↑, F↓), and T = iσ_yK maps it to (F↓*, −F↑*), T² = −1. An
operator that commutes with T has every eigenvalue twice, once for F and once for TF. Matrix
elements among the vectors of {F, TF} form 2×2 blocks [[a, b], [−b*, a*]], which multiply like
quaternions, so that half of them need to be computed and one vector of every pair is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import (
    Block,
    Matrix,
    combine_parts,
    part_products,
    table_of_parts,
)

__all__ = ["KramersAlgebra", "quaternion_eigh", "time_reverse"]


def time_reverse(block: Block) -> Block:
    """Return T F = (F↓*, −F↑*) of every row F = (F↑, F↓)."""
    half = block.shape[-1] // 2
    return np.concatenate([block[..., half:].conj(), -block[..., :half].conj()], axis=-1)


class KramersAlgebra:
    """Complex vectors, each with its time reverse; small matrices have 2×2 blocks."""

    width = 2

    def inner(self, left: Block, right: Block) -> Matrix:
        """Return the products of (F, TF) of the left and of the right vectors."""
        table = part_products(left, right, halves=2)

        def product(i: int, j: int, conjugate: float) -> Matrix:  # of half i with half j
            own = table[:, 2 * i : 2 * i + 2, :, 2 * j : 2 * j + 2]
            rr, ri, ir, ii = (own[:, p, :, q] for p in (0, 1) for q in (0, 1))
            return rr + conjugate * ii + 1j * (ri - conjugate * ir)

        # ⟨F|G⟩ and ⟨F|TG⟩*
        plain = product(0, 0, 1.0) + product(1, 1, 1.0)
        crossed = product(0, 1, -1.0) - product(1, 0, -1.0)
        return _blocks(plain, crossed.conj())

    def recombine(self, coefficients: Matrix, block: Block) -> None:
        """Replace the first rows by Σ_j (a_jk F_j + b_jk TF_j), (a, b) from the even columns."""
        combine_parts(_parts(coefficients), block, block)

    def real_form(self, coefficients: Matrix, block: Block) -> Matrix:
        """Return coefficients (a, b), from the even columns, as those of real parts."""
        return table_of_parts(_parts(coefficients), np.float64)

    def subtract(self, coefficients: Matrix, source: Block, target: Block) -> None:
        """Subtract Σ_j (a_jk F_j + b_jk TF_j) from the rows of another block."""
        combine_parts(_parts(-coefficients), source, target, add=True)

    def eigh(self, matrix: Matrix) -> tuple[NDArray[np.float64], Matrix]:
        """Return one eigenvalue a pair, and the eigenvectors with their time reverses."""
        return quaternion_eigh(matrix)


def _parts(coefficients: Matrix) -> list[list[NDArray[Any]]]:
    """Return what the parts of F contribute to those of F↑' = aF↑ + bF↓*, F↓' = aF↓ − bF↑*."""
    own, reverse = coefficients[0::2, 0::2].T, coefficients[1::2, 0::2].T
    a, a_i, b, b_i = own.real, own.imag, reverse.real, reverse.imag
    return [
        [a, -a_i, b, b_i],
        [a_i, a, b_i, -b],
        [-b, -b_i, a, -a_i],
        [-b_i, b, a_i, a],
    ]


def _blocks(a: NDArray[Any], b: NDArray[Any]) -> Matrix:
    matrix = np.empty((2 * a.shape[0], 2 * a.shape[1]), complex)
    matrix[0::2, 0::2], matrix[0::2, 1::2] = a, b
    matrix[1::2, 0::2], matrix[1::2, 1::2] = -b.conj(), a.conj()
    return matrix


def _quaternions(column: NDArray[Any]) -> Matrix:
    """Complete (a, −b*) of a column of quaternions to [[a, b], [−b*, a*]]."""
    result = np.empty((len(column), 2), complex)
    result[:, 0] = column
    result[0::2, 1], result[1::2, 1] = -column[1::2].conj(), column[0::2].conj()
    return result


def quaternion_eigh(matrix: Matrix) -> tuple[NDArray[np.float64], Matrix]:
    """Diagonalise a Hermitian matrix of quaternions written as 2×2 complex blocks.

    Householder reflections with quaternions make it tridiagonal and unit quaternions on the
    diagonal make the rest real, so that every eigenvalue comes exactly twice and the pairs are
    known, whatever else is degenerate. Dongarra, Gabriel, Koelling and Wilkinson, Linear Algebra
    Appl. 60, 27 (1984).

    Parameters
    ----------
    matrix : (2n, 2n) complex
        Blocks [[a, b], [−b*, a*]].

    Returns
    -------
    values : (n,) array
        Ascending, one a pair.
    vectors : (2n, 2n) complex
        Columns 2k and 2k+1 belong to value k and are time reverses of each other.
    """
    n = len(matrix) // 2
    work = 0.5 * (matrix + matrix.conj().T).astype(complex)
    basis = np.eye(2 * n, dtype=complex)
    beside = np.zeros(max(n - 1, 0))
    for k in range(n - 1):
        # A column of quaternions below the diagonal, two complex columns wide.
        column = _quaternions(work[2 * k + 2 :, 2 * k])
        norm = np.sqrt(np.sum(np.abs(column[:, 0]) ** 2))
        head = column[:2]
        size = np.sqrt(np.sum(np.abs(head[:, 0]) ** 2))
        phase = head / size if size > 1e-300 else np.eye(2, dtype=complex)
        if n - 1 - k > 1 and norm > 1e-300:
            column[:2] += norm * phase
            scale = 2.0 / np.sum(np.abs(column[:, 0]) ** 2)
            rest = slice(2 * k + 2, None)
            work[rest, :] -= scale * column @ (column.conj().T @ work[rest, :])
            work[:, rest] -= scale * (work[:, rest] @ column) @ column.conj().T
            basis[:, rest] -= scale * (basis[:, rest] @ column) @ column.conj().T
        # Turn the quaternion left beside the diagonal into a real number.
        block = _quaternions(work[2 * k + 2 : 2 * k + 4, 2 * k])
        beside[k] = np.sqrt(np.sum(np.abs(block[:, 0]) ** 2))
        if beside[k] > 1e-300:
            turn = block / beside[k]
            pair = slice(2 * k + 2, 2 * k + 4)
            work[pair, :] = turn.conj().T @ work[pair, :]
            work[:, pair] = work[:, pair] @ turn
            basis[:, pair] = basis[:, pair] @ turn
    diagonal = work.diagonal()[0::2].real.copy()
    if n == 1:
        return diagonal, basis
    values, vectors = scipy.linalg.eigh_tridiagonal(diagonal, beside)
    return np.asarray(values, dtype=np.float64), basis @ np.kron(vectors, np.eye(2))
