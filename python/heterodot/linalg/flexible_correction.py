"""Corrections of eigenvectors: the Jacobi–Davidson equation, by flexible GMRES with a true inverse."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import PlainAlgebra, parallel
from heterodot.linalg.complement import Complement

__all__ = ["ApproximateInverse", "flexible_corrections", "flexible_rows"]

Single = NDArray[np.complex64]
Reals = NDArray[np.float64]

_DEPENDENT = 1e-8  # squares of directions, relative to the largest, below which they count as none


class ApproximateInverse(Protocol):
    """An approximation of (H − σ)⁻¹, not of its absolute value; it need not be linear."""

    @property
    def shift(self) -> float:
        """Return σ."""
        ...

    def apply(self, block: Single, out: tuple[Single, Single]) -> object:
        """Write x ≈ (H − σ)⁻¹ b of every row, and b − (H − σ) x."""
        ...


def flexible_rows(count: int, steps: int) -> int:
    """Return how many vectors the store of :func:`flexible_corrections` holds."""
    return count * (2 * steps + 4)


def flexible_corrections(
    inverse: ApproximateInverse,
    residuals: Single,
    shifts: Reals,
    known: Complement,
    known_residuals: Single,
    steps: int,
    reduction: float,
    store: Single,
) -> Single:
    """Return w ≈ −(H − θ)⁻¹ r on the complement of known Ritz vectors, row by row.

    (H − θ)Qw = −r with Q = 1 − Σ|x⟩⟨x| in least squares over directions Qd, where d is what the
    inverse makes of the residual that is left (flexible GMRES: Saad, SIAM J. Sci. Comput. 14,
    461 (1993)). Preconditioned by the
    inverse, with the signs of the eigenvalues, the operator has its spectrum on one side of zero, so
    that states beyond the gap do not slow it down. r is orthogonal to the Ritz vectors.

    Parameters
    ----------
    inverse : ApproximateInverse
    residuals : (count, size) complex64
        r.
    shifts : (count,) array
        θ of each row.
    known : Complement
        Of the orthonormal Ritz vectors x to stay away from.
    known_residuals : (any, size) complex64
        Their residuals Hx − λx.
    steps : int
        Most steps.
    reduction : float
        Factor by which the residual is to fall.
    store : (flexible_rows(count, steps), size) complex64
        Memory to work in, which also holds the result.
    """
    count = len(residuals)
    rest, direction, image = store[: 3 * count].reshape(3, count, -1)
    np.negative(residuals, out=rest)
    chains = [
        _Chain(own, right, float(inverse.shift - theta))
        for own, right, theta in zip(
            store[3 * count : flexible_rows(count, steps)].reshape(count, 2 * steps + 1, -1),
            rest,
            shifts,
            strict=True,
        )
    ]
    for step in range(steps):
        inverse.apply(rest, out=(direction, image))
        _subtract_from(rest, image)  # now (H − σ)d
        known.project(direction, image, known_residuals)
        left = [chain.extend(d, a) for chain, d, a in zip(chains, direction, image, strict=True)]
        if step + 1 == steps or max(left) <= reduction:
            break
        for chain, row in zip(chains, rest, strict=True):
            chain.write_rest(row)
    for chain, row in zip(chains, rest, strict=True):
        chain.write_answer(row)
    return rest


def _subtract_from(minuend: Single, block: Single) -> None:
    parallel(
        lambda part: np.subtract(minuend[:, part], block[:, part], out=block[:, part]),
        block.shape[1],
    )


class _Chain:
    """A right side b, directions d and their images a = (H − σ)d, one after the other in memory."""

    def __init__(self, rows: Single, right: Single, distance: float) -> None:
        self._rows, self._distance = rows, distance  # σ − θ
        self._used = 1
        rows[0] = right
        self._gram = PlainAlgebra().inner(rows[:1], rows[:1])
        self._answer = np.zeros(0, complex)

    def extend(self, direction: Single, image: Single) -> float:
        """Add a direction; return what the best combination leaves of the right side."""
        old, self._used = self._used, self._used + 2
        self._rows[old], self._rows[old + 1] = direction, image
        products = PlainAlgebra().inner(self._rows[: self._used], self._rows[old : self._used])
        if not np.all(np.isfinite(products)):  # a cycle that diverged in single precision
            self._rows[old : self._used] = 0.0
            products[:] = 0.0
        gram = np.zeros((self._used, self._used), complex)
        gram[:old, :old] = self._gram
        gram[:, old:] = products
        gram[old:, :old] = gram[:old, old:].conj().T
        self._gram, delta = gram, self._distance
        cross = gram[2::2, 1::2]
        square = gram[2::2, 2::2] + delta * (cross + cross.conj().T) + delta**2 * gram[1::2, 1::2]
        scale = 1.0 / np.sqrt(np.maximum(np.diag(square).real, 1e-300))
        values, vectors = scipy.linalg.eigh(scale[:, None] * square * scale, check_finite=False)
        keep = values > _DEPENDENT * values[-1]
        along = vectors[:, keep].conj().T @ (scale * (gram[2::2, 0] + delta * gram[1::2, 0]))
        self._answer = scale * (vectors[:, keep] @ (along / values[keep]))
        whole, less = float(gram[0, 0].real), float(np.sum(np.abs(along) ** 2 / values[keep]))
        return float(np.sqrt(max(whole - less, 0.0) / max(whole, 1e-300)))

    def write_rest(self, out: Single) -> None:
        """Write b − (H − θ) Σ y d."""
        factors = np.empty(self._used, complex)
        factors[0] = 1.0
        factors[1::2], factors[2::2] = -self._distance * self._answer, -self._answer
        PlainAlgebra().combine(factors[:, None], self._rows[: self._used], out[None])

    def write_answer(self, out: Single) -> None:
        """Write Σ y d."""
        factors = np.zeros(self._used, complex)
        factors[1::2] = self._answer
        PlainAlgebra().combine(factors[:, None], self._rows[: self._used], out[None])
