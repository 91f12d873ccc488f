"""States in a magnetic field, which come without Kramers partners."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot._memory import require_memory
from heterodot.envelopes.gap_states import common_gap, gap_levels
from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.envelopes.magnetic_field import PeierlsOperator, WithoutField, peierls_memory
from heterodot.envelopes.node_envelopes import envelopes_on_nodes
from heterodot.geometry.grid import Grid
from heterodot.kp.model import Carrier
from heterodot.linalg.checkpoint import Checkpoint
from heterodot.linalg.eigensolver import Eigenpairs, eigensolver_memory, lowest_eigenpairs
from heterodot.linalg.interior import InteriorLevel, interior_eigenpairs, interior_memory
from heterodot.progress import SolverBar

__all__ = ["MagneticCarrierStates", "MagneticStates", "solve_in_field"]

Progress = Callable[[int, int, int, float], object]

_CARRIERS: tuple[Carrier, Carrier] = ("electron", "hole")
# States beyond those asked for to start from: a level that the field splits belongs to one multiplet
# without it, of which only a part may be asked for.
_GUARDS = 6


@dataclass(frozen=True, repr=False)
class MagneticCarrierStates:
    """States of one carrier in a magnetic field, one by one.

    Attributes
    ----------
    carrier : {"electron", "hole"}
    energies : (n,) array
        In eV on the scale of electron energies, outwards from the band edge.
    envelopes : (n, bands, nx, ny, nz) complex array
        Orthonormal spinors on the nodes, bands spin-major, in nm^(-3/2).
    residuals : (n,) array
        ``‖Hψ − Eψ‖`` in eV.
    grid : Grid
    bands : tuple of str
    """

    carrier: Carrier
    energies: NDArray[np.float64]
    envelopes: NDArray[Any]
    residuals: NDArray[np.float64]
    grid: Grid
    bands: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.energies.size)

    def densities(self) -> NDArray[np.float64]:
        """Return the probability density of each state in nm⁻³, (n, x, y, z)."""
        return np.asarray(np.sum(np.abs(self.envelopes) ** 2, axis=1), float)

    def __repr__(self) -> str:
        shown = ", ".join(f"{energy:.5f}" for energy in self.energies[:8])
        more = ", …" if len(self) > 8 else ""
        return f"{self.carrier}s in a magnetic field, {len(self)} states: {shown}{more} eV"


@dataclass(frozen=True, repr=False)
class MagneticStates:
    """Electrons and holes in a magnetic field.

    Attributes
    ----------
    electrons, holes : MagneticCarrierStates
    description : str
        The Hamiltonian in words.
    """

    electrons: MagneticCarrierStates
    holes: MagneticCarrierStates
    description: str

    def __repr__(self) -> str:
        lines = [f"States of {self.description}"]
        lines += [f"  {carrier!r}" for carrier in (self.electrons, self.holes) if len(carrier)]
        return "\n".join(lines)


def solve_in_field(
    hamiltonian: Hamiltonian,
    electrons: int = 2,
    holes: int = 2,
    *,
    tolerance: float = 1e-5,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> MagneticStates:
    """Return the lowest electron and the highest valence states in a magnetic field.

    The iteration starts from states that only the field's local terms split; the matrix with the
    phases is kept in memory.

    Parameters
    ----------
    hamiltonian : Hamiltonian
        With a field, :meth:`Hamiltonian.with_magnetic_field`.
    electrons, holes : int
        Numbers of states, each counted once; 0 leaves a carrier out.
    tolerance : float
        Largest residual norm ``‖Hψ − Eψ‖`` in eV.
    checkpoint : path, optional
        HDF5 file in which the vectors reached are kept, see :func:`heterodot.solve`.
    progress : bool
        Show progress bars.

    Raises
    ------
    ValueError
        Without a field, for negative numbers of states, or for a checkpoint of another Hamiltonian.
    MemoryEstimateError
        If the problem would not fit in memory.
    ConvergenceError
        If the iteration does not reach the tolerance.
    """
    if hamiltonian.magnetic_field is None:
        raise ValueError(
            "the Hamiltonian has no magnetic field; give it one with "
            "Hamiltonian.with_magnetic_field, or use hd.solve"
        )
    if min(electrons, holes) < 0 or electrons == holes == 0:
        raise ValueError(f"ask for at least one state, got electrons={electrons}, holes={holes}")
    counts: dict[Carrier, int] = {"electron": electrons, "hole": holes}
    found: dict[Carrier, Eigenpairs] = {}
    file = None if checkpoint is None else Path(checkpoint)
    asked = [carrier for carrier in _CARRIERS if counts[carrier]]
    for carrier in asked:
        _require_memory(hamiltonian, carrier, counts[carrier])
    for carrier in asked:
        beside = hamiltonian.polynomials(carrier)[0].below_gap
        solution = _beside_the_gap if beside else _at_the_end
        with SolverBar(progress, counts[carrier], f"{carrier}s") as bar:
            found[carrier] = solution(
                hamiltonian, carrier, counts[carrier], tolerance, bar.of_iteration, file
            )
    states = {carrier: _states(hamiltonian, carrier, found.get(carrier)) for carrier in _CARRIERS}
    return MagneticStates(states["electron"], states["hole"], repr(hamiltonian))


def _kept(file: Path | None, carrier: Carrier, stage: str) -> Checkpoint | None:
    """Return the part of the file for one carrier, without the phases or with them."""
    return None if file is None else Checkpoint(file, f"{carrier} {stage}")


def _require_memory(hamiltonian: Hamiltonian, carrier: Carrier, count: int) -> None:
    unknowns = hamiltonian.unknowns(carrier)
    beside = hamiltonian.polynomials(carrier)[0].below_gap
    vectors = count + _GUARDS
    require_memory(
        hamiltonian.memory_estimate(carrier)
        + peierls_memory(unknowns)
        + (interior_memory if beside else eigensolver_memory)(unknowns, vectors),
        f"solving for {count} {carrier} states of {hamiltonian!r}",
        "choose a coarser spacing, a smaller margin or fewer states",
    )


def _at_the_end(
    hamiltonian: Hamiltonian,
    carrier: Carrier,
    count: int,
    tolerance: float,
    report: Progress,
    file: Path | None,
) -> Eigenpairs:
    levels = hamiltonian.levels(carrier)
    sign = hamiltonian.sign(carrier)
    near = lowest_eigenpairs(
        levels[0],
        count + _GUARDS,
        sign=sign,
        coarse=levels[1:],
        tolerance=1e-2,
        check=False,
        checkpoint=_kept(file, carrier, "without phases"),
    )
    values = sign * near.values[:count]
    multigrid = _core.Multigrid(list(levels), sign=sign)
    width = max(float(np.ptp(values)), 0.02)
    multigrid.set_shifts([float(values[0]) - width])
    return lowest_eigenpairs(
        _peierls(hamiltonian, carrier),
        count,
        sign=sign,
        preconditioner=WithoutField(multigrid.apply),
        tolerance=tolerance,
        guess=near.vectors.astype(complex),
        max_iterations=200,
        progress=report,
        checkpoint=_kept(file, carrier, "in the field"),
    )


def _beside_the_gap(
    hamiltonian: Hamiltonian,
    carrier: Carrier,
    count: int,
    tolerance: float,
    report: Progress,
    file: Path | None,
) -> Eigenpairs:
    shift = float(np.mean(common_gap(hamiltonian, carrier)))
    above, below = (count, 0) if carrier == "electron" else (0, count)
    levels = gap_levels(hamiltonian, carrier, shift, count)
    near = interior_eigenpairs(
        levels,
        above + _GUARDS * (above > 0),
        below + _GUARDS * (below > 0),
        shift,
        tolerance=1e-2,
        checkpoint=_kept(file, carrier, "without phases"),
    )
    sides = {"electron": near.above, "hole": near.below}
    finest = InteriorLevel(_peierls(hamiltonian, carrier), levels[0].preconditioner)
    result = interior_eigenpairs(
        [finest],
        above,
        below,
        shift,
        tolerance=tolerance,
        guess=sides[carrier].vectors,
        progress=report,
        checkpoint=_kept(file, carrier, "in the field"),
    )
    return result.above if carrier == "electron" else result.below


def _peierls(hamiltonian: Hamiltonian, carrier: Carrier) -> PeierlsOperator:
    field = hamiltonian.magnetic_field
    assert field is not None
    return PeierlsOperator(hamiltonian.operator(carrier), hamiltonian.grid, field)


def _states(
    hamiltonian: Hamiltonian, carrier: Carrier, found: Eigenpairs | None
) -> MagneticCarrierStates:
    grid = hamiltonian.grid
    none = np.zeros(0)
    if found is None:
        empty = np.zeros((0, 1, *grid.shape), complex)
        return MagneticCarrierStates(carrier, none, empty, none, grid, ("",))
    bands = hamiltonian.polynomials(carrier)[0].bands
    vectors = found.vectors.reshape(-1, len(bands), *grid.shape)
    places = hamiltonian.operator(carrier).places
    envelopes = envelopes_on_nodes(vectors, places, kramers=False) / np.sqrt(grid.cell_volume)
    return MagneticCarrierStates(carrier, found.values, envelopes, found.residuals, grid, bands)
