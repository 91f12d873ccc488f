"""Transitions of one carrier between its own levels: infrared absorption of charged nanocrystals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.optics.line_shapes import Shape, at_temperature
from heterodot.optics.position import momentum_elements
from heterodot.optics.radiation import OpticalMedium, cross_section_strength, optical_medium
from heterodot.optics.spectra import thermal_populations
from heterodot.optics.spectrum import Lines, Spectrum

__all__ = ["intraband_absorption", "intraband_momentum"]

Complex = NDArray[np.complex128]


def intraband_momentum(carrier: Any) -> Complex:
    """Return (ħ/m0) times the momentum between the spinors of one carrier in eV nm, (3, N, N).

    Parameters
    ----------
    carrier : CarrierStates
        ``states.electrons`` or ``states.holes``. Between degenerate states it vanishes.
    """
    return momentum_elements(carrier, carrier)


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
