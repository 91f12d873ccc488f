"""Figure 4: the interaction of two excitons, over core radius and shell width of CdS/ZnSe.

First order, as in the analysis of 2007, against configuration interaction with second order in all other
spinors and its error, each with static and with optical permittivities. Points are stored as they finish;
the same command goes on where it was stopped. V. I. Klimov et al., Nature 447, 441 (2007).
"""

import argparse
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import heterodot as hd

PERMITTIVITIES = ("static", "optical")


def point(
    core: float, shell: float, spacing: float, states: list[int], active: list[int]
) -> dict[str, float]:
    """Return interaction energies of one dot in meV; states of the continuum fill the basis up."""
    warnings.filterwarnings("ignore", message="active", category=UserWarning)  # whole shells
    dot = hd.Nanocrystal([("CdS", hd.Sphere(core)), ("ZnSe", hd.Sphere(core + shell))], "toluene")
    ham = hd.Hamiltonian(dot, spacing=spacing)
    found = hd.solve(ham, electrons=states[0], holes=states[1], bound=False, progress=False)
    result = {}
    for permittivity in PERMITTIVITIES:
        coulomb = hd.coulomb(found, permittivity=permittivity, progress=False)
        shift = hd.xx_shift(coulomb, active=(active[0], active[1]))
        for name in ("first_order", "ci", "ci_pt2", "error", "truncation"):
            result[f"{permittivity} {name}"] = 1e3 * float(getattr(shift, name))
    return result


def main() -> None:
    """Sweep the map, print it as a table and draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=12, help="along each axis")
    parser.add_argument("--cores", type=float, nargs=2, default=(0.8, 3.0), help="nm")
    parser.add_argument("--shells", type=float, nargs=2, default=(0.3, 2.5), help="nm")
    parser.add_argument("--spacing", type=float, default=0.25, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(20, 32), help="electrons holes")
    parser.add_argument("--active", type=int, nargs=2, default=(8, 18), help="active spinors")
    parser.add_argument("--workers", type=int, default=None, help="processes; 0: none")
    parser.add_argument("--out", type=Path, default=Path("figure4"))
    options = parser.parse_args()
    cores, shells = (np.linspace(*ends, options.points) for ends in (options.cores, options.shells))
    found = hd.sweep(
        point,
        {
            "core": cores.tolist(),
            "shell": shells.tolist(),
            "spacing": [options.spacing],
            "states": [list(options.states)],
            "active": [list(options.active)],
        },
        workers=options.workers,
        directory=options.out,
    )
    print("ε         core (nm)   shell (nm)   first order   CI       CI + PT2 (meV)   more spinors")
    for permittivity in PERMITTIVITIES:
        for p in found:
            if p.failed:
                print(p)
                continue
            first, ci, best, error, truncation = (
                p.result[f"{permittivity} {name}"]
                for name in ("first_order", "ci", "ci_pt2", "error", "truncation")
            )
            print(
                f"{permittivity:<8}  {p.parameters['core']:<10.2f}  {p.parameters['shell']:<11.2f}  "
                f"{first:<12.1f}  {ci:<7.1f}  {f'{best:.1f} ± {error:.1f}':<15}  ± {truncation:.1f}"
            )
    print(f"{sum(p.seconds for p in found) / 60:.1f} minutes of one core")
    figure, axes = plt.subplots(2, 2, layout="constrained", figsize=(9, 8))
    for row, permittivity in enumerate(PERMITTIVITIES):
        for column, name in enumerate(("first_order", "ci_pt2")):
            key = f"{permittivity} {name}"
            values = np.array([p.result[key] if p.result else np.nan for p in found])
            image = axes[row, column].pcolormesh(
                shells,
                cores,
                values.reshape(len(cores), -1),
                vmin=-90,
                vmax=90,
                cmap="RdBu_r",
                shading="nearest",
            )
            title = f"{'first order' if column == 0 else 'CI + PT2'}, {permittivity} ε"
            axes[row, column].set(xlabel="shell (nm)", ylabel="core radius (nm)", title=title)
        figure.colorbar(image, ax=axes[row], label="XX shift (meV)")
    figure.savefig(options.out / "figure4.png")


if __name__ == "__main__":
    main()
