"""Bloch functions of the bands on which envelopes live, and the momentum between them.

Electrons are ``Σ_s E_s(r) |S s⟩``, valence states ``Σ_js F_js(r) |j s⟩`` with j = X, Y, Z.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks
from heterodot.kp.luttinger4 import THREE_HALVES
from heterodot.units import HBAR2_OVER_2M0

if TYPE_CHECKING:
    from heterodot.geometry.grid import Grid

__all__ = [
    "TYPICAL_KANE_ENERGY",
    "electron_spins",
    "heavy_holes",
    "kane_momentum",
    "valence_bloch_functions",
]

TYPICAL_KANE_ENERGY = 20.0
"""Kane energy in eV of materials that state none (zincblende semiconductors: 17 to 25 eV)."""

Complex = NDArray[np.complex128]


def kane_momentum(
    nanocrystal: Any, grid: Grid, kane_energy: float | None = None
) -> NDArray[np.float64]:
    """Return P(r) = √(Ep ħ²/2m0) on the nodes in eV nm.

    In cells that an interface cuts it is the mean over the volume fractions. The environment takes
    the value of the outermost material. Materials without `kane_energy` count as
    `TYPICAL_KANE_ENERGY`: that leaves positions of lines and thresholds of gain as they are, but
    makes absolute strengths and lifetimes rough.
    """
    if kane_energy is not None:
        value = _checks.number("kane_energy", kane_energy)
        if value <= 0:
            raise ValueError(f"kane_energy: must be positive (eV), got {value:g}")
        return np.full(grid.shape, math.sqrt(value * HBAR2_OVER_2M0))
    energies = [region.material.kane_energy for region in nanocrystal.regions]
    momenta = np.sqrt(
        [HBAR2_OVER_2M0 * (TYPICAL_KANE_ENERGY if e is None else _mean(e)) for e in energies]
    )
    if np.ptp(momenta) == 0:
        return np.full(grid.shape, momenta[0])
    fractions = nanocrystal.voxelise(grid).fractions()
    return np.asarray(np.tensordot(np.append(momenta, momenta[-1]), fractions, axes=1))


def _mean(kane_energy: float | tuple[float, float]) -> float:
    """Mean over directions of a Kane energy that may be given along and across c."""
    along, across = np.broadcast_to(kane_energy, 2)
    return float(along + 2 * across) / 3


def electron_spins(bands: int, spin_degenerate: bool) -> Complex:
    """Spin ↑, ↓ of each band of an electron, (bands, 2)."""
    if bands == (1 if spin_degenerate else 2):
        return np.eye(2, dtype=complex)[:bands]
    raise ValueError(
        f"electrons: momentum matrix elements need the band S (times spin), got {bands} bands"
    )


def valence_bloch_functions(bands: int, spin_degenerate: bool, axis: Sequence[float]) -> Complex:
    """Components of each band of a hole on |X, Y, Z⟩ ⊗ |↑, ↓⟩, (bands, 3, 2)."""
    one = 1 if spin_degenerate else 2
    if bands == one:
        return heavy_holes(_checks.vector("axis", axis))[:bands]
    if bands == 3 * one:
        # spin-major: X↑ Y↑ Z↑ X↓ Y↓ Z↓
        return np.eye(6, dtype=complex).reshape(6, 2, 3).swapaxes(1, 2)[:bands]
    if bands == 4 and not spin_degenerate:
        return THREE_HALVES.T.reshape(4, 2, 3).swapaxes(1, 2).astype(complex)
    raise ValueError(
        "holes: momentum matrix elements need one band, J = 3/2, or X, Y, Z (times spin), got "
        f"{bands} bands"
    )


def heavy_holes(axis: tuple[float, float, float]) -> Complex:
    """|3/2, 3/2⟩ and minus its time-reversed partner along an axis, (2, 3, 2).

    The signs make ``φ |↑⟩`` and ``-φ* |↓⟩`` time-reversed partners as in two-band spinors.
    """
    length = math.hypot(*axis)
    if length == 0:
        raise ValueError("axis: must not be zero")
    x, y, z = (component / length for component in axis)
    theta, phi = math.acos(max(-1.0, min(1.0, z))), math.atan2(y, x)
    e1 = np.array(
        [math.cos(theta) * math.cos(phi), math.cos(theta) * math.sin(phi), -math.sin(theta)]
    )
    e2 = np.array([-math.sin(phi), math.cos(phi), 0.0])
    spin = np.array([math.cos(theta / 2), np.exp(1j * phi) * math.sin(theta / 2)])
    plus = np.outer(-(e1 + 1j * e2) / math.sqrt(2), spin)
    reversed_plus = np.stack([plus[:, 1].conj(), -plus[:, 0].conj()], axis=1)
    return np.stack([plus, -reversed_plus])
