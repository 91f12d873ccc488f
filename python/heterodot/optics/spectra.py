"""Absorption, emission and lifetimes of the vacuum, X and XX.

A transition joins a lower state to an upper one that has one electron-hole pair more. Its strength is
the sum over polarisations of ``|(ħ/m0) ⟨l|p|u⟩|²``. Absorption starts in the lower states, emission in
the upper ones, with Boltzmann populations inside each manifold. Every line is broadened alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot import _checks
from heterodot.configuration_interaction import ConfigurationSpace, ManyBodyStates, pair_transition
from heterodot.optics.line_shapes import Shape, at_temperature, reorganisation
from heterodot.optics.radiation import (
    OpticalMedium,
    cross_section_strength,
    optical_medium,
    oscillator_strength,
    radiative_rate,
)
from heterodot.optics.spectrum import Lines, Spectrum
from heterodot.optics.transitions import interband_momentum
from heterodot.units import BOLTZMANN

__all__ = [
    "Transitions",
    "absorption",
    "emission",
    "radiative_lifetime",
    "thermal_populations",
    "transitions",
    "vacuum",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Transitions:
    """All transitions between two manifolds of states.

    Attributes
    ----------
    lower, upper : (l,), (u,) arrays
        Energies of the states in eV.
    strengths : (l, u) array
        ``(ħ/m0)² Σ_j |⟨l|p_j|u⟩|²`` in (eV nm)².
    """

    lower: Array
    upper: Array
    strengths: Array

    def __post_init__(self) -> None:
        if self.strengths.shape != (self.lower.size, self.upper.size):
            raise ValueError(
                f"strengths: must have shape {(self.lower.size, self.upper.size)} (lower, upper), "
                f"got {self.strengths.shape}"
            )

    @property
    def energies(self) -> Array:
        """Photon energies in eV, shape (l, u)."""
        return self.upper[None, :] - self.lower[:, None]

    @property
    def oscillator_strengths(self) -> Array:
        """Oscillator strengths ``2|p|²/(m0 E)`` averaged over polarisations, shape (l, u)."""
        return oscillator_strength(self.energies, self.strengths)

    def emission_line(self, temperature: float) -> float:
        """Return the mean energy of emission from thermal upper states in eV."""
        weights = self.strengths * thermal_populations(self.upper, temperature)
        return Lines(self.energies.ravel(), weights.ravel()).centre()


def thermal_populations(energies: ArrayLike, temperature: float) -> Array:
    """Return Boltzmann populations of levels (eV) at a temperature (K), summing to one."""
    temperature = _checks.number("temperature", temperature)
    if temperature < 0:
        raise ValueError(f"temperature: must not be negative (K), got {temperature:g}")
    levels = np.asarray(energies, float)
    above = levels - levels.min()
    if temperature == 0:
        weights = (above <= 1e-12).astype(float)
    else:
        weights = np.exp(-above / (BOLTZMANN * temperature))
    return np.asarray(weights / weights.sum())


def vacuum(space: ConfigurationSpace) -> ManyBodyStates:
    """Return the state without electrons and holes, in the spinors of a space."""
    empty = ConfigurationSpace(0, 0, space.electron_spinors, space.hole_spinors)
    one = np.ones((1, 1), complex)
    return ManyBodyStates(0, 0, np.zeros(1), one, empty, np.zeros(1))


def transitions(
    upper: ManyBodyStates,
    lower: ManyBodyStates | None = None,
    momentum: NDArray[np.complex128] | None = None,
) -> Transitions:
    """Return all transitions between states and those with one electron-hole pair less.

    Parameters
    ----------
    upper : ManyBodyStates
        States with n electrons and m holes.
    lower : ManyBodyStates, optional
        States with n-1 electrons and m-1 holes in the same spinors; by default the vacuum.
    momentum : (3, Ne, Nh) array, optional
        Interband momentum matrix elements; by default `interband_momentum` of the spinors.
    """
    if lower is None:
        lower = vacuum(upper.space)
    if momentum is None:
        space = upper.space  # the lowest spinors, if not all were active
        momentum = interband_momentum(_states(upper))
        momentum = momentum[:, : space.electron_spinors, : space.hole_spinors]
    amplitudes = pair_transition(upper, lower, momentum)
    return Transitions(lower.energies, upper.energies, np.sum(np.abs(amplitudes) ** 2, axis=0))


def absorption(
    upper: ManyBodyStates,
    lower: ManyBodyStates | None = None,
    temperature: float = 300.0,
    linewidth: float = 0.05,
    energies: ArrayLike | None = None,
    *,
    shape: Shape = "gaussian",
    momentum: NDArray[np.complex128] | None = None,
    medium: OpticalMedium | None = None,
) -> Spectrum:
    """Return the absorption cross-section: ``absorption(x)`` of empty nanocrystals.

    Parameters
    ----------
    upper : ManyBodyStates
        The states reached. ``absorption(xx, x)`` is the absorption X → XX induced by an exciton.
    lower : ManyBodyStates, optional
        The states it starts from, with one pair less; by default the vacuum.
    temperature : float
        Of the lower states in K.
    linewidth : float
        Γ in eV: Gaussian ``exp(-(E/Γ)²)``, FWHM = 1.665 Γ; Lorentzian with FWHM = 2 Γ.
    energies : array_like, optional
        Photon energies in eV; by default a grid around all lines.
    shape : "gaussian", "lorentzian", "voigt", Voigt or SpinBoson
    momentum : (3, Ne, Nh) array, optional
        Interband momentum matrix elements (ħ/m0)p in eV nm, see `interband_momentum`.
    medium : OpticalMedium, optional
        Index and local field; by default `optical_medium` of the nanocrystal.

    Returns
    -------
    Spectrum
        In nm² for one nanocrystal, averaged over orientations. Only final states among the roots of
        `upper` are there: the upper end of the spectrum is as complete as they are.
    """
    table = transitions(upper, lower, momentum)
    medium = _medium(upper) if medium is None else medium
    populations = thermal_populations(table.lower, temperature)
    strengths = cross_section_strength(table.energies, table.strengths, medium)
    initial = "ground-state" if lower is None else f"{lower.name} → {upper.name}"
    return Spectrum.of(
        Lines(_vertical(table, lower, shape), (populations[:, None] * strengths).ravel()),
        name=f"{initial} absorption",
        quantity="absorption cross-section",
        unit="nm²",
        linewidth=linewidth,
        shape=at_temperature(shape, temperature),
        energies=energies,
    )


def emission(
    upper: ManyBodyStates,
    lower: ManyBodyStates | None = None,
    temperature: float = 300.0,
    linewidth: float = 0.05,
    energies: ArrayLike | None = None,
    *,
    shape: Shape = "gaussian",
    momentum: NDArray[np.complex128] | None = None,
    medium: OpticalMedium | None = None,
) -> Spectrum:
    """Return the spontaneous emission: ``emission(x)`` of one exciton, ``emission(xx, x)`` of XX.

    Parameters
    ----------
    upper : ManyBodyStates
        The emitting states, thermally populated.
    lower : ManyBodyStates, optional
        The states left behind; by default the vacuum.
    temperature, linewidth, energies, shape, momentum, medium
        As in `absorption`.

    Returns
    -------
    Spectrum
        Photons per time and photon energy, in 1/(ns eV); its integral is the radiative rate in 1/ns.
    """
    table = transitions(upper, lower, momentum)
    medium = _medium(upper) if medium is None else medium
    rates = radiative_rate(table.energies, table.strengths, medium)
    populations = thermal_populations(table.upper, temperature)
    return Spectrum.of(
        Lines(
            _vertical(table, lower, shape),
            (rates * populations).ravel(),
            np.ones(rates.size, bool) if reorganisation(shape) > 0 else None,
        ),
        name=f"{upper.name} emission",
        quantity="photon emission rate",
        unit="1/(ns eV)",
        linewidth=linewidth,
        shape=at_temperature(shape, temperature),
        energies=energies,
    )


def radiative_lifetime(
    upper: ManyBodyStates,
    lower: ManyBodyStates | None = None,
    temperature: float = 300.0,
    *,
    momentum: NDArray[np.complex128] | None = None,
    medium: OpticalMedium | None = None,
) -> float:
    """Return the radiative lifetime of thermally populated states in ns (inf if all are dark).

    The parameters are those of `emission`. The rate is averaged over the populations, as holds
    while relaxation inside the manifold is faster than emission.
    """
    table = transitions(upper, lower, momentum)
    medium = _medium(upper) if medium is None else medium
    rates = radiative_rate(table.energies, table.strengths, medium).sum(axis=0)
    rate = float(rates @ thermal_populations(table.upper, temperature))
    return 1.0 / rate if rate > 0 else math.inf


def _vertical(table: Transitions, lower: ManyBodyStates | None, shape: Shape) -> Array:
    """Photon energies of absorption while the lattice keeps still, as lower states deform it.

    Every pair shifts the next transition by -2λ: it displaces the lattice as the next one will.
    """
    pairs = 0 if lower is None else min(lower.n_electrons, lower.n_holes)
    return table.energies.ravel() - 2 * reorganisation(shape) * pairs


def _states(many_body: ManyBodyStates) -> Any:
    states = getattr(many_body.coulomb, "states", None)
    if states is None:
        raise ValueError(
            f"{many_body.name}: does not know its single-particle states (its Coulomb integrals "
            "have none); pass `momentum` and `medium`"
        )
    return states


def _medium(many_body: ManyBodyStates) -> OpticalMedium:
    nanocrystal = getattr(getattr(many_body.coulomb, "states", None), "nanocrystal", None)
    return OpticalMedium() if nanocrystal is None else optical_medium(nanocrystal)
