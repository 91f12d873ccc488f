"""A tetrapod: a ZnSe core with CdS arms, electrons in the arms.

Here the hole stays in the middle and four arms share the electrons.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import heterodot as hd


def nanocrystal() -> hd.Nanocrystal:
    """Return the tetrapod in toluene."""
    core = hd.Sphere(2.0)
    arms = hd.Tetrapod(core_radius=2.0, arm_radius=1.2, arm_length=7.0)
    return hd.Nanocrystal([("ZnSe", core), ("CdS", core | arms)], environment="toluene")


def main() -> None:
    """Print levels, interaction and threshold; draw spectra and gain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.35, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(2, 8), help="electrons holes")
    parser.add_argument("--out", type=Path, default=Path("tetrapod.png"))
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
