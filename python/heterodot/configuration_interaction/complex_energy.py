"""The energy of one complex at every level of theory, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heterodot._blas import single_threaded_blas
from heterodot.configuration_interaction.active_spaces import chosen_active
from heterodot.configuration_interaction.convergence import (
    Ladder,
    perturbation_error,
    truncation_error,
)
from heterodot.configuration_interaction.integrals import Integrals, block, spinor_counts
from heterodot.configuration_interaction.shells import DEGENERATE, shell_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ComplexEnergy", "complex_energy"]

# What is missing, over the estimate of a tail that falls like 1/N, is up to 3.5 times the attraction in
# units of the next level: excitons in parabolas from ten times tighter to five times looser than bound.
_TAIL = 4.0


@dataclass(frozen=True, eq=False)
class ComplexEnergy:
    """Lowest energy of some electrons and holes at every level of theory; all in eV.

    Attributes
    ----------
    electrons, holes : int
    first_order, mean_field, ci, ci_pt2, error, truncation, active, spinors, sizes, profile
        As in `XXShift`, of the energy itself.
    interaction_strength : float
        Attraction of the ground pairs over the distance to the next level of electron or hole, whichever
        is nearer; 0 without electrons or without holes. Above one, carriers are bound more strongly to
        each other than they are confined, and `truncation` is large.
    """

    electrons: int
    holes: int
    first_order: float
    mean_field: float
    ci: float
    ci_pt2: float
    error: float
    truncation: float
    interaction_strength: float
    active: tuple[int, int]
    spinors: tuple[int, int]
    sizes: NDArray[np.int64] = field(repr=False)
    profile: NDArray[np.float64] = field(repr=False)

    @property
    def interval(self) -> tuple[float, float]:
        """Where full configuration interaction in all spinors of the integrals lies (eV)."""
        return self.ci_pt2 - self.error, self.ci_pt2 + self.error

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the convergence of the energy with the number of spinors; returns the axes."""
        from heterodot.plot.convergence import plot_convergence

        return plot_convergence(self, ax, label=f"E{self._name} (meV)", **options)

    @property
    def _name(self) -> str:
        return f"({self.electrons} e, {self.holes} h)"

    def __repr__(self) -> str:
        return (
            f"E{self._name}: first order {self.first_order:.5f} eV, configuration interaction "
            f"{self.ci:.5f} eV in {self.active} of {self.spinors} spinors, with second order "
            f"{self.ci_pt2:.5f} ± {self.error:.5f} eV; more spinors: at most about "
            f"{self.truncation:.5f} eV lower"
        )


def complex_energy(
    coulomb: Integrals,
    electrons: int,
    holes: int,
    active: tuple[int, int] | None = None,
    progress: bool = False,
) -> ComplexEnergy:
    """Return the lowest energy of a complex at every level of theory, with its errors.

    Parameters
    ----------
    coulomb : CoulombIntegrals
        Integrals.
    electrons, holes : int
        Numbers of carriers: (1, 1) for X, (2, 1) for X-, (2, 2) for XX.
    active : (int, int), optional
        Electron and hole spinors to diagonalise in, rounded up to whole shells; the others enter
        at second order. By default all, or as many as make 100 000 determinants.
    progress : bool
        Show progress bars.

    Raises
    ------
    ValueError
        Numbers of carriers or `active` do not fit `coulomb`.
    """
    chosen = chosen_active(coulomb, active, electrons, holes)
    with single_threaded_blas():
        ladder = Ladder(coulomb, chosen, progress=progress)
        rung = ladder.rung(electrons, holes)
    strength = _interaction_strength(coulomb) if electrons and holes else 0.0
    return ComplexEnergy(
        electrons,
        holes,
        rung.first_order,
        rung.mean_field,
        rung.ci,
        rung.ci + rung.second_order,
        perturbation_error(rung),
        max(1.0, _TAIL * strength) * truncation_error(ladder.sizes, rung.profile),
        strength,
        chosen,
        ladder.spinors,
        ladder.sizes,
        rung.profile,
    )


def _interaction_strength(coulomb: Integrals) -> float:
    """Return the attraction of the ground pairs in units of the nearest excitation.

    It falls with the length of confinement over the exciton's Bohr radius. Where it is large, levels
    of the dot resolve the relative motion badly, and energies fall slowly with their number.
    """
    ground = np.array([0])
    attraction = block(coulomb, "eh", ground, ground, ground, ground)[0, 0, 0, 0].real
    distances = [np.inf]
    for matrix, count in zip(
        (coulomb.one_body_electron, coulomb.one_body_hole), spinor_counts(coulomb), strict=True
    ):
        first = int(shell_ends(matrix, DEGENERATE)[0])
        if first < count:
            levels = matrix.diagonal().real
            distances.append(float(levels[first] - levels[0]))
    return float(attraction) / min(distances)
