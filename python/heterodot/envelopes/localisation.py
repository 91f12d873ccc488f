"""Where carriers are: type I, quasi-type II, type II."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.geometry.grid import Grid
from heterodot.geometry.voxels import Voxels

__all__ = ["Localisation", "localisation"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Localisation:
    """In which layers an electron and a hole are.

    Attributes
    ----------
    regime : {"type I", "quasi-type II", "type II"}
        A carrier is *localised* in a layer that holds at least `threshold` of its density, and
        *delocalised* if no layer does. Type II: both are localised, in different layers. Quasi-type
        II: one is localised, the other delocalised. Type I: both are localised in the same layer, or
        both are delocalised.
    electron, hole : str
        Material of the layer in which the carrier is localised, or "delocalised".
    electron_weights, hole_weights : (layers,) arrays
        Share of the density in each layer, from the inside out; what leaks into the environment
        belongs to none.
    overlap : float
        ∫ √(ρ_e ρ_h) dV: 1 for identical densities, 0 for carriers that never meet.
    threshold : float
    """

    regime: str
    electron: str
    hole: str
    electron_weights: Array
    hole_weights: Array
    overlap: float
    threshold: float

    def __repr__(self) -> str:
        shares = (
            f"{name} {where} ({', '.join(f'{100 * w:.0f} %' for w in weights)})"
            for name, where, weights in (
                ("electron", self.electron, self.electron_weights),
                ("hole", self.hole, self.hole_weights),
            )
        )
        return f"{self.regime}: {'; '.join(shares)}; overlap {self.overlap:.3f}"


def localisation(
    nanocrystal: Any, grid: Grid, electron: Array, hole: Array, threshold: float = 2 / 3
) -> Localisation:
    """Return where the densities of an electron and a hole are.

    Parameters
    ----------
    nanocrystal : Nanocrystal
        Graded interfaces count as abrupt ones in their middle.
    grid : Grid
    electron, hole : (nx, ny, nz) arrays
        Densities on the nodes, of any norm.
    threshold : float
        Share of the density, above one half, from which a carrier is localised in a layer.
    """
    if not 0.5 < threshold <= 1.0:
        raise ValueError(f"threshold: must be above 0.5 and at most 1, got {threshold:g}")
    layers = nanocrystal.layers
    fractions = Voxels(grid, [layer.solid for layer in layers]).fractions()[: len(layers)]
    weights, places = [], []
    for density in (electron, hole):
        share = np.einsum("rxyz,xyz->r", fractions, density) / density.sum()
        weights.append(np.asarray(share, float))
        best = int(np.argmax(share))
        places.append(best if share[best] >= threshold else None)
    names = [
        "delocalised" if place is None else str(layers[place].material.name) for place in places
    ]
    if places[0] == places[1]:
        regime = "type I"
    elif None in places:
        regime = "quasi-type II"
    else:
        regime = "type II"
    overlap = np.sum(np.sqrt(np.abs(electron * hole)))
    overlap /= np.sqrt(electron.sum() * hole.sum())
    return Localisation(
        regime, names[0], names[1], weights[0], weights[1], float(overlap), threshold
    )
