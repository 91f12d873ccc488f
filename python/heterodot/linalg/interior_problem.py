"""One level of a search for eigenvalues beside a gap: its operator, preconditioner and goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import (
    Algebra,
    Block,
    write_products,
    write_products_in_single,
)
from heterodot.linalg.flexible_correction import ApproximateInverse

__all__ = ["Goal", "InteriorLevel", "Preconditioner", "Problem"]


class Preconditioner(Protocol):
    """A positive definite approximation of |H − σ|⁻¹."""

    def apply(self, block: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Return it applied to every row."""
        ...

    def smoothed(self, count: int, sign: float, random: np.random.Generator) -> Block:
        """Return random vectors, mostly of eigenvalues above (1) or below (−1) the shift."""
        ...


@dataclass(frozen=True)
class InteriorLevel:
    """An operator with its preconditioner.

    Attributes
    ----------
    operator : object
        Hermitian, with ``size``, ``apply`` and, if it has it, ``apply_float`` on blocks of rows.
    preconditioner : Preconditioner
    prolong : callable or None
        Interpolates vectors of this level to the next finer one.
    inverses : pair of ApproximateInverse, optional
        Approximations of (H − σ)⁻¹ with shifts σ beside the states below and those above; faster than
        the preconditioner alone.
    """

    operator: Any
    preconditioner: Preconditioner
    prolong: Any = None
    inverses: tuple[ApproximateInverse, ApproximateInverse] | None = None


@dataclass(frozen=True)
class Goal:
    """What a level has to reach; the side below comes first."""

    counts: tuple[int, int]
    rows: tuple[int, int]
    tolerance: float
    max_iterations: int
    steps: tuple[int, int] = (8, 20)  # most inner ones, for rough vectors and for good ones


class Problem:
    """One level as the iteration sees it."""

    kind, single = complex, np.complex64  # types of the numbers of a vector

    def __init__(self, level: InteriorLevel, algebra: Algebra, shift: float) -> None:
        self.operator = level.operator
        self.preconditioner = level.preconditioner
        self.inverses = level.inverses
        self.algebra = algebra
        self.shift = shift
        self.size = int(level.operator.size)
        self._work: dict[str, NDArray[np.complex64]] = {}

    def apply(self, block: Block, out: Block) -> None:
        """Write H applied to every row to ``out``."""
        write_products(self.operator, block, out)

    def apply_in_single(
        self, block: NDArray[np.complex64], out: NDArray[np.complex64] | None = None
    ) -> NDArray[np.complex64]:
        """Return H applied to every row in single precision."""
        images = np.empty_like(block) if out is None else out
        write_products_in_single(self.operator, block, images)
        return images

    def workspace(self, purpose: str, count: int) -> NDArray[np.complex64]:
        """Return rows in single precision, for each purpose always the same memory."""
        held = self._work.get(purpose)
        if held is None or len(held) < count:
            held = self._work[purpose] = np.empty((count, self.size), np.complex64)
        return held[:count]
