"""Figure 1: why one exciton does not amplify light in type I, and does in type II.

Three bare levels: the ground state, X (two bright states) and XX. In type I the XX line lies on the X line,
and a nanocrystal with one exciton absorbs as much as it emits. Repulsion Δ moves the X → XX absorption
away, and gain needs fewer and fewer nanocrystals with an exciton: n_X = 2/(3 − exp(−Δ²/Γ²)).
V. I. Klimov et al., Nature 447, 441 (2007).
"""

import argparse
import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import heterodot as hd
from heterodot.optics.gain_model import GainModel
from heterodot.optics.spectra import Transitions

LINEWIDTH, EXCITON = 0.05, 2.0  # Γ and the X line in eV


def model(shift: float) -> GainModel:
    """Return the gain of three levels whose XX line lies `shift` (eV) above the X line."""
    ground, x, xx = np.zeros(1), np.full(2, EXCITON), np.array([2.0 * EXCITON + shift])
    return GainModel(
        Transitions(ground, x, np.ones((1, 2))),
        Transitions(x, xx, np.ones((2, 1))),
        linewidth=LINEWIDTH,
    )


def main() -> None:
    """Print thresholds against the shift; draw spectra with one exciton per nanocrystal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shifts", type=float, nargs="+", default=(0.0, 0.025, 0.05, 0.1))
    parser.add_argument("--out", type=Path, default=Path("figure1.png"))
    options = parser.parse_args()
    figure, axes = plt.subplots(layout="constrained")
    energies = np.linspace(EXCITON - 0.15, EXCITON + 0.25, 401)
    print("Δ (meV)   n_X       closed form   Poisson ⟨N⟩   all multiexcitons decayed ⟨N⟩")
    for shift in options.shifts:
        levels = model(shift)
        closed = 2.0 / (3.0 - math.exp(-((shift / LINEWIDTH) ** 2)))
        print(
            f"{1e3 * shift:<8.0f}  {levels.threshold_exciton_fraction(EXCITON):<8.4f}  {closed:<12.4f}  "
            f"{levels.threshold(hd.Poisson(1.0)):<12.4f}  {levels.threshold(hd.AugerCollapsed(1.0)):.4f}"
        )
        gain = levels.gain((0.0, 1.0, 0.0), energies)
        axes.plot(energies, gain, label=f"Δ = {1e3 * shift:.0f} meV")
    axes.axhline(0.0, color="0.7", linewidth=0.8)
    axes.set(xlabel="photon energy (eV)", ylabel="gain (arb. units)", title="one exciton each")
    axes.legend(frameon=False)
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
