"""A CdS dot in a ZnSe rod: electrons in the dot, holes spread along the rod.

Two holes share the rod and keep apart: correlation takes away more than half of the first-order repulsion.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import heterodot as hd


def nanocrystal() -> hd.Nanocrystal:
    """Return the dot-in-rod in toluene."""
    dot = hd.Sphere(1.5)
    rod = hd.Capsule(radius=2.2, length=14.0)
    return hd.Nanocrystal([("CdS", dot), ("ZnSe", rod)], environment="toluene")


def main() -> None:
    """Print levels, interaction and threshold; draw spectra and gain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.3, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(2, 8), help="electrons holes")
    parser.add_argument("--out", type=Path, default=Path("dot_in_rod.png"))
    options = parser.parse_args()
    dot = nanocrystal()
    states = hd.solve(hd.Hamiltonian(dot, spacing=options.spacing), *options.states)
    print(states, states.localisation(), sep="\n")
    coulomb = hd.coulomb(states)
    x, xx = hd.ci(coulomb, 1, 1), hd.ci(coulomb, 2, 2)
    shift = hd.xx_shift(coulomb, x=x, xx=xx)
    print(f"X-X shift: first order {1e3 * shift.first_order:.1f}, CI {1e3 * shift.ci:.1f} meV")
    field = hd.local_field(dot)
    gain = hd.gain((x, xx), linewidth=0.03)
    print(f"gain from ⟨N⟩ = {gain.threshold:.2f}. {gain.single_exciton_gain}")
    figure, (left, right) = plt.subplots(1, 2, layout="constrained", figsize=(9, 4))
    # One band's holes are heavy holes along z: six bands tell polarisations (nanorod_six_bands.py).
    momentum = field.dressed(hd.interband_momentum(states))
    for name, spectrum in {
        "absorption": hd.absorption(x, momentum=momentum, medium=field.medium),
        "emission": hd.emission(x, momentum=momentum, medium=field.medium),
    }.items():
        left.plot(spectrum.energies, spectrum.values / spectrum.values.max(), label=name)
    left.set(xlabel="photon energy (eV)", ylabel="relative to its maximum")
    left.legend(frameon=False)
    gain.plot(right)
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
