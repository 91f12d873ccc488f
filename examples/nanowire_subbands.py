"""Subbands of a CdSe/CdS nanowire with eight bands, and the effective masses along it.

The wire goes on without end: its period is as short as the grid allows, so that subbands are folded
back at large wave vectors only.
"""

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np

import heterodot as hd
from heterodot.units import HBAR2_OVER_2M0


def main() -> None:
    """Print the edges of the subbands and their masses; draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.25, help="nm")
    parser.add_argument("--radius", type=float, default=1.5, help="of the core in nm")
    parser.add_argument("--shell", type=float, default=0.8, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(4, 8), help="electrons, holes")
    parser.add_argument("--points", type=int, default=7, help="wave vectors from 0 to 0.6/nm")
    parser.add_argument("--out", type=Path, default=Path("nanowire_subbands.png"))
    options = parser.parse_args()

    period = 4 * options.spacing
    outer = options.radius + options.shell
    wire = hd.Nanocrystal(
        [
            ("CdSe", hd.Cylinder(options.radius, 2 * period)),
            ("CdS", hd.Cylinder(outer, 2 * period)),
        ],
        environment=hd.HardWall(),
        period=(None, None, period),
    )
    ham = hd.Hamiltonian(wire, model=hd.kp.Zincblende8(), spacing=options.spacing)
    k = np.linspace(0.0, 0.6, options.points)
    electrons, holes = options.states
    bands = hd.solve_bands(ham, k, electrons, holes)
    print(bands)

    # Both spins follow each other; E(k) = E(0) + ħ²k²/2m + c k⁴ through the first three points.
    print("subband       E(0) (eV)    mass along the wire (m0)")
    for name, energies in (("electron", bands.electrons), ("hole", bands.holes)):
        for number in range(0, energies.shape[1], 2):
            rise = energies[1:3, number] - energies[0, number]
            curvature, _ = np.linalg.solve(np.stack([k[1:3] ** 2, k[1:3] ** 4], axis=1), rise)
            mass = HBAR2_OVER_2M0 / curvature
            print(f"{name:9} {number // 2:2d}  {energies[0, number]:11.4f}  {mass:12.3f}")
    mpl.use("Agg")
    axes = bands.plot()
    axes.figure.savefig(options.out, dpi=150)


if __name__ == "__main__":
    main()
