"""How strongly an exciton couples to phonons: its charge to optical, its deformation to acoustic ones.

An exciton carries the charge density ρ = |ψ_h|² - |ψ_e|². Ions that follow it lower its energy by the
difference between screening without and with them (Fröhlich coupling, treated classically),

    λ = ½ [U_∞(ρ, ρ) - U_0(ρ, ρ)],    U_ε(ρ, ρ) = J_ee + J_hh - 2 J_eh ,

in a uniform medium ``λ = ½ (1/ε_∞ - 1/ε_0) ∬ ρ ρ' / |r - r'|``, the sum of S ħω over plane waves. U is also
the first-order interaction of two excitons: what separates electrons and holes does both.

A strain Tr ε moves conduction and valence edges by a_c Tr ε and a_v Tr ε, and the exciton by the mean of
``D(r) = a_c |ψ_e|² - a_v |ψ_h|²``. With longitudinal waves of speed c in a crystal of density ρ, that of bulk,

    S_q = |D(q)|² / (2 ρ V ħ c³ q),    λ_a = Σ_q S_q ħcq = ∫ D² / 2ρc² dV .

References
----------
S. Schmitt-Rink, D. A. B. Miller, D. S. Chemla, Phys. Rev. B 35, 8113 (1987), eq. 32;
S. Nomura, T. Kobayashi, Phys. Rev. B 45, 1305 (1992); T. Takagahara, Phys. Rev. Lett. 71, 3577 (1993).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from heterodot import _checks
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.pair_densities import PairDensities
from heterodot.electrostatics.screened_interaction import ScreenedInteraction
from heterodot.geometry.grid import Grid
from heterodot.optics.spin_boson import SpinBoson
from heterodot.units import ELEMENTARY_CHARGE, HBAR

__all__ = ["phonon_coupling"]


def phonon_coupling(
    states: Any,
    lo_phonon: float | None = None,
    acoustic: float = 0.0,
    cutoff: float = 0.002,
    *,
    mass_density: float | None = None,
    sound_velocity: float | None = None,
) -> SpinBoson:
    """Return the line shape that the materials give the lowest exciton.

    All optical phonons count with one energy, surface modes included; electron and hole are those of
    the lowest pairs, uncorrelated. Where their densities are alike (type I, one band) the charges
    cancel and so does the coupling: what measurements find there comes from more than this model,
    such as defects or the multiband structure of the hole.

    Parameters
    ----------
    states : States
        The materials, and the environment, need static and optical permittivities; what the environment
        has between them counts as slow as the phonons.
    lo_phonon : float, optional
        Phonon energy in eV; by default that of the materials, weighted with electron and hole.
    acoustic, cutoff : float
        Reorganisation energy and cut-off of acoustic phonons in eV, see `SpinBoson`.
    mass_density, sound_velocity : float, optional
        In g/cm³ and nm/ps (km/s), of longitudinal waves; with them `acoustic` and `cutoff` are calculated
        from the deformation potentials a_c and a_v of the materials: the cut-off is the one that leaves both
        Σ S and Σ S ħω as they are. The lattice is that of an infinite crystal; the vibrations of a free
        nanocrystal are discrete below ħc/R.

    Returns
    -------
    SpinBoson

    Raises
    ------
    ValueError
        If a material lacks a permittivity, the energy of the phonon or a deformation potential, or only
        one of `mass_density` and `sound_velocity` is given.
    """
    if mass_density is not None or sound_velocity is not None:
        acoustic, cutoff = _acoustic(states, mass_density, sound_velocity)
    optical, static = (_own_interaction(states, kind) for kind in ("optical", "static"))
    energy = _phonon(states) if lo_phonon is None else _checks.number("lo_phonon", lo_phonon)
    reorganisation = max(0.5 * (optical - static), 0.0)
    return SpinBoson(reorganisation / energy, energy, acoustic, cutoff)


def _acoustic(
    states: Any, mass_density: float | None, sound_velocity: float | None
) -> tuple[float, float]:
    """Return the reorganisation energy and the cut-off of acoustic phonons in eV."""
    for name, value in (("mass_density", mass_density), ("sound_velocity", sound_velocity)):
        if value is None:
            raise ValueError(f"{name}: acoustic phonons need both mass_density and sound_velocity")
        if _checks.number(name, value) <= 0:
            raise ValueError(f"{name}: must be positive, got {value:g}")
    assert mass_density is not None
    assert sound_velocity is not None
    velocity = 1e3 * sound_velocity  # m/s
    stiffness = 1e3 * mass_density * velocity**2 / ELEMENTARY_CHARGE * 1e-27  # ρc², eV/nm³
    quantum = HBAR * velocity * 1e9  # ħc, eV nm
    grid = states.electrons.grid
    fractions = states.nanocrystal.voxelise(grid).fractions()
    deformation = np.zeros(grid.shape)
    for carrier, name, sign in ((states.electrons, "ac", 1.0), (states.holes, "av", -1.0)):
        density = np.sum(np.abs(carrier.representatives[0]) ** 2, axis=0)
        values = [_deformation(region.material, name) for region in states.nanocrystal.regions]
        # What leaks out moves with the outermost layer.
        shares = np.tensordot([*values, values[-1]], fractions, axes=1)
        deformation += sign * shares * density
    energy = float(np.sum(deformation**2)) * grid.cell_volume / (2 * stiffness)
    factor = float(_over_wave_number(deformation, grid)) / (4 * np.pi) / (4 * np.pi**2)
    return energy, energy / (2 * factor / (stiffness * quantum))


def _over_wave_number(field: NDArray[np.float64], grid: Grid) -> float:
    """Return ∫ |f(q)|²/q d³q, with f(q) = ∫ f(r) exp(-iq·r) dV."""
    shape = [2 * n for n in grid.shape]
    wave = np.abs(scipy.fft.fftn(field, shape) * grid.cell_volume) ** 2
    axes = [2 * np.pi * scipy.fft.fftfreq(n, h) for n, h in zip(shape, grid.spacing, strict=True)]
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    number = np.sqrt(x * x + y * y + z * z)
    steps = np.array([2 * np.pi / (n * h) for n, h in zip(shape, grid.spacing, strict=True)])
    # 1/q in the middle cell is its mean in a ball of as large a volume.
    number[0, 0, 0] = (3 * np.prod(steps) / (4 * np.pi)) ** (1 / 3) / 1.5
    return float(np.sum(wave / number) * np.prod(steps))


def _deformation(material: Any, name: str) -> float:
    value = (material.deformation or {}).get(name)
    if value is None:
        raise ValueError(
            f"material {material.name!r} lacks the deformation potential {name!r} that acoustic phonons "
            f"couple to; add it with material.replace(deformation={{..., {name!r}: ...}})"
        )
    return float(value)


def _own_interaction(states: Any, permittivity: str) -> float:
    """U(ρ, ρ) of the lowest exciton in eV."""
    dielectric = read_dielectric(states.nanocrystal, permittivity)
    interaction = ScreenedInteraction(dielectric, states.electrons.grid)
    electron, hole = (
        PairDensities(carrier.representatives[:1], carrier.spin_degenerate).ground()
        for carrier in (states.electrons, states.holes)
    )
    moved = interaction.place.moved(np.stack([electron, hole])).reshape(2, -1)
    support = np.flatnonzero(np.any(moved != 0.0, axis=0))
    found: NDArray[np.float64] = interaction.energies(moved[:, support], support).energies
    return float(found[0, 0] + found[1, 1] - 2 * found[0, 1])


def _phonon(states: Any) -> float:
    """Phonon energy of the materials that electron and hole are in."""
    regions = states.nanocrystal.regions
    missing = [region.material.name for region in regions if region.material.lo_phonon is None]
    if missing:
        raise ValueError(
            f"material {missing[0]!r} lacks lo_phonon; give it with material.replace(lo_phonon=...) "
            "or pass lo_phonon=<eV>"
        )
    weights = sum(
        carrier.region_weights(states.nanocrystal)[0][: len(regions)]
        for carrier in (states.electrons, states.holes)
    )
    energies = np.array([region.material.lo_phonon for region in regions])
    return float(weights @ energies / np.sum(weights))
