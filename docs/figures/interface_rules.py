"""The figure of docs/hamiltonian.md: errors of levels with three ways to treat interfaces.

Run it from a checkout with the package installed: ``python docs/figures/interface_rules.py``.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "heterodot"

import matplotlib.pyplot as plt

import heterodot as hd
from heterodot.kp.luttinger6 import valence_polynomial

RULES = {"laminate": "o-", "average": "s--", "staircase": "^:"}
SPACINGS = (0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2)
ONE_BAND, THREE_BANDS = 296.26, 191.53  # radial equations, meV


def one_band(spacing: float, rule: str) -> float:
    """Return the error of 1s in meV: a mass of 0.5 in a shell of 0.05."""
    inside = hd.Material("inside", conduction_edge=0.0, valence_edge=-5.0, electron_mass=0.5)
    outside = inside.replace("outside", electron_mass=0.05)
    dot = hd.Nanocrystal([(inside, hd.Sphere(1.5)), (outside, hd.Sphere(3.0))], hd.HardWall())
    ham = hd.Hamiltonian(dot, hd.kp.EffectiveMass(), spacing, interface=rule)
    return 1e3 * float(hd.solve(ham, 2, 0, progress=False).electrons.energies[0]) - ONE_BAND


def three_bands(spacing: float, rule: str) -> float:
    """Return the error of the second triplet in meV: γ = 6, 2.2, 2.2 in 1.8, 0.5, 0.5."""
    inside = hd.Material("inside", valence_edge=0.0, luttinger=(6.0, 2.2, 2.2))
    outside = hd.Material("outside", valence_edge=-0.6, luttinger=(1.8, 0.5, 0.5))

    def polynomial(material: hd.Material) -> hd.kp.MatrixPolynomial:
        p = valence_polynomial(material.luttinger, material.valence_edge, 0.0)
        return hd.kp.MatrixPolynomial(p.orbitals, p.second, zeroth=p.zeroth)

    dot = hd.Nanocrystal([(inside, hd.Sphere(2.0)), (outside, hd.Sphere(3.8))], hd.HardWall())
    ham = hd.Hamiltonian(dot, hd.kp.Polynomial(hole=polynomial), spacing, interface=rule)
    states = hd.solve(ham, 0, 12, progress=False)
    return -1e3 * float(states.holes.energies[6]) - THREE_BANDS


def main() -> None:
    """Draw the figure beside this file."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for ax, error, title in (
        (axes[0], one_band, "one band, mass 0.5 in 0.05"),
        (axes[1], three_bands, "three valence bands, γ₁ = 6 in 1.8"),
    ):
        for rule, style in RULES.items():
            errors = [error(spacing, rule) for spacing in SPACINGS]
            print(title, rule, " ".join(f"{e:.2f}" for e in errors), flush=True)
            ax.plot(SPACINGS, errors, style, ms=4, lw=1.2, label=rule)
        ax.axhline(0, color="0.7", lw=0.8, zorder=0)
        ax.set(
            xlabel="spacing (nm)", ylabel="error of the level (meV)", title=title, xlim=(0, None)
        )
    axes[0].legend(frameon=False)
    target = Path(__file__).with_suffix(".svg")
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main()
