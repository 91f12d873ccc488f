"""Block Davidson for the lowest eigenpairs of a large Hermitian matrix with a strong diagonal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot.errors import ConvergenceError

__all__ = ["davidson"]

Vectors = NDArray[np.complex128]

_PRIMARY = 200  # basis vectors in which guesses are made and the matrix is inverted
_ROUGHLY = 1e-2  # residual norm up to which vectors beyond the roots are improved
_ADMIXTURE = 0.03  # norm of the random part of a guess


def davidson(
    apply: Callable[[Vectors], Vectors],
    diagonal: NDArray[np.float64],
    roots: int,
    tolerance: float = 1e-8,
    maximum_iterations: int = 200,
    report: Callable[[int, int, float], None] | None = None,
    seed: int = 1,
    block: Callable[[NDArray[np.intp]], Vectors] | None = None,
) -> tuple[NDArray[np.float64], Vectors, NDArray[np.float64]]:
    """Return the lowest eigenvalues, eigenvectors and residual norms.

    The guesses are eigenvectors among the basis vectors of lowest diagonal element, each with a
    random admixture of all others: unperturbed ones stay in their symmetry sectors and the iteration
    converges to states above the true ones. More vectors than roots are carried along, so that a
    sector that enters late still arrives. The random numbers are seeded: the result is reproducible.

    Parameters
    ----------
    apply : callable
        Maps vectors (count, size) to the matrix times each of them.
    diagonal : (size,) array
        Diagonal of the matrix.
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
    block : callable, optional
        Returns the dense matrix between basis vectors of given numbers. The preconditioner is the
        inverse of (E - matrix) among a few hundred of the lowest and of (E - diagonal) among the
        rest; without `block` it is the diagonal everywhere (E. R. Davidson, J. Comput. Phys. 17, 87
        (1975)).
    """
    size = diagonal.size
    carried = min(size, roots + max(4, roots // 4))
    largest = min(size, max(3 * carried, carried + 24))
    basis, images = np.empty((2, largest, size), complex)
    projected = np.zeros((largest, largest), complex)
    used = 0

    def extend(vectors: Vectors, their_images: Vectors) -> None:
        nonlocal used
        old, used = used, used + len(vectors)
        basis[old:used], images[old:used] = vectors, their_images
        # The smaller factor is the one whose conjugate is copied.
        projected[:used, old:used] = (their_images.conj() @ basis[:used].T).conj().T
        projected[old:used, :old] = projected[:old, old:used].conj().T

    primary = _Primary(diagonal, min(size, max(_PRIMARY, 4 * carried)), block)
    guesses = _orthonormal(primary.guesses(carried, seed), None)
    extend(guesses, apply(guesses))
    scale = float(np.max(np.abs(diagonal))) + 1e-300
    for iteration in range(maximum_iterations):
        square = projected[:used, :used]
        values, columns = scipy.linalg.eigh((square + square.conj().T) / 2)
        values, rotation = values[:carried], np.asarray(columns[:, :carried].T, complex)
        ritz: Vectors = rotation @ basis[:used]
        ritz_images: Vectors = rotation @ images[:used]
        residuals: Vectors = ritz_images - values[:, None] * ritz
        norms = np.linalg.norm(residuals, axis=1)
        # Rounding limits what can be reached.
        wanted = norms[:roots] > max(tolerance, 30 * np.finfo(float).eps * scale)
        if report is not None:
            report(iteration, int(roots - wanted.sum()), float(norms[:roots].max()))
        if not wanted.any():
            return np.asarray(values[:roots], float), ritz[:roots], norms[:roots]
        # A vector beyond the roots is improved until it is roughly known, or known to stay beyond:
        # an eigenvalue lies within its residual norm (Weinstein).
        beyond = values[roots:] - norms[roots:] > values[roots - 1]
        unknown = (norms[roots:] > max(_ROUGHLY, tolerance)) & ~beyond
        chosen = np.flatnonzero(np.concatenate([wanted, unknown]))
        if used + chosen.size > largest:
            used = 0
            extend(ritz, ritz_images)
        fresh = _orthonormal(primary.corrections(residuals[chosen], values[chosen]), basis[:used])
        if fresh.shape[0] == 0:
            used = 0
            ritz = _orthonormal(ritz, None)
            extend(ritz, apply(ritz))
            fresh = _orthonormal(primary.guesses(chosen.size, seed + iteration + 1), basis[:used])
            if fresh.shape[0] == 0:
                break
        extend(fresh, apply(fresh))
    raise ConvergenceError(
        f"Davidson: {int(wanted.sum())} of {roots} roots have residuals above {tolerance:g} "
        f"(largest {norms[:roots].max():.2g}) after {maximum_iterations} iterations; "
        "ask for fewer or more roots (a cut multiplet converges slowly) or a larger tolerance"
    )


class _Primary:
    """The basis vectors of lowest diagonal element, among which the matrix may be known."""

    def __init__(
        self,
        diagonal: NDArray[np.float64],
        count: int,
        block: Callable[[NDArray[np.intp]], Vectors] | None,
    ) -> None:
        self.diagonal = diagonal
        self.members = np.sort(np.argsort(diagonal, kind="stable")[:count])
        self.values = diagonal[self.members]
        self.rotation: Vectors | None = None
        if block is not None:
            values, rotation = scipy.linalg.eigh(block(self.members))
            self.values, self.rotation = np.asarray(values, float), np.asarray(rotation, complex)

    def guesses(self, count: int, seed: int) -> Vectors:
        """Return the lowest eigenvectors, with a random admixture that falls with energy."""
        random = np.random.default_rng(seed)
        lowest = np.argsort(self.values, kind="stable")[:count]
        energies = self.values[lowest]
        width = max(float(energies[-1] - energies[0]), 1e-2)
        weight = 1.0 / (1.0 + np.maximum(self.diagonal - energies[0], 0.0) / width)
        shape = (count, self.diagonal.size)
        guesses: Vectors = random.standard_normal(shape) + 1j * random.standard_normal(shape)
        guesses *= _ADMIXTURE * weight / np.sqrt(2 * np.sum(weight**2))
        if self.rotation is None:
            guesses[np.arange(count), self.members[lowest]] += 1.0
        else:
            guesses[:, self.members] += self.rotation[:, lowest].T
        return guesses

    def corrections(self, residuals: Vectors, energies: NDArray[np.float64]) -> Vectors:
        """Return the preconditioned residuals of vectors with the given energies."""
        result: Vectors = residuals / _gaps(energies, self.diagonal)
        if self.rotation is not None:
            inside = residuals[:, self.members] @ self.rotation.conj()
            result[:, self.members] = (inside / _gaps(energies, self.values)) @ self.rotation.T
        return result


def _gaps(energies: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    gaps = energies[:, None] - levels[None, :]
    return np.where(np.abs(gaps) < 1e-3, np.copysign(1e-3, gaps), gaps)


def _orthonormal(block: Vectors, basis: Vectors | None) -> Vectors:
    """Orthonormalise the rows against a basis and each other; dependent rows are dropped."""
    norms = np.linalg.norm(block, axis=1)
    block = block[norms > 0] / norms[norms > 0, None]
    for _ in range(2):
        if basis is not None:
            block = block - (basis @ block.conj().T).conj().T @ basis
        if block.shape[0] == 0:
            return block
        overlap = block.conj() @ block.T
        weights, mixing = scipy.linalg.eigh((overlap + overlap.conj().T) / 2)
        keep = weights > 1e-14
        block = (mixing[:, keep] / np.sqrt(weights[keep])).T @ block
    return block
