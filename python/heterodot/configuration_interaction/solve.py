"""Diagonalisation in a space of determinants, dense or by Davidson iteration."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import scipy.linalg

from heterodot import _core
from heterodot._blas import single_threaded_blas
from heterodot._memory import require_memory
from heterodot.configuration_interaction.active_spaces import checked_active
from heterodot.configuration_interaction.integrals import Integrals, restricted, spinor_counts
from heterodot.configuration_interaction.spaces import ConfigurationSpace
from heterodot.configuration_interaction.spin_sectors import diagonalise_sectors, spin_sectors
from heterodot.configuration_interaction.states import ManyBodyStates
from heterodot.configuration_interaction.truncation import TruncatedHamiltonian, kept_determinants
from heterodot.linalg.davidson import davidson
from heterodot.progress import SolverBar

__all__ = ["ci", "many_roots_are_cheap"]

_DENSE = 1000  # determinants up to which the whole matrix is diagonalised
_SECTOR = 2000  # the same for the determinants of one spin projection
_FEW = 16  # roots up to which an iteration is faster than diagonalising sectors
_DEFAULT_ROOTS = 48
_LARGE = 100_000  # determinants from which the dense algebra is worth more than one thread


def ci(
    coulomb: Integrals,
    electrons: int = 1,
    holes: int = 1,
    roots: int | None = None,
    tolerance: float = 1e-8,
    progress: bool = True,
    *,
    active: tuple[int, int] | None = None,
    excitations: int | None = None,
    energy_cutoff: float | None = None,
) -> ManyBodyStates:
    """Diagonalise electrons and holes in determinants of the spinors of `coulomb`, by default all.

    Parameters
    ----------
    coulomb : CoulombIntegrals
        Integrals ``ee``, ``hh``, ``eh`` and one-body matrices, in eV.
    electrons, holes : int
        Number of particles (X: 1, 1; XX: 2, 2; X-: 2, 1; ...).
    roots : int, optional
        Number of states; by default all of a small space and 48 of a large one.
    tolerance : float
        Largest residual norm in eV; errors of the energies are of the order of its square.
    progress : bool
        Show a progress bar for large spaces.
    active : (int, int), optional
        Only the lowest electron and hole spinors, rounded up to whole shells of degenerate levels
        (with a warning); `perturbative_correction` adds what the others do at second order.
    excitations : int, optional
        Only determinants with at most so many carriers (electrons and holes together) outside the
        lowest whole shells that hold all of their kind: two make singles and doubles.
    energy_cutoff : float, optional
        Only determinants whose levels add up to at most so much above the lowest sum (eV).

    Raises
    ------
    ValueError
        More particles than spinors, or more roots than determinants.
    MemoryEstimateError
        The calculation would not fit into memory.
    ConvergenceError
        The iteration did not converge.
    """
    whole = coulomb
    if active is not None:
        coulomb = restricted(coulomb, *checked_active(coulomb, active))
    space = ConfigurationSpace(electrons, holes, *spinor_counts(coulomb))
    for count, spinors, what in (
        (electrons, space.electron_spinors, "electrons"),
        (holes, space.hole_spinors, "holes"),
    ):
        if count < 0 or count > spinors:
            raise ValueError(
                f"{what}: must be between 0 and the {spinors} spinors of `coulomb`, got {count}"
            )
    require_memory(
        _integral_bytes(space),
        f"{_what(space)} need matrices of the interactions",
        "use fewer spinors",
    )
    kept, size = None, space.size
    if excitations is not None or energy_cutoff is not None:
        require_memory(16.0 * size, _what(space), "use fewer spinors")
        kept = kept_determinants(coulomb, space, excitations, energy_cutoff)
        size = len(kept)
    if roots is None:
        roots = size if size <= _DENSE else _DEFAULT_ROOTS
    if not 1 <= roots <= size:
        raise ValueError(f"roots: must be between 1 and {size} determinants, got {roots}")
    if not tolerance > 0:
        raise ValueError(f"tolerance: must be positive, got {tolerance}")
    dense = size <= _DENSE or (roots > size // 4 and size <= 6000)
    _require_memory(space, size, roots, dense)
    whole_space = _hamiltonian(coulomb, electrons, holes)
    hamiltonian = whole_space if kept is None else TruncatedHamiltonian(whole_space, kept)
    many = size > _DENSE and roots > _FEW and kept is None
    sectors = spin_sectors(coulomb, whole_space) if many else []
    with single_threaded_blas() if size < _LARGE else nullcontext():
        if sectors and max(map(len, sectors)) <= _SECTOR:
            energies, vectors, residuals = diagonalise_sectors(whole_space, sectors, roots)
        elif dense:
            matrix = hamiltonian.apply(np.eye(size, dtype=complex)).T
            values, columns = scipy.linalg.eigh(
                (matrix + matrix.conj().T) / 2,
                subset_by_index=None if roots == size else (0, roots - 1),
            )
            energies = np.asarray(values, float)
            vectors = np.ascontiguousarray(columns.T)
            residuals = np.asarray(
                np.linalg.norm((matrix @ columns) - columns * energies, axis=0), float
            )
        else:
            with SolverBar(progress, roots, f"CI {electrons}e {holes}h") as bar:
                energies, vectors, residuals = davidson(
                    hamiltonian.apply,
                    hamiltonian.diagonal,
                    roots,
                    tolerance,
                    report=bar.report,
                    block=hamiltonian.block,
                )
    if isinstance(hamiltonian, TruncatedHamiltonian):
        vectors = hamiltonian.expanded(vectors)
    return ManyBodyStates(
        electrons,
        holes,
        np.asarray(energies, float),
        np.asarray(vectors, complex),
        space,
        residuals,
        whole,
    )


def many_roots_are_cheap(coulomb: Integrals, electrons: int, holes: int) -> bool:
    """Return whether all states come from diagonalising small sectors of conserved spin."""
    sectors = spin_sectors(coulomb, _hamiltonian(coulomb, electrons, holes))
    return max(map(len, sectors)) <= _SECTOR


def _hamiltonian(coulomb: Integrals, electrons: int, holes: int) -> _core.CIHamiltonian:
    return _core.CIHamiltonian(
        electrons,
        holes,
        coulomb.one_body_electron,
        coulomb.one_body_hole,
        coulomb.ee,
        coulomb.hh,
        coulomb.eh,
    )


def _require_memory(space: ConfigurationSpace, size: int, roots: int, dense: bool) -> None:
    """Refuse what will not fit, before anything is allocated."""
    if dense:
        needed = 3 * 16.0 * size**2 + 16.0 * size * space.size
    else:
        carried = roots + max(4, roots // 4)
        needed = 16.0 * size * (2 * max(3 * carried, carried + 24) + 6 * carried)
        needed += 2 * 16.0 * carried * (space.size if size < space.size else 0)
    needed += _integral_bytes(space)
    needed += 48.0 * (space.size if max(space.electrons, space.holes) > 2 else 0)
    require_memory(needed, f"{_what(space)}; {roots} roots of them", "use fewer spinors or roots")


def _integral_bytes(space: ConfigurationSpace) -> float:
    """Bytes of the packed matrices of attraction and repulsion, and of what they are made from."""
    e, h = space.electron_spinors, space.hole_spinors
    pairs = [
        n * (n - 1) // 2 if particles > 1 else n
        for n, particles in ((e, space.electrons), (h, space.holes))
    ]
    attraction = e * h if space.electrons and space.holes else 0
    return 3 * 16.0 * (attraction**2 + pairs[0] ** 2 + pairs[1] ** 2)


def _what(space: ConfigurationSpace) -> str:
    return (
        f"{space.electrons} electrons in {space.electron_spinors} and {space.holes} holes in "
        f"{space.hole_spinors} spinors make {space.size} determinants"
    )
