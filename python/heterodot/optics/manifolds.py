"""The ladder of manifolds: vacuum, X, XX, XXX, and the light that leads from one to the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.configuration_interaction import ManyBodyStates, ci
from heterodot.optics.line_shapes import Shape, reorganisation
from heterodot.optics.radiation import OpticalMedium, cross_section_strength, optical_medium
from heterodot.optics.spectra import Transitions, thermal_populations, transitions
from heterodot.optics.spectrum import Lines
from heterodot.optics.transitions import interband_momentum

__all__ = ["Ladder", "ladder"]

_POPULATED = 0.01  # share of a manifold from which a state counts for the reach of the lines


@dataclass(frozen=True)
class Ladder:
    """Transitions vacuum - X, X - XX, XX - XXX, as far as they are known.

    Attributes
    ----------
    steps : tuple of Transitions
        Strengths are integrated cross-sections in nm² eV; the upper states of one step are the lower
        ones of the next.
    complete : tuple of bool
        Whether all upper states of a step are there.
    reorganisation : float
        Energy λ in eV that the lattice gains around one exciton: every exciton shifts the next
        transition by -2λ.
    medium : OpticalMedium, optional
        What light sees.
    volume : float, optional
        Of the nanocrystal in nm³.
    """

    steps: tuple[Transitions, ...]
    complete: tuple[bool, ...]
    reorganisation: float = 0.0
    medium: OpticalMedium | None = None
    volume: float | None = None

    def absorption(self, excitons: int, temperature: float) -> Lines:
        """Return the absorption of nanocrystals with 0, 1, ... thermal excitons (nm² eV)."""
        if excitons >= len(self.steps):
            return Lines(np.empty(0), np.empty(0))
        step = self.steps[excitons]
        weights = thermal_populations(step.lower, temperature)[:, None] * step.strengths
        return Lines(step.energies.ravel() - 2 * excitons * self.reorganisation, weights.ravel())

    def stimulated_emission(self, excitons: int, temperature: float) -> Lines:
        """Return the stimulated emission of nanocrystals with 1, 2, ... thermal excitons (nm² eV)."""
        step = self.steps[excitons - 1]
        weights = thermal_populations(step.upper, temperature) * step.strengths
        positions = step.energies.ravel() - 2 * (excitons - 1) * self.reorganisation
        return Lines(positions, weights.ravel(), np.ones(positions.size, bool))

    def line(self, excitons: int, temperature: float) -> float:
        """Return the mean energy of emission from 1, 2, ... thermal excitons in eV."""
        shift = 2 * excitons * self.reorganisation
        return self.steps[excitons - 1].emission_line(temperature) - shift

    def reach(self, excitons: int, temperature: float) -> float:
        """Return the photon energy up to which absorption by 0, 1, ... excitons is complete, in eV.

        States are counted that hold at least a hundredth of the population.
        """
        if excitons >= len(self.steps) or self.complete[excitons]:
            return math.inf
        step = self.steps[excitons]
        populated = thermal_populations(step.lower, temperature) >= _POPULATED
        bare = float(step.upper.max() - step.lower[populated].max())
        return bare - 2 * excitons * self.reorganisation


def ladder(
    source: Any,
    biexcitons: Callable[[Any], ManyBodyStates],
    momentum: NDArray[np.complex128] | None = None,
    medium: OpticalMedium | None = None,
    shape: Shape = "gaussian",
) -> Ladder:
    """Return the ladder from Coulomb integrals or from states.

    Parameters
    ----------
    source : CoulombIntegrals, or (x, xx), or (x, xx, xxx)
        What to compute X and XX from, or the states from `heterodot.ci`.
    biexcitons : function
        Computes XX from Coulomb integrals.
    momentum : (3, Ne, Nh) array, optional
        Interband momentum matrix elements; by default `interband_momentum` of the spinors.
    medium : OpticalMedium, optional
        Index and local field; by default `optical_medium` of the nanocrystal.
    shape : "gaussian", "lorentzian", "voigt", Voigt or SpinBoson
        How the lattice relaxes is part of the line shape.
    """
    if isinstance(source, (tuple, list)):
        manifolds: Sequence[Any] = source
    else:
        manifolds = (ci(source, electrons=1, holes=1, progress=False), biexcitons(source))
    good = 2 <= len(manifolds) <= 3 and all(
        isinstance(states, ManyBodyStates) and (states.n_electrons, states.n_holes) == (n, n)
        for n, states in enumerate(manifolds, start=1)
    )
    if not good:
        raise ValueError(
            "source: must be Coulomb integrals, the pair (x, xx) from ci, or (x, xx, xxx), got "
            f"{source!r}"
        )
    known = getattr(manifolds[0].coulomb, "states", None)
    if momentum is None:
        if known is None:
            raise ValueError(
                "source: its Coulomb integrals do not know the single-particle states; pass "
                "`momentum` and `medium`"
            )
        momentum = interband_momentum(known)
    nanocrystal = getattr(known, "nanocrystal", None)
    volume = None if nanocrystal is None else float(np.sum(nanocrystal.volumes()))
    if medium is None:
        medium = OpticalMedium() if nanocrystal is None else optical_medium(nanocrystal)
    steps = []
    for lower, upper in zip((None, *manifolds[:-1]), manifolds, strict=True):
        space = upper.space  # the lowest spinors, if not all were active
        active = momentum[:, : space.electron_spinors, : space.hole_spinors]
        table = transitions(upper, lower, active)
        strengths = cross_section_strength(table.energies, table.strengths, medium)
        steps.append(Transitions(table.lower, table.upper, strengths))
    complete = tuple(len(states) == states.space.size for states in manifolds)
    return Ladder(tuple(steps), complete, reorganisation(shape), medium, volume)
