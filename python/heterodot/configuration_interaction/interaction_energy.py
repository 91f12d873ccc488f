"""Exciton-exciton interaction energy, with how sure it is and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heterodot._blas import single_threaded_blas
from heterodot.configuration_interaction.active_spaces import chosen_active, small_active
from heterodot.configuration_interaction.convergence import (
    Ladder,
    perturbation_error,
    truncation_error,
)
from heterodot.configuration_interaction.integrals import Integrals, block
from heterodot.configuration_interaction.natural_spaces import natural_spinors
from heterodot.configuration_interaction.states import ManyBodyStates

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["XXShift", "xx_shift"]

_NAN = float("nan")


def _no_sizes() -> NDArray[np.int64]:
    return np.zeros((0, 2), np.int64)


def _nothing() -> NDArray[np.float64]:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class XXShift:
    """Exciton-exciton interaction energy E(XX) - 2 E(X), positive for repulsion; all in eV.

    Attributes
    ----------
    first_order : float
        J_ee + J_hh - 2 J_eh of the ground Kramers pairs; with electron-hole exchange the same from
        the lowest states of X and XX in them.
    ci : float
        Configuration interaction of both X and XX in the active spinors. It converges slowly with
        their number, from above.
    exciton, biexciton : float
        Lowest energies of X and XX in the active spinors.
    mean_field : float
        The same difference of self-consistent single determinants in the active spinors.
    ci_pt2 : float
        `ci` with the second-order energies of everything outside the active spinors.
    error : float
        `ci_pt2` and full configuration interaction in all spinors differ at most by about this.
    truncation : float
        Estimate of what spinors beyond those of the integrals would still change.
    J_ee, J_hh, J_eh : float
        Interactions of the ground Kramers pairs.
    active, spinors : (int, int)
        Active electron and hole spinors, and all.
    sizes : (n, 2) array
        Electron and hole spinors of growing sets.
    profile : (n,) array
        Δ_XX in these sets, by second order from few active spinors.
    bulk : (3,) array, optional
        J_ee, J_hh and J_eh without the charges that they induce on interfaces of the permittivity.
    """

    first_order: float
    ci: float
    exciton: float
    biexciton: float
    mean_field: float = _NAN
    ci_pt2: float = _NAN
    error: float = _NAN
    truncation: float = _NAN
    J_ee: float = _NAN
    J_hh: float = _NAN
    J_eh: float = _NAN
    active: tuple[int, int] = (0, 0)
    spinors: tuple[int, int] = (0, 0)
    sizes: NDArray[np.int64] = field(default_factory=_no_sizes, repr=False)
    profile: NDArray[np.float64] = field(default_factory=_nothing, repr=False)
    bulk: NDArray[np.float64] | None = field(default=None, repr=False)

    @property
    def interval(self) -> tuple[float, float]:
        """Where full configuration interaction in all spinors of the integrals lies (eV)."""
        return self.ci_pt2 - self.error, self.ci_pt2 + self.error

    @property
    def relaxation(self) -> float:
        """Part of Δ_XX from orbitals that adapt to the other carriers, in eV."""
        return self.mean_field - self.first_order

    @property
    def correlation(self) -> float:
        """Part of Δ_XX beyond single determinants, in eV."""
        return self.ci_pt2 - self.mean_field

    @property
    def parts(self) -> dict[str, float]:
        """What Δ_XX consists of, in eV; the sum of all parts is `ci_pt2`.

        ``J_ee``, ``J_hh``, ``-2 J_eh``: interactions of the ground pairs, screened by the
        permittivity where they are. ``polarisation``: what the charges on interfaces of the
        permittivity add to these three (it cancels where electrons and holes see the same).
        ``exchange``: of electrons and holes. ``relaxation``: orbitals adapt to the other carriers, in
        a mean field. ``correlation``: the rest. Without a converged mean field the relaxation is part
        of the correlation.
        """
        total = self.J_ee + self.J_hh - 2 * self.J_eh
        J_ee, J_hh, J_eh = (
            (self.J_ee, self.J_hh, self.J_eh) if self.bulk is None else map(float, self.bulk)
        )
        relaxation = self.relaxation if np.isfinite(self.relaxation) else 0.0
        return {
            "J_ee": J_ee,
            "J_hh": J_hh,
            "-2 J_eh": -2 * J_eh,
            "polarisation": total - (J_ee + J_hh - 2 * J_eh),
            "exchange": self.first_order - total,
            "relaxation": relaxation,
            "correlation": self.ci_pt2 - self.first_order - relaxation,
        }

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the convergence of Δ_XX with the number of spinors; returns the axes."""
        from heterodot.plot.convergence import plot_convergence

        return plot_convergence(self, ax, label="Δ_XX (meV)", **options)

    def __repr__(self) -> str:
        text = (
            f"Δ_XX: first order {1e3 * self.first_order:.2f} meV, configuration interaction "
            f"{1e3 * self.ci:.2f} meV"
        )
        if self.active != self.spinors:
            text += (
                f" in {self.active} of {self.spinors} spinors, with second order "
                f"{1e3 * self.ci_pt2:.2f} ± {1e3 * self.error:.2f} meV"
            )
        text += f" (E_X {self.exciton:.5f} eV, E_XX {self.biexciton:.5f} eV"
        if np.isfinite(self.truncation):
            text += f"; more spinors: about {1e3 * self.truncation:.1f} meV"
        return text + ")"


