"""Transitions of one carrier between its own levels: infrared absorption of charged nanocrystals.

For eigenstates of one Hamiltonian ``[H, r] = -i ∂H/∂k``, so that the matrix elements of ``∂H/∂k = (ħ/m0) p``
follow from those of the position, for every k·p model, its interfaces included:

    ⟨a|∂H/∂k_j|b⟩ = i (E_a - E_b) ⟨a|r_j|b⟩ .
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.optics.line_shapes import Shape, at_temperature
from heterodot.optics.radiation import OpticalMedium, cross_section_strength, optical_medium
from heterodot.optics.spectra import thermal_populations
from heterodot.optics.spectrum import Lines, Spectrum

__all__ = ["intraband_absorption", "intraband_momentum", "position_elements"]

Complex = NDArray[np.complex128]


def position_elements(carrier: Any) -> Complex:
    """Return ``⟨a|r_j|b⟩`` in nm between the spinors of one carrier, (3, N, N).

    Parameters
    ----------
    carrier : CarrierStates
        ``states.electrons`` or ``states.holes``.
    """
    psi = np.asarray(carrier.representatives)
    pairs, bands = psi.shape[:2]
    nodes = int(np.prod(psi.shape[2:]))
    flat = psi.reshape(pairs, bands, nodes)
    if carrier.spin_degenerate:
        reverse = None
    else:
        up, down = flat[:, : bands // 2], flat[:, bands // 2 :]
        reverse = np.concatenate([down.conj(), -up.conj()], axis=1).reshape(pairs, -1)
    bras = flat.reshape(pairs, -1).conj()
    result = np.zeros((3, 2 * pairs, 2 * pairs), complex)
    for j, axis in enumerate(carrier.grid.axes()):
        shape = [1, 1, 1]
        shape[j] = -1
        weight = np.broadcast_to(np.reshape(axis, shape), psi.shape[2:]).reshape(nodes)
        weighted = (flat * (weight * carrier.grid.cell_volume)).reshape(pairs, -1)
        same = bras @ weighted.T
        result[j, 0::2, 0::2] = same
        # The position is even under time reversal: ⟨Θa|r|Θb⟩ = ⟨a|r|b⟩*, ⟨Θa|r|b⟩ = -⟨a|r|Θb⟩*.
        result[j, 1::2, 1::2] = same.conj()
        if reverse is not None:
            crossed = weighted.conj() @ reverse.T
            result[j, 0::2, 1::2] = crossed
            result[j, 1::2, 0::2] = -crossed.conj()
    return result


def intraband_momentum(carrier: Any) -> Complex:
    """Return (ħ/m0) times the momentum between the spinors of one carrier in eV nm, (3, N, N).

    Parameters
    ----------
    carrier : CarrierStates
        ``states.electrons`` or ``states.holes``. Between degenerate states it vanishes.
    """
    energies = np.asarray(carrier.energies, float)
    differences = energies[:, None] - energies[None, :]
    return np.asarray(1j * differences * position_elements(carrier), complex)


def intraband_absorption(
    states: Any,
    carrier: str = "electron",
    temperature: float = 300.0,
    linewidth: float = 0.02,
    energies: ArrayLike | None = None,
    *,
    shape: Shape = "gaussian",
    medium: OpticalMedium | None = None,
) -> Spectrum:
    """Return the absorption cross-section of nanocrystals that hold one additional carrier.

    Parameters
    ----------
    states : States
    carrier : "electron" or "hole"
    temperature : float
        In K; the carrier is thermally distributed over its levels.
    linewidth, energies, shape, medium
        As in `heterodot.absorption`.

    Returns
    -------
    Spectrum
        In nm², averaged over orientations. Transitions into the continuum are left out.
    """
    if carrier not in ("electron", "hole"):
        raise ValueError(f'carrier: must be "electron" or "hole", got {carrier!r}')
    own = states.electrons if carrier == "electron" else states.holes
    # The energy a carrier has: holes are missing valence electrons.
    levels = np.asarray(own.energies, float) * (1 if carrier == "electron" else -1)
    squares = np.sum(np.abs(intraband_momentum(own)) ** 2, axis=0)
    lower, upper = np.nonzero(levels[None, :] - levels[:, None] > 1e-6)
    photon = levels[upper] - levels[lower]
    medium = optical_medium(states.nanocrystal) if medium is None else medium
    strengths = cross_section_strength(photon, squares[lower, upper], medium)
    weights = thermal_populations(levels, temperature)
    net = weights[lower] - weights[upper]
    return Spectrum.of(
        Lines(photon, net * strengths),
        name=f"absorption of one {carrier}",
        quantity="absorption cross-section",
        unit="nm²",
        linewidth=linewidth,
        shape=at_temperature(shape, temperature),
        energies=energies,
    )
