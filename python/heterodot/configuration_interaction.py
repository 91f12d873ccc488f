"""Excitons, trions and multiexcitons: full configuration interaction of electrons and holes.

The Hamiltonian is ``H = h_e + h_h + ½ ee + ½ hh - eh`` in all determinants of the given spinors,
with electrons and holes as two distinguishable kinds of carriers (no electron-hole exchange).
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from math import comb
from typing import TYPE_CHECKING, Protocol

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot import _core
from heterodot._blas import single_threaded_blas
from heterodot._memory import require_memory
from heterodot.davidson import davidson
from heterodot.progress import SolverBar
from heterodot.spin_sectors import diagonalise_sectors, spin_sectors

if TYPE_CHECKING:
    import xarray

__all__ = ["ConfigurationSpace", "ManyBodyStates", "XXShift", "ci", "pair_transition", "xx_shift"]

_DENSE = 1000  # determinants up to which the whole matrix is diagonalised
_SECTOR = 2000  # the same for the determinants of one spin projection
_FEW = 16  # roots up to which an iteration is faster than diagonalising sectors
_DEFAULT_ROOTS = 48
_LARGE = 100_000  # determinants from which the dense algebra is worth more than one thread


class Integrals(Protocol):
    """What configuration interaction needs to know; `CoulombIntegrals` has it, all in eV."""

    @property
    def one_body_electron(self) -> NDArray[np.complex128]:
        """Hermitian matrix (Ne, Ne) of the electrons' one-body energies."""

    @property
    def one_body_hole(self) -> NDArray[np.complex128]:
        """Hermitian matrix (Nh, Nh) of the holes' one-body energies."""

    @property
    def ee(self) -> NDArray[np.complex128]:
        """Integrals (e_i e_j|e_k e_l)."""

    @property
    def hh(self) -> NDArray[np.complex128]:
        """Integrals (h_i h_j|h_k h_l)."""

    @property
    def eh(self) -> NDArray[np.complex128]:
        """Integrals (e_i e_j|h_k h_l), positive for attraction."""


@dataclass(frozen=True)
class ConfigurationSpace:
    """All determinants of a number of electrons and holes in given spinors.

    A state has one coefficient for each pair (electron determinant, hole determinant), the hole
    determinant running fastest. A determinant is the product of its creation operators in rising
    order of the spinors; electron and hole operators commute.

    Parameters
    ----------
    electrons, holes : int
        Number of particles of each kind.
    electron_spinors, hole_spinors : int
        Number of spinors they may occupy.
    """

    electrons: int
    holes: int
    electron_spinors: int
    hole_spinors: int

    @property
    def shape(self) -> tuple[int, int]:
        """Number of electron and of hole determinants."""
        return comb(self.electron_spinors, self.electrons), comb(self.hole_spinors, self.holes)

    @property
    def size(self) -> int:
        """Number of determinants."""
        return self.shape[0] * self.shape[1]

    def occupations(self, carrier: str) -> NDArray[np.int64]:
        """Return the occupied spinors of each determinant of one carrier kind, (count, n)."""
        if carrier == "electron":
            return _subsets(self.electron_spinors, self.electrons)
        return _subsets(self.hole_spinors, self.holes)


