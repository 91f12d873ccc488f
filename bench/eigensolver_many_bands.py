"""States of six and eight bands in a core/shell sphere: times, certified errors and peers.

Six bands, 16 holes, and eight bands, 8 electrons and 16 holes, on 63³ nodes; on 31³ nodes eight bands
against PRIMME, with heterodot's multigrid as preconditioner and with its own defaults; on 15³
against shift-invert at both edges of the gap, with SLEPc and MUMPS and with SciPy and SuperLU. SLEPc
runs in a process of its own on the same matrix from a file, by whichever Python has slepc4py for
complex numbers (--slepc-python), and counts its own seconds. Every solver is asked for the same
residual norm, and residuals are computed afresh from what it returns. Everything runs on one core;
times are CPU seconds, so that other work on the machine counts little.

heterodot's own line gives the largest bound of an eigenvalue's error that follows from the residuals.
On 63³ nodes it runs twice: with the residuals that peers are asked for, and with those that suffice for
errors certified to 0.01 meV.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh
from threadpoolctl import threadpool_limits

import heterodot as hd
from heterodot import _core
from heterodot.envelopes.gap_states import common_gap, gap_eigenpairs, gap_levels
from heterodot.linalg.eigensolver import lowest_eigenpairs

TOLERANCE = 1e-5
CERTIFYING = 2e-4  # residuals, eV, that bound the errors of eigenvalues here by 0.01 meV
ELECTRONS, HOLES = 8, 16
RADIUS, MARGIN = 2.5, 1.0


def hamiltonian(model, nodes):
    """CdSe core, CdS shell, the organic surroundings resolved on the grid."""
    dot = hd.Nanocrystal([("CdSe", hd.Sphere(0.6 * RADIUS)), ("CdS", hd.Sphere(RADIUS))])
    spacing = 2 * (RADIUS + MARGIN) / (nodes - 1)
    return hd.Hamiltonian(dot, model, spacing=spacing, margin=MARGIN, barrier="grid")


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def six_bands(nodes, tolerance=TOLERANCE):
    ham = hamiltonian(hd.kp.Luttinger6(), nodes)
    levels = ham.levels("hole")
    pairs, cpu, wall = timed(
        lambda: lowest_eigenpairs(
            levels[0], HOLES // 2, sign=-1.0, coarse=levels[1:], kramers=True, tolerance=tolerance
        )
    )
    return ham, [pairs], cpu, wall


def eight_bands(nodes, tolerance=TOLERANCE):
    ham = hamiltonian(hd.kp.Zincblende8(), nodes)
    ham.levels("electron")
    numbers = {"electron": ELECTRONS // 2, "hole": HOLES // 2}
    found, cpu, wall = timed(lambda: gap_eigenpairs(ham, numbers, tolerance))
    return ham, [found["electron"], found["hole"]], cpu, wall


def report(name, nodes, solver):
    ham, sides, cpu, wall = solver(nodes)
    row = {
        "solver": "heterodot",
        "problem": name,
        "nodes": nodes,
        "unknowns": ham.unknowns(),
        "cpu_seconds": cpu,
        "wall_seconds": wall,
        "iterations": sides[0].iterations,
        "largest_residual": float(max(side.residuals.max() for side in sides)),
        "largest_bound": float(max(side.bounds.max() for side in sides)),
        "complete": all(side.complete for side in sides),
        "values": np.sort(np.concatenate([side.values for side in sides])).tolist(),
        "peak_gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024e-9,
    }
    print(
        f"{name:12}{nodes:4d}³ {'heterodot':34}{cpu:8.1f} s, iterations {row['iterations']}, "
        f"residuals ≤ {row['largest_residual']:.1e} eV, errors ≤ {row['largest_bound']:.1e} eV, "
        f"complete: {row['complete']}",
        flush=True,
    )
    return row, ham


def compared(name, nodes, solver, work, matrix, own):
    """Run a peer and print its time over heterodot's."""
    try:
        (values, vectors, remark, *elsewhere), cpu, wall = timed(work)
    except ImportError as missing:
        print(f"{name:12}{nodes:4d}³ {solver:34}skipped: {missing}")
        return {"solver": solver, "problem": name, "nodes": nodes, "skipped": str(missing)}
    if elsewhere:  # what another process counted
        cpu = elsewhere[0]
    norms = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
    wanted = np.repeat(np.array(own["values"]), 2)
    missed = sum(np.min(np.abs(values - value), initial=np.inf) > 1e-4 for value in wanted)
    row = {
        "solver": solver,
        "problem": name,
        "nodes": nodes,
        "cpu_seconds": cpu,
        "wall_seconds": wall,
        "largest_residual": float(norms.max(initial=0.0)),
        "missed": int(missed),
        "ratio": cpu / own["cpu_seconds"],
        "remark": remark,
    }
    print(
        f"{name:12}{nodes:4d}³ {solver:34}{cpu:8.1f} s, {row['ratio']:.1f} times as long, "
        f"residuals ≤ {row['largest_residual']:.1e} eV, {missed} of {len(wanted)} not found {remark}",
        flush=True,
    )
    return row


