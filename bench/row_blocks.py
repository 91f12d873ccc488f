"""Inner products and combinations of long vectors, as eigensolvers use them, against NumPy.

36 vectors of six bands on 63³ nodes, Kramers pairs: all are combined to 24, and multiplied by the last
12. NumPy multiplies pieces of complex rows that fit into the cache, by whatever BLAS it has. One
thread, CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from heterodot import _core
from heterodot.linalg.kramers import KramersAlgebra

ROWS, KEPT, FRESH = 36, 24, 12
PIECE = 2048


def numpy_combine(coefficients, block):
    own, reverse = coefficients[0::2, 0::2].T, coefficients[1::2, 0::2].T
    mixing = np.block([[own, reverse], [-reverse.conj(), own.conj()]])
    half = block.shape[1] // 2
    for first in range(0, half, PIECE):
        up = slice(first, min(first + PIECE, half))
        down = slice(half + up.start, half + up.stop)
        mixed = mixing @ np.concatenate([block[:, up], block[:, down].conj()])
        block[:KEPT, up] = mixed[:KEPT]
        np.conjugate(mixed[KEPT:], out=block[:KEPT, down])


def numpy_inner(left, right):
    half = left.shape[1] // 2
    plain = crossed = 0.0
    for first in range(0, half, PIECE):
        up = slice(first, min(first + PIECE, half))
        down = slice(half + up.start, half + up.stop)
        right_up, right_down = right[:, up].T, right[:, down].T
        plain = plain + left[:, up].conj() @ right_up + left[:, down].conj() @ right_down
        crossed = crossed + left[:, up] @ right_down - left[:, down] @ right_up
    return plain, crossed


def best(work, repeats=3):
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=63, help="along an edge")
    parser.add_argument("--json", type=Path, default=Path("row_blocks.json"))
    arguments = parser.parse_args()
    _core.set_thread_count(1)
    size = 6 * arguments.nodes**3
    random = np.random.default_rng(1)
    algebra, record = KramersAlgebra(), []
    with threadpool_limits(1):
        for kind in (np.complex128, np.complex64):
            block = random.standard_normal((ROWS, 2 * size)).view(complex).astype(kind)
            turn = np.linalg.qr(random.standard_normal((2 * ROWS, 2 * KEPT)))[0].astype(kind)
            flops = 16.0 * size  # of one pair of Kramers pairs: four complex products each half
            for what, pairs, ours, peer in (
                (
                    "combine",
                    ROWS * KEPT,
                    lambda b=block, t=turn: algebra.recombine(t, b),
                    lambda b=block, t=turn: numpy_combine(t, b),
                ),
                (
                    "multiply",
                    ROWS * FRESH,
                    lambda b=block: algebra.inner(b, b[-FRESH:]),
                    lambda b=block: numpy_inner(b, b[-FRESH:]),
                ),
            ):
                own, other = best(ours), best(peer)
                row = {
                    "what": what,
                    "precision": np.dtype(kind).name,
                    "seconds": own,
                    "numpy_seconds": other,
                    "gigaflops": pairs * flops / own / 1e9,
                    "ratio": other / own,
                }
                record.append(row)
                print(
                    f"{what:9}{row['precision']:11} heterodot {own:.3f} s ({row['gigaflops']:.0f} "
                    f"GFlop/s), NumPy {other:.3f} s: {row['ratio']:.1f} times as long",
                    flush=True,
                )
    arguments.json.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
