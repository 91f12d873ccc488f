"""The potential of charges in free space, on a grid."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from heterodot import _core
from heterodot.geometry.grid import Grid

__all__ = ["FreeSpacePoisson"]

Array = NDArray[np.float64]


class FreeSpacePoisson:
    """Solves ``-∇²φ = 4π ρ`` without boundaries: ``φ(r) = ∫ ρ(r') / |r - r'| d³r'``.

    The kernel 1/r is cut off at the diagonal L of the box, which changes nothing inside the box and
    gives it the smooth transform ``8π (sin(kL/2) / k)²``: the result is as accurate as the
    trigonometric interpolation of the density [1]_.

    Parameters
    ----------
    grid : Grid
        Nodes of the densities and of the potentials.
    margin : (int, int, int)
        Nodes at both ends of every axis where the densities are zero.

    References
    ----------
    .. [1] F. Vico, L. Greengard, M. Ferrando, J. Comput. Phys. 323, 191 (2016), eq. 9.
    """

    def __init__(self, grid: Grid, margin: tuple[int, int, int] = (0, 0, 0)) -> None:
        self.grid = grid
        self.margin = margin

    @cached_property
    def _convolution(self) -> _core.Convolution:
        kernel = _truncated_kernel(self.grid, self._padded())
        return _core.Convolution(self.grid.shape, kernel, self.margin)

    def solve(self, densities: Array) -> Array:
        """Return the potentials in 1/nm of densities in 1/nm³, both (count, nx, ny, nz)."""
        return self._convolution.apply(densities)

    @property
    def memory(self) -> float:
        """Bytes that a solution needs beside densities and potentials."""
        n, m = self.grid.shape, self._padded()
        setup = 3 * 8 * math.prod(k // 2 + 1 for k in _fine_lengths(self.grid))
        return max(setup, 128 * n[0] * m[1] * m[2])

    def _padded(self) -> list[int]:
        """Points of the box on which the convolution is periodic."""
        lengths = zip(self.grid.shape, self.margin, strict=True)
        return [_core.fft_length(max(n, 2 * (n - m) - 1)) for n, m in lengths]


def _fine_lengths(grid: Grid) -> list[int]:
    """Points of the lattice on which the cut-off kernel is sampled without overlaps."""
    edges = [n * h for n, h in zip(grid.shape, grid.spacing, strict=True)]
    cutoff = math.hypot(*edges)
    return [
        _core.fft_length(math.ceil((edge + cutoff) / h) + 2)
        for edge, h in zip(edges, grid.spacing, strict=True)
    ]


def _truncated_kernel(grid: Grid, padded: list[int]) -> Array:
    """Transform of 1/r for the padded box, on its first octant, times the cell volume."""
    cutoff = math.hypot(*(n * h for n, h in zip(grid.shape, grid.spacing, strict=True)))
    fine = _fine_lengths(grid)
    kx, ky, kz = (
        2 * math.pi / (m * h) * np.arange(m // 2 + 1)
        for m, h in zip(fine, grid.spacing, strict=True)
    )
    square = kx[:, None, None] ** 2 + ky[:, None] ** 2 + kz**2
    square[0, 0, 0] = 1.0
    transform = 8 * math.pi * np.sin(0.5 * cutoff * np.sqrt(square)) ** 2 / square
    transform[0, 0, 0] = 2 * math.pi * cutoff**2
    # The sums over the octants of an even function are cosine transforms.
    values = scipy.fft.dctn(transform, type=1, overwrite_x=True)
    values /= math.prod(fine) * grid.cell_volume
    half = [m // 2 + 1 for m in padded]
    kernel: Array = np.zeros(half)
    copied = tuple(slice(min(a, b)) for a, b in zip(half, values.shape, strict=True))
    kernel[copied] = values[copied]
    return np.asarray(scipy.fft.dctn(kernel, type=1) * grid.cell_volume)
