"""Spectral densities ⟨a|δ(E - H)|b⟩ of a large Hermitian operator without its eigenstates.

The δ of width w is a Gaussian; a sum of Chebyshev polynomials of H represents it to rounding once
their number resolves w (the kernel polynomial method of A. Weiße, G. Wellein, A. Alvermann,
H. Fehske, Rev. Mod. Phys. 78, 275 (2006), with a Gaussian in place of a kernel). Products of two
polynomials give the moments of twice the order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

__all__ = ["SpectralDensity", "spectral_bounds"]

Array = NDArray[np.float64]
Block = NDArray[Any]

_STEPS = 40  # of Lanczos for the bounds of the spectrum
_WIDER = 1.02  # than the bounds found: Chebyshev polynomials grow outside [-1, 1]
_REACH = 6.5  # widths at which a Gaussian has vanished: exp(-6.5²/2) = 7e-10


class SpectralDensity:
    """⟨a|δ_w(E - H)|b⟩ between given vectors, for Gaussians δ_w down to a width.

    Parameters
    ----------
    apply : callable
        Maps vectors (count, size) to H times each of them.
    vectors : (count, size) array
        Real or complex, what `apply` can take.
    highest : float
        Largest energy in eV that will be asked for.
    width : float
        Smallest standard deviation w in eV that will be asked for.
    bounds : (float, float)
        Below and above the spectrum of H, from `spectral_bounds`.
    report : callable, optional
        Called with the share of the work that is done.
    """

    def __init__(
        self,
        apply: Callable[[Block], Block],
        vectors: Block,
        highest: float,
        width: float,
        bounds: tuple[float, float],
        report: Callable[[float], object] | None = None,
    ) -> None:
        low, high = bounds
        self._centre, self._half = 0.5 * (low + high), 0.5 * _WIDER * (high - low)
        self.width = width
        count = _moments(self._scaled(highest), width / self._half)
        n = len(vectors)
        self.moments = np.empty((count + count % 2, n, n), vectors.dtype)

        def product(x: Block, y: Block) -> Block:
            return np.asarray((x if np.isrealobj(x) else x.conj()) @ y.T)

        def scaled(x: Block) -> Block:
            image = apply(x)
            image *= 1 / self._half
            image -= (self._centre / self._half) * x
            return image

        last, this = vectors, scaled(vectors)
        self.moments[0], self.moments[1] = product(last, last), product(last, this)
        for k in range(1, len(self.moments) // 2):
            following = scaled(this)
            following *= 2.0
            following -= last
            last, this = this, following
            self.moments[2 * k] = 2.0 * product(last, last) - self.moments[0]
            self.moments[2 * k + 1] = 2.0 * product(last, this) - self.moments[1]
            if report is not None:
                report(2.0 / len(self.moments))

    def __call__(self, energies: Sequence[float] | Array, width: float | None = None) -> Block:
        """Return the density at energies in eV, in 1/eV: (energies, count, count).

        Parameters
        ----------
        energies : sequence of float
            No larger than `highest`.
        width : float, optional
            Standard deviation in eV, no smaller than that of the constructor, the default.
        """
        wide = self.width if width is None else width
        if wide < self.width:
            raise ValueError(f"width: must be at least {self.width:g} eV, got {wide:g}")
        coefficients = self._coefficients(np.atleast_1d(np.asarray(energies, float)), wide)
        return np.tensordot(coefficients, self.moments, axes=1)

    def _scaled(self, energy: float) -> float:
        return (energy - self._centre) / self._half

    def _coefficients(self, energies: Array, width: float) -> Array:
        """Return the Chebyshev coefficients of the Gaussians around energies, (energies, moments)."""
        count = len(self.moments)
        points = scipy.fft.next_fast_len(2 * count, real=True)
        nodes = np.cos(np.pi * (np.arange(points) + 0.5) / points)
        distance = (self._centre + self._half * nodes[None, :] - energies[:, None]) / width
        gaussians = np.exp(-0.5 * distance**2) / (width * np.sqrt(2 * np.pi))
        coefficients = scipy.fft.dct(gaussians, type=2, axis=1)[:, :count] / points
        coefficients[:, 0] *= 0.5
        return np.asarray(coefficients)


def _moments(position: float, width: float) -> int:
    """Return how many moments resolve a Gaussian at a place in [-1, 1].

    In the angle θ = arccos x its width is w/sin θ, and its Fourier coefficients fall like
    exp(-(n w/sin θ)²/2). The steepest place it reaches counts.
    """
    most = min(abs(position) if abs(position) < 1 else 1.0, 1.0)
    inner = max(most - _REACH * width, 0.0)
    return int(np.ceil(_REACH * np.sqrt(1 - inner**2) / width)) + 2


def spectral_bounds(
    apply: Callable[[Block], Block], start: Block, seed: int = 1
) -> tuple[float, float]:
    """Return energies below and above the spectrum of H, by Lanczos from a random vector.

    Parameters
    ----------
    apply : callable
        Maps vectors (count, size) to H times each of them.
    start : (size,) array
        Its type of numbers and where it does not vanish are those of the random vector.
    seed : int
        Of the random vector.
    """
    random = np.random.default_rng(seed).standard_normal(start.shape) * (start != 0)
    vector = (random / np.linalg.norm(random)).astype(start.dtype)
    previous: Block = np.zeros_like(vector)
    diagonal, off = [], [0.0]
    for _ in range(_STEPS):
        image = apply(vector[None])[0] - off[-1] * previous
        diagonal.append(float(np.vdot(vector, image).real))
        image -= diagonal[-1] * vector
        norm = float(np.linalg.norm(image))
        if norm <= 1e-12 * max(map(abs, diagonal)):
            off.append(0.0)
            break
        previous, vector = vector, image / norm
        off.append(norm)
    size = len(diagonal)
    matrix = np.diag(diagonal) + np.diag(off[1:size], 1) + np.diag(off[1:size], -1)
    values, columns = np.linalg.eigh(matrix)
    # An eigenvalue lies within the residual of its Ritz value; the outermost have nearly converged.
    errors = np.abs(columns[-1, [0, -1]]) * off[size]
    spread = float(values[-1] - values[0])
    return float(values[0] - errors[0] - 0.01 * spread), float(
        values[-1] + errors[1] + 0.01 * spread
    )
