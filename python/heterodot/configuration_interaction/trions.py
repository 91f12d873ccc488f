"""Binding of a further carrier to an exciton."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heterodot._blas import single_threaded_blas
from heterodot.configuration_interaction.active_spaces import chosen_active, small_active
from heterodot.configuration_interaction.convergence import (
    Ladder,
    Rung,
    perturbation_error,
    truncation_error,
)
from heterodot.configuration_interaction.integrals import Integrals
from heterodot.configuration_interaction.natural_spaces import natural_spinors

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TrionBinding", "trion_binding"]

# Natural spinors let the second orders of X and the trion cancel further than their errors do: against
# full diagonalisation in (36, 36) spinors the latter reached 0.31 of what is left, see `perturbation_error`.
_NATURAL_ERROR = 2.0


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
    *,
    natural: bool = False,
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
    natural : bool
        Whether the active spinors are the most used natural ones of X and the trion
        (`natural_spinors`), in whole natural shells, instead of the lowest. A carrier alone uses the
        lowest spinor of `coulomb`, which natural ones only approximate: it is taken exactly.
    """
    if charge not in (-1, 1):
        raise ValueError(f"charge: must be -1 or +1, got {charge}")
    electrons, holes = (2, 1) if charge < 0 else (1, 2)
    if natural:
        chosen = natural_spinors(
            coulomb,
            active or chosen_active(coulomb, None, electrons, holes),
            progress=progress,
            electrons=electrons,
            holes=holes,
        )
        used: Integrals = chosen.integrals
        active = chosen.active
    else:
        used, active = coulomb, chosen_active(coulomb, active, electrons, holes)
    with single_threaded_blas():
        ladder = Ladder(used, active, progress=progress)
        exciton, trion = ladder.rung(1, 1), ladder.rung(electrons, holes)
        carrier = (
            _alone(coulomb, charge, len(ladder.sizes))
            if natural
            else ladder.rung(electrons - 1, holes - 1)
        )
        lowest = Ladder(coulomb, small_active(coulomb)) if natural else ladder
        first_order = lowest.first_order(1, 1) + lowest.first_order(electrons - 1, holes - 1)
        first_order -= lowest.first_order(electrons, holes)
    binding = exciton + carrier - trion
    return TrionBinding(
        charge,
        first_order,
        binding.mean_field,
        binding.ci,
        binding.ci + binding.second_order,
        (_NATURAL_ERROR if natural else 1.0) * perturbation_error(binding),
        truncation_error(ladder.sizes, binding.profile),
        exciton.ci,
        carrier.ci,
        trion.ci,
        active,
        ladder.spinors,
        ladder.sizes,
        binding.profile,
    )


def _alone(coulomb: Integrals, charge: int, sizes: int) -> Rung:
    """Return the exact energy of one carrier in all spinors."""
    one_body = coulomb.one_body_electron if charge < 0 else coulomb.one_body_hole
    energy = float(np.linalg.eigvalsh(one_body)[0])
    return Rung(energy, energy, energy, 0.0, 0.0, np.full(sizes, energy), False)
