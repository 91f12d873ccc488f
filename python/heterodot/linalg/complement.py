"""The space orthogonal to known vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import Algebra

__all__ = ["Complement"]

Single = NDArray[np.complex64]


@dataclass(frozen=True)
class Complement:
    """The complement of orthonormal rows (with Kramers pairs: and of their time reverses)."""

    algebra: Algebra
    known: Single

    def project(self, block: Single) -> None:
        """Take the known vectors out of every row."""
        self.algebra.subtract(self.algebra.inner(self.known, block), self.known, block)

    def project_solutions(self, solutions: Single, residuals: Single) -> None:
        """Make solutions those of the equation within the complement, and so what is left of it.

        For Ax + l = b with b in the complement, Q the projector on it: x becomes Qx, and l such that
        QAQx + l = b.

        Parameters
        ----------
        solutions : (2, count, size) complex64
            x and l.
        residuals : (known, size) complex64
            QA of the known vectors: their residuals, if A is H − σ.
        """
        count, size = solutions.shape[1:]
        both = solutions.reshape(2 * count, size)
        astray = self.algebra.inner(self.known, both)
        self.algebra.subtract(astray, self.known, both)
        within = astray[:, : self.algebra.width * count]
        self.algebra.subtract(-within, residuals, solutions[1])
