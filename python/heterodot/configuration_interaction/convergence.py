"""Energies of a complex at every level of theory, and how sure they are."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heterodot.configuration_interaction.active_spaces import small_active
from heterodot.configuration_interaction.integrals import Integrals, restricted, spinor_counts
from heterodot.configuration_interaction.mean_field import first_order_energy, mean_field_energy
from heterodot.configuration_interaction.perturbation import perturbative_correction
from heterodot.configuration_interaction.shells import (
    DEGENERATE,
    AveragedInteractions,
    averaged_interactions,
    shell_ends,
)
from heterodot.configuration_interaction.solve import ci
from heterodot.configuration_interaction.states import ManyBodyStates

__all__ = ["Ladder", "Rung", "perturbation_error", "truncation_error"]

_SHARE = 0.2  # of the second-order part that may be wrong
_SHARE_INTRUDED = 0.5  # the same when a determinant outside is nearly degenerate
_SHARE_EACH = 0.02  # of the second-order energy of each complex, where they cancel


@dataclass(frozen=True, eq=False)
class Rung:
    """Energies of one complex in eV."""

    first_order: float
    mean_field: float
    ci: float
    second_order: float
    magnitude: float  # sum of the sizes of the second orders that make up `second_order`
    profile: NDArray[np.float64]  # CI + second order from few active spinors, by size of the set
    intruded: bool

    def __sub__(self, other: Rung) -> Rung:
        return self._combined(other, -1.0)

    def __add__(self, other: Rung) -> Rung:
        return self._combined(other, 1.0)

    def _combined(self, other: Rung, sign: float) -> Rung:
        return Rung(
            self.first_order + sign * other.first_order,
            self.mean_field + sign * other.mean_field,
            self.ci + sign * other.ci,
            self.second_order + sign * other.second_order,
            self.magnitude + other.magnitude,
            self.profile + sign * other.profile,
            self.intruded or other.intruded,
        )


class Ladder:
    """Makes the same calculation for several complexes of the same integrals.

    Attributes
    ----------
    active, spinors : (int, int)
        Electron and hole spinors that are diagonalised in, and all.
    sizes : (n, 2) array
        Electron and hole spinors of the growing sets of the profiles.
    """

    def __init__(
        self,
        coulomb: Integrals,
        active: tuple[int, int],
        width: float = DEGENERATE,
        progress: bool = False,
    ) -> None:
        self.coulomb, self.active, self.width = coulomb, active, width
        self.spinors = spinor_counts(coulomb)
        self.progress = progress
        self._ends = [
            shell_ends(m, width) for m in (coulomb.one_body_electron, coulomb.one_body_hole)
        ]
        self._small = small_active(coulomb, width)
        self._inner = restricted(coulomb, *active)
        self._averages: AveragedInteractions | None = None
        self.sizes = self._sizes()

    def _sizes(self) -> NDArray[np.int64]:
        """Return sets that grow shell by shell, the kind with the smaller share of its own first."""
        places = [int(np.searchsorted(e, s)) for e, s in zip(self._ends, self._small, strict=True)]
        sizes = [self._small]
        while sizes[-1] != self.spinors:
            left = [k for k in (0, 1) if places[k] + 1 < len(self._ends[k])]
            kind = min(left, key=lambda k: sizes[-1][k] / self.spinors[k])
            places[kind] += 1
            sizes.append((int(self._ends[0][places[0]]), int(self._ends[1][places[1]])))
        return np.array(sizes, np.int64)

    def averages(self) -> AveragedInteractions:
        """Return the averages that all second orders share."""
        if self._averages is None:
            self._averages = averaged_interactions(self.coulomb, self._ends[0], self._ends[1])
        return self._averages

    def rung(self, electrons: int, holes: int, known: ManyBodyStates | None = None) -> Rung:
        """Return the energies of one complex; `known` are its states, if there are any."""
        space = None if known is None else (known.space.electron_spinors, known.space.hole_spinors)
        if known is None or space != self.active:
            known = self._states(electrons, holes, self.active)
        second, intruded = self._second_order(known)
        small = min(self._small[0], self.active[0]), min(self._small[1], self.active[1])
        inner = known if small == self.active else self._states(electrons, holes, small)
        profile = self._profile(inner)
        return Rung(
            self.first_order(electrons, holes),
            mean_field_energy(self._inner, electrons, holes),
            float(known.energies[0]),
            second,
            abs(second),
            profile,
            intruded,
        )

    def first_order(self, electrons: int, holes: int) -> float:
        """Lowest energy in the ground Kramers pairs, or that of the lowest determinant."""
        pairs = min(2, self.active[0]), min(2, self.active[1])
        if electrons > pairs[0] or holes > pairs[1]:
            return first_order_energy(self._inner, electrons, holes)
        inner = restricted(self._inner, *pairs)
        return float(ci(inner, electrons, holes, roots=1).energies[0])

    def _states(self, electrons: int, holes: int, active: tuple[int, int]) -> ManyBodyStates:
        inner = restricted(self._inner, *active)
        return ci(inner, electrons, holes, roots=1, progress=self.progress)

    def _second_order(self, states: ManyBodyStates) -> tuple[float, bool]:
        if self.active == self.spinors:
            return 0.0, False
        found = perturbative_correction(
            states, self.coulomb, 0, self.width, self.progress, self.averages()
        )
        return found.energy, found.intruded

    def _profile(self, states: ManyBodyStates) -> NDArray[np.float64]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            found = perturbative_correction(
                states, self.coulomb, 0, self.width, averages=self.averages()
            )
        energy = float(states.energies[0])
        return np.array([energy + found.within(int(e), int(h)) for e, h in self.sizes])


def perturbation_error(rung: Rung) -> float:
    """Return how wrong CI + second order may be within the given spinors (eV).

    A fifth of the second-order part, and two percent of what each complex has of it. Against full
    diagonalisation in (150, 150) spinors of 14 core/shell dots, from active spaces between (8, 8)
    and (40, 52), the largest error was 0.134 of the second-order part of Δ_XX. Where a determinant
    outside the active space is nearly degenerate with the state, a half.
    """
    share = _SHARE_INTRUDED if rung.intruded else _SHARE
    return share * abs(rung.second_order) + _SHARE_EACH * rung.magnitude


def truncation_error(sizes: NDArray[np.int64], profile: NDArray[np.float64]) -> float:
    """Estimate what spinors that are not in the set would still change (eV).

    The cusp of the wave function lets the error of a set fall like 1/N. Then as much is missing
    as came in between N/2 and N; the same is estimated from the step before, and the larger of
    the two is returned.
    """
    count = sizes.mean(axis=1)
    order = np.argsort(-1.0 / count)
    at = np.interp(
        [-1.0 / count[-1], -2.0 / count[-1], -4.0 / count[-1]],
        (-1.0 / count)[order],
        profile[order],
    )
    return float(max(abs(at[0] - at[1]), abs(at[1] - at[2]) / 2))
