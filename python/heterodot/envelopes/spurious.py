"""How much of a state lies at wave vectors where k·p does not hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from heterodot.geometry.grid import Grid

__all__ = ["THRESHOLD", "spurious_scores"]

THRESHOLD = 0.35
"""Score above which a state is flagged."""

_CUTOFF = 5.0  # 1/nm, about half way to the zone boundary 2π/a of a = 0.6 nm
_OF_THE_GRID = 0.6  # share of the grid's largest wave vector π/h beyond which it shows no wave


def spurious_scores(vectors: NDArray[Any], grid: Grid) -> NDArray[np.float64]:
    """Return the weight of each state beyond a wave vector of 5/nm (or 0.6 π/h if that is less).

    Envelopes of a dot of 3 nm have a per cent of their weight there; spurious states, which live on
    branches that bend back into the gap at large k, most of it.

    Parameters
    ----------
    vectors : (count, bands, nx, ny, nz) array
        Envelopes at their places (half steps change phases only).
    grid : Grid

    Returns
    -------
    (count,) array
    """
    axes = [2 * np.pi * np.fft.fftfreq(n, h) for n, h in zip(grid.shape, grid.spacing, strict=True)]
    x, y, z = np.meshgrid(*(k**2 for k in axes), indexing="ij", sparse=True)
    cutoff = min(_CUTOFF, _OF_THE_GRID * np.pi / max(grid.spacing))
    beyond = x + y + z > cutoff**2
    scores = []
    for vector in vectors:
        weight = np.zeros(grid.shape)
        for band in vector:
            weight += np.abs(scipy.fft.fftn(band)) ** 2
        scores.append(float(weight[beyond].sum() / weight.sum()))
    return np.array(scores)
