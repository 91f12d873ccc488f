"""Figure 5: gain in type I and type II: spectra, thresholds, and how long gain lasts.

The lifetime of gain is set by Auger recombination where it needs biexcitons, and by the lifetime of X where
single excitons are enough. V. I. Klimov et al., Nature 447, 441 (2007).
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import heterodot as hd

AUGER = 0.1  # lifetime of XX in ns, of the order measured in nanocrystals of this size


def main() -> None:
    """Print a table; draw gain spectra and populations of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.25, help="nm")
    parser.add_argument("--linewidth", type=float, default=0.03, help="Γ in eV")
    parser.add_argument("--core", type=float, default=1.6, help="nm")
    parser.add_argument("--shell", type=float, default=2.0, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(2, 8), help="electrons holes")
    parser.add_argument(
        "--golden-rule", action="store_true", help="calculate Auger lifetimes instead of 0.1 ns"
    )
    parser.add_argument("--out", type=Path, default=Path("figure5.png"))
    options = parser.parse_args()
    inner, outer = hd.Sphere(options.core), hd.Sphere(options.core + options.shell)
    kinds = {"type I": [("CdSe", outer)], "type II": [("CdS", inner), ("ZnSe", outer)]}
    figure, axes = plt.subplots(2, 2, layout="constrained", figsize=(9, 7))
    print("           Δ (meV)   threshold ⟨N⟩   gain lifetime (ns) after ⟨N⟩ = 2.5")
    for row, (kind, layers) in enumerate(kinds.items()):
        dot = hd.Nanocrystal(layers, environment="toluene")
        electrons, holes = options.states
        hamiltonian = hd.Hamiltonian(dot, spacing=options.spacing)
        states = hd.solve(hamiltonian, electrons=electrons, holes=holes)
        coulomb = hd.coulomb(states)
        gain = hd.gain(coulomb, hd.Poisson(2.5), linewidth=options.linewidth)
        auger = AUGER
        if options.golden_rule:
            rates = hd.auger_rates(hd.ci(coulomb, 2, 2), hamiltonian, progress=True)
            print(f"  {rates}")
            auger = rates.lifetime
        time = hd.dynamics(gain, hd.Poisson(2.5), auger=auger)
        print(
            f"{kind:<9}  {1e3 * gain.transient_shift:<8.1f}  {gain.threshold:<14.3f}  "
            f"{time.gain_lifetime:.3g}"
        )
        print(f"  {gain.single_exciton_gain}")
        gain.plot(axes[row, 0])
        axes[row, 0].set_title(kind)
        time.plot(axes[row, 1])
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
