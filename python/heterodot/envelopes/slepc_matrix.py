"""A stencil operator spread over the ranks of an MPI run, as a PETSc matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.linalg.block_algebra import Algebra, Block, PlainAlgebra
from heterodot.linalg.kramers import KramersAlgebra

__all__ = ["DistributedMatrix", "slabs"]


class DistributedMatrix:
    """A stencil operator as a PETSc matrix, with what belongs to this rank.

    Unknowns are numbered by (rank, band, node); PETSc wants those of a rank to follow each other.
    """

    def __init__(
        self,
        petsc: Any,
        operator: _core.StencilOperator,
        nodes: tuple[int, int, int],
        kramers: bool,
    ) -> None:
        self._petsc = petsc
        self.comm = petsc.COMM_WORLD
        self.failure: type[Exception] = petsc.Error
        self.real = bool(operator.is_real)
        if not self.real and not np.issubdtype(petsc.ScalarType, np.complexfloating):
            raise ValueError(
                "this PETSc was built for real numbers and the Hamiltonian is complex; use one "
                "with complex scalars (dolfinx-solver-complex)"
            )
        self.algebra: Algebra = KramersAlgebra() if kramers else PlainAlgebra()
        self.shape = (operator.bands, *nodes)
        mask = np.asarray(operator.active(), bool).reshape(self.shape)
        planes = mask.sum(axis=(2, 3), dtype=np.int64)  # unknowns of a band on a plane
        self.size = int(planes.sum())
        ranks, rank = self.comm.size, self.comm.rank
        bounds = slabs(planes.sum(axis=0), ranks)
        # Pieces (band, rank) are contiguous among the operator's own numbers and among PETSc's.
        ends = np.concatenate([[0], np.cumsum(planes)])
        starts = ends[np.arange(operator.bands)[:, None] * self.shape[1] + bounds[None, :-1]]
        stops = ends[np.arange(operator.bands)[:, None] * self.shape[1] + bounds[None, 1:]]
        moved = np.cumsum((stops - starts).T.ravel()) - (stops - starts).T.ravel()
        shifts = moved.reshape(ranks, -1).T - starts
        order = np.argsort(starts.ravel(), kind="stable")
        # Empty pieces come before the one that begins at the same number.
        first, shift = starts.ravel()[order], shifts.ravel()[order]
        self._lengths = (stops - starts)[:, rank]  # of the bands on this rank
        self._first = int((stops - starts)[:, :rank].sum())
        self.local = int(self._lengths.sum())
        entries, columns, values = [np.zeros(1, np.int64)], [], []
        for band in range(operator.bands):
            start, column, value = operator.compressed_rows(
                int(starts[band, rank]), int(stops[band, rank])
            )
            column = np.asarray(column)
            piece = np.searchsorted(first, column, side="right") - 1
            start = np.asarray(start, np.int64)
            entries.append(start[1:] - start[:-1])
            columns.append(column + shift[piece])
            values.append(value.real if self.real else value)
        kind = petsc.IntType
        self.matrix = petsc.Mat().createAIJ(
            ((self.local, self.size), (self.local, self.size)),
            csr=(
                np.cumsum(np.concatenate(entries)).astype(kind),
                np.concatenate(columns).astype(kind),
                np.concatenate(values).astype(petsc.ScalarType),
            ),
            comm=self.comm,
        )
        self.matrix.setOption(petsc.Mat.Option.HERMITIAN, True)
        # Where PETSc's unknowns are among all nodes and bands.
        flat = np.flatnonzero(mask)
        lengths = (stops - starts).T.ravel()
        self._places = flat[np.repeat(starts.T.ravel() - moved, lengths) + np.arange(self.size)]
        self._right, self._left = self.matrix.createVecs()

    def option(self, name: str, default: int) -> int:
        """Return a number from PETSc's options."""
        return int(self._petsc.Options().getInt(name, default))

    def set_option(self, name: str, value: str) -> None:
        """Set one of PETSc's options, if the user has not."""
        options = self._petsc.Options()
        if not options.hasName(name):
            options[name] = value

    def rows_of(self, bands: Sequence[int]) -> Any:
        """Return this rank's part of PETSc's index set of the unknowns of some bands."""
        ends = self._first + np.cumsum(self._lengths)
        rows = [np.arange(ends[band] - self._lengths[band], ends[band]) for band in bands]
        numbers = np.concatenate(rows).astype(self._petsc.IntType)
        return self._petsc.IS().createGeneral(numbers, comm=self.comm)

    def images(self, block: Block) -> Block:
        """Return H applied to vectors of which this rank holds its part."""
        result = np.empty_like(block)
        for row, vector in enumerate(block):
            self._right.setArray(vector.astype(self._petsc.ScalarType))
            self.matrix.mult(self._right, self._left)
            image = self._left.getArray(readonly=True)
            result[row] = image.real if result.dtype.kind == "f" else image
        return result

    def summed(self, part: NDArray[Any]) -> NDArray[Any]:
        """Return the sum over the ranks of equally shaped arrays."""
        if self.comm.size == 1 or part.size == 0:
            return part
        total = self._petsc.Vec().createMPI(part.size, comm=self.comm)
        total.setValues(
            np.arange(part.size, dtype=self._petsc.IntType),
            part.ravel().astype(self._petsc.ScalarType),
            addv=True,
        )
        total.assemble()
        result = self._everywhere(total).reshape(part.shape)
        return result if np.iscomplexobj(part) else np.ascontiguousarray(result.real)

    def inner(self, left: Block, right: Block) -> NDArray[Any]:
        """Return the inner products of distributed vectors."""
        return self.summed(self.algebra.inner(left, right))

    def whole(self, block: Block) -> Block:
        """Return distributed vectors on all bands and nodes, on every rank."""
        result: Block = np.zeros((len(block), int(np.prod(self.shape))), block.dtype)
        for row, vector in enumerate(block):
            self._right.setArray(vector.astype(self._petsc.ScalarType))
            values = self._everywhere(self._right)
            result[row, self._places] = values.real if result.dtype.kind == "f" else values
        return result

    def _everywhere(self, vector: Any) -> NDArray[Any]:
        if self.comm.size == 1:
            return np.array(vector.getArray(readonly=True))
        scatter, target = self._petsc.Scatter.toAll(vector)
        scatter.scatter(vector, target, addv=False, mode=self._petsc.ScatterMode.FORWARD)
        result = np.array(target.getArray(readonly=True))
        scatter.destroy()
        target.destroy()
        return result


def slabs(planes: NDArray[np.int64], ranks: int) -> NDArray[np.int64]:
    """Return where to cut planes of so many unknowns into slabs of nearly equal shares."""
    occupied = np.flatnonzero(planes)
    if ranks > len(occupied):
        raise ValueError(
            f"{ranks} ranks for {len(occupied)} planes of nodes along x, and each needs one; start "
            "fewer ranks"
        )
    middles = np.cumsum(planes[occupied]) - 0.5 * planes[occupied]
    rank = np.arange(1, ranks)
    cuts = np.searchsorted(middles, planes.sum() * rank / ranks)
    # Every rank gets a plane, of those before and of those left.
    cuts = np.minimum(
        np.maximum.accumulate(np.maximum(cuts, rank) - rank) + rank, len(occupied) - ranks + rank
    )
    return np.concatenate([[0], occupied[cuts], [len(planes)]])
