"""Envelopes moved from their places on the staggered grid to the nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.block_algebra import Algebra, PlainAlgebra
from heterodot.linalg.kramers import KramersAlgebra

__all__ = ["envelopes_on_nodes", "on_nodes"]

_WEIGHTS = (-1.0 / 16.0, 9.0 / 16.0, 9.0 / 16.0, -1.0 / 16.0)


def on_nodes(
    envelopes: NDArray[Any], places: Sequence[int], periodic: Sequence[bool] = (False,) * 3
) -> NDArray[Any]:
    """Return envelopes interpolated to the nodes with fourth order, zero outside the grid.

    Parameters
    ----------
    envelopes : (..., bands, nx, ny, nz) array
    places : sequence of int
        Masks of half steps of every band.
    periodic : sequence of bool
        Along which axes envelopes go on at the other end of the grid.
    """
    if not any(places):
        return envelopes
    result = envelopes.copy()
    for band, place in enumerate(places):
        for axis in range(-3, 0):
            if place >> (axis + 3) & 1:
                field = result[..., band, :, :, :]
                padding = [(0, 0)] * field.ndim
                padding[axis] = (2, 1)  # node i lies between the half steps i-1 and i
                padded = np.pad(field, padding, mode="wrap" if periodic[axis] else "constant")
                count = field.shape[axis]
                result[..., band, :, :, :] = sum(
                    weight * np.take(padded, range(first, first + count), axis=axis)
                    for first, weight in enumerate(_WEIGHTS)
                )
    return result


def envelopes_on_nodes(
    vectors: NDArray[Any],
    places: Sequence[int],
    kramers: bool,
    periodic: Sequence[bool] = (False,) * 3,
) -> NDArray[Any]:
    """Return orthonormal envelopes on the nodes, as near as can be to those interpolated.

    Interpolation changes norms and overlaps by the fourth order of the spacing; Löwdin's symmetric
    orthonormalisation restores them, so that charges and sum rules hold.

    Parameters
    ----------
    vectors : (count, bands, nx, ny, nz) array
        Orthonormal vectors at the places of their bands (with ``kramers`` one of every pair).
    places : sequence of int
        Masks of half steps of every band.
    kramers : bool
        Whether vectors stand for themselves and their time reverse.
    periodic : sequence of bool
        Along which axes envelopes go on at the other end of the grid.
    """
    if not any(places):
        return vectors
    moved = np.ascontiguousarray(on_nodes(vectors, places, periodic))
    algebra: Algebra = KramersAlgebra() if kramers else PlainAlgebra()
    block = moved.reshape(len(moved), -1)
    values, mixing = algebra.eigh(algebra.inner(block, block))
    weights = 1.0 / np.sqrt(np.repeat(values, algebra.width))
    algebra.recombine((mixing * weights) @ mixing.conj().T, block)
    return moved
