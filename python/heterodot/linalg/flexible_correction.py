"""Corrections of eigenvectors: the Jacobi–Davidson equation, by flexible GMRES with a true inverse."""

from __future__ import annotations

from collections.abc import Sequence
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

    def set_shifts(self, shifts: Sequence[float]) -> None:
        """Move σ, on this level and on coarser ones that it uses."""
        ...

    def apply(self, block: Single, out: tuple[Single, Single]) -> object:
        """Write x ≈ (H − σ)⁻¹ b of every row, and b − (H − σ) x."""
        ...


def flexible_rows(count: int, steps: int) -> int:
    """Return how many vectors the store of :func:`flexible_corrections` holds."""
    return count * (2 * steps + 2)


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
    rest, right, *_ = blocks = store[: flexible_rows(count, steps)].reshape(
        2 * steps + 2, count, -1
    )
    np.negative(residuals, out=rest)
    right[:] = rest
    # The rows that belong to one vector lie `count` rows apart.
    chains = [
        _Chain(store[2 * count + row :: 2 * count], store[count + row :: 2 * count])
        for row in range(count)
    ]
    distances = inverse.shift - shifts  # σ − θ
    for step in range(steps):
        pair = blocks[2 * step + 2 : 2 * step + 4]
        direction, image = pair
        inverse.apply(rest, out=(direction, image))
        known.project_solutions(pair, known_residuals)
        _form_images(rest, distances, direction, image)
        left = [chain.extend() for chain in chains]
        if step + 1 == steps or max(left) <= reduction:
            break
        for chain, row in zip(chains, rest, strict=True):
            chain.write_rest(row)
    for chain, row in zip(chains, rest, strict=True):
        chain.write_answer(row)
    return rest


def _form_images(right: Single, distances: Reals, directions: Single, images: Single) -> None:
    """Turn b − (H − σ)d into (H − θ)d."""
    factors = distances.astype(np.float32)[:, None]

    def form(part: slice) -> None:
        own = images[:, part]
        np.subtract(right[:, part], own, out=own)
        own += factors * directions[:, part]

    parallel(form, right.shape[1])


class _Chain:
    """Directions d, and after a right side b their images a = (H − θ)d."""

    def __init__(self, directions: Single, images: Single) -> None:
        self._directions, self._images = directions, images
        self._used = 1
        self._gram = PlainAlgebra().inner(images[:1], images[:1])
        self._answer, self._left = np.zeros(0, complex), 1.0

    def extend(self) -> float:
        """Take the next direction in; return what the best combination leaves of the right side."""
        old, self._used = self._used, self._used + 1
        products = PlainAlgebra().inner(self._images[: self._used], self._images[old : self._used])
        if not np.all(np.isfinite(products)):  # a cycle that diverged in single precision
            self._directions[old - 1] = self._images[old] = 0.0
            products[:] = 0.0
        gram = np.zeros((self._used, self._used), complex)
        gram[:old, :old] = self._gram
        gram[:, old:] = products
        gram[old:, :old] = gram[:old, old:].conj().T
        self._gram = gram
        square = gram[1:, 1:]
        scale = 1.0 / np.sqrt(np.maximum(np.diag(square).real, 1e-300))
        values, vectors = scipy.linalg.eigh(scale[:, None] * square * scale, check_finite=False)
        keep = values > _DEPENDENT * values[-1]
        along = vectors[:, keep].conj().T @ (scale * gram[1:, 0])
        whole, less = float(gram[0, 0].real), float(np.sum(np.abs(along) ** 2 / values[keep]))
        left = float(np.sqrt(max(whole - less, 0.0) / max(whole, 1e-300)))
        if left <= self._left:
            self._answer, self._left = scale * (vectors[:, keep] @ (along / values[keep])), left
        else:  # nothing but rounding is left
            self._answer = np.append(self._answer, 0.0)
        return self._left

    def write_rest(self, out: Single) -> None:
        """Write b − Σ y a."""
        factors = np.concatenate([[1.0], -self._answer])
        PlainAlgebra().combine(factors[:, None], self._images[: self._used], out[None])

    def write_answer(self, out: Single) -> None:
        """Write Σ y d."""
        found = self._directions[: len(self._answer)]
        PlainAlgebra().combine(self._answer[:, None], found, out[None])
