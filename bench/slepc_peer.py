"""SLEPc and MUMPS on a matrix in a file; what bench/eigensolver_many_bands.py runs as a peer.

Needs NumPy, petsc4py and slepc4py for complex numbers only, so that any Python that has them will do
(`pip install dolfinx-solver-complex`, Python >= 3.12). Reads a CSR matrix, shifts and numbers of
states; writes eigenvalues, eigenvectors and the CPU seconds of each factorisation and search,
without those of imports and files.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import time

import numpy as np

# Loads the MPI of a wheel, which petsc4py would not find by itself.
with contextlib.suppress(ImportError):
    importlib.import_module("mpi4py.MPI")

from petsc4py import PETSc
from slepc4py import SLEPc


def around(matrix, shift, count, tolerance):
    """The eigenpairs nearest to a shift: Krylov–Schur on (H − σ)⁻¹, factorised by MUMPS."""
    eps = SLEPc.EPS().create(comm=PETSc.COMM_SELF)
    eps.setOperators(matrix)
    eps.setProblemType(SLEPc.EPS.ProblemType.HEP)
    eps.setType(SLEPc.EPS.Type.KRYLOVSCHUR)
    eps.setWhichEigenpairs(SLEPc.EPS.Which.TARGET_MAGNITUDE)
    eps.setTarget(shift)
    eps.setDimensions(nev=count)
    eps.setConvergenceTest(SLEPc.EPS.Conv.ABS)
    eps.setTolerances(tol=tolerance)
    spectral = eps.getST()
    spectral.setType(SLEPc.ST.Type.SINVERT)
    solver = spectral.getKSP()
    solver.setType("preonly")
    solver.getPC().setType("lu")
    solver.getPC().setFactorSolverType("mumps")
    begin = time.process_time()
    eps.setUp()
    factorised = time.process_time()
    eps.solve()
    seconds = [factorised - begin, time.process_time() - factorised]
    right, _ = matrix.createVecs()
    values, vectors = [], []
    for number in range(min(eps.getConverged(), count)):
        values.append(eps.getEigenvalue(number).real)
        eps.getEigenvector(number, right)
        vectors.append(np.array(right.getArray(readonly=True)))
    return values, vectors, seconds


def main() -> None:
    problem, result = sys.argv[1:]
    with np.load(problem) as file:
        arrays = (
            file["start"].astype(PETSc.IntType),
            file["columns"].astype(PETSc.IntType),
            file["values"].astype(PETSc.ScalarType),
        )
        asked = list(zip(file["shifts"], file["counts"], strict=True))
        tolerance = float(file["tolerance"])
    size = len(arrays[0]) - 1
    matrix = PETSc.Mat().createAIJ((size, size), csr=arrays, comm=PETSc.COMM_SELF)
    matrix.setOption(PETSc.Mat.Option.HERMITIAN, True)
    found = [around(matrix, float(shift), int(count), tolerance) for shift, count in asked]
    np.savez(
        result,
        values=np.concatenate([values for values, _, _ in found]),
        vectors=np.concatenate([vectors for _, vectors, _ in found]),
        seconds=np.array([seconds for _, _, seconds in found]),
        versions=np.array(
            [".".join(map(str, lib.Sys.getVersion())) for lib in (PETSc, SLEPc)], dtype=str
        ),
    )


if __name__ == "__main__":
    main()
