"""Second-order energies of everything that an active space leaves out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot._memory import require_memory
from heterodot.configuration_interaction.integrals import Integrals, block, spinor_counts
from heterodot.configuration_interaction.shells import (
    DEGENERATE,
    AveragedInteractions,
    averaged_interactions,
    shell_ends,
)
from heterodot.configuration_interaction.states import ManyBodyStates
from heterodot.progress import SolverBar

__all__ = ["PerturbativeCorrection", "perturbative_correction"]

_CHUNK = 128e6  # bytes of integrals that are copied at a time
_INTRUDER = -0.02  # eV: denominators above this are no perturbation


@dataclass(frozen=True, eq=False)
class PerturbativeCorrection:
    """Second-order energy of determinants outside the active spinors.

    Attributes
    ----------
    energy : float
        The whole correction in eV, negative for a ground state.
    one_electron, one_hole : arrays
        Part of determinants with one carrier outside, for each outer spinor (eV).
    two_electrons, two_holes, electron_hole : arrays
        Part of those with two, for each pair of outer spinors (eV); ``b < a`` for like carriers.
    largest_denominator : float
        Largest E - E_D in eV: far below zero where perturbation theory holds.
    active, spinors : (int, int)
        Number of electron and hole spinors that are active, and of all.
    """

    energy: float
    one_electron: NDArray[np.float64]
    one_hole: NDArray[np.float64]
    two_electrons: NDArray[np.float64]
    two_holes: NDArray[np.float64]
    electron_hole: NDArray[np.float64]
    largest_denominator: float
    active: tuple[int, int]
    spinors: tuple[int, int]

    @property
    def intruded(self) -> bool:
        """Whether a determinant outside is nearly degenerate with the state."""
        return self.largest_denominator > _INTRUDER

    def within(self, electrons: int, holes: int) -> float:
        """Return the correction (eV) if only so many spinors existed."""
        e, h = max(electrons - self.active[0], 0), max(holes - self.active[1], 0)
        return float(
            self.one_electron[:e].sum()
            + self.one_hole[:h].sum()
            + self.two_electrons[:e, :e].sum()
            + self.two_holes[:h, :h].sum()
            + self.electron_hole[:e, :h].sum()
        )

    def __repr__(self) -> str:
        return (
            f"Second order: {1e3 * self.energy:.3f} meV beyond {self.active} active spinors, "
            f"in {self.spinors}"
        )


def perturbative_correction(
    states: ManyBodyStates,
    coulomb: Integrals | None = None,
    root: int = 0,
    width: float = DEGENERATE,
    progress: bool = False,
    averages: AveragedInteractions | None = None,
) -> PerturbativeCorrection:
    """Return the second-order energy of all determinants outside the active spinors.

    Multireference Epstein-Nesbet perturbation theory, ``E2 = Σ_D |<D|H|Ψ>|² / (E - E_D)`` over the
    determinants D that H couples to Ψ: those with one or two carriers outside. E_D is the mean
    diagonal element of all determinants with as many carriers in each shell as D, which makes E2
    invariant to rotations within shells; E is the mean of the same energies over Ψ (the
    barycentric choice). With the energy of Ψ itself in its place, the correlation inside the
    active space widens every denominator of XX, but hardly those of X, and Δ_XX stays too large.

    Parameters
    ----------
    states : ManyBodyStates
        Configuration interaction in the lowest spinors.
    coulomb : CoulombIntegrals, optional
        Integrals of the larger set, whose lowest spinors are the active ones; by default those
        the states were computed from.
    root : int
        Which state.
    width : float
        Levels closer than this belong to one shell (eV).
    progress : bool
        Show a progress bar.
    averages : AveragedInteractions, optional
        From `averaged_interactions`, to use them for several states.

    Raises
    ------
    ValueError
        The active spinors cut a shell, or are not a part of `coulomb`.
    MemoryEstimateError
        The calculation would not fit into memory.

    Warns
    -----
    RuntimeWarning
        A determinant outside is nearly degenerate with the state: the active spinors are too few.

    References
    ----------
    P. S. Epstein, Phys. Rev. 28, 695 (1926); R. K. Nesbet, Proc. R. Soc. A 230, 312 (1955);
    B. Huron, J. P. Malrieu, P. Rancurel, J. Chem. Phys. 58, 5745 (1973).
    """
    coulomb = states.coulomb if coulomb is None else coulomb
    if coulomb is None:
        raise ValueError("coulomb: these states do not know their integrals, pass them")
    space, totals = states.space, spinor_counts(coulomb)
    active = space.electron_spinors, space.hole_spinors
    if active[0] > totals[0] or active[1] > totals[1]:
        raise ValueError(f"coulomb: has {totals} spinors, fewer than the {active} of the states")
    ends = [shell_ends(m, width) for m in (coulomb.one_body_electron, coulomb.one_body_hole)]
    for end, count, what in zip(ends, active, ("electron", "hole"), strict=True):
        if count not in end:
            raise ValueError(
                f"states: their {count} {what} spinors cut a shell of `coulomb` (shells end at "
                f"{[int(n) for n in end]}): choose whole shells or a smaller `width`"
            )
    if averages is None:
        averages = averaged_interactions(coulomb, *ends)
    coefficients = states.vectors[root].reshape(space.shape)
    weights = np.abs(coefficients) ** 2
    energies = averages.energies(space.occupations("electron"), space.occupations("hole"))
    energy = float(np.sum(weights * energies) / np.sum(weights))
    outer = totals[0] - active[0], totals[1] - active[1]
    require_memory(
        2 * _CHUNK + 16 * (active[0] ** 2 + active[1] ** 2) * max(active[0], active[1]) ** 2,
        f"perturbation theory from {active} into {totals} spinors",
        "use fewer active spinors",
    )
    sides = [
        (active[0], space.electrons, averages.electron_levels, averages.electron_pairs),
        (active[1], space.holes, averages.hole_levels, averages.hole_pairs),
    ]
    e, h = sides
    electron_side = _core.SecondOrder(e, h, averages.cross, coefficients, energy)
    hole_side = _core.SecondOrder(h, e, averages.cross.T, coefficients.T, energy)
    parts = _Parts(coulomb, active, outer)
    with SolverBar(progress, 5, "second order") as bar:
        one_e = parts.one(electron_side, "ee")
        bar.report(0, 1, 1.0)
        one_h = parts.one(hole_side, "hh")
        bar.report(1, 2, 1.0)
        two_e = parts.two(electron_side, "ee", space.electrons)
        bar.report(2, 3, 1.0)
        two_h = parts.two(hole_side, "hh", space.holes)
        bar.report(3, 4, 1.0)
        both = parts.both(electron_side, space.electrons * space.holes)
        bar.report(4, 5, 1.0)
    if parts.largest > _INTRUDER:
        warnings.warn(
            f"a determinant outside the {active} active spinors lies only "
            f"{-1e3 * parts.largest:.1f} meV above the state: its second-order energy is not to be "
            "trusted, take more active spinors",
            RuntimeWarning,
            stacklevel=2,
        )
    total = float(one_e.sum() + one_h.sum() + two_e.sum() + two_h.sum() + both.sum())
    return PerturbativeCorrection(
        total, one_e, one_h, two_e, two_h, both, parts.largest, active, totals
    )


class _Parts:
    """Hands integrals to the core, a range of outer spinors at a time."""

    def __init__(self, coulomb: Integrals, active: tuple[int, int], outer: tuple[int, int]) -> None:
        self.coulomb = coulomb
        self.active = [np.arange(n) for n in active]
        self.outer = [n + np.arange(m) for n, m in zip(active, outer, strict=True)]
        self.largest = -np.inf

    def one(self, side: _core.SecondOrder, kind: str) -> NDArray[np.float64]:
        own = 0 if kind == "ee" else 1
        mine, other, outer = self.active[own], self.active[1 - own], self.outer[own]
        h = self.coulomb.one_body_hole if own else self.coulomb.one_body_electron
        result = np.zeros(len(outer))
        for begin, end in _chunks(len(outer), 16 * len(mine) * (len(mine) ** 2 + len(other) ** 2)):
            a = outer[begin:end]
            if own:
                attraction = block(self.coulomb, "eh", other, other, a, mine).transpose(2, 3, 0, 1)
            else:
                attraction = block(self.coulomb, "eh", a, mine, other, other)
            like = block(self.coulomb, kind, a, mine, mine, mine)
            result[begin:end], largest = side.one(begin, h[np.ix_(a, mine)], like, attraction)
            self.largest = max(self.largest, largest)
        return result

    def two(self, side: _core.SecondOrder, kind: str, particles: int) -> NDArray[np.float64]:
        own = 0 if kind == "ee" else 1
        mine, outer = self.active[own], self.outer[own]
        result = np.zeros((len(outer), len(outer)))
        if particles < 2:
            return result
        for begin, end in _chunks(len(outer), 16 * len(mine) ** 2 * len(outer)):
            like = block(self.coulomb, kind, outer[begin:end], mine, outer[:end], mine)
            result[begin:end, :end], largest = side.two(begin, like)
            self.largest = max(self.largest, largest)
        return result

    def both(self, side: _core.SecondOrder, pairs: int) -> NDArray[np.float64]:
        (e, h), (outer, others) = self.active, self.outer
        result = np.zeros((len(outer), len(others)))
        if pairs == 0 or others.size == 0:
            return result
        for begin, end in _chunks(len(outer), 16 * len(e) * len(h) * len(others)):
            attraction = block(self.coulomb, "eh", outer[begin:end], e, others, h)
            result[begin:end], largest = side.both(begin, attraction)
            self.largest = max(self.largest, largest)
        return result


def _chunks(count: int, bytes_each: int) -> list[tuple[int, int]]:
    """Ranges of outer spinors whose integrals fit into the chunk."""
    each = max(1, int(_CHUNK / max(bytes_each, 1)))
    return [(begin, min(begin + each, count)) for begin in range(0, count, each)]
