"""Active spinors chosen by how much the carriers use them: natural orbitals of a smaller calculation."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import comb

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot._memory import require_memory
from heterodot.configuration_interaction.integrals import (
    ActiveIntegrals,
    Integrals,
    restricted,
    rotated,
    spinor_counts,
)
from heterodot.configuration_interaction.shells import shell_ends, whole
from heterodot.configuration_interaction.solve import ci
from heterodot.configuration_interaction.states import ManyBodyStates

__all__ = ["NaturalSpinors", "natural_spinors"]

Complex = NDArray[np.complex128]

_DETERMINANTS = 20_000  # of the larger complex, up to which it is diagonalised for its density
_SAME_LEVEL = 1e-5  # eV: states that are averaged, so that shells stay whole
_SAME_OCCUPATION = 0.02  # relative difference of occupations of one natural shell


@dataclass(frozen=True, eq=False)
class NaturalSpinors:
    """Spinors in the order of their mean occupation in X and a larger complex, and their integrals.

    Attributes
    ----------
    integrals : ActiveIntegrals
        Of all spinors: first the active natural ones, then the others, each of the two sets with a
        diagonal one-body matrix, degenerate levels together.
    active : (int, int)
        Numbers of active electron and hole spinors: whole natural shells.
    electron_occupations, hole_occupations : arrays
        Mean occupations, largest first.
    """

    integrals: ActiveIntegrals
    active: tuple[int, int]
    electron_occupations: NDArray[np.float64] = field(repr=False)
    hole_occupations: NDArray[np.float64] = field(repr=False)


def natural_spinors(
    coulomb: Integrals,
    active: tuple[int, int],
    progress: bool = False,
    *,
    electrons: int = 2,
    holes: int = 2,
) -> NaturalSpinors:
    """Return the natural spinors of X and a larger complex (XX by default), the most used ones first.

    The density matrices of X in all spinors and of the other complex in as many of the lowest as make
    20 000 determinants are averaged, over degenerate ground states as well, one carrier of each
    counting as much as the other. Both have a share: spinors that serve one alone would bias the
    difference of their energies.

    Parameters
    ----------
    coulomb : CoulombIntegrals
    active : (int, int)
        How many electron and hole spinors to choose, rounded up to whole natural shells.
    progress : bool
        Show progress bars.
    electrons, holes : int
        Carriers of the larger complex.

    Raises
    ------
    ValueError
        More spinors than there are.
    MemoryEstimateError
        The calculation would not fit into memory.

    References
    ----------
    P.-O. Löwdin, Phys. Rev. 97, 1474 (1955); C. F. Bender, E. R. Davidson, J. Phys. Chem. 70, 2675
    (1966).
    """
    totals = spinor_counts(coulomb)
    for count, total, what in zip(active, totals, ("electron", "hole"), strict=True):
        if not 1 <= count <= total:
            raise ValueError(
                f"active: must be between 1 and the {total} {what} spinors of `coulomb`, got {count}"
            )
    require_memory(
        3 * 16.0 * sum(totals) ** 2 * max(totals) ** 2,
        f"turning the interactions of {totals} spinors",
        "use fewer spinors",
    )
    everything = restricted(coulomb, *totals)
    exciton = ci(everything, 1, 1, roots=min(8, totals[0] * totals[1]), progress=progress)
    inner = restricted(everything, *_small_space(everything, electrons, holes))
    # A trion's ground states are pairs at least: all must be there to be averaged.
    roots = 1 if (electrons, holes) == (2, 2) else min(8, _determinants(inner, electrons, holes))
    larger = ci(inner, electrons, holes, roots=roots, tolerance=1e-5, progress=progress)
    turns, chosen, occupations = [], [], []
    for carrier, count, total, own in zip(
        ("electron", "hole"), active, totals, (electrons, holes), strict=True
    ):
        density: Complex = np.zeros((total, total), complex)
        for states, number in ((exciton, 1), (larger, own)):
            part = _ground_density(states, carrier) / (2 * number)
            density[: len(part), : len(part)] += part
        values, columns = np.linalg.eigh(density)
        values, columns = values[::-1].copy(), columns[:, ::-1].conj()
        one_body = (
            everything.one_body_electron if carrier == "electron" else everything.one_body_hole
        )
        turn, whole_count = _active_first(one_body, values, columns, count)
        turns.append(turn)
        chosen.append(whole_count)
        occupations.append(values)
    integrals = rotated(everything, turns[0], turns[1])
    return NaturalSpinors(integrals, (chosen[0], chosen[1]), occupations[0], occupations[1])


def _determinants(coulomb: Integrals, electrons: int, holes: int) -> int:
    e, h = spinor_counts(coulomb)
    return comb(e, electrons) * comb(h, holes)


def _small_space(coulomb: Integrals, electrons: int, holes: int) -> tuple[int, int]:
    """Return the largest numbers of the lowest spinors, in whole shells, for the larger complex."""
    ends = [shell_ends(m) for m in (coulomb.one_body_electron, coulomb.one_body_hole)]
    place = [0, 0]
    while True:
        order = sorted((0, 1), key=lambda kind: ends[kind][place[kind]])
        for kind in order:
            trial = [place[k] + (k == kind) for k in (0, 1)]
            if trial[kind] >= len(ends[kind]):
                continue
            e, h = int(ends[0][trial[0]]), int(ends[1][trial[1]])
            if comb(e, electrons) * comb(h, holes) <= _DETERMINANTS:
                place = trial
                break
        else:
            return int(ends[0][place[0]]), int(ends[1][place[1]])


def _ground_density(states: ManyBodyStates, carrier: str) -> Complex:
    """Density matrix <c†_i c_j>, averaged over the degenerate ground states."""
    ground = np.flatnonzero(states.energies - states.energies[0] < _SAME_LEVEL)
    total = sum(states.density_matrix(carrier, int(root)) for root in ground)
    return np.asarray(total / len(ground), complex)


def _whole(occupations: NDArray[np.float64], count: int) -> int:
    """Round up to the end of a natural shell: spinors used equally much."""
    drop = occupations[:-1] - occupations[1:] > _SAME_OCCUPATION * occupations[:-1]
    ends = np.append(np.flatnonzero(drop) + 1, len(occupations))
    return whole(ends, count)


def _active_first(
    one_body: Complex, occupations: NDArray[np.float64], columns: Complex, count: int
) -> tuple[Complex, int]:
    """Return spinors, at least `count` active ones first, and the number of these.

    An active level next to an equal one of the rest would count as one shell with it; then the next
    natural shell is active too.
    """
    count = _whole(occupations, count)
    while True:
        turn = _diagonal_in_parts(one_body, columns, count)
        if count in shell_ends(turn.conj().T @ one_body @ turn):
            return turn, count
        count = _whole(occupations, count + 1)


def _diagonal_in_parts(one_body: Complex, columns: Complex, count: int) -> Complex:
    """Turn the first spinors among themselves, and the rest, until their levels are diagonal."""
    result = np.empty_like(columns)
    for part in (slice(0, count), slice(count, None)):
        inner = columns[:, part].conj().T @ one_body @ columns[:, part]
        if inner.size:
            result[:, part] = columns[:, part] @ scipy.linalg.eigh(inner)[1]
    return result
