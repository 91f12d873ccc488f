"""A material of one's own, and what an alloyed interface does to the levels.

Real core/shell interfaces are graded over half a nanometre or more; the smoother potential moves the
hole and weakens Auger recombination (Cragg and Efros, Nano Lett. 10, 313 (2010)).
"""

import argparse

import heterodot as hd


def main() -> None:
    """Print the gap and the overlap for a sharp and for graded interfaces."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.25, help="nm")
    parser.add_argument("--widths", type=float, nargs="+", default=(0.6,), help="nm")
    parser.add_argument("--steps", type=int, default=4, help="alloy layers in an interface")
    options = parser.parse_args()

    cdse = hd.material("CdSe")
    mine = cdse.replace("my CdSe", electron_mass=0.12, permittivity=9.3)  # the rest stays
    shell = hd.Material(
        "my shell",
        phase="zincblende",
        gap=2.6,
        valence_edge=cdse.valence_edge - 0.45,
        electron_mass=0.20,
        hole_mass=0.70,
        permittivity=8.0,
    )
    print("graded over   electron (eV)   hole (eV)   gap (eV)   overlap")
    for width in (None, *options.widths):
        dot = hd.Nanocrystal(
            [(mine, hd.Sphere(1.5)), (shell, hd.Sphere(3.0))],
            "hexane",
            graded=width,
            graded_steps=options.steps,
        )
        states = hd.solve(hd.Hamiltonian(dot, spacing=options.spacing), electrons=2, holes=2)
        print(
            f"{'sharp' if width is None else f'{width:g} nm':11}  "
            f"{states.electrons.energies[0]:13.4f}  {states.holes.energies[0]:10.4f}  "
            f"{states.gap:9.4f}  {states.overlap()[0, 0]:8.3f}"
        )


if __name__ == "__main__":
    main()
