"""A preconditioner for indefinite operators whose diagonal blocks are definite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.linalg.block_algebra import Block, slices

__all__ = ["DefinitePart", "DefiniteParts"]

_NUMBERS_A_CALL = 1 << 22  # bounds the time of one call into the core


@dataclass(frozen=True)
class DefinitePart:
    """A diagonal block of the operator, above or below the shift.

    Attributes
    ----------
    orbitals : tuple of int
        Which orbitals it is about; the block acts alike on every spin.
    sign : {1.0, -1.0}
        1 where the block lies above the shift, −1 where it lies below.
    levels : sequence of _core.StencilOperator
        The block on the grid and on ever coarser ones, without coupling of spins.
    """

    orbitals: tuple[int, ...]
    sign: float
    levels: Sequence[_core.StencilOperator]


class DefiniteParts:
    """|H − σ|⁻¹ without the coupling between the parts: one multigrid cycle for each of them.

    With H = [[A, C†], [C, B]], A above and B below the shift σ, the operator preconditioned by
    diag(A − σ, σ − B)⁻¹ has its spectrum in ±[1, √(1 + s²)], s the norm of the coupling relative to
    the parts, whatever the grid (Silvester and Wathen, SIAM J. Num. Anal. 31, 1352 (1994)).

    Parameters
    ----------
    parts : sequence of DefinitePart
        Together all orbitals.
    spins, orbitals : int
        Of the vectors, which are (spin, orbital, x, y, z).
    shift : float
        σ.
    """

    def __init__(
        self, parts: Sequence[DefinitePart], spins: int, orbitals: int, shift: float
    ) -> None:
        self.parts = tuple(parts)
        self._shape = (spins, orbitals)
        self._multigrids = []
        for part in self.parts:
            multigrid = _core.Multigrid(list(part.levels), sign=part.sign)
            multigrid.set_shifts([part.sign * shift])
            self._multigrids.append(multigrid)

    def apply(self, block: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Return the approximate inverse applied to every row."""
        spins, orbitals = self._shape
        rows = block.reshape(len(block), spins, orbitals, -1)
        result = np.empty_like(rows)
        for part, multigrid in zip(self.parts, self._multigrids, strict=True):
            chosen = list(part.orbitals)
            own = rows[:, :, chosen].reshape(len(block) * spins, -1)
            out = np.empty_like(own)
            for some in slices(len(own), max(1, _NUMBERS_A_CALL // own.shape[1])):
                out[some] = multigrid.apply(own[some])
            result[:, :, chosen] = out.reshape(len(block), spins, len(chosen), -1)
        return result.reshape(block.shape)

    def smoothed(self, count: int, sign: float, random: np.random.Generator) -> Block:
        """Return random vectors within the parts of one sign, smoothed towards the shift."""
        spins, orbitals = self._shape
        size = self._nodes()
        block = np.zeros((count, spins, orbitals, size), np.complex64)
        for part in self.parts:
            if part.sign == sign:
                shape = (count, spins, len(part.orbitals), size)
                noise = random.standard_normal(shape) + 1j * random.standard_normal(shape)
                block[:, :, list(part.orbitals)] = noise
        vectors: Block = block.reshape(count, -1)
        for _ in range(3):
            vectors = self.apply(vectors)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors

    def _nodes(self) -> int:
        first = self.parts[0]
        return first.levels[0].size // len(first.orbitals)
