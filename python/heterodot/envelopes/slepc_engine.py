"""States by PETSc and SLEPc: one Hamiltonian spread over the ranks of an MPI run.

Nodes are cut into slabs along x, one a rank, so that a node's bands and spins stay together: time
reversal is local and ranks only talk to their neighbours. Every rank asks the compiled operator for
the rows of its own slab and hands them to PETSc. Results are the same on every rank.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.envelopes.gap_states import common_gap, gap_sides
from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.envelopes.slepc_matrix import DistributedMatrix
from heterodot.errors import ConvergenceError
from heterodot.kp.model import Carrier
from heterodot.linalg.block_algebra import Block, slices, whiten
from heterodot.linalg.eigensolver import Eigenpairs, Progress, error_bounds, guard_count
from heterodot.linalg.kramers import time_reverse

__all__ = ["libraries", "slepc_eigenpairs"]

_FACTORISED = 30_000  # unknowns up to which shift-invert takes seconds to minutes
# Squared norm of what a vector adds to others, below which it is no new state but their error.
_DEPENDENT = 1e-4
_REAL_TOLERANCE, _TOLERANCE = 0.03, 0.3  # what SLEPc is asked for, in units of the tolerance
_ROUNDS = 6  # searches beside what was found
_BESIDE = 0.05  # distance of an iterated inverse's shift from the band edge, in gaps


def slepc_eigenpairs(
    hamiltonian: Hamiltonian,
    pairs: Mapping[Carrier, int],
    tolerance: float,
    progress: Progress | None = None,
) -> dict[Carrier, Eigenpairs]:
    """Return Kramers pairs of electrons and holes; to be called by all ranks alike.

    Up to 30 000 unknowns (``-heterodot_factorised``) by shift-invert (Krylov–Schur with MUMPS), else
    by LOBPCG with algebraic multigrid at the end of the spectrum, and in a gap inside it by
    shift-invert with GMRES, preconditioned by algebraic multigrid on either side of the gap.
    PETSc's options with the prefix ``heterodot_`` go to the solver.

    Parameters
    ----------
    hamiltonian : Hamiltonian
        Without a magnetic field.
    pairs : mapping
        Numbers of Kramers pairs by carrier.
    tolerance : float
        Largest residual norm in eV.
    progress : callable, optional
        Called as ``progress(iteration, converged, wanted, residual)`` on the first rank.

    Raises
    ------
    ImportError
        If slepc4py and petsc4py are not installed.
    ValueError
        If PETSc was built for real numbers and the Hamiltonian is complex.
    ConvergenceError
        If residuals stay above the tolerance.
    """
    petsc, slepc = libraries()
    found: dict[Carrier, Eigenpairs] = {}
    matrices: dict[int, DistributedMatrix] = {}
    for carrier, count in pairs.items():
        if count == 0:
            continue
        operator = hamiltonian.operator(carrier)
        matrix = matrices.get(id(operator))
        if matrix is None:
            kramers = not hamiltonian.spin_degenerate(carrier)
            matrix = matrices[id(operator)] = DistributedMatrix(
                petsc, operator, hamiltonian.grid.shape, kramers
            )
        found[carrier] = _Search(
            slepc,
            matrix,
            hamiltonian.sign(carrier),
            _edge(hamiltonian, carrier),
            _gap(hamiltonian, carrier, matrix),
            tolerance,
            progress,
        ).pairs(count)
    return found


def libraries() -> tuple[Any, Any]:
    """Return the modules PETSc and SLEPc, initialised."""
    # Loads the MPI of a wheel, which petsc4py would not find by itself.
    with contextlib.suppress(ImportError):
        importlib.import_module("mpi4py.MPI")
    try:
        import slepc4py

        slepc4py.init([])
        from petsc4py import PETSc
        from slepc4py import SLEPc
    except ImportError as missing:
        raise ImportError(
            'engine="slepc" needs slepc4py and petsc4py for complex numbers: pip install '
            "dolfinx-solver-complex (Python >= 3.12), or those of your cluster"
        ) from missing
    return PETSc, SLEPc


def _edge(hamiltonian: Hamiltonian, carrier: Carrier) -> float:
    """Return the band edge beyond which the states of a carrier lie; a potential is included."""
    if hamiltonian.polynomials(carrier)[0].below_gap:
        return common_gap(hamiltonian, carrier)[0 if carrier == "hole" else 1]
    sign = hamiltonian.sign(carrier)
    edge = min(sign * polynomial.edge(sign) for polynomial in hamiltonian.polynomials(carrier))
    potential = hamiltonian.potential(carrier)
    return sign * (edge + (0.0 if potential is None else float((sign * potential).min())))


@dataclass
class _Gap:
    """What an inverse inside the gap needs."""

    shift: float  # eV
    sides: tuple[Any, Any]  # index sets of the unknowns of bands above and below it


def _gap(hamiltonian: Hamiltonian, carrier: Carrier, matrix: DistributedMatrix) -> _Gap | None:
    """Return the gap beside which states lie; None where they lie at the end of the spectrum."""
    first = hamiltonian.polynomials(carrier)[0]
    if not first.below_gap:
        return None
    valence, conduction = common_gap(hamiltonian, carrier)
    width = conduction - valence
    shift = valence + _BESIDE * width if carrier == "hole" else conduction - _BESIDE * width
    above, below = (
        matrix.rows_of([spin * len(first.orbitals) + n for spin in range(first.spins) for n in own])
        for own, _ in gap_sides(hamiltonian, carrier, 0.5 * (valence + conduction))
    )
    return _Gap(shift, (above, below))


@dataclass
class _Search:
    """The states of one carrier, outwards from its band edge."""

    slepc: Any
    matrix: DistributedMatrix
    sign: float
    edge: float
    gap: _Gap | None  # with states beyond the edge, too
    tolerance: float
    progress: Progress | None

    def pairs(self, count: int) -> Eigenpairs:
        """Return the nearest pairs, after a search beside them has found none nearer."""
        size = self.matrix.size // self.matrix.algebra.width
        if count > size:
            raise ValueError(f"{count} pairs are more than the {size} of the operator")
        wanted = min(count + guard_count(count), size)
        basis: Block = np.zeros((0, self.matrix.local), float if self.matrix.real else complex)
        values = residuals = np.zeros(0)
        steps: list[int] = []
        complete = False
        missing = self.matrix.algebra.width * wanted
        for _ in range(_ROUNDS):
            before = values[:count]
            fresh, iterations = self._solve(missing, basis)
            steps.append(iterations)
            basis, values, residuals = self._ritz(np.concatenate([basis, fresh]), wanted)
            # A search with all that was found deflated starts from a vector that contains every
            # other state: it has to come back with something that lies further out.
            complete = len(before) == count and bool(
                np.all(np.abs(values[:count] - before) <= 10 * self.tolerance)
            )
            if complete or len(basis) >= size:
                break
            missing = max(2, self.matrix.algebra.width * (wanted - len(values)))
        if len(values) < count or np.any(residuals[:count] > self.tolerance):
            worst = float(residuals[:count].max(initial=0.0))
            raise ConvergenceError(
                f"SLEPc found {len(values)} of {count} pairs, with residuals up to {worst:.1e} eV "
                f"(tolerance {self.tolerance:g} eV); raise -heterodot_eps_max_it or choose another "
                "-heterodot_eps_type or preconditioner"
            )
        remark = "" if complete else "Searches beside the states found have not settled."
        return Eigenpairs(
            self.sign * values[:count],
            self.matrix.whole(basis[:count]),
            residuals[:count],
            error_bounds(values, residuals, count),
            tuple(steps),
            complete or len(basis) >= size,
            remark,
        )

    def _solve(self, number: int, known: Block) -> tuple[Block, int]:
        """Let SLEPc find eigenvectors beside the known ones; returns this rank's parts."""
        eps = self.slepc.EPS().create(comm=self.matrix.comm)
        eps.setOptionsPrefix("heterodot_")
        eps.setProblemType(self.slepc.EPS.ProblemType.HEP)
        eps.setOperators(self.matrix.matrix)
        eps.setConvergenceTest(self.slepc.EPS.Conv.ABS)
        number = min(number, self.matrix.size - self.matrix.algebra.width * len(known))
        eps.setDimensions(nev=number)
        largest = self.matrix.option("heterodot_factorised", _FACTORISED)
        if self.matrix.size <= largest:
            self._factorised(eps)
        elif self.gap is not None:
            self._iterated(eps, self.gap)
        else:
            self._lobpcg(eps)
        eps.setFromOptions()
        deflated = self._vectors(known)
        if deflated:
            eps.setDeflationSpace(deflated)
        if self.progress is not None and self.matrix.comm.rank == 0:
            report = self.progress

            def monitor(_: Any, its: int, converged: int, __: Any, errors: Any) -> None:
                open_errors = errors[converged : converged + 1]
                report(its, min(converged, number), number, float(max(open_errors, default=0.0)))

            eps.setMonitor(monitor)
        self._run(eps)
        try:
            rows = np.empty((eps.getConverged(), self.matrix.local), complex)
            for k, row in enumerate(rows):
                row[:] = self._vector(eps, k)
            if self.matrix.real:
                # Real and imaginary parts are eigenvectors of their own. Turned to be as real as
                # it can be, a vector leaves a second part only where the level is degenerate.
                phases = self.matrix.summed(np.sum(rows * rows, axis=1))
                rows = rows * np.exp(-0.5j * np.angle(phases))[:, None]
                rows = np.concatenate([rows.real, rows.imag])
            return rows, int(eps.getIterationNumber())
        finally:
            eps.destroy()
            for vector in deflated:
                vector.destroy()

    def _run(self, eps: Any) -> None:
        try:
            eps.solve()
        except (self.matrix.failure, SystemError) as failed:  # eps can then not be destroyed
            raise ConvergenceError(
                f"PETSc stopped ({failed}); where its linear solver did not converge "
                "raise -heterodot_st_ksp_max_it or choose another -heterodot_st_pc_type, and with "
                "memory to spare factorise more than so many unknowns: -heterodot_factorised "
                f"{self.matrix.size}"
            ) from failed

    def _shift_invert(self, eps: Any, shift: float, tolerance: float) -> Any:
        """Ask for Krylov–Schur on (H − σ)⁻¹; return what solves for the inverse."""
        eps.setType(self.slepc.EPS.Type.KRYLOVSCHUR)
        eps.setWhichEigenpairs(self.slepc.EPS.Which.TARGET_MAGNITUDE)
        eps.setTarget(shift)
        eps.setTolerances(tol=tolerance)
        spectral = eps.getST()
        spectral.setType(self.slepc.ST.Type.SINVERT)
        return spectral.getKSP()

    def _factorised(self, eps: Any) -> None:
        """Shift-invert at the band edge, factorised by MUMPS."""
        solver = self._shift_invert(eps, self.edge, 1e-11)
        solver.setType("preonly")
        preconditioner = solver.getPC()
        preconditioner.setType("lu")
        preconditioner.setFactorSolverType("mumps")

    def _iterated(self, eps: Any, gap: _Gap) -> None:
        """Shift-invert by GMRES, with a preconditioner for each side of the gap.

        H − σ is definite on the bands above and on those below. Preconditioned by the inverses of
        both, what couples them is anti-Hermitian: eigenvalues lie at 1 ± iµ, however fine the grid.
        """
        solver = self._shift_invert(eps, gap.shift, 1e-9)
        solver.setType("gmres")
        solver.setGMRESRestart(100)
        solver.setTolerances(rtol=1e-10, max_it=1000)
        preconditioner = solver.getPC()
        preconditioner.setType("fieldsplit")
        preconditioner.setFieldSplitType(preconditioner.CompositeType.ADDITIVE)
        preconditioner.setFieldSplitIS(("above", gap.sides[0]), ("below", gap.sides[1]))
        for side in ("above", "below"):
            self.matrix.set_option(f"heterodot_st_fieldsplit_{side}_ksp_type", "preonly")
            self.matrix.set_option(f"heterodot_st_fieldsplit_{side}_pc_type", "gamg")

    def _lobpcg(self, eps: Any) -> None:
        """LOBPCG from the end of the spectrum, preconditioned by algebraic multigrid."""
        which = self.slepc.EPS.Which
        eps.setType(self.slepc.EPS.Type.LOBPCG)
        eps.setWhichEigenpairs(which.SMALLEST_REAL if self.sign > 0 else which.LARGEST_REAL)
        share = _REAL_TOLERANCE if self.matrix.real else _TOLERANCE
        eps.setTolerances(tol=share * self.tolerance, max_it=1000)
        spectral = eps.getST()
        spectral.setType(self.slepc.ST.Type.PRECOND)
        spectral.setShift(self.edge)
        spectral.getKSP().getPC().setType("gamg")

    def _ritz(
        self, vectors: Block, wanted: int
    ) -> tuple[Block, NDArray[np.float64], NDArray[np.float64]]:
        """Rayleigh–Ritz of sign·H: one vector of each Kramers pair, nearest to the edge first."""
        matrix, algebra = self.matrix, self.matrix.algebra
        basis = np.ascontiguousarray(vectors)
        images = self.sign * matrix.images(basis)
        white = whiten(algebra, matrix.inner(basis, basis), _DEPENDENT)
        values, rotation = algebra.eigh(white.conj().T @ matrix.inner(basis, images) @ white)
        chosen = white @ rotation
        algebra.recombine(chosen, basis)
        algebra.recombine(chosen, images)
        held = len(values)
        squares = np.zeros(held)
        for part in slices(matrix.local):
            rest = images[:held, part] - values[:, None] * basis[:held, part]
            squares += np.sum(np.abs(rest) ** 2, axis=1)
        residuals = np.sqrt(matrix.summed(squares))
        # States on the other side of the gap, and what has not converged, are left out.
        good = (values > self.sign * self.edge - 1e-6) | (self.gap is None)
        good &= residuals < max(1e3 * self.tolerance, 1e-3)
        numbers = np.flatnonzero(good)[:wanted]
        return basis[numbers], values[numbers], residuals[numbers]

    def _vector(self, eps: Any, number: int) -> NDArray[Any]:
        right, _ = self.matrix.matrix.createVecs()
        eps.getEigenvector(number, right)
        return np.array(right.getArray(readonly=True))

    def _vectors(self, block: Block) -> list[Any]:
        """Return vectors, and their time reverses, for PETSc."""
        if self.matrix.algebra.width == 2 and len(block):
            block = np.concatenate([block, time_reverse(block)])
        result = []
        for vector in block:
            right, _ = self.matrix.matrix.createVecs()
            right.setArray(vector)
            result.append(right)
        return result
