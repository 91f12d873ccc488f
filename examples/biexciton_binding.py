"""From binding to repulsion: two excitons in a core/shell dot on the way from type I to type II.

The valence-band offset moves the holes from the core to the shell. As long as electrons and holes share
the core, correlation binds two excitons; apart, like charges repel each other. The same trend was found
by path-integral Monte Carlo (P. G. McDonald et al., Phys. Rev. B 86, 125310 (2012), arXiv:1205.7055).
First order alone has the wrong sign in type I.
"""

import argparse
import warnings
from pathlib import Path

import heterodot as hd


def dot(offset: float, core: float = 2.0, shell: float = 2.0) -> hd.Nanocrystal:
    """Return a dot whose shell lies 0.4 eV above the core for electrons and `offset` for holes."""
    inner = hd.Material(
        "core",
        conduction_edge=2.0,
        valence_edge=0.0,
        electron_mass=0.15,
        hole_mass=0.5,
        permittivity=8.0,
    )
    outer = inner.replace("shell", conduction_edge=2.4, valence_edge=-offset)
    return hd.Nanocrystal(
        [(inner, hd.Sphere(core)), (outer, hd.Sphere(core + shell))], hd.HardWall(8.0)
    )


def main() -> None:
    """Print a table; draw the convergence of the last dot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.25, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(40, 40), help="spinors")
    parser.add_argument("--active", type=int, nargs=2, default=(18, 18), help="active spinors")
    parser.add_argument("--offsets", type=float, nargs="+", default=(0.4, 0.2, 0.0, -0.2, -0.4))
    parser.add_argument("--out", type=Path, default=Path("biexciton_binding.png"))
    options = parser.parse_args()
    electrons, holes = options.states
    warnings.filterwarnings("ignore", message="active", category=UserWarning)  # whole shells
    print("hole offset (eV)  regime         first order   mean field   CI      CI + PT2 (meV)")
    for offset in options.offsets:
        states = hd.solve(
            hd.Hamiltonian(dot(offset), spacing=options.spacing), electrons=electrons, holes=holes
        )
        coulomb = hd.coulomb(states)
        shift = hd.xx_shift(coulomb, active=tuple(options.active))
        print(
            f"{offset:<16.2f}  {states.localisation().regime:<13}  "
            f"{1e3 * shift.first_order:<12.2f}  {1e3 * shift.mean_field:<11.2f}  "
            f"{1e3 * shift.ci:<6.2f}  {1e3 * shift.ci_pt2:.2f} ± {1e3 * shift.error:.2f}"
        )
    for name, part in shift.parts.items():
        print(f"  {name:<13} {1e3 * part:+8.2f} meV")
    shift.plot().figure.savefig(options.out)


if __name__ == "__main__":
    main()
