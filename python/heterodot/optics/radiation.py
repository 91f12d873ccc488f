"""Light and nanocrystals: local field, cross-sections, rates and lifetimes of transitions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot import _checks
from heterodot.units import FINE_STRUCTURE, HBAR, HBAR2_OVER_2M0, SPEED_OF_LIGHT

__all__ = [
    "OpticalMedium",
    "cross_section_strength",
    "local_field_sphere",
    "optical_medium",
    "oscillator_strength",
    "radiative_rate",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class OpticalMedium:
    """What light sees: the index around the nanocrystal and the field inside it.

    Parameters
    ----------
    refractive_index : float
        Index n of the environment.
    local_field : float
        Factor F of the optical field inside over that of the light outside.
    """

    refractive_index: float = 1.0
    local_field: float = 1.0

    def __post_init__(self) -> None:
        for name in ("refractive_index", "local_field"):
            value = _checks.number(name, getattr(self, name))
            if value <= 0:
                raise ValueError(f"{name}: must be positive, got {value:g}")


def local_field_sphere(permittivity_inside: float, permittivity_outside: float) -> float:
    """Return the field in a dielectric sphere over the uniform field far away, 3ε_o/(ε_i + 2ε_o)."""
    return 3 * permittivity_outside / (permittivity_inside + 2 * permittivity_outside)


def optical_medium(nanocrystal: Any, local_field: float | None = None) -> OpticalMedium:
    """Return the index around a nanocrystal and the local field in it.

    The local field is that of a homogeneous sphere of the same volume, with the optical permittivity
    of the layers averaged over their volumes: exact for a sphere of one material, an approximation
    for shells and for other shapes, whose field is not uniform and depends on the polarisation.
    Permittivities at optical frequencies come from `permittivity_optical`, else from
    `refractive_index`, else from the static `permittivity`; without any of them F = 1.

    Parameters
    ----------
    nanocrystal : Nanocrystal
    local_field : float, optional
        Use this factor instead.
    """
    environment = nanocrystal.environment
    outside = _optical_permittivity(environment)
    index = getattr(environment, "refractive_index", None)
    index = math.sqrt(outside or 1.0) if index is None else float(index)
    if local_field is not None:
        return OpticalMedium(index, local_field)
    inside = [_optical_permittivity(region.material) for region in nanocrystal.regions]
    if any(value is None for value in inside):
        return OpticalMedium(index, 1.0)
    values = np.array(inside, float)
    volumes = np.ones(1) if np.ptp(values) == 0 else np.asarray(nanocrystal.volumes(), float)
    mean = float(values[: volumes.size] @ volumes / volumes.sum())
    return OpticalMedium(index, local_field_sphere(mean, index**2))


def _optical_permittivity(medium: Any) -> float | None:
    if (value := getattr(medium, "permittivity_optical", None)) is not None:
        return float(np.mean(value))
    if (value := getattr(medium, "refractive_index", None)) is not None:
        return float(np.mean(value)) ** 2
    value = getattr(medium, "permittivity", None)
    return None if value is None else float(np.mean(value))


def oscillator_strength(energy: ArrayLike, momentum_squared: ArrayLike) -> Array:
    """Return 2|p|²/(m0 E), averaged over the directions of polarisation.

    Parameters
    ----------
    energy : array_like
        Transition energies in eV.
    momentum_squared : array_like
        ``(ħ/m0)² Σ_j |p_j|²`` in (eV nm)².
    """
    return np.asarray(momentum_squared, float) / (3 * HBAR2_OVER_2M0 * np.asarray(energy, float))


def radiative_rate(energy: ArrayLike, momentum_squared: ArrayLike, medium: OpticalMedium) -> Array:
    """Return the rate of spontaneous emission ``(4/3) α n ω F² |p|²/(m0 c)²`` in 1/ns.

    Parameters
    ----------
    energy : array_like
        Transition energies in eV.
    momentum_squared : array_like
        ``(ħ/m0)² Σ_j |p_j|²`` in (eV nm)².
    medium : OpticalMedium
    """
    frequency = np.maximum(np.asarray(energy, float), 0.0) / HBAR * 1e-9
    reduced = np.asarray(momentum_squared, float) / (HBAR * SPEED_OF_LIGHT) ** 2
    coupling = 4 / 3 * FINE_STRUCTURE * medium.refractive_index * medium.local_field**2
    return np.asarray(coupling * frequency * reduced)


def cross_section_strength(
    energy: ArrayLike, momentum_squared: ArrayLike, medium: OpticalMedium
) -> Array:
    """Return the absorption cross-section integrated over photon energy in nm² eV.

    ``∫ σ dE = 4π²α F² |p|²/3 / (n E)`` with ``p = (ħ/m0) p`` in eV nm, for unpolarised light on
    nanocrystals of all orientations. With `radiative_rate` it obeys Einstein's relation
    ``A = n² E² ∫ σ dE / (π² ħ (ħc)²)``.
    """
    square = np.asarray(momentum_squared, float) / 3
    factor = 4 * math.pi**2 * FINE_STRUCTURE * medium.local_field**2 / medium.refractive_index
    photon = np.asarray(energy, float)
    # An upper state below the lower one has no photon to absorb.
    return np.asarray(np.where(photon > 0, factor * square / np.where(photon > 0, photon, 1), 0))
