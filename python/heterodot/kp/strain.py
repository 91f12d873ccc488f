"""Strain in the bands: the terms of Pikus and Bir.

The strain tensor ε is in the axes of the crystal: [100], [010], [001] of zincblende, c along z for
wurtzite; extension is positive. Bir and Pikus, Symmetry and Strain-Induced Effects in
Semiconductors (Wiley 1974).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.materials import Material

__all__ = ["conduction_shift", "read_strain", "valence_strain"]

Matrix = NDArray[np.float64]


def read_strain(strain: ArrayLike | None) -> Matrix | None:
    """Return the strain tensor as an array; ValueError if it is not symmetric and (3, 3)."""
    if strain is None:
        return None
    tensor = np.array(strain, dtype=float)
    if tensor.shape != (3, 3) or not np.isfinite(tensor).all():
        raise ValueError(f"strain must be a finite (3, 3) tensor, got {strain!r}")
    if not np.allclose(tensor, tensor.T, rtol=1e-9, atol=1e-14):
        raise ValueError(f"strain must be symmetric (take the rotation out), got {strain!r}")
    return tensor


def conduction_shift(of: Material, strain: Matrix | None) -> float:
    """Return the shift of the conduction edge in eV.

    Zincblende: ac Tr ε. Wurtzite: (a1 + D1) ε_zz + (a2 + D2)(ε_xx + ε_yy), with the interband a1
    and a2 of Vurgaftman and Meyer, J. Appl. Phys. 94, 3675 (2003).
    """
    if strain is None or not strain.any():
        return 0.0
    (xx, yy, zz) = np.diag(strain)
    if of.phase == "wurtzite":
        d = _Deformation(of)
        return float((d["a1"] + d["D1"]) * zz + (d["a2"] + d["D2"]) * (xx + yy))
    return float(_Deformation(of)["ac"] * (xx + yy + zz))


def valence_strain(of: Material, strain: Matrix | None) -> Matrix:
    """Return the strain terms of X, Y, Z in eV, shape (3, 3).

    They are the terms in k with k_i k_j → ε_ij: zincblende with (L, M, N) → (av + 2b, av − b,
    √3 d), wurtzite with A1 … A6 → D1 … D6 (Chuang and Chang, Phys. Rev. B 54, 2491 (1996)). A
    positive av raises the valence edge on expansion: δEv = +av Tr ε.
    """
    if strain is None or not strain.any():
        return np.zeros((3, 3))
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = strain
    d = _Deformation(of)
    if of.phase == "wurtzite":
        l1, l2 = d["D2"] + d["D4"] + d["D5"], d["D1"]
        m1, m2, m3 = d["D2"] + d["D4"] - d["D5"], d["D1"] + d["D3"], d["D2"]
        n1, n2 = 2 * d["D5"], np.sqrt(2.0) * d["D6"]
    else:
        sheared = bool(np.any(strain - np.diag(np.diag(strain))))
        stretched = bool(np.ptp(np.diag(strain)) > 0)
        b = d["b"] if stretched else 0.0
        l1 = l2 = d["av"] + 2 * b
        m1 = m2 = m3 = d["av"] - b
        n1 = n2 = np.sqrt(3.0) * d["d"] if sheared else 0.0
    return np.array(
        [
            [l1 * xx + m1 * yy + m2 * zz, n1 * xy, n2 * xz],
            [n1 * xy, m1 * xx + l1 * yy + m2 * zz, n2 * yz],
            [n2 * xz, n2 * yz, m3 * (xx + yy) + l2 * zz],
        ]
    )


class _Deformation:
    """Deformation potentials that say which one is missing."""

    def __init__(self, of: Material) -> None:
        self.of = of

    def __getitem__(self, key: str) -> float:
        known = self.of.deformation or {}
        if key not in known:
            raise ValueError(
                f"material {self.of.name!r} lacks the deformation potential {key!r} that this "
                f"strain needs; add it with material.replace(deformation={{..., {key!r}: ...}})"
            )
        return float(known[key])
