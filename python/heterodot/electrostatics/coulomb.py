"""Coulomb integrals of electrons and holes, with the dielectric mismatch of their surroundings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from heterodot import _checks
from heterodot._memory import require_memory
from heterodot.electrostatics.coulomb_integrals import CoulombIntegrals
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.interface_charges import InterfaceCharges, find_interfaces
from heterodot.electrostatics.pair_densities import PairDensities
from heterodot.electrostatics.pair_products import PairProducts
from heterodot.electrostatics.screened_interaction import ScreenedInteraction
from heterodot.electrostatics.self_polarisation import SelfPolarisation, cutoffs
from heterodot.electrostatics.solver import Solver, chosen_solver
from heterodot.electrostatics.volume_interaction import VolumeInteraction
from heterodot.geometry.grid import Grid

__all__ = ["coulomb"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Interactions = ScreenedInteraction | VolumeInteraction

_NEGLIGIBLE = 1e-7  # share of the charge on nodes that are left out
_SELF_SHARE = 1  # work for the self-polarisation, in the progress bar, over that for the rest
_RANK = 8  # products that integrals are made of, over the number of spinors, at most
_COARSER = 0.4  # factor for the panels of the calculation that estimates the error


def coulomb(
    states: Any,
    permittivity: str | float = "static",
    self_polarisation: bool = True,
    spacing: float | None = None,
    cutoff: float = 0.1,
    progress: bool = False,
    *,
    solver: Solver = "auto",
) -> CoulombIntegrals:
    """Compute all Coulomb integrals between electrons and holes.

    Parameters
    ----------
    states : States
        Electrons and holes on one grid.
    permittivity : "static", "optical" or float
        Relative permittivity of every layer and of the environment: `permittivity` of the
        materials; `permittivity_optical` (or the square of `refractive_index`); or one number for
        everything, without any dielectric mismatch. The choice changes energies a lot: bound
        charges that move more slowly than the carriers do not screen them.
    self_polarisation : bool
        Whether to add to the one-body energies the potential of each carrier in the surface
        charges it induces itself.
    spacing : float, optional
        The grid of the states is coarsened by two as often as its spacing stays at or below this
        one (nm); by default 0.25 nm.
    cutoff : float
        Distance in nm from an interface below which the self-polarisation, which diverges there,
        is that at this distance; half the width of a graded interface if that is more.
    progress : bool
        Show a progress bar.
    solver : "auto", "surface" or "volume"
        Where the charges live that fields induce. "surface": on interfaces, by boundary elements;
        graded interfaces count as abrupt ones in their middle, and edges are rounded. "volume": on
        the nodes of the grid, by multigrid; permittivities change across graded interfaces, and edges
        are sharp. "auto": in the volume if the permittivity is graded or jumps on a surface with
        edges. The self-polarisation comes from boundary elements with either.

    Returns
    -------
    CoulombIntegrals

    Raises
    ------
    ValueError
        If a material lacks the permittivity, or electrons and holes live on different grids.
    MemoryEstimateError
        If the calculation would not fit into memory.
    """
    electrons, holes = states.electrons, states.holes
    if electrons.grid != holes.grid:
        raise ValueError(
            f"states: electrons and holes must share a grid, got {electrons.grid!r} and "
            f"{holes.grid!r}"
        )
    if spacing is not None:
        spacing = _checks.length("spacing", spacing)
    cutoff = _checks.length("cutoff", cutoff)
    dielectric, chosen = chosen_solver(states.nanocrystal, permittivity, solver)
    pairs = [
        PairDensities(electrons.representatives, electrons.spin_degenerate),
        PairDensities(holes.representatives, holes.spin_degenerate, hole=True),
    ]
    interaction = (
        VolumeInteraction(dielectric, electrons.grid, spacing)
        if chosen == "volume"
        else ScreenedInteraction(dielectric, electrons.grid, spacing)
    )
    _require_memory(pairs, interaction, electrons.grid)
    support, densities = _densities(pairs, interaction)
    polarised = self_polarisation and interaction.charges is not None
    nodes = _relevant(pairs, densities)
    with _Bar(progress, len(densities) * (1 + _SELF_SHARE * polarised)) as bar:
        found = interaction.energies(densities, support, bar.advance)
        own = np.zeros(len(densities))
        if polarised:
            image = _self_polarisation(states.nanocrystal, permittivity, interaction, cutoff)
            potential = image.on_nodes(
                support[nodes], lambda share: bar.advance(_SELF_SHARE * len(densities) * share)
            )
            own = densities[:, nodes] @ potential * interaction.grid.cell_volume
    split = pairs[0].count
    e, h = (pair.coefficients for pair in pairs)
    self_e, self_h = _matrix(e, own[:split]), _matrix(h, own[split:])
    ground = found.energies[np.ix_([0, split], [0, split])]
    error = max(found.asymmetry, _estimate_error(electrons.grid, pairs, interaction, ground))
    return CoulombIntegrals(
        products=PairProducts.of(found.energies, e, h),
        one_body_electron=np.diag(electrons.energies).astype(complex) + self_e,
        one_body_hole=np.diag(-np.asarray(holes.energies)).astype(complex) + self_h,
        self_energy_electron=self_e,
        self_energy_hole=self_h,
        states=states,
        permittivity=dielectric.description,
        solver=chosen,
        spacing=max(interaction.grid.spacing),
        error=error,
        bulk=found.bulk[[0, split, 0], [0, split, split]],
    )


def _self_polarisation(
    nanocrystal: Any, permittivity: str | float, interaction: Interactions, cutoff: float
) -> SelfPolarisation:
    """Return it on the grid of the integrals, by boundary elements with either solver."""
    if isinstance(interaction, ScreenedInteraction) and interaction.charges is not None:
        dielectric, charges = interaction.dielectric, interaction.charges
    else:
        dielectric = read_dielectric(nanocrystal, permittivity)
        charges = InterfaceCharges(find_interfaces(dielectric))
    smallest = cutoffs(nanocrystal, charges.interfaces, cutoff)
    return SelfPolarisation(dielectric, charges, interaction.grid, smallest)


def _densities(
    pairs: list[PairDensities], interaction: Interactions
) -> tuple[NDArray[np.intp], Array]:
    """Nodes where there is charge, and all reduced pair densities there."""
    total = np.zeros(interaction.grid.size)
    for pair in pairs:
        # Moved to a coarser grid, densities have small tails of both signs.
        total += np.abs(interaction.place.moved(pair.total()[None]).reshape(-1))
    order = np.argsort(total)
    charge = np.cumsum(total[order])
    support = np.sort(order[np.searchsorted(charge, 1e-6 * _NEGLIGIBLE * charge[-1]) :])
    densities = np.empty((sum(pair.count for pair in pairs), len(support)))
    row = 0
    for pair in pairs:
        for fields in pair.fields():
            moved = interaction.place.moved(fields).reshape(len(fields), interaction.grid.size)
            densities[row : row + len(fields)] = moved[:, support]
            row += len(fields)
    return support, densities


def _relevant(pairs: list[PairDensities], densities: Array) -> NDArray[np.intp]:
    """Positions in the support that hold all but a negligible part of the charge."""
    total: Array = np.zeros(densities.shape[1])
    row = 0
    for pair in pairs:
        total += np.abs(densities[row + pair.diagonal]).sum(axis=0)
        row += pair.count
    order = np.argsort(total)
    charge = np.cumsum(total[order])
    return np.sort(order[np.searchsorted(charge, _NEGLIGIBLE * charge[-1]) :])


def _matrix(coefficients: scipy.sparse.csr_array, values: Array) -> Complex:
    n = round(coefficients.shape[0] ** 0.5)
    return np.asarray(coefficients @ values, complex).reshape(n, n)


def _estimate_error(
    grid: Grid, pairs: list[PairDensities], interaction: Interactions, ground: Array
) -> float:
    """Error of the interactions of the ground pairs, from a coarser calculation of them.

    On a grid of twice the spacing and with 0.4 times the panels the errors are at least four and
    2.5 times as large.
    """
    dielectric, spacing = interaction.dielectric, 2.0 * max(interaction.grid.spacing) * (1 + 1e-9)
    coarse: Interactions = (
        VolumeInteraction(dielectric, grid, spacing)
        if isinstance(interaction, VolumeInteraction)
        else ScreenedInteraction(dielectric, grid, spacing, _COARSER)
    )
    fields = np.stack([pair.ground() for pair in pairs])
    moved = coarse.place.moved(fields).reshape(2, -1)
    support = np.flatnonzero(np.any(moved != 0.0, axis=0))
    difference = coarse.energies(moved[:, support], support).energies - ground
    return float(np.max(np.abs(difference))) / 4


def _require_memory(pairs: list[PairDensities], interaction: Interactions, grid: Grid) -> None:
    count = sum(pair.count for pair in pairs)
    spinors = [2 * pair.pairs for pair in pairs]
    needed = 8.0 * count * (interaction.grid.size + 3 * interaction.panels + 3 * count)
    needed += interaction.memory
    needed += 16.0 * 2 * max(pair.pairs for pair in pairs) * grid.size
    rank = min(count, _RANK * sum(spinors))
    needed += 8.0 * 4 * count**2 + 16.0 * 2 * rank * (spinors[0] ** 2 + spinors[1] ** 2)
    require_memory(
        needed,
        f"the Coulomb integrals of {spinors[0]} electron and {spinors[1]} hole spinors on "
        f"{interaction.grid!r}",
        "use fewer states or a coarser grid (spacing=...)",
    )


class _Bar:
    """A progress bar that takes fractions of a density."""

    def __init__(self, shown: bool, total: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=total, desc="Coulomb", disable=not shown, leave=False)
        self.advance: Callable[[float], object] = self._bar.update

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
