"""Block Davidson for the lowest eigenpairs of a large Hermitian matrix with a strong diagonal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot.errors import ConvergenceError

__all__ = ["davidson"]

Vectors = NDArray[np.complex128]


def davidson(
    apply: Callable[[Vectors], Vectors],
    diagonal: NDArray[np.float64],
    roots: int,
    tolerance: float = 1e-8,
    maximum_iterations: int = 200,
    report: Callable[[int, int, float], None] | None = None,
    seed: int = 1,
) -> tuple[NDArray[np.float64], Vectors, NDArray[np.float64]]:
    """Return the lowest eigenvalues, eigenvectors and residual norms.

    The guesses are the basis vectors of lowest diagonal element, each with a random admixture of
    all others: unperturbed ones stay in their symmetry sectors and the iteration converges to
    states above the true ones. More vectors than roots are carried along, so that a sector that
    enters late still arrives. The random numbers are seeded: the result is reproducible.

    Parameters
    ----------
    apply : callable
        Maps vectors (count, size) to the matrix times each of them.
    diagonal : (size,) array
        Diagonal of the matrix, the preconditioner (Davidson, J. Comput. Phys. 17, 87 (1975)).
    roots : int
        Number of eigenpairs.
    tolerance : float
        Largest residual norm ``|Hv - Ev|``, in the units of the matrix.
    maximum_iterations : int
        Iterations before `ConvergenceError`.
    report : callable, optional
        Called as ``report(iteration, converged, largest_residual)``.
    seed : int
        Seed of the random admixture.
    """
    size = diagonal.size
    carried = min(size, roots + max(4, roots // 4))
    largest = min(size, max(3 * carried, carried + 24))
    vectors = _orthonormal(_guesses(diagonal, carried, seed), None)
    images = apply(vectors)
    scale = float(np.max(np.abs(diagonal))) + 1e-300
    for iteration in range(maximum_iterations):
        projected = vectors.conj() @ images.T
        values, rotation = scipy.linalg.eigh((projected + projected.conj().T) / 2)
        values, rotation = values[:carried], rotation[:, :carried].T
        ritz, ritz_images = rotation @ vectors, rotation @ images
        residuals = ritz_images - values[:, None] * ritz
        norms = np.linalg.norm(residuals, axis=1)
        # Rounding limits what can be reached.
        wanted = norms[:roots] > max(tolerance, 30 * np.finfo(float).eps * scale)
        if report is not None:
            report(iteration, int(roots - wanted.sum()), float(norms[:roots].max()))
        if not wanted.any():
            return np.asarray(values[:roots], float), ritz[:roots], norms[:roots]
        # The carried vectors beyond the roots are improved only until they are roughly known.
        chosen = np.flatnonzero(np.concatenate([wanted, norms[roots:] > max(1e-3, tolerance)]))
        gaps = values[chosen, None] - diagonal[None, :]
        gaps = np.where(np.abs(gaps) < 1e-3, np.copysign(1e-3, gaps), gaps)
        if vectors.shape[0] + chosen.size > largest:
            vectors, images = ritz, ritz_images
        fresh = _orthonormal(residuals[chosen] / gaps, vectors)
        if fresh.shape[0] == 0:
            vectors = _orthonormal(ritz, None)
            images = apply(vectors)
            fresh = _orthonormal(_guesses(diagonal, chosen.size, seed + iteration + 1), vectors)
            if fresh.shape[0] == 0:
                break
        vectors = np.concatenate([vectors, fresh])
        images = np.concatenate([images, apply(fresh)])
    raise ConvergenceError(
        f"Davidson: {int(wanted.sum())} of {roots} roots have residuals above {tolerance:g} "
        f"(largest {norms[:roots].max():.2g}) after {maximum_iterations} iterations; "
        "ask for fewer or more roots (a cut multiplet converges slowly) or a larger tolerance"
    )


def _guesses(diagonal: NDArray[np.float64], count: int, seed: int) -> Vectors:
    """Return the lowest basis vectors, each with a random admixture that falls with energy."""
    random = np.random.default_rng(seed)
    lowest = np.argsort(diagonal, kind="stable")[:count]
    width = max(float(diagonal[lowest[-1]] - diagonal[lowest[0]]), 1e-2)
    weight = 1.0 / (1.0 + (diagonal - diagonal[lowest[0]]) / width)
    shape = (count, diagonal.size)
    guesses: Vectors = random.standard_normal(shape) + 1j * random.standard_normal(shape)
    guesses *= 0.3 * weight / np.sqrt(2 * np.sum(weight**2))
    guesses[np.arange(count), lowest] += 1.0
    return guesses


def _orthonormal(block: Vectors, basis: Vectors | None) -> Vectors:
    """Orthonormalise the rows against a basis and each other; dependent rows are dropped."""
    norms = np.linalg.norm(block, axis=1)
    block = block[norms > 0] / norms[norms > 0, None]
    for _ in range(2):
        if basis is not None:
            block = block - (block @ basis.conj().T) @ basis
        if block.shape[0] == 0:
            return block
        overlap = block.conj() @ block.T
        weights, mixing = scipy.linalg.eigh((overlap + overlap.conj().T) / 2)
        keep = weights > 1e-14
        block = (mixing[:, keep] / np.sqrt(weights[keep])).T @ block
    return block
