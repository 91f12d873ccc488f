"""Figure 2: a CdS core and the same core in a ZnSe shell: line-up, absorption, emission, lifetimes.

The shell takes the hole: emission moves to the red, below both gaps, and the lifetime grows.
V. I. Klimov et al., Nature 447, 441 (2007).
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import heterodot as hd


def main() -> None:
    """Print a table; draw line-ups and spectra of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.2, help="nm")
    parser.add_argument("--core", type=float, default=1.6, help="radius in nm")
    parser.add_argument("--shell", type=float, default=2.0, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(8, 18), help="electrons holes")
    parser.add_argument("--out", type=Path, default=Path("figure2.png"))
    options = parser.parse_args()
    core = ("CdS", hd.Sphere(options.core))
    shell = ("ZnSe", hd.Sphere(options.core + options.shell))
    figure, axes = plt.subplots(2, 2, layout="constrained", figsize=(9, 7))
    print("nanocrystal   X (eV)    overlap   lifetime (ns)")
    for row, (name, layers) in enumerate({"CdS": [core], "CdS/ZnSe": [core, shell]}.items()):
        dot = hd.Nanocrystal(layers, environment="toluene")
        electrons, holes = options.states
        states = hd.solve(
            hd.Hamiltonian(dot, spacing=options.spacing), electrons=electrons, holes=holes
        )
        x = hd.ci(hd.coulomb(states), 1, 1)
        print(
            f"{name:<12}  {hd.emission(x).lines.centre():<8.3f}  {states.overlap()[0, 0]:<8.3f}  "
            f"{hd.radiative_lifetime(x):.1f}"
        )
        states.plot_lineup(axes[row, 0])
        axes[row, 0].set_title(name)
        for spectrum, label in ((hd.absorption(x), "absorption"), (hd.emission(x), "emission")):
            values = spectrum.values / spectrum.values.max()
            axes[row, 1].plot(spectrum.energies, values, label=label)
        axes[row, 1].set(xlabel="photon energy (eV)", ylabel="relative to its maximum")
        axes[row, 1].legend(frameon=False)
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
