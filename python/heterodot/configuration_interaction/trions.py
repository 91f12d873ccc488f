"""Binding of a further carrier to an exciton."""

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
from heterodot.configuration_interaction.integrals import Integrals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TrionBinding", "trion_binding"]


@dataclass(frozen=True, eq=False)
class TrionBinding:
    """Binding energy E(X) + E(carrier) - E(trion), positive for a bound trion; all in eV.

    The emission line of the trion lies below that of X by the same energy.

    Attributes
    ----------
    charge : int
        -1 for X-, +1 for X+.
    first_order, mean_field, ci, ci_pt2, error, truncation, active, spinors, sizes, profile
        As in `XXShift`.
    exciton, carrier, trion : float
        Lowest energies in the active spinors.
    """

    charge: int
    first_order: float
    mean_field: float
    ci: float
    ci_pt2: float
    error: float
    truncation: float
    exciton: float
    carrier: float
    trion: float
    active: tuple[int, int]
    spinors: tuple[int, int]
    sizes: NDArray[np.int64] = field(repr=False)
    profile: NDArray[np.float64] = field(repr=False)

    @property
    def interval(self) -> tuple[float, float]:
        """Where full configuration interaction in all spinors of the integrals lies (eV)."""
        return self.ci_pt2 - self.error, self.ci_pt2 + self.error

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the convergence of the binding with the number of spinors; returns the axes."""
        from heterodot.plot.convergence import plot_convergence

        label = f"binding of X{'-' if self.charge < 0 else '+'} (meV)"
        return plot_convergence(self, ax, label=label, **options)

    def __repr__(self) -> str:
        name = "X-" if self.charge < 0 else "X+"
        return (
            f"{name} binding: first order {1e3 * self.first_order:.2f} meV, configuration "
            f"interaction {1e3 * self.ci:.2f} meV in {self.active} of {self.spinors} spinors, with "
            f"second order {1e3 * self.ci_pt2:.2f} ± {1e3 * self.error:.2f} meV "
            f"(E {self.trion:.5f} eV; more spinors: about {1e3 * self.truncation:.1f} meV)"
        )


def trion_binding(
    coulomb: Integrals,
    charge: int = -1,
    active: tuple[int, int] | None = None,
    progress: bool = False,
) -> TrionBinding:
    """Return the binding energy of a negative or positive trion at every level of theory.

    Parameters
    ----------
    coulomb : CoulombIntegrals
        Integrals.
    charge : int
        -1 for two electrons and a hole, +1 for an electron and two holes.
    active : (int, int), optional
        Electron and hole spinors to diagonalise in, rounded up to whole shells; the others enter
        at second order. By default all, or as many as make 100 000 determinants.
    progress : bool
        Show progress bars.
    """
    if charge not in (-1, 1):
        raise ValueError(f"charge: must be -1 or +1, got {charge}")
    electrons, holes = (2, 1) if charge < 0 else (1, 2)
    active = chosen_active(coulomb, active, electrons, holes)
    with single_threaded_blas():
        ladder = Ladder(coulomb, active, progress=progress)
        exciton, trion = ladder.rung(1, 1), ladder.rung(electrons, holes)
        carrier = ladder.rung(electrons - 1, holes - 1)
    binding = exciton + carrier - trion
    return TrionBinding(
        charge,
        binding.first_order,
        binding.mean_field,
        binding.ci,
        binding.ci + binding.second_order,
        perturbation_error(binding),
        truncation_error(ladder.sizes, binding.profile),
        exciton.ci,
        carrier.ci,
        trion.ci,
        active,
        ladder.spinors,
        ladder.sizes,
        binding.profile,
    )
