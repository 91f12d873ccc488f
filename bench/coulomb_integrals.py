"""All Coulomb integrals of (12, 24) spinors on 64³ nodes with a step of the permittivity, on one core.

Twice: for one band (spin only counts, 99 real densities) and for spinors without any symmetry but time
reversal (342). The grid is that of the states, without coarsening; times are CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from threadpoolctl import threadpool_limits

import heterodot as hd
from heterodot import _core

RADIUS = 2.0  # nm


def nanocrystal() -> hd.Nanocrystal:
    inside = hd.Material("inside", permittivity=8.0)
    return hd.Nanocrystal([(inside, hd.Sphere(RADIUS))], environment=hd.HardWall(2.0))


def orbitals(grid: hd.Grid, count: int, random: np.random.Generator) -> np.ndarray:
    """Orthonormal functions that vanish on the sphere: its lowest polynomials, turned at random."""
    x, y, z = np.meshgrid(*grid.axes(), indexing="ij")
    wall = np.maximum(1 - (x * x + y * y + z * z) / RADIUS**2, 0.0)
    powers = sorted(np.ndindex(4, 4, 4), key=sum)[:count]
    functions = np.stack([wall * x**a * y**b * z**c for a, b, c in powers]).reshape(count, -1)
    functions = np.linalg.qr((random.standard_normal((count, count)) @ functions).T)[0].T
    return functions.reshape(count, *grid.shape) / np.sqrt(grid.cell_volume)


def carrier(grid: hd.Grid, pairs: int, bands: int, seed: int) -> SimpleNamespace:
    """Kramers pairs of one real band, or spinors of random complex bands."""
    random = np.random.default_rng(seed)
    found = orbitals(grid, pairs * bands, random).reshape(pairs, bands, *grid.shape)
    if bands > 1:
        phases = np.exp(2j * np.pi * random.random((pairs, bands)))
        found = found * phases[..., None, None, None] / np.sqrt(bands)
    levels = np.repeat(np.arange(pairs), 2) * 0.05
    return SimpleNamespace(
        grid=grid, energies=levels, representatives=found, spin_degenerate=bands == 1
    )


def measure(nodes: int, bands: int) -> dict[str, float]:
    spacing = 2 * RADIUS / (nodes - 13)  # leaves room for the fields at the surface
    origin = -spacing * (nodes - 1) / 2
    grid = hd.Grid((nodes,) * 3, (origin,) * 3, (spacing,) * 3)
    states = SimpleNamespace(
        nanocrystal=nanocrystal(),
        electrons=carrier(grid, 6, bands, 0),
        holes=carrier(grid, 12, bands, 1),
    )
    start = time.process_time()
    coulomb = hd.coulomb(states, spacing=spacing)
    seconds = time.process_time() - start
    if coulomb.spacing != spacing or coulomb.ee.shape[0] != 12 or coulomb.hh.shape[0] != 24:
        raise RuntimeError(f"not what was to be measured: {coulomb!r}")
    print(f"(12, 24) spinors of {bands} band(s), {nodes}³ nodes: {seconds:.1f} s", flush=True)
    return {"bands": bands, "nodes": nodes, "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=64)
    parser.add_argument("--out", type=Path, default=Path("coulomb_integrals.json"))
    options = parser.parse_args()
    _core.set_thread_count(1)
    with threadpool_limits(1):
        found = [measure(options.nodes, bands) for bands in (1, 2)]
    options.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
