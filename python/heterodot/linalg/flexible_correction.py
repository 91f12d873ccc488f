"""Corrections of eigenvectors: the Jacobi–Davidson equation, by flexible GCR with a true inverse."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import parallel

__all__ = ["ApproximateInverse", "flexible_corrections"]

Single = NDArray[np.complex64]
Reals = NDArray[np.float64]


class ApproximateInverse(Protocol):
    """An approximation of (H − σ)⁻¹, not of its absolute value; it need not be linear."""

    @property
    def shift(self) -> float:
        """Return σ."""
        ...

    def apply(self, block: Single) -> tuple[Single, Single]:
        """Return x ≈ (H − σ)⁻¹ b of every row, and b − (H − σ) x."""
        ...


def flexible_corrections(
    inverse: ApproximateInverse,
    residuals: Single,
    shifts: Reals,
    known: Single,
    known_residuals: Single,
    steps: int,
    reduction: float,
) -> Single:
    """Return w ≈ −(H − θ)⁻¹ r on the complement of known Ritz vectors, row by row.

    Q(H − θ)Q w = −r with Q = 1 − Σ|x⟩⟨x| by GCR, whose directions are what the inverse makes of the
    residuals. Preconditioned by the inverse, with the signs of the eigenvalues, the operator has its
    spectrum on one side of zero, so that states beyond the gap do not slow it down.

    Parameters
    ----------
    inverse : ApproximateInverse
    residuals : (count, size) complex64
        r.
    shifts : (count,) array
        θ of each row.
    known : (any, size) complex64
        Orthonormal Ritz vectors x to stay away from.
    known_residuals : (any, size) complex64
        Their residuals Hx − λx.
    steps : int
        Most steps.
    reduction : float
        Factor by which the residual is to fall.
    """
    adjoint = known.conj().T

    def project(block: Single) -> Single:
        within: Single = np.asarray(
            sum(parallel(lambda part: block[:, part] @ adjoint[part], block.shape[1]))
        )
        _add(block, -within, known)
        return within

    distance = (inverse.shift - shifts).astype(np.float32)[:, None]
    rest = -residuals
    project(rest)
    solution = np.zeros_like(rest)
    first = np.linalg.norm(rest, axis=1)
    directions: list[Single] = []
    images: list[Single] = []
    for _ in range(steps):
        direction, left = inverse.apply(rest)
        image = np.subtract(rest, left, out=left)
        _add(image, distance, direction)
        _add(image, -project(direction), known_residuals)
        project(image)
        for before, its_image in zip(directions, images, strict=True):
            along = _products(its_image, image)
            _add(image, -along, its_image)
            _add(direction, -along, before)
        norms = np.linalg.norm(image, axis=1)
        scale = np.where(norms > 0, 1.0 / np.where(norms > 0, norms, 1.0), 0.0).astype(np.float32)
        image *= scale[:, None]
        direction *= scale[:, None]
        along = _products(image, rest)
        _add(solution, along, direction)
        _add(rest, -along, image)
        if np.all(np.linalg.norm(rest, axis=1) <= reduction * first):
            break
        directions.append(direction)
        images.append(image)
    return solution


def _add(target: Single, factors: NDArray[Any], source: Single) -> None:
    """Add multiples of rows, one of each (a column of factors) or of all (a matrix), in pieces."""
    if factors.shape[1] == 1:
        parallel(lambda part: _add_rows(target[:, part], factors, source[:, part]), target.shape[1])
    else:
        parallel(
            lambda part: _add_products(target[:, part], factors, source[:, part]), target.shape[1]
        )


def _add_rows(target: Single, factors: NDArray[Any], source: Single) -> None:
    target += factors * source


def _add_products(target: Single, factors: NDArray[Any], source: Single) -> None:
    target += factors @ source


def _products(left: Single, right: Single) -> NDArray[Any]:
    """⟨l|r⟩ of each pair of rows, as a column."""
    products: NDArray[Any] = np.array(
        [np.vdot(a, b) for a, b in zip(left, right, strict=True)], np.complex64
    )
    return products[:, None]
