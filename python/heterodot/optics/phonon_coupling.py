"""How strongly an exciton couples to optical phonons, from its charge and the permittivities.

An exciton carries the charge density ρ = |ψ_h|² - |ψ_e|². Ions that follow it lower its energy by the
difference between screening without and with them (Fröhlich coupling, treated classically),

    λ = ½ [U_∞(ρ, ρ) - U_0(ρ, ρ)],    U_ε(ρ, ρ) = J_ee + J_hh - 2 J_eh ,

in a uniform medium ``λ = ½ (1/ε_∞ - 1/ε_0) ∬ ρ ρ' / |r - r'|``, the sum of S ħω over plane waves. U is also
the first-order interaction of two excitons: what separates electrons and holes does both.

References
----------
S. Schmitt-Rink, D. A. B. Miller, D. S. Chemla, Phys. Rev. B 35, 8113 (1987), eq. 32;
S. Nomura, T. Kobayashi, Phys. Rev. B 45, 1305 (1992).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.pair_densities import PairDensities
from heterodot.electrostatics.screened_interaction import ScreenedInteraction
from heterodot.optics.spin_boson import SpinBoson

__all__ = ["phonon_coupling"]


def phonon_coupling(
    states: Any,
    lo_phonon: float | None = None,
    acoustic: float = 0.0,
    cutoff: float = 0.002,
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

    Returns
    -------
    SpinBoson

    Raises
    ------
    ValueError
        If a material lacks a permittivity or the energy of the phonon.
    """
    optical, static = (_own_interaction(states, kind) for kind in ("optical", "static"))
    energy = _phonon(states) if lo_phonon is None else _checks.number("lo_phonon", lo_phonon)
    reorganisation = max(0.5 * (optical - static), 0.0)
    return SpinBoson(reorganisation / energy, energy, acoustic, cutoff)


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
