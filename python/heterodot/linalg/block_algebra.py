"""Dense algebra on blocks of long row vectors, for real and complex Hermitian problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot import _core

__all__ = [
    "Algebra",
    "PlainAlgebra",
    "check_hermitian",
    "packed_memory",
    "parallel",
    "residual_norms",
    "slices",
    "whiten",
]

Block = NDArray[Any]  # (count, size): vectors are rows, real or complex
Matrix = NDArray[Any]

_CHUNK = 16384  # columns handled at once, so that they stay in cache and Ctrl-C is heard


def slices(size: int, step: int = _CHUNK) -> Iterator[slice]:
    """Cut range(size) into pieces."""
    for first in range(0, size, step):
        yield slice(first, min(first + step, size))


def parallel(work: Callable[[slice], Any], size: int) -> list[Any]:
    """Return what some work gives for every piece of range(size), in order, on all threads.

    BLAS runs on one thread (:mod:`heterodot._blas`); products of small with long matrices are cut
    into pieces instead, always the same ones.
    """
    pieces = list(slices(size))
    threads = min(_core.thread_count(), len(pieces))
    if threads == 1:
        return [work(part) for part in pieces]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, pieces))


def packed_memory(size: int, real: bool, blocks: int) -> int:
    """Return the bytes of vectors interleaved for products and multigrid cycles.

    One block in double and ``blocks`` in single precision, of as many vectors as the compiled side
    takes at once.
    """
    width = 1 if real else 2
    vectors = max(1, min(16 // width, (1 << 25) // (size * width)))
    return size * width * vectors * (8 + 4 * blocks)


def residual_norms(
    vectors: Block, images: Block, values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ‖H v − λ v‖ of the first vectors, one for each value, from their images H v."""
    squares = np.zeros(len(values))
    for part in slices(vectors.shape[1]):
        residual = images[: len(values), part] - values[:, None] * vectors[: len(values), part]
        parts = residual.view(float)
        squares += np.einsum("ij,ij->i", parts, parts)
    return np.sqrt(squares)


def check_hermitian(matrix: Matrix, images: Block, width: int) -> None:
    """Refuse operators on which an iteration would diverge instead of converge.

    Parameters
    ----------
    matrix : array
        ⟨v|H|w⟩ between vectors, ``width`` rows and columns each.
    images : (count, size) array
        H v, for the scale.
    width : int
        2 if H is taken to commute with time reversal.
    """
    asymmetry = float(np.abs(matrix - matrix.conj().T).max())
    scale = max(float(np.linalg.norm(image)) for image in images)
    if not asymmetry <= 1e-9 * scale:
        kind = "Hermitian"
        if width == 2:
            kind += " or does not commute with time reversal, as kramers=True takes for granted"
        raise ValueError(
            f"the operator is not {kind}: matrix elements differ by {asymmetry:.1e} of {scale:.1e}"
        )


class Algebra(Protocol):
    """Inner products, combinations and small eigenproblems over one kind of numbers.

    A small matrix has ``width`` rows and columns for every vector: 1 for plain vectors, 2 where a
    vector stands for itself and its time reverse.
    """

    width: int

    def inner(self, left: Block, right: Block) -> Matrix:
        """Return the inner products, shape (width·left, width·right)."""
        ...

    def recombine(self, coefficients: Matrix, block: Block) -> None:
        """Replace the first rows of a block by the combinations Σ_j c_jk v_j of its rows."""
        ...

    def eigh(self, matrix: Matrix) -> tuple[NDArray[np.float64], Matrix]:
        """Return ascending eigenvalues (one a vector) and eigenvectors of a small matrix."""
        ...


class PlainAlgebra:
    """Real or complex vectors."""

    width = 1

    def inner(self, left: Block, right: Block) -> Matrix:
        """Return left* · rightᵀ."""
        parts = parallel(lambda part: left[:, part].conj() @ right[:, part].T, left.shape[1])
        return np.asarray(sum(parts))

    def recombine(self, coefficients: Matrix, block: Block) -> None:
        """Replace the first rows by cᵀ · rows."""
        rows, count = coefficients.shape
        mixing = np.ascontiguousarray(coefficients.T, dtype=block.dtype)

        def mix(part: slice) -> None:
            block[:count, part] = mixing @ block[:rows, part]

        parallel(mix, block.shape[1])

    def eigh(self, matrix: Matrix) -> tuple[NDArray[np.float64], Matrix]:
        """Return eigenvalues and eigenvectors of a Hermitian matrix."""
        values, vectors = scipy.linalg.eigh(0.5 * (matrix + matrix.conj().T), check_finite=False)
        return values, vectors


def whiten(algebra: Algebra, overlap: Matrix, threshold: float = 1e-12) -> Matrix:
    """Return C with C†SC = 1 for an overlap matrix S; nearly dependent directions are left out."""
    weights, mixing = algebra.eigh(overlap)
    keep = np.repeat(weights > threshold * max(float(weights[-1]), 1e-300), algebra.width)
    columns: Matrix = mixing[:, keep] / np.sqrt(np.repeat(weights, algebra.width)[keep])
    return columns
