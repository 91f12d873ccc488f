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

    def project(
        self, block: Single, image: Single | None = None, known_image: Single | None = None
    ) -> None:
        """Take the known vectors out of every row, and their images out of its image."""
        within = self.algebra.inner(self.known, block)
        self.algebra.subtract(within, self.known, block)
        if image is not None and known_image is not None:
            self.algebra.subtract(within, known_image, image)