@dataclass(frozen=True)
class ManyBodyStates:
    """Eigenstates of a number of electrons and holes, lowest energy first.

    Attributes
    ----------
    n_electrons, n_holes : int
        Number of particles.
    energies : (k,) array
        Total energies in eV.
    vectors : (k, size) complex array
        Coefficients in `space`.
    space : ConfigurationSpace
        The determinants.
    residuals : (k,) array
        Residual norms in eV.
    coulomb : Integrals, optional
        What the states were computed from; spectra find the single-particle states in it.
    """

    n_electrons: int
    n_holes: int
    energies: NDArray[np.float64]
    vectors: NDArray[np.complex128]
    space: ConfigurationSpace
    residuals: NDArray[np.float64]
    coulomb: Integrals | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return int(self.energies.size)

    @property
    def name(self) -> str:
        """Short name: vacuum, X, X-, X+, XX, ... ."""
        pairs = min(self.n_electrons, self.n_holes)
        charge = self.n_holes - self.n_electrons
        sign = "+" if charge > 0 else "-"
        text = "X" * pairs + sign * abs(charge)
        return text or "vacuum"

    def density_matrix(self, carrier: str, root: int = 0) -> NDArray[np.complex128]:
        """Return the one-body density matrix ``<c†_i c_j>`` of "electron" or "hole"."""
        coefficients = self.vectors[root].reshape(self.space.shape)
        if carrier == "hole":
            coefficients = coefficients.T
        spinors = self.space.electron_spinors if carrier == "electron" else self.space.hole_spinors
        number = self.n_electrons if carrier == "electron" else self.n_holes
        if number == 0:
            return np.zeros((spinors, spinors), complex)
        taken = _annihilated(coefficients[None], spinors, number).reshape(spinors, -1)
        return taken.conj() @ taken.T

    def natural_occupations(self, carrier: str, root: int = 0) -> NDArray[np.float64]:
        """Return the natural occupations of "electron" or "hole", largest first."""
        occupations = np.linalg.eigvalsh(self.density_matrix(carrier, root))
        return np.asarray(occupations[::-1], float)

    def to_xarray(self) -> xarray.Dataset:
        """Return energies and residuals as a labelled dataset (eV)."""
        import xarray as xr

        return xr.Dataset(
            {
                "energy": ("root", self.energies, {"units": "eV", "long_name": "total energy"}),
                "residual": ("root", self.residuals, {"units": "eV"}),
            },
            attrs={"electrons": self.n_electrons, "holes": self.n_holes, "name": self.name},
        )

    def __repr__(self) -> str:
        s = self.space
        levels = ", ".join(f"{energy:.5f}" for energy in self.energies[:6])
        more = ", …" if len(self) > 6 else ""
        return (
            f"{self.name}: {len(self)} states of {self.n_electrons} electrons in "
            f"{s.electron_spinors} and {self.n_holes} holes in {s.hole_spinors} spinors "
            f"({s.size} determinants): {levels}{more} eV"
        )


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


