"""The potential of charges on the nodes of an infinite lattice of seven-point differences."""

from __future__ import annotations

import math

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.special import ive

from heterodot import _core
from heterodot.geometry.grid import Grid

__all__ = ["lattice_convolution", "lattice_green"]

Array = NDArray[np.float64]

_STEP = 0.15  # of the logarithm of t in the integral
_FIRST, _LAST = -24.0, 44.0  # where it is cut off
_LARGE = 1e8  # argument from which on the Bessel function is its asymptote


def lattice_green(grid: Grid) -> Array:
    """Return the potential of unit charge density on one node, in nm², (nx, ny, nz).

    It solves ``-Σ_a δ_a²φ = 4π q`` with the seven-point differences and no boundary at all:

        φ(n) = 4π ∫ Π_a exp(-2t/h_a²) I_{n_a}(2t/h_a²) dt ,

    by the trapezoidal rule in ln t, which converges exponentially. At the origin of a cubic lattice
    of unit spacing it is 4π times Watson's 0.2527 [1]_.

    References
    ----------
    .. [1] G. N. Watson, Q. J. Math. 10, 266 (1939).
    """
    least = min(grid.spacing) ** 2
    t = least * np.exp(np.arange(_FIRST, _LAST, _STEP))
    x, y, z = (
        np.where(
            2 * t / h**2 > _LARGE,
            h / np.sqrt(4 * math.pi * t),
            ive(np.arange(n)[:, None], np.minimum(2 * t / h**2, _LARGE)),
        )
        for n, h in zip(grid.shape, grid.spacing, strict=True)
    )
    total = np.einsum("at,bt,ct->abc", x * (t * _STEP), y, z, optimize=True)
    return np.asarray(4 * math.pi * total)


def lattice_convolution(grid: Grid) -> _core.Convolution:
    """Return the convolution that takes charges on the nodes to their potential in free space."""
    green = lattice_green(grid)
    lengths = [_core.fft_length(max(n, 2 * n - 1)) // 2 + 1 for n in grid.shape]
    kernel: Array = np.zeros(lengths)
    kept = tuple(slice(min(n, m)) for n, m in zip(grid.shape, lengths, strict=True))
    kernel[kept] = green[kept]
    return _core.Convolution(grid.shape, scipy.fft.dctn(kernel, type=1), (0, 0, 0))
