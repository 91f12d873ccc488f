"""From a Hamiltonian to its lowest electron and highest valence states."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from heterodot._memory import require_memory
from heterodot.envelopes.extrapolation import EXTRA, convergence_order, extrapolated, read_spacings
from heterodot.envelopes.gap_states import gap_eigenpairs
from heterodot.envelopes.guesses import carried_over
from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.envelopes.node_envelopes import envelopes_on_nodes
from heterodot.envelopes.spurious import spurious_scores
from heterodot.envelopes.states import CarrierStates, States
from heterodot.errors import UnboundStatesError
from heterodot.kp.model import Carrier
from heterodot.linalg.checkpoint import Checkpoint
from heterodot.linalg.eigensolver import Eigenpairs, eigensolver_memory, lowest_eigenpairs
from heterodot.linalg.interior import interior_memory
from heterodot.progress import SolverBar

__all__ = ["solve"]

Engine = Literal["built-in", "slepc"]

# A coarse grid misplaces levels; only what lies this far above the barrier (share of the depth of
# the well) on it is refused before the fine grid is touched.
_COARSE_MARGIN = 0.25


def solve(
    hamiltonian: Hamiltonian,
    electrons: int = 2,
    holes: int = 2,
    *,
    tolerance: float = 1e-5,
    bound: bool = True,
    spacings: Sequence[float] | None = None,
    guess: States | None = None,
    engine: Engine = "built-in",
    checkpoint: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> States:
    """Return the lowest electron states and the highest valence states.

    Parameters
    ----------
    hamiltonian : Hamiltonian
    electrons, holes : int
        Number of spinors: even numbers, as states come in Kramers pairs. 0 leaves a carrier out.
    tolerance : float
        Largest residual norm ``‖Hψ − Eψ‖`` in eV; errors of energies go with its square.
    bound : bool
        Refuse states in the continuum of the environment. False keeps them: they are states of the
        box, and move with its size.
    spacings : sequence of float, optional
        Two or more spacings in nm, such as (0.3, 0.2): the problem is solved on each of them instead
        of on the Hamiltonian's own. States are matched by overlap, their energies extrapolated to
        vanishing spacing (four and more by least squares), and ``discretisation`` states the error
        that is left. Envelopes are those of the finest grid.
    guess : States, optional
        States of a similar problem with the same bands, on any grid, to start from on the finest
        grid (besides what the coarser grids offer). Models with bands off the nodes, and
        ``spacings``, take no notice of it.
    engine : {"built-in", "slepc"}
        What finds the eigenvectors. SLEPc spreads the Hamiltonian over the ranks of an MPI run: start
        Python under ``mpiexec`` and call this on all ranks; each of them receives all states. It
        takes no notice of a guess.
    checkpoint : path, optional
        HDF5 file in which the vectors reached are kept: after each grid, every so often on the finest,
        and at Ctrl-C. If it is there already, the solution goes on from it. With ``spacings``, the
        finest of them.
    progress : bool
        Show progress bars.

    Returns
    -------
    States

    Raises
    ------
    ValueError
        For odd or negative numbers of states, or a checkpoint of another Hamiltonian.
    ImportError
        With ``engine="slepc"`` if slepc4py is not installed.
    UnboundStatesError
        If the nanocrystal does not bind as many states; a coarse grid finds out beforehand in clear
        cases.
    MemoryEstimateError
        If the calculation would not fit into memory.
    ConvergenceError
        If the iteration does not reach the tolerance.
    """
    if engine not in ("built-in", "slepc"):
        raise ValueError(f"engine must be 'built-in' or 'slepc', got {engine!r}")
    counts: dict[Carrier, int] = {"electron": electrons, "hole": holes}
    if checkpoint is not None and engine == "slepc":
        raise ValueError('engine="slepc" keeps no checkpoint; leave one of them out')
    file = None if checkpoint is None else Path(checkpoint)
    if hamiltonian.magnetic_field is not None:
        raise ValueError(
            "states in a magnetic field have no Kramers partners: use hd.solve_in_field, which "
            "returns them one by one"
        )
    if any(hamiltonian.wave_vector):
        raise ValueError(
            "states at a wave vector other than zero have no Kramers partners there: use "
            "hd.solve_bands, which takes the wave vectors itself"
        )
    for carrier, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)):
            raise TypeError(f"{carrier}s must be a whole number of spinors, got {count!r}")
        if count < 0 or count % 2:
            raise ValueError(
                f"{carrier}s must be an even number of spinors (states come in Kramers pairs), "
                f"got {count}; ask for {max(2, count + count % 2)}"
            )
    if spacings is not None:
        return _extrapolated(
            hamiltonian,
            electrons,
            holes,
            read_spacings(spacings),
            tolerance,
            bound,
            engine,
            file,
            progress,
        )
    if electrons == holes == 0:
        raise ValueError("ask for at least one pair of electrons or holes")
    if not tolerance > 0:
        raise ValueError(f"tolerance must be positive (eV), got {tolerance}")
    for carrier, count in counts.items():
        _require_memory(hamiltonian, carrier, int(count) // 2)
    if bound and engine == "built-in":
        for carrier, count in counts.items():
            _refuse_hopeless(hamiltonian, carrier, int(count) // 2)
    pairs = {carrier: int(count) // 2 for carrier, count in counts.items()}
    solutions = _solutions(hamiltonian, pairs, tolerance, guess, engine, file, progress)
    found = {
        carrier: _carrier_states(hamiltonian, carrier, solutions.get(carrier)) for carrier in counts
    }
    if bound:
        for states in found.values():
            _require_bound(hamiltonian, states.carrier, states.energies, 0.0)
    return States(found["electron"], found["hole"], hamiltonian.nanocrystal, repr(hamiltonian))


def _extrapolated(
    hamiltonian: Hamiltonian,
    electrons: int,
    holes: int,
    spacings: tuple[float, ...],
    tolerance: float,
    bound: bool,
    engine: Engine,
    checkpoint: Path | None,
    progress: bool,
) -> States:
    """Solve on several spacings and extrapolate."""
    results = []
    for number, spacing in enumerate(spacings):
        finest = number == len(spacings) - 1
        more = 0 if finest else EXTRA
        on_grid = hamiltonian.at_spacing(spacing)
        if not np.allclose(on_grid.grid.spacing, spacing, rtol=1e-6):
            raise ValueError(
                f"extrapolation needs the spacing {spacing:g} nm along all axes, but the period "
                f"makes it {on_grid.grid.spacing}; choose spacings that divide the period into a "
                "multiple of 8 steps (of 4 up to 24)"
            )
        results.append(
            solve(
                on_grid,
                electrons + more * (electrons > 0),
                holes + more * (holes > 0),
                tolerance=tolerance,
                bound=bound and finest,
                engine=engine,
                checkpoint=checkpoint if finest else None,
                progress=progress,
            )
        )
    electron_power = convergence_order(hamiltonian, "electron") if electrons else 2
    hole_power = convergence_order(hamiltonian, "hole") if holes else 2
    return replace(
        results[-1],
        electrons=extrapolated([result.electrons for result in results], spacings, electron_power),
        holes=extrapolated([result.holes for result in results], spacings, hole_power),
    )


def _solutions(
    hamiltonian: Hamiltonian,
    pairs: Mapping[Carrier, int],
    tolerance: float,
    guess: States | None,
    engine: Engine,
    checkpoint: Path | None,
    progress: bool,
) -> dict[Carrier, Eigenpairs]:
    """Return the eigenpairs of the carriers asked for."""
    asked: list[Carrier] = [carrier for carrier, count in pairs.items() if count]
    if engine == "slepc":
        from heterodot.envelopes.slepc_engine import slepc_eigenpairs

        with SolverBar(progress, sum(pairs.values()), "electrons and holes") as bar:
            return slepc_eigenpairs(
                hamiltonian,
                pairs,
                tolerance,
                progress=bar.of_iteration,
            )
    if all(_has_gap_inside(hamiltonian, carrier) for carrier in asked):
        with SolverBar(progress, sum(pairs.values()), "electrons and holes") as bar:
            return gap_eigenpairs(
                hamiltonian,
                pairs,
                tolerance,
                progress=bar.of_iteration,
                checkpoint=checkpoint,
            )
    solutions: dict[Carrier, Eigenpairs] = {}
    for carrier in asked:
        fine, *coarse = hamiltonian.levels(carrier)
        with SolverBar(progress, pairs[carrier], f"{carrier}s") as bar:
            solutions[carrier] = lowest_eigenpairs(
                fine,
                pairs[carrier],
                sign=hamiltonian.sign(carrier),
                coarse=tuple(coarse),
                kramers=not hamiltonian.spin_degenerate(carrier),
                tolerance=tolerance,
                guess=None if guess is None else carried_over(guess, hamiltonian, carrier),
                follow=not any(hamiltonian.grid.periodic),
                progress=bar.of_iteration,
                checkpoint=None if checkpoint is None else Checkpoint(checkpoint, carrier),
            )
    return solutions


def _has_gap_inside(hamiltonian: Hamiltonian, carrier: Carrier) -> bool:
    """Whether the states lie beside a gap inside the spectrum, not at its end."""
    return hamiltonian.polynomials(carrier)[0].below_gap > 0


def _carrier_states(
    hamiltonian: Hamiltonian, carrier: Carrier, solution: Eigenpairs | None
) -> CarrierStates:
    if solution is None:
        return _nothing(hamiltonian, carrier)
    polynomial, grid = hamiltonian.polynomials(carrier)[0], hamiltonian.grid
    degenerate = hamiltonian.spin_degenerate(carrier)
    places = hamiltonian.operator(carrier).places
    vectors = solution.vectors.reshape(-1, len(polynomial.bands), *grid.shape)
    return CarrierStates(
        carrier,
        np.repeat(solution.values, 2),
        envelopes_on_nodes(vectors, places, not degenerate, grid.periodic)
        / np.sqrt(grid.cell_volume),
        np.repeat(solution.residuals, 2),
        np.repeat(solution.bounds, 2),
        grid,
        polynomial.bands,
        degenerate,
        solution.complete,
        solution.remark,
        np.repeat(spurious_scores(vectors, grid), 2),
    )


def _nothing(hamiltonian: Hamiltonian, carrier: Carrier) -> CarrierStates:
    """States of a carrier that was not asked for (the model need not even know it)."""
    empty = np.zeros((0, 1, *hamiltonian.grid.shape))
    none = np.zeros(0)
    return CarrierStates(carrier, none, empty, none, none, hamiltonian.grid, ("",), True)


def _require_memory(hamiltonian: Hamiltonian, carrier: Carrier, pairs: int) -> None:
    if pairs == 0:
        return
    polynomial = hamiltonian.polynomials(carrier)[0]
    real = polynomial.spin_degenerate
    unknowns = hamiltonian.unknowns(carrier)
    needed = hamiltonian.memory_estimate(carrier)
    if polynomial.below_gap:
        needed += interior_memory(unknowns, pairs)
    else:
        needed += eigensolver_memory(unknowns, pairs, real=real, kramers=not real)
    require_memory(
        needed,
        f"solving for {2 * pairs} {carrier} spinors of {hamiltonian!r}",
        "choose a coarser spacing, a smaller margin or fewer states",
    )


def _refuse_hopeless(hamiltonian: Hamiltonian, carrier: Carrier, pairs: int) -> None:
    """Find out on the coarsest grid whether far more states are asked for than can be bound."""
    if pairs == 0 or _has_gap_inside(hamiltonian, carrier):
        return
    levels = hamiltonian.levels(carrier)
    if hamiltonian.continuum_edge(carrier) is None or len(levels) < 2:
        return
    coarse = lowest_eigenpairs(
        levels[1],
        pairs,
        sign=hamiltonian.sign(carrier),
        coarse=tuple(levels[2:]),
        kramers=not hamiltonian.spin_degenerate(carrier),
        tolerance=1e-3,
        check=False,
    )
    _require_bound(hamiltonian, carrier, coarse.values, _COARSE_MARGIN)


def _require_bound(
    hamiltonian: Hamiltonian, carrier: Carrier, energies: NDArray[np.float64], margin: float
) -> None:
    if energies.size == 0:
        return
    edge = hamiltonian.continuum_edge(carrier)
    if edge is None:
        return
    sign = hamiltonian.sign(carrier)
    room = margin * abs(edge - float(energies[0]))
    bound = int(np.sum(sign * (energies - edge) < room))
    if bound < energies.size:
        count = "no" if bound == 0 else f"only {bound}"
        raise UnboundStatesError(
            f"{count} {carrier} spinors are bound of the {energies.size} asked for: the others lie "
            f"beyond the barrier of {hamiltonian.nanocrystal.environment.name} at {edge:.3f} eV; "
            "ask for fewer, or pass bound=False to keep states of the continuum"
        )