def ci(
    coulomb: Integrals,
    electrons: int = 1,
    holes: int = 1,
    roots: int | None = None,
    tolerance: float = 1e-8,
    progress: bool = True,
) -> ManyBodyStates:
    """Diagonalise electrons and holes in all determinants of the spinors of `coulomb`.

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

    Raises
    ------
    ValueError
        More particles than spinors, or more roots than determinants.
    MemoryEstimateError
        The calculation would not fit into memory.
    ConvergenceError
        The iteration did not converge.
    """
    space = ConfigurationSpace(
        electrons, holes, coulomb.one_body_electron.shape[0], coulomb.one_body_hole.shape[0]
    )
    for count, spinors, what in (
        (electrons, space.electron_spinors, "electrons"),
        (holes, space.hole_spinors, "holes"),
    ):
        if count < 0 or count > spinors:
            raise ValueError(
                f"{what}: must be between 0 and the {spinors} spinors of `coulomb`, got {count}"
            )
    if roots is None:
        roots = space.size if space.size <= _DENSE else _DEFAULT_ROOTS
    if not 1 <= roots <= space.size:
        raise ValueError(f"roots: must be between 1 and {space.size} determinants, got {roots}")
    if not tolerance > 0:
        raise ValueError(f"tolerance: must be positive, got {tolerance}")
    dense = space.size <= _DENSE or (roots > space.size // 4 and space.size <= 6000)
    _require_memory(space, roots, dense)
    hamiltonian = _hamiltonian(coulomb, electrons, holes)
    many = space.size > _DENSE and roots > _FEW
    sectors = spin_sectors(coulomb, hamiltonian) if many else []
    with single_threaded_blas() if space.size < _LARGE else nullcontext():
        if sectors and max(map(len, sectors)) <= _SECTOR:
            energies, vectors, residuals = diagonalise_sectors(hamiltonian, sectors, roots)
        elif dense:
            matrix = hamiltonian.apply(np.eye(space.size, dtype=complex)).T
            values, columns = scipy.linalg.eigh(
                (matrix + matrix.conj().T) / 2,
                subset_by_index=None if roots == space.size else (0, roots - 1),
            )
            energies = np.asarray(values, float)
            vectors = np.ascontiguousarray(columns.T)
            residuals = np.asarray(
                np.linalg.norm((matrix @ columns) - columns * energies, axis=0), float
            )
        else:
            with SolverBar(progress, roots, f"CI {electrons}e {holes}h") as bar:
                energies, vectors, residuals = davidson(
                    hamiltonian.apply, hamiltonian.diagonal, roots, tolerance, report=bar.report
                )
    return ManyBodyStates(
        electrons,
        holes,
        np.asarray(energies, float),
        np.asarray(vectors, complex),
        space,
        residuals,
        coulomb,
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


def pair_transition(
    initial: ManyBodyStates, final: ManyBodyStates, d: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """Return ``<final| Σ_eh d[e, h] h_h e_e |initial>`` for all pairs of states.

    Parameters
    ----------
    initial, final : ManyBodyStates
        `final` has one electron and one hole less than `initial`; the vacuum is
        ``ci(coulomb, 0, 0)``.
    d : (..., Ne, Nh) array
        Amplitudes for the recombination of spinors e and h.

    Returns
    -------
    (..., final, initial) array
    """
    a, b = initial.space, final.space
    expected = ConfigurationSpace(a.electrons - 1, a.holes - 1, a.electron_spinors, a.hole_spinors)
    if b != expected:
        raise ValueError(
            "final: must have one electron and one hole less than initial, in the same spinors: "
            f"expected {expected}, got {b}"
        )
    d = np.asarray(d, complex)
    if d.shape[-2:] != (a.electron_spinors, a.hole_spinors):
        raise ValueError(
            f"d: must have shape (..., {a.electron_spinors}, {a.hole_spinors}), got {d.shape}"
        )
    amplitudes = d.reshape(-1, a.electron_spinors * a.hole_spinors)
    result = np.empty((amplitudes.shape[0], len(final), len(initial)), complex)
    onto = final.vectors.conj().T
    for root in range(len(initial)):
        # c_e |C> then h_h of it: (e, rest of e, hole determinants) -> (e, h, rests)
        taken = _annihilated(
            initial.vectors[root].reshape(1, *a.shape), a.electron_spinors, a.electrons
        )[0]
        taken = _annihilated(taken.swapaxes(1, 2), a.hole_spinors, a.holes)
        pairs = taken.swapaxes(2, 3).reshape(amplitudes.shape[1], -1)
        result[:, :, root] = (amplitudes @ pairs) @ onto
    return result.reshape(*d.shape[:-2], len(final), len(initial))


def _subsets(spinors: int, particles: int) -> NDArray[np.int64]:
    """Return all subsets in the colexicographic order of the core, (count, particles)."""
    from itertools import combinations

    subsets = np.array(list(combinations(range(spinors), particles)), np.int64)
    subsets = subsets.reshape(-1, particles)
    return subsets[np.lexsort(subsets.T)] if particles else subsets


def _annihilated(
    coefficients: NDArray[np.complex128], spinors: int, particles: int
) -> NDArray[np.complex128]:
    """Take one particle out of the second-to-last axis: (..., D, m) -> (..., N, D', m)."""
    occupied = _subsets(spinors, particles)
    rests = comb(spinors, particles - 1)
    *front, _, back = coefficients.shape
    result = np.zeros((*front, spinors, rests, back), complex)
    for p in range(particles):
        kept = np.delete(occupied, p, axis=1)
        rest = sum(
            (_binomials(spinors, q + 1)[kept[:, q]] for q in range(particles - 1)),
            np.zeros(len(occupied), np.int64),
        )
        result[..., occupied[:, p], rest, :] = (-1) ** p * coefficients
    return result


def _binomials(count: int, k: int) -> NDArray[np.int64]:
    return np.array([comb(n, k) for n in range(count)], np.int64)


def _require_memory(space: ConfigurationSpace, roots: int, dense: bool) -> None:
    """Refuse what will not fit, before anything is allocated."""
    if dense:
        needed = 4 * 16 * space.size**2
    else:
        carried = roots + max(4, roots // 4)
        needed = 16 * space.size * (2 * max(3 * carried, carried + 24) + 6 * carried)
    needed += 3 * 16 * (space.electron_spinors * space.hole_spinors) ** 2
    needed += 48 * (space.size if max(space.electrons, space.holes) > 2 else 0)
    require_memory(
        needed,
        f"{space.electrons} electrons in {space.electron_spinors} and {space.holes} holes in "
        f"{space.hole_spinors} spinors make {space.size} determinants; {roots} roots of them",
        "use fewer spinors or roots",
    )