def with_primme(ham, matrix, products, multigrid):
    """Both sides of the gap one after the other, each spinor on its own."""
    import primme

    shift = float(np.mean(common_gap(ham, "electron")))
    operator = ham.operator("electron")
    preconditioner = gap_levels(ham, "electron", shift, (ELECTRONS + HOLES) // 2)[0].preconditioner

    def cycle(block):
        rows = np.ascontiguousarray(block.reshape(operator.size, -1).T, np.complex64)
        return preconditioner.apply(rows).T.astype(complex)

    def product(block):
        return operator.apply(np.ascontiguousarray(block.reshape(operator.size, -1).T)).T

    shape = matrix.shape
    linear = LinearOperator(shape, matvec=product, matmat=product, dtype=complex)
    inverse = LinearOperator(shape, matvec=cycle, matmat=cycle, dtype=complex)
    values, vectors, remark = [], [], ""
    for which, count in (("CGT", ELECTRONS), ("CLT", HOLES)):
        found, columns, statistics = primme.eigsh(
            linear,
            count,
            sigma=shift,
            which=which,
            OPinv=inverse if multigrid else None,
            maxMatvecs=products,
            convtest=lambda _value, _vector, norm: norm <= TOLERANCE,
            return_stats=True,
            return_unconverged=True,
            raise_for_unconverged=False,
        )
        values.append(found)
        vectors.append(columns)
        if statistics["numMatvecs"] >= products:
            remark = f"(stopped after {products} products a side)"
    return np.concatenate(values), np.concatenate(vectors, axis=1), remark


def with_shift_invert(ham, matrix):
    """Shifts at both edges of the gap: holes are closer together than electrons."""
    edges = common_gap(ham, "electron")
    found = [
        eigsh(matrix.tocsc(), k=2 * count, sigma=edge)
        for count, edge in zip((HOLES, ELECTRONS), edges, strict=True)
    ]
    values, vectors = zip(*found, strict=True)
    return np.concatenate(values), np.concatenate(vectors, axis=1), ""


def with_slepc(ham, matrix, python):
    """The same shifts and numbers of states in another process, see slepc_peer.py."""
    edges = common_gap(ham, "electron")
    with tempfile.TemporaryDirectory() as folder:
        problem, result = Path(folder) / "problem.npz", Path(folder) / "result.npz"
        np.savez(
            problem,
            start=matrix.indptr,
            columns=matrix.indices,
            values=matrix.data,
            shifts=edges,
            counts=[2 * HOLES, 2 * ELECTRONS],
            tolerance=TOLERANCE,
        )
        script = Path(__file__).with_name("slepc_peer.py")
        command = [python, str(script), str(problem), str(result)]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if run.returncode:
            lines = run.stderr.strip().splitlines()
            raise ImportError(f"{python}: {lines[-1] if lines else 'failed'}")
        with np.load(result) as file:
            seconds, (petsc, slepc) = file["seconds"], file["versions"]
            remark = (
                f"(PETSc {petsc}, SLEPc {slepc}; {seconds[:, 0].sum():.1f} s of it factorising)"
            )
            return file["values"], file["vectors"].T, remark, float(seconds.sum())


def two_threads(nodes):
    walls = {}
    for threads in (1, 2):
        _core.set_thread_count(threads)
        walls[threads] = eight_bands(nodes)[3]
    _core.set_thread_count(1)
    print(f"eight bands {nodes:4d}³ two threads: {walls[1] / walls[2]:.2f} times as fast (wall)")
    return {"nodes": nodes, "speed_up": walls[1] / walls[2]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", type=int, default=63, help="nodes along an edge, without peers")
    parser.add_argument("--middle", type=int, default=31, help="with PRIMME")
    parser.add_argument("--small", type=int, default=15, help="with shift-invert")
    parser.add_argument("--slepc-python", default=sys.executable, help="a Python with slepc4py")
    parser.add_argument("--products", type=int, default=20000, help="PRIMME's limit for each side")
    parser.add_argument("--threads", type=int, default=0, help="nodes for two threads against one")
    parser.add_argument("--json", type=Path, default=Path("eigensolver_many_bands.json"))
    arguments = parser.parse_args()
    _core.set_thread_count(1)
    record = []
    with threadpool_limits(1):
        if arguments.large:
            for name, solver in (("six bands", six_bands), ("eight bands", eight_bands)):
                record.append(report(name, arguments.large, solver)[0])
                rougher = partial(solver, tolerance=CERTIFYING)
                record.append(report(name, arguments.large, rougher)[0])
        if arguments.middle:
            own, ham = report("eight bands", arguments.middle, eight_bands)
            matrix = ham.tocsr()
            record.append(own)
            for label, multigrid in (("its defaults", False), ("our multigrid", True)):
                record.append(
                    compared(
                        "eight bands",
                        arguments.middle,
                        f"PRIMME, {label}",
                        lambda use=multigrid: with_primme(ham, matrix, arguments.products, use),
                        matrix,
                        own,
                    )
                )
        if arguments.small:
            own, ham = report("eight bands", arguments.small, eight_bands)
            matrix = ham.tocsr()
            record.append(own)
            for label, work in (
                (
                    "SLEPc + MUMPS, shift-invert",
                    lambda: with_slepc(ham, matrix, arguments.slepc_python),
                ),
                ("SciPy + SuperLU, shift-invert", lambda: with_shift_invert(ham, matrix)),
            ):
                record.append(compared("eight bands", arguments.small, label, work, matrix, own))
        if arguments.threads:
            record.append(two_threads(arguments.threads))
    machine = platform.processor() or platform.machine()
    arguments.json.write_text(json.dumps({"machine": machine, "results": record}, indent=1))


if __name__ == "__main__":
    main()
