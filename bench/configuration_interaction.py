"""Biexcitons in all determinants: heterodot against SciPy and PySCF, on one core in one process.

Times are CPU seconds, the best of several runs, so that other work on the machine counts little.
A coupling is a non-zero element of the CSR matrix. Three comparisons:

sigma   H times one vector, complex; couplings a second.
eigsh   The ground state: Davidson with sigma vectors against the CSR matrix and `scipy` `eigsh` with the
        same residual norm. The matrix is assembled from vectorised index arithmetic in NumPy; its
        assembly is timed apart.
pyscf   The contraction of PySCF's full CI (two kinds of particles, real) against one sigma vector, which
        is complex here all the same.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import scipy.sparse
from scipy.sparse.linalg import eigsh
from threadpoolctl import threadpool_limits

import heterodot as hd
from heterodot import _core
from heterodot.configuration_interaction.integrals import ActiveIntegrals

TOLERANCE = 1e-6  # eV, residual norm


def dot(electrons: int, holes: int, spin_orbit: bool = True) -> ActiveIntegrals:
    """Integrals like those of a dot: levels over 1.5 eV, interactions of 60 … 150 meV, complex.

    Random densities in a fixed set of modes, the first of which (the monopole) is that of the identity.
    """
    random = np.random.default_rng(0)
    modes = 40
    weights = 0.02 / (1 + np.arange(modes)) ** 1.2

    def densities(count: int) -> np.ndarray:
        b = random.standard_normal((modes, count, count)) / np.sqrt(count)
        if spin_orbit:
            b = b + 1j * random.standard_normal((modes, count, count)) / np.sqrt(count)
        b = (b + b.conj().swapaxes(1, 2)) / 2
        b[0] = 2 * np.eye(count)
        return b

    e, h = densities(electrons), densities(holes)

    def pair(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.einsum("x,xij,xkl->ijkl", weights, a, b, optimize=True).astype(complex)

    levels = [
        np.diag(top * np.linspace(0, 1, n) ** 0.7) for top, n in ((1.5, electrons), (0.6, holes))
    ]
    return ActiveIntegrals(levels[0] + 0j, levels[1] + 0j, pair(e, e), pair(h, h), pair(e, h))


def hamiltonian(c: ActiveIntegrals, electrons: int, holes: int) -> _core.CIHamiltonian:
    return _core.CIHamiltonian(
        electrons, holes, c.one_body_electron, c.one_body_hole, c.ee, c.hh, c.eh
    )


def best(run, times: int = 7) -> float:
    """Least CPU time of several runs in seconds."""
    found = []
    for _ in range(times):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def couplings(spinors: tuple[int, int]) -> int:
    """Non-zero elements of the matrix of XX."""
    count = [n * (n - 1) // 2 for n in spinors]
    single = [2 * (n - 2) for n in spinors]
    double = [(n - 2) * (n - 3) // 2 for n in spinors]
    each = 1 + sum(single) + sum(double) + single[0] * single[1]
    return count[0] * count[1] * each


def hops(spinors: int) -> tuple[np.ndarray, ...]:
    """All c†_i c_j between pairs: (row, column, i, j, sign), pairs in the order of the core."""
    place = {
        p: k for k, p in enumerate(sorted(combinations(range(spinors), 2), key=lambda p: p[::-1]))
    }
    found = []
    for pair, column in place.items():
        for position, j in enumerate(pair):
            rest = pair[1 - position]
            for i in range(spinors):
                if i != rest:
                    sign = (-1) ** position * (1 if i < rest else -1)
                    found.append((place[tuple(sorted((i, rest)))], column, i, j, sign))
    return tuple(np.array(x) for x in zip(*found, strict=True))


def pair_matrix(one_body: np.ndarray, v: np.ndarray) -> np.ndarray:
    """H of two like particles among all pairs."""
    n = len(one_body)
    j, i = np.tril_indices(n, -1)
    i, j, k, m = i[:, None], j[:, None], i[None], j[None]
    result = v[i, k, j, m] - v[i, m, j, k]
    result = result + one_body[i, k] * (j == m) + one_body[j, m] * (i == k)
    return result - one_body[i, m] * (j == k) - one_body[j, k] * (i == m)


def csr(c: ActiveIntegrals) -> scipy.sparse.csr_array:
    """Return the CSR matrix of XX."""
    h_e, h_h = pair_matrix(c.one_body_electron, c.ee), pair_matrix(c.one_body_hole, c.hh)
    matrix = scipy.sparse.kron(h_e, scipy.sparse.eye_array(len(h_h)), "csr")
    matrix += scipy.sparse.kron(scipy.sparse.eye_array(len(h_e)), h_h, "csr")
    (re, ce, i, j, s), (rh, ch, k, m, t) = hops(len(c.eh)), hops(c.eh.shape[2])
    size, holes = len(h_e) * len(h_h), len(h_h)
    values = -(s[:, None] * t[None]) * c.eh[i[:, None], j[:, None], k[None], m[None]]
    rows, columns = re[:, None] * holes + rh[None], ce[:, None] * holes + ch[None]
    attraction = scipy.sparse.coo_array(
        (values.ravel(), (rows.ravel(), columns.ravel())), (size, size)
    )
    return (matrix + attraction.tocsr()).tocsr()


def measure_sigma(spinors: tuple[int, int]) -> dict[str, float]:
    h = hamiltonian(dot(*spinors), 2, 2)
    x = np.random.default_rng(0).standard_normal((1, h.size)) + 0j
    seconds = best(lambda: h.apply(x), 30 if h.size < 50_000 else 7)
    rate = couplings(spinors) / seconds
    print(
        f"sigma {spinors} XX, {h.size} determinants: {1e3 * seconds:.2f} ms, {rate / 1e9:.2f} G/s"
    )
    return {"seconds": seconds, "couplings_per_second": rate}


def measure_eigsh(spinors: tuple[int, int]) -> dict[str, float]:
    c = dot(*spinors)
    start = time.process_time()
    matrix = csr(c)
    assembly = time.process_time() - start
    found: dict[str, float] = {}

    def scipy_ground() -> None:
        # ARPACK's tolerance is relative to the eigenvalue.
        values, vectors = eigsh(matrix, k=1, which="SA", tol=TOLERANCE)
        found["eigsh"] = float(values[0])
        residual = matrix @ vectors[:, 0] - values[0] * vectors[:, 0]
        found["residual"] = float(np.linalg.norm(residual))

    def own_ground() -> None:
        states = hd.ci(c, 2, 2, roots=1, tolerance=TOLERANCE, progress=False)
        found["heterodot"] = float(states.energies[0])

    theirs, ours = best(scipy_ground, 2), best(own_ground, 5)
    if abs(found["eigsh"] - found["heterodot"]) > 1e-8:
        raise RuntimeError(f"different ground states: {found}")
    print(
        f"ground state {spinors} XX: heterodot {1e3 * ours:.0f} ms; eigsh {theirs:.2f} s (residual "
        f"{found['residual']:.1g} eV) + assembly {assembly:.2f} s ({matrix.nnz} elements): "
        f"{theirs / ours:.0f}x, with assembly {(theirs + assembly) / ours:.0f}x"
    )
    return {"seconds": ours, "eigsh": theirs, "assembly": assembly, **found}


def measure_pyscf(spinors: int) -> dict[str, float]:
    from pyscf import lib
    from pyscf.fci import cistring, direct_uhf

    lib.num_threads(1)
    c = dot(spinors, spinors, spin_orbit=False)
    h = hamiltonian(c, 2, 2)
    one_body = c.one_body_electron.real.copy(), c.one_body_hole.real.copy()
    v = c.ee.real.copy(), -c.eh.real.copy(), c.hh.real.copy()
    # Strings of PySCF are in the same order as the determinants here.
    eri = direct_uhf.absorb_h1e(one_body, v, spinors, (2, 2), 0.5)
    x = np.random.default_rng(0).standard_normal((1, h.size))
    links = [cistring.gen_linkstr_index_trilidx(range(spinors), 2)] * 2
    side = spinors * (spinors - 1) // 2

    def theirs() -> np.ndarray:
        return direct_uhf.contract_2e(eri, x.reshape(side, side), spinors, (2, 2), links)

    complex_x = x + 0j
    error = np.abs(theirs().reshape(-1) - h.apply(complex_x)[0]).max()
    if error > 1e-8:
        raise RuntimeError(f"PySCF's sigma vector differs by {error:.2g}")
    seconds, other = best(lambda: h.apply(complex_x), 10), best(theirs, 3)
    print(
        f"sigma ({spinors}, {spinors}) XX: heterodot {1e3 * seconds:.1f} ms (complex), PySCF "
        f"{1e3 * other:.0f} ms (real): {other / seconds:.0f}x"
    )
    return {"seconds": seconds, "pyscf": other}


def measure_roots(spinors: tuple[int, int], roots: int) -> dict[str, float]:
    c = dot(*spinors)
    start = time.process_time()
    states = hd.ci(c, 2, 2, roots=roots, tolerance=TOLERANCE, progress=False)
    seconds = time.process_time() - start
    print(f"{roots} roots of {spinors} XX, {states.space.size} determinants: {seconds:.1f} s")
    return {"seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=("sigma", "eigsh", "pyscf", "roots"))
    parser.add_argument("--out", type=Path, default=Path("configuration_interaction.json"))
    options = parser.parse_args()
    _core.set_thread_count(1)
    runs = {
        "sigma": lambda: measure_sigma((12, 24)),
        "eigsh": lambda: measure_eigsh((12, 24)),
        "pyscf": lambda: measure_pyscf(24),
        "roots": lambda: measure_roots((20, 40), 8),
    }
    with threadpool_limits(1):
        found = {name: run() for name, run in runs.items() if name in (options.only or runs)}
    found["machine"] = platform.processor() or platform.machine()
    options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
