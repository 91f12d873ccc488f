"""Which spinors are active: whole shells, and not more than can be diagonalised."""

from __future__ import annotations

import warnings
from math import comb

import numpy as np
from numpy.typing import NDArray

from heterodot.configuration_interaction.integrals import Integrals, spinor_counts
from heterodot.configuration_interaction.shells import DEGENERATE, shell_ends, whole

__all__ = ["checked_active", "chosen_active", "small_active"]

_DETERMINANTS = 100_000  # up to which all spinors are active by default
_SMALLEST = 8  # spinors of a kind from which on perturbation theory is good


def checked_active(
    coulomb: Integrals, active: tuple[int, int] | None, width: float = DEGENERATE
) -> tuple[int, int]:
    """Return the numbers of active spinors, rounded up to whole shells.

    Warns
    -----
    UserWarning
        The given numbers cut a shell.
    """
    totals = spinor_counts(coulomb)
    if active is None:
        return totals
    if len(active) != 2:
        raise ValueError(f"active: must be two numbers, of electron and hole spinors, got {active}")
    rounded = []
    for count, total, ends, what in zip(
        active, totals, _ends(coulomb, width), ("electron", "hole"), strict=True
    ):
        if not 1 <= count <= total:
            raise ValueError(
                f"active: must be between 1 and the {total} {what} spinors of `coulomb`, got {count}"
            )
        rounded.append(whole(ends, count))
    result = rounded[0], rounded[1]
    if result != tuple(active):
        warnings.warn(
            f"active: {tuple(active)} spinors cut a shell of degenerate levels, took {result}",
            UserWarning,
            stacklevel=3,
        )
    return result


def small_active(coulomb: Integrals, width: float = DEGENERATE) -> tuple[int, int]:
    """Return the fewest whole shells from which perturbation theory is good."""
    e, h = (
        whole(ends, min(_SMALLEST, total))
        for ends, total in zip(_ends(coulomb, width), spinor_counts(coulomb), strict=True)
    )
    return e, h


def chosen_active(
    coulomb: Integrals, active: tuple[int, int] | None, electrons: int, holes: int
) -> tuple[int, int]:
    """Return the active spinors asked for as whole shells, or a choice.

    By default those of up to 100 000 determinants, with about as many spinors of each kind.
    """
    if active is None:
        return _balanced(coulomb, electrons, holes, _DETERMINANTS)
    return checked_active(coulomb, active)


def _balanced(
    coulomb: Integrals,
    electrons: int,
    holes: int,
    determinants: int,
    width: float = DEGENERATE,
) -> tuple[int, int]:
    """Return the largest active space with about as many spinors of each kind.

    Shells are added to the kind that has fewer spinors as long as there are at most so many
    determinants of `electrons` and `holes`.
    """
    ends = _ends(coulomb, width)
    place = [0, 0]

    def counts(position: list[int]) -> tuple[int, int]:
        return int(ends[0][position[0]]), int(ends[1][position[1]])

    def fits(position: list[int]) -> bool:
        e, h = counts(position)
        return comb(e, electrons) * comb(h, holes) <= determinants

    growing = [True, True]
    while any(growing):
        current = counts(place)
        kind = min((k for k in (0, 1) if growing[k]), key=lambda k: current[k])
        trial = [place[k] + (k == kind) for k in (0, 1)]
        if trial[kind] < len(ends[kind]) and fits(trial):
            place = trial
        else:
            growing[kind] = False
    return counts(place)


def _ends(coulomb: Integrals, width: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return shell_ends(coulomb.one_body_electron, width), shell_ends(coulomb.one_body_hole, width)
