"""What real arithmetic saves: an eight-band operator against the same one as a generic complex matrix.

In the basis S, X, Y, Z times spin all coefficients but spin-orbit coupling are real and the same for both
spins. The generic operator has all 8 × 8 elements of both spins in its rows, spin-orbit coupling among
them, and numbers that a phase of every basis function has made complex: the operator of a model
without that structure. Both are products of this package, on the same nodes.
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
from heterodot.envelopes.discretisation import discretised
from heterodot.kp import MatrixPolynomial


def generic(polynomial: MatrixPolynomial, phases: np.ndarray) -> MatrixPolynomial:
    """Return the polynomial over all bands, each turned by a phase."""
    both, turn = np.eye(2), np.diag(np.exp(1j * phases))

    def turned(matrix: np.ndarray) -> np.ndarray:
        return turn @ matrix @ turn.conj()

    def spins(terms: np.ndarray) -> np.ndarray:
        return turned(np.kron(both, terms))

    return MatrixPolynomial(
        tuple(f"{name}{spin}" for spin in "↑↓" for name in polynomial.orbitals),
        np.array([[spins(term) for term in row] for row in polynomial.second]),
        np.array([spins(term) for term in polynomial.first]),
        spins(polynomial.zeroth) + turned(polynomial.spin_orbit),
        places=polynomial.places * 2,
    )


def least(work, repeat: int = 7) -> float:
    times = []
    for _ in range(repeat):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=63)
    parser.add_argument("--json", type=Path, default=Path("real_arithmetic.json"))
    options = parser.parse_args()
    _core.set_thread_count(1)
    spacing = 7.0 / (options.nodes - 1)
    dot = hd.Nanocrystal([("CdSe", hd.Sphere(1.5)), ("CdS", hd.Sphere(2.5))])
    ham = hd.Hamiltonian(dot, hd.kp.Zincblende8(), spacing, margin=1.0, barrier="grid")
    polynomials = ham.polynomials("electron")
    random = np.random.default_rng(0)
    phases = random.uniform(0, 2 * np.pi, 8)
    with threadpool_limits(1):
        real = ham.operator("electron")
        full = discretised(
            ham.voxels,
            [generic(p, phases) for p in polynomials],
            range(8),
            spins=False,
            interface="laminate",
            order=4,
            wall=False,
            tail=None,
        )
        x = random.standard_normal((1, real.size)) + 1j * random.standard_normal((1, real.size))
        turn = np.repeat(np.exp(1j * phases), real.size // 8)
        difference = np.abs(full.apply(turn * x) - turn * real.apply(x)).max()
        # Between different places spin-orbit coupling is averaged otherwise than other energies are.
        if not difference < 0.01 * np.abs(real.apply(x)).max():
            raise RuntimeError(f"the two operators differ by {difference:.1e} eV")
        found = {}
        for name, operator in (("real", real), ("generic", full)):
            found[name] = {
                "megabytes": operator.memory_bytes / 1e6,
                "milliseconds": 1e3 * least(lambda operator=operator: operator.apply(x)),
            }
            print(name, ", ".join(f"{k} {v:.1f}" for k, v in found[name].items()), flush=True)
    ratios = {k: found["generic"][k] / found["real"][k] for k in found["real"]}
    print("generic over real:", ", ".join(f"{k} {v:.2f}" for k, v in ratios.items()))
    options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
