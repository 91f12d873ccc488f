"""Exciton-exciton interaction energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heterodot.configuration_interaction.integrals import Integrals
from heterodot.configuration_interaction.solve import ci
from heterodot.configuration_interaction.states import ManyBodyStates

__all__ = ["XXShift", "xx_shift"]


@dataclass(frozen=True)
class XXShift:
    """Exciton-exciton interaction energy E(XX) - 2 E(X), positive for repulsion.

    Attributes
    ----------
    first_order : float
        J_ee + J_hh - 2 J_eh of the ground Kramers pairs, in eV.
    ci : float
        Configuration interaction of both X and XX in the same spinors, in eV. It converges slowly
        with their number, from above.
    exciton, biexciton : float
        Lowest energies of X and XX in eV.
    """

    first_order: float
    ci: float
    exciton: float
    biexciton: float

    def __repr__(self) -> str:
        return (
            f"Δ_XX: first order {1e3 * self.first_order:.2f} meV, configuration interaction "
            f"{1e3 * self.ci:.2f} meV (E_X {self.exciton:.5f} eV, E_XX {self.biexciton:.5f} eV)"
        )


def xx_shift(
    coulomb: Integrals,
    progress: bool = False,
    *,
    x: ManyBodyStates | None = None,
    xx: ManyBodyStates | None = None,
) -> XXShift:
    """Return the exciton-exciton interaction at first order and with configuration interaction.

    Parameters
    ----------
    coulomb : CoulombIntegrals
        Integrals; the ground Kramers pairs are spinors 0 and 1.
    progress : bool
        Show progress bars.
    x, xx : ManyBodyStates, optional
        Exciton and biexciton of the same integrals, if they are known already.
    """
    for known, pairs, name in ((x, 1, "x"), (xx, 2, "xx")):
        if known is not None and (known.n_electrons, known.n_holes) != (pairs, pairs):
            raise ValueError(f"{name}: must hold {pairs} electrons and holes, got {known!r}")
    x = ci(coulomb, 1, 1, roots=1, progress=progress) if x is None else x
    xx = ci(coulomb, 2, 2, roots=1, progress=progress) if xx is None else xx
    exciton, biexciton = float(x.energies[0]), float(xx.energies[0])
    first_order = float(
        np.real(coulomb.ee[0, 0, 1, 1] + coulomb.hh[0, 0, 1, 1] - 2 * coulomb.eh[0, 0, 0, 0])
    )
    return XXShift(first_order, biexciton - 2 * exciton, exciton, biexciton)
