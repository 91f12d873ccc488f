"""What states are made of: parity, total angular momentum, bands.

F = L + J, with L the angular momentum of the envelope about the centre of the grid and J that of the
Bloch function (and its spin). Inversion takes the envelope to −r and turns the sign of X, Y, Z.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.geometry.grid import Grid
from heterodot.kp.luttinger4 import J_BANDS, THREE_HALVES

__all__ = ["angular_momenta", "band_weights", "cartesian", "parities"]

Spinors = NDArray[Any]  # (count, orbitals, spins, nx, ny, nz)
_LEVI_CIVITA = np.zeros((3, 3, 3))
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    _LEVI_CIVITA[_i, _j, _k], _LEVI_CIVITA[_i, _k, _j] = 1.0, -1.0
_ORBITAL = -1j * _LEVI_CIVITA  # (L_i)_jk = −i ε_ijk of X, Y, Z
_SPIN = 0.5 * np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_EVEN = 0.9  # expectation of the inversion from which a state counts as even or odd


def cartesian(
    envelopes: NDArray[Any], bands: tuple[str, ...]
) -> tuple[Spinors, tuple[str, ...]] | None:
    """Return envelopes as (count, orbitals, spins, x, y, z) with their orbitals among S, V, X, Y, Z.

    None for bands of which nothing is known.
    """
    if bands == J_BANDS:
        six = np.einsum("ab,nbxyz->naxyz", THREE_HALVES, envelopes)
        return _spin_last(six, 2), ("X", "Y", "Z")
    names = tuple(dict.fromkeys(band.rstrip("↑↓") for band in bands))
    if names not in (("S",), ("V",), ("X", "Y", "Z"), ("S", "X", "Y", "Z")):
        return None
    return _spin_last(envelopes, len(bands) // len(names)), names


def _spin_last(envelopes: NDArray[Any], spins: int) -> Spinors:
    count, bands, *shape = envelopes.shape
    return np.swapaxes(envelopes.reshape(count, spins, bands // spins, *shape), 1, 2)


def parities(spinors: Spinors, orbitals: tuple[str, ...]) -> NDArray[np.intp]:
    """Return +1, −1, or 0 where a state has no parity about the centre of the grid."""
    signs = np.array([-1.0 if name in "XYZ" else 1.0 for name in orbitals])
    mirrored = spinors[..., ::-1, ::-1, ::-1]
    overlap = np.einsum("nasxyz,nasxyz,a->n", spinors.conj(), mirrored, signs).real
    norm = np.einsum("nasxyz,nasxyz->n", spinors.conj(), spinors).real
    value = overlap / norm
    return np.where(np.abs(value) > _EVEN, np.sign(value), 0).astype(int)


def angular_momenta(spinors: Spinors, orbitals: tuple[str, ...], grid: Grid) -> NDArray[np.float64]:
    """Return ⟨F²⟩ = Σ_i ‖F_i ψ‖², without spin for spin-degenerate bands (⟨L²⟩ of the envelope)."""
    axes = grid.axes()
    centred = [axis - axis.mean() for axis in axes]
    r = np.meshgrid(*centred, indexing="ij", sparse=True)
    p_like = [n for n, name in enumerate(orbitals) if name in "XYZ"]
    values = []
    for psi in spinors:
        psi = psi.astype(complex)
        gradient = [
            np.gradient(psi, h, axis=2 + axis, edge_order=1) for axis, h in enumerate(grid.spacing)
        ]
        total = 0.0
        for i in range(3):
            j, k = (i + 1) % 3, (i + 2) % 3
            image = -1j * (r[j] * gradient[k] - r[k] * gradient[j])
            if p_like:
                image[p_like] += np.einsum("ab,bsxyz->asxyz", _ORBITAL[i], psi[p_like])
            if psi.shape[1] == 2:
                image += np.einsum("st,atxyz->asxyz", _SPIN[i], psi)
            total += float(np.sum(np.abs(image) ** 2))
        values.append(total / float(np.sum(np.abs(psi) ** 2)))
    return np.array(values)


def band_weights(spinors: Spinors, orbitals: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
    """Return the weights of S, HH, LH and SO in each state (J quantised along the grid's z).

    Of X, Y, Z where the bands carry no spin, of S or V alone for one band.
    """
    norm = np.sum(np.abs(spinors) ** 2, axis=(1, 2, 3, 4, 5))
    names = {name: n for n, name in enumerate(orbitals)}
    weights: dict[str, NDArray[np.float64]] = {}
    for name in ("S", "V"):
        if name in names:
            weights[name] = np.sum(np.abs(spinors[:, names[name]]) ** 2, axis=(1, 2, 3, 4)) / norm
    if "X" not in names:
        return weights
    p = spinors[:, names["X"] : names["X"] + 3]
    if spinors.shape[2] == 1:
        for n, name in enumerate("XYZ"):
            weights[name] = np.sum(np.abs(p[:, n]) ** 2, axis=(1, 2, 3, 4)) / norm
        return weights
    flat = np.swapaxes(p, 1, 2).reshape(len(p), 6, -1)  # spin-major
    components = np.einsum("ab,nar->nbr", THREE_HALVES.conj(), flat)
    each = np.sum(np.abs(components) ** 2, axis=2) / norm[:, None]
    weights["HH"], weights["LH"] = each[:, 0] + each[:, 2], each[:, 1] + each[:, 3]
    within = np.sum(np.abs(flat) ** 2, axis=(1, 2)) / norm
    weights["SO"] = within - weights["HH"] - weights["LH"]
    return weights
