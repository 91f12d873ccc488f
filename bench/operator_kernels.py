"""Operator products and multigrid cycles on 64³ nodes: against streaming bandwidth and SciPy.

Everything runs in one process. A streaming loop (a += b on long arrays, two reads and one write of
every element) gives the bandwidth of the same run. Bytes of an operator product are those that have
to move at least once: x is read, y is written and, as y is not in cache, read before (three times
vectors), and all coefficients are read once. Fractions are thus of what no kernel can beat. Vectors
come in blocks, as solvers have them; times are of one vector, "alone" of a block of one.

Every time is the least of several repetitions in CPU seconds; scaling over threads is in wall time
and says little on a machine with other work.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import heterodot as hd
from heterodot import _core


def least(work, repeat=5, clock=time.process_time):
    times = []
    for _ in range(repeat):
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


def bandwidth():
    """Bytes a second of a += b; a and b exceed every cache."""
    a, b = np.zeros(1 << 25), np.ones(1 << 25)
    return 3 * a.nbytes / least(lambda: np.add(a, b, out=a))


def hamiltonian(model, nodes):
    margin = 1.0
    radius = 2.5
    spacing = 2 * (radius + margin) / (nodes - 1)
    dot = hd.Nanocrystal([("CdSe", hd.Sphere(radius=0.6 * radius)), ("CdS", hd.Sphere(radius))])
    return hd.Hamiltonian(dot, model, spacing=spacing, margin=margin, barrier="grid")


def vectors(operator, count, kind):
    random = np.random.default_rng(1)
    block = random.standard_normal((count, operator.size))
    if np.issubdtype(kind, np.complexfloating):
        block = block + 1j * random.standard_normal((count, operator.size))
    return block.astype(kind)


BLOCK = 8  # vectors


def products(name, model, carrier, nodes, stream, with_scipy):
    ham = hamiltonian(model, nodes)
    start = time.process_time()
    levels = ham.levels(carrier)
    built = time.process_time() - start
    operator = levels[0]
    real, double_bytes = operator.is_real, operator.memory_bytes
    rows = [{"name": name, "unknowns": operator.size, "build_cpu_seconds": built}]
    for kind, apply in (
        (float if real else complex, operator.apply_real if real else operator.apply),
        (np.float32 if real else np.complex64, None if real else operator.apply_float),
    ):
        if apply is None:
            continue
        x = vectors(operator, BLOCK, kind)
        seconds = least(lambda apply=apply, x=x: apply(x), 5) / BLOCK
        alone = least(lambda apply=apply, x=x: apply(x[:1]), 5)
        # The copy in single precision is made at the first single product.
        coefficients = operator.memory_bytes - (0 if kind in (float, complex) else double_bytes)
        bytes_moved = (3 * x.nbytes + coefficients) / BLOCK
        rows.append(
            {
                "kind": str(x.dtype),
                "milliseconds": 1e3 * seconds,
                "alone": 1e3 * alone,
                "megabytes": bytes_moved / 1e6,
                "fraction_of_stream": bytes_moved / seconds / stream,
            }
        )
    multigrid = _core.Multigrid(list(levels), sign=ham.sign(carrier))
    multigrid.set_shifts([-3.0])
    x = vectors(operator, BLOCK, np.float32 if real else np.complex64)
    cycle = least(lambda: (multigrid.apply_real if real else multigrid.apply)(x)) / BLOCK
    rows.append(
        {
            "kind": "multigrid cycle, single",
            "milliseconds": 1e3 * cycle,
            "operator_products": cycle / (1e-3 * rows[1]["milliseconds"]),
        }
    )
    many = vectors(operator, BLOCK, float if real else complex)
    apply = operator.apply_real if real else operator.apply
    wall = {}
    for threads in (1, 2):
        _core.set_thread_count(threads)
        wall[threads] = least(lambda: apply(many), clock=time.perf_counter)
    _core.set_thread_count(1)
    rows.append({"kind": "two threads, wall", "speed_up": wall[1] / wall[2]})
    if with_scipy:
        matrix = ham.tocsr(carrier)
        x = vectors(operator, 1, float if real else complex)[0][: matrix.shape[1]]
        columns = np.repeat(x[:, None], BLOCK, axis=1)
        seconds = min(least(lambda: matrix @ x, 3), least(lambda: matrix @ columns, 2) / BLOCK)
        rows.append(
            {
                "kind": "scipy CSR, double",
                "milliseconds": 1e3 * seconds,
                "ratio": seconds / (1e-3 * rows[1]["milliseconds"]),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=63, help="along an edge; 2ⁿ−1 coarsens best")
    parser.add_argument("--no-scipy", action="store_true", help="no CSR matrix (2 GB at 63³)")
    parser.add_argument("--json", type=Path, default=Path("operator_kernels.json"))
    arguments = parser.parse_args()
    _core.set_thread_count(1)
    record = []
    with threadpool_limits(1):
        for name, model, carrier in (
            ("one band", hd.kp.EffectiveMass(), "electron"),
            ("six bands", hd.kp.Luttinger6(), "hole"),
            ("eight bands", hd.kp.Zincblende8(), "electron"),
        ):
            stream = bandwidth()
            print(f"{name}; streaming {stream / 1e9:.1f} GB/s")
            rows = products(name, model, carrier, arguments.nodes, stream, not arguments.no_scipy)
            record.append({"stream_bytes_per_second": stream, "rows": rows})
            for row in rows:
                print(
                    "   ",
                    ", ".join(
                        f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
                        for key, value in row.items()
                    ),
                )
    arguments.json.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
