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
    "calls",
    "check_hermitian",
    "combine_parts",
    "packed_memory",
    "parallel",
    "part_products",
    "residual_norms",
    "slices",
    "table_of_parts",
    "update_ritz_vectors",
    "whiten",
    "write_products",
    "write_products_in_single",
]

Block = NDArray[Any]  # (count, size): vectors are rows, real or complex
Matrix = NDArray[Any]

_NUMBERS_A_CALL = 1 << 23  # bounds the time of one call into the core: Ctrl-C is heard in between
_VECTORS_A_CALL = 8  # but no fewer than fill the registers
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


def packed_memory(size: int, real: bool, spins: int, blocks: int) -> int:
    """Return the bytes of vectors interleaved for products and multigrid cycles.

    One block in double and ``blocks`` in single precision, of as many vectors as the compiled side
    takes at once: 128 bytes an orbital and node.
    """
    width = 1 if real else 2
    fitting = (1 << 25) // (size * width)
    double, single = (max(1, min(128 // (b * spins * width), fitting)) for b in (8, 4))
    return size * width * (8 * double + 4 * single * blocks)


def write_products(operator: Any, block: Block, out: Block) -> None:
    """Write H v of every row, as many at a time as fill registers and leave room for Ctrl-C.

    Real rows are multiplied by ``apply_real``. Compiled operators write where the result belongs.
    """
    product = operator.apply if np.iscomplexobj(block) else operator.apply_real
    for rows in calls(block):
        if isinstance(operator, _core.StencilOperator):
            product(block[rows], out=out[rows])
        else:
            out[rows] = product(block[rows])


def write_products_in_single(operator: Any, block: Block, out: Block) -> None:
    """Write H v of every row in single precision; by way of double precision if need be."""
    real = not np.iscomplexobj(block)
    product = getattr(operator, "apply_real_float" if real else "apply_float", None)
    for rows in calls(block):
        if product is None:
            wide: Block = np.empty(block[rows].shape, float if real else complex)
            write_products(operator, block[rows].astype(wide.dtype), wide)
            out[rows] = wide
        elif isinstance(operator, _core.StencilOperator):
            product(block[rows], out=out[rows])
        else:
            out[rows] = product(block[rows])


def calls(block: Block) -> Iterator[slice]:
    """Cut a block into the vectors of one call into the core."""
    return slices(len(block), max(_VECTORS_A_CALL, _NUMBERS_A_CALL // block.shape[1]))


def residual_norms(
    vectors: Block,
    images: Block,
    values: NDArray[np.float64],
    numbers: NDArray[np.intp] | None = None,
    out: Block | None = None,
) -> NDArray[np.float64]:
    """Return ‖H v − λ v‖ of the first vectors, one for each value, from their images H v.

    Parameters
    ----------
    vectors, images : (any, size) arrays
        In double precision, their rows one after the other.
    values : (count,) array
        λ.
    numbers : (count,) array of int, optional
        Which vectors, if not the first ones.
    out : (count, size) array, optional
        Where to write the residuals themselves in single precision.
    """
    chosen = np.arange(len(values)) if numbers is None else numbers
    to = None if out is None else _as_reals(out)
    return _core.row_residuals(_as_reals(vectors), _as_reals(images), values, chosen, out=to)


def update_ritz_vectors(
    algebra: Algebra,
    vectors: tuple[Block, Block],
    directions: tuple[Block, Block],
    rotation: Matrix,
    steps: Matrix,
    values: tuple[NDArray[np.float64], NDArray[np.float64]],
    kept: NDArray[np.intp],
    factors: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Replace v by v·C + d·B in place, and residuals H v − λ v by those of the new vectors.

    Parameters
    ----------
    algebra : Algebra
    vectors : pair of (count, size) arrays
        v in double, and their residuals in single precision.
    directions : pair of (any, size) arrays
        d and H d in single precision.
    rotation, steps : arrays
        C and B.
    values : pair of (count,) arrays
        λ before and after.
    kept : (any,) array of int
        Vectors whose steps d·B (and their images) replace the first directions,
    factors : (any,) array
        multiplied by these.

    Returns
    -------
    (count,) array
        Norms of the residuals.
    """
    before, after = (np.repeat(own, algebra.width) for own in values)
    shifts = before[:, None] * rotation - rotation * after
    real_rotation, real_shifts, real_steps = (
        algebra.real_form(own, vectors[0]) for own in (rotation, shifts, steps)
    )
    width = 2 if np.iscomplexobj(vectors[0]) else 1
    return np.array(
        _core.update_ritz_vectors(
            *(_as_reals(block) for block in (*vectors, *directions)),
            rotation=real_rotation,
            shifts=real_shifts.astype(np.float32),
            steps=real_steps.astype(np.float32),
            values=values[1],
            kept=kept,
            factors=factors,
            width=width,
            halves=algebra.width,
        )
    )


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

    def real_form(self, coefficients: Matrix, block: Block) -> Matrix:
        """Return coefficients as those of real parts, shape (targets·parts, sources·parts)."""
        ...

    def subtract(self, coefficients: Matrix, source: Block, target: Block) -> None:
        """Subtract the combinations Σ_j c_jk v_j of the rows of a block from those of another."""
        ...

    def eigh(self, matrix: Matrix) -> tuple[NDArray[np.float64], Matrix]:
        """Return ascending eigenvalues (one a vector) and eigenvectors of a small matrix."""
        ...


class PlainAlgebra:
    """Real or complex vectors."""

    width = 1

    def inner(self, left: Block, right: Block) -> Matrix:
        """Return left* · rightᵀ."""
        table = part_products(left, right, halves=1)
        if table.shape[1] == 1:
            return table[:, 0, :, 0]
        return table[:, 0, :, 0] + table[:, 1, :, 1] + 1j * (table[:, 0, :, 1] - table[:, 1, :, 0])

    def recombine(self, coefficients: Matrix, block: Block) -> None:
        """Replace the first rows by cᵀ · rows."""
        self.combine(coefficients, block, block)

    def combine(self, coefficients: Matrix, source: Block, target: Block) -> None:
        """Write cᵀ · rows to the first rows of another block."""
        combine_parts(_parts(coefficients.T, source), source, target)

    def real_form(self, coefficients: Matrix, block: Block) -> Matrix:
        """Return coefficients as those of real parts of the rows of a block."""
        return table_of_parts(_parts(coefficients.T, block), np.float64)

    def subtract(self, coefficients: Matrix, source: Block, target: Block) -> None:
        """Subtract cᵀ · rows from the rows of another block."""
        combine_parts(_parts(-coefficients.T, source), source, target, add=True)

    def eigh(self, matrix: Matrix) -> tuple[NDArray[np.float64], Matrix]:
        """Return eigenvalues and eigenvectors of a Hermitian matrix."""
        values, vectors = scipy.linalg.eigh(0.5 * (matrix + matrix.conj().T), check_finite=False)
        return values, vectors


def _parts(own: Matrix, block: Block) -> list[list[NDArray[Any]]]:
    if not np.iscomplexobj(block):
        return [[own]]
    return [[own.real, -own.imag], [own.imag, own.real]]


def _as_reals(block: Block) -> NDArray[Any]:
    return block.view(block.real.dtype)


def part_products(left: Block, right: Block, halves: int) -> NDArray[np.float64]:
    """Return the inner products of the real parts of rows, shape (left, parts, right, parts).

    The parts are (half, real or imaginary).
    """
    reals = [_as_reals(block) for block in (left, right)]
    width = reals[0].shape[1] // left.shape[1]
    table = _core.row_products(*reals, width=width, halves=halves)
    parts = width * halves
    return table.reshape(len(left), parts, len(right), parts)


def table_of_parts(coefficients: list[list[NDArray[Any]]], kind: Any) -> Matrix:
    """Return coefficients part by part as one table (targets·parts, sources·parts)."""
    targets, sources = coefficients[0][0].shape
    table = np.array(coefficients, kind).transpose(2, 0, 3, 1)
    parts = len(coefficients)
    return np.ascontiguousarray(table).reshape(targets * parts, sources * parts)


def combine_parts(
    coefficients: list[list[NDArray[Any]]], source: Block, target: Block, *, add: bool = False
) -> None:
    """Write (or add) combinations of rows to the first rows of a block, which may be the source.

    Parameters
    ----------
    coefficients : nested list of (targets, sources) arrays
        From every part of the sources (second index) to every part of the targets (first index).
    source, target : arrays
        Of the same type; each row contiguous.
    add : bool
        Whether to keep what the target holds.
    """
    parts = len(coefficients)
    targets, sources = coefficients[0][0].shape
    width = 2 if np.iscomplexobj(source) else 1
    _core.combine_rows(
        table_of_parts(coefficients, source.real.dtype),
        _as_reals(source[:sources]),
        _as_reals(target[:targets]),
        width=width,
        halves=parts // width,
        add=add,
    )


def whiten(algebra: Algebra, overlap: Matrix, threshold: float = 1e-12) -> Matrix:
    """Return C with C†SC = 1 for an overlap matrix S; nearly dependent directions are left out."""
    weights, mixing = algebra.eigh(overlap)
    keep = np.repeat(weights > threshold * max(float(weights[-1]), 1e-300), algebra.width)
    columns: Matrix = mixing[:, keep] / np.sqrt(np.repeat(weights, algebra.width)[keep])
    return columns
