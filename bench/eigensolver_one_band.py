"""Lowest electron states of one band on 63³ nodes: heterodot against SciPy on the same matrix.

Everything runs on one core in one process. Times are CPU seconds, so that other work on the machine
counts little; wall times are in the JSON file. Every solver is asked for the same residual norm,
and residuals are computed afresh from what it returns. A state counts as missed if it lies below
the highest value returned and is not among them.

Shift-invert is not in the table: a sparse factorisation of this matrix does not fit into memory.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
import warnings
from pathlib import Path

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh, lobpcg
from threadpoolctl import threadpool_limits

import heterodot as hd
from heterodot import _core
from heterodot.linalg.eigensolver import lowest_eigenpairs

STATES, TOLERANCE = 10, 2e-5


def problem(spacing: float) -> hd.Hamiltonian:
    """CdS core, ZnSe shell, the organic surroundings resolved on the grid."""
    dot = hd.Nanocrystal([("CdS", hd.Sphere(radius=1.6)), ("ZnSe", hd.Sphere(radius=3.6))])
    margin = 0.5 * (64 * 0.15 - 7.2)
    return hd.Hamiltonian(
        dot, hd.kp.EffectiveMass(), spacing=spacing, margin=margin, barrier="grid"
    )


def guesses(size: int, count: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((size, count))


def with_heterodot(levels, matrix):
    pairs = lowest_eigenpairs(levels[0], STATES, coarse=levels[1:], tolerance=TOLERANCE)
    return pairs.values, pairs.vectors.T


def with_eigsh(levels, matrix):
    # ARPACK's tolerance is relative to the eigenvalue.
    values, vectors = eigsh(matrix, k=STATES, which="SA", tol=TOLERANCE, ncv=40)
    return values, vectors


def with_exact_eigsh(levels, matrix):
    values, vectors = eigsh(matrix, k=STATES, which="SA", tol=0, ncv=40)
    return values, vectors


def with_lobpcg(levels, matrix):
    block = guesses(matrix.shape[0], STATES + 4)
    values, vectors = lobpcg(matrix, block, tol=TOLERANCE, maxiter=2000, largest=False)
    return values[:STATES], vectors[:, :STATES]


def with_lobpcg_and_pyamg(levels, matrix):
    from pyamg import smoothed_aggregation_solver

    multigrid = smoothed_aggregation_solver(matrix)
    block = guesses(matrix.shape[0], STATES + 4)
    values, vectors = lobpcg(
        matrix, block, M=multigrid.aspreconditioner(), tol=TOLERANCE, maxiter=500, largest=False
    )
    return values[:STATES], vectors[:, :STATES]


def with_primme(levels, matrix):
    """PRIMME with the same multigrid cycle that heterodot uses, its shift where ours ends up."""
    import primme

    # The shift keeps its distance from the lowest state of every grid.
    used = [level for level in levels if level.size >= 300]
    shifts = []
    for number, level in enumerate(used):
        found = lowest_eigenpairs(
            level, STATES, coarse=used[number + 1 :], tolerance=1e-2, check=False
        )
        if number == 0:
            distance = 0.3 * float(np.ptp(found.values))
        shifts.append(found.values[0] - distance)
    multigrid = _core.Multigrid(used, sign=1.0)
    multigrid.set_shifts(shifts)

    def cycle(block):
        rows = np.ascontiguousarray(block.reshape(matrix.shape[0], -1).T, np.float32)
        return multigrid.apply_real(rows).T.astype(float)

    inverse = LinearOperator(matrix.shape, matvec=cycle, matmat=cycle, dtype=float)
    begin = time.process_time()
    values, vectors = primme.eigsh(
        matrix,
        STATES,
        which="SA",
        OPinv=inverse,
        convtest=lambda _value, _vector, norm: norm <= TOLERANCE,
    )
    return values, vectors, time.process_time() - begin


SOLVERS = {
    "heterodot": with_heterodot,
    "PRIMME + our multigrid": with_primme,
    "scipy eigsh (Lanczos, SA)": with_eigsh,
    "scipy eigsh, tol=0": with_exact_eigsh,
    "scipy lobpcg": with_lobpcg,
    "scipy lobpcg + pyamg": with_lobpcg_and_pyamg,
}


def missed_states(values, reference) -> int:
    """Count reference values below the highest one returned that have no partner."""
    left = list(values)
    missed = 0
    for value in reference[reference < max(values) - 1e-4]:
        nearest = min(left, key=lambda other: abs(other - value), default=np.inf)
        if abs(nearest - value) < 1e-4:
            left.remove(nearest)
        else:
            missed += 1
    return missed


def run(name, levels, matrix):
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # solvers that did not converge: the residuals show it
            values, vectors, *own = SOLVERS[name](levels, matrix)
    except ImportError as missing:
        return {"solver": name, "skipped": str(missing)}
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    cpu = own[0] if own else cpu  # without what prepares a peer
    order = np.argsort(values)
    values, vectors = values[order], vectors[:, order]
    residuals = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
    return {
        "solver": name,
        "cpu_seconds": cpu,
        "wall_seconds": wall,
        "largest_residual": float(residuals.max()),
        "values": values.tolist(),
    }


def larger(sizes) -> list[dict[str, object]]:
    """Time heterodot alone on several sizes; the exponent is that of time against nodes an edge."""
    rows: list[dict[str, object]] = []
    for nodes in sizes:
        hamiltonian = problem(64 * 0.15 / (nodes + 1))
        levels = hamiltonian.levels("electron")
        cpu, wall = time.process_time(), time.perf_counter()
        pairs = lowest_eigenpairs(levels[0], STATES, coarse=levels[1:], tolerance=TOLERANCE)
        row = {
            "nodes": hamiltonian.grid.shape[0],
            "cpu_seconds": time.process_time() - cpu,
            "wall_seconds": time.perf_counter() - wall,
            "iterations": pairs.iterations,
            "largest_residual": float(pairs.residuals.max()),
        }
        rows.append(row)
        exponent = ""
        if len(rows) > 1:
            ratio = np.log(row["cpu_seconds"] / rows[-2]["cpu_seconds"])
            exponent = f", exponent {ratio / np.log(row['nodes'] / rows[-2]['nodes']):.2f}"
        print(
            f"heterodot {row['nodes']}³: {row['cpu_seconds']:.2f} CPU s, "
            f"iterations {row['iterations']}{exponent}",
            flush=True,
        )
    return rows


def two_threads(nodes) -> float:
    """Wall time of one thread over that of two."""
    levels = problem(64 * 0.15 / (nodes + 1)).levels("electron")
    walls = []
    for threads in (1, 2):
        _core.set_thread_count(threads)
        wall = time.perf_counter()
        lowest_eigenpairs(levels[0], STATES, coarse=levels[1:], tolerance=TOLERANCE)
        walls.append(time.perf_counter() - wall)
    _core.set_thread_count(1)
    print(f"two threads on {nodes}³: {walls[0] / walls[1]:.2f} times as fast (wall)")
    return walls[0] / walls[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.15, help="nm; 0.15 makes 63³ nodes")
    parser.add_argument("--only", nargs="*", choices=list(SOLVERS), default=list(SOLVERS))
    parser.add_argument("--json", type=Path, default=Path("eigensolver_one_band.json"))
    parser.add_argument("--sizes", nargs="*", type=int, default=[63, 95, 127], help="ours alone")
    parser.add_argument("--threads", type=int, default=0, help="nodes for two threads against one")
    arguments = parser.parse_args()
    _core.set_thread_count(1)
    with threadpool_limits(1):
        start = time.process_time()
        hamiltonian = problem(arguments.spacing)
        levels = hamiltonian.levels("electron")
        built = time.process_time() - start
        matrix = hamiltonian.tocsr("electron").real.tocsr()
        print(f"{hamiltonian!r}; all levels built in {built:.2f} s")
        results = [run(name, levels, matrix) for name in arguments.only]
        # More states than asked for, to a tighter tolerance: what no solver may skip.
        reference = lowest_eigenpairs(
            levels[0], 2 * STATES, coarse=levels[1:], tolerance=0.1 * TOLERANCE
        ).values
        sizes = larger(arguments.sizes)
        speed_up = two_threads(arguments.threads) if arguments.threads else None
    ours = next((r["cpu_seconds"] for r in results if r["solver"] == "heterodot"), None)
    print(f"{'solver':28}{'CPU s':>8}{'residual':>11}{'missed':>8}{'ratio':>8}")
    for result in results:
        if "skipped" in result:
            print(f"{result['solver']:28}skipped: {result['skipped']}")
            continue
        values = np.array(result["values"])
        result["missed"] = missed_states(values, reference)
        ratio = result["cpu_seconds"] / ours if ours else float("nan")
        print(
            f"{result['solver']:28}{result['cpu_seconds']:8.2f}{result['largest_residual']:11.1e}"
            f"{result['missed']:8d}{ratio:8.1f}"
        )
    record = {
        "nodes": matrix.shape[0],
        "states": STATES,
        "tolerance": TOLERANCE,
        "construction_cpu_seconds": built,
        "machine": platform.processor() or platform.machine(),
        "results": results,
        "sizes": sizes,
        "two_threads_speed_up": speed_up,
    }
    arguments.json.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