def xx_shift(
    coulomb: Integrals,
    progress: bool = False,
    *,
    active: tuple[int, int] | None = None,
    natural: bool = False,
    x: ManyBodyStates | None = None,
    xx: ManyBodyStates | None = None,
) -> XXShift:
    """Return the exciton-exciton interaction at every level of theory.

    Parameters
    ----------
    coulomb : CoulombIntegrals
        Integrals; the ground Kramers pairs are spinors 0 and 1.
    progress : bool
        Show progress bars.
    active : (int, int), optional
        Electron and hole spinors to diagonalise X and XX in, rounded up to whole shells of
        degenerate levels; the other spinors enter at second order. By default all, or as many as
        make 100 000 determinants of XX.
    natural : bool
        Whether the active spinors are the most used natural ones (`natural_spinors`), in whole natural
        shells, instead of the lowest: several times closer to the limit for as many determinants.
    x, xx : ManyBodyStates, optional
        Exciton and biexciton of the same integrals, if they are known already; used if they are in
        the active spinors.

    Raises
    ------
    ValueError
        `active` does not fit `coulomb`, or `x` and `xx` are something else.
    MemoryEstimateError
        The calculation would not fit into memory.
    ConvergenceError
        A diagonalisation did not converge.
    """
    for known, pairs, name in ((x, 1, "x"), (xx, 2, "xx")):
        if known is not None and (known.n_electrons, known.n_holes) != (pairs, pairs):
            raise ValueError(f"{name}: must hold {pairs} electrons and holes, got {known!r}")
    if natural:
        if x is not None or xx is not None:
            raise ValueError("natural: needs states of its own, leave out x and xx")
        chosen = natural_spinors(
            coulomb, active or chosen_active(coulomb, None, 2, 2), progress=progress
        )
        used: Integrals = chosen.integrals
        active = chosen.active
    else:
        used, active = coulomb, chosen_active(coulomb, active, 2, 2)
    with single_threaded_blas():
        ladder = Ladder(used, active, progress=progress)
        exciton, biexciton = ladder.rung(1, 1, x), ladder.rung(2, 2, xx)
        lowest = Ladder(coulomb, small_active(coulomb)) if natural else ladder
        first_order = lowest.first_order(2, 2) - 2 * lowest.first_order(1, 1)
    shift = biexciton - exciton - exciton
    J_ee, J_hh, J_eh = (_direct(coulomb, kind) for kind in ("ee", "hh", "eh"))
    return XXShift(
        first_order,
        shift.ci,
        exciton.ci,
        biexciton.ci,
        shift.mean_field,
        shift.ci + shift.second_order,
        perturbation_error(shift),
        truncation_error(ladder.sizes, shift.profile),
        J_ee,
        J_hh,
        J_eh,
        active,
        ladder.spinors,
        ladder.sizes,
        shift.profile,
        getattr(coulomb, "bulk", None),
    )


def _direct(coulomb: Integrals, kind: str) -> float:
    """Return the interaction of the ground Kramers pairs in eV."""
    first, other = np.array([0]), np.array([0 if kind == "eh" else 1])
    energy = float(block(coulomb, kind, first, first, other, other)[0, 0, 0, 0].real)
    exchange = getattr(coulomb, "eh_exchange", None)
    if kind == "eh" and exchange is not None:
        energy += float(exchange[0, 0, 0, 0].real)
    return energy
