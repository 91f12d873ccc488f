"""Figure 3: where electron and hole are, over core radius and shell width of CdS/ZnSe.

Type I (both in one layer or both spread), quasi-type II (one spread) and type II (apart), with the overlap
of electron and hole. Points are stored as they finish; the same command goes on where it was stopped.
V. I. Klimov et al., Nature 447, 441 (2007).
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import heterodot as hd

REGIMES = ("type I", "quasi-type II", "type II")


def point(core: float, shell: float, spacing: float) -> dict[str, float]:
    """Return levels (eV), overlap and regime of one dot (nm)."""
    dot = hd.Nanocrystal([("CdS", hd.Sphere(core)), ("ZnSe", hd.Sphere(core + shell))])
    states = hd.solve(hd.Hamiltonian(dot, spacing=spacing), electrons=2, holes=2, progress=False)
    where = states.localisation()
    return {
        "electron": float(states.electrons.energies[0]),
        "hole": float(states.holes.energies[0]),
        "overlap": where.overlap,
        "regime": REGIMES.index(where.regime),
    }


def main() -> None:
    """Sweep the map, print it as a table and draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=12, help="along each axis")
    parser.add_argument("--cores", type=float, nargs=2, default=(0.8, 3.0), help="nm")
    parser.add_argument("--shells", type=float, nargs=2, default=(0.3, 2.5), help="nm")
    parser.add_argument("--spacing", type=float, default=0.2, help="nm")
    parser.add_argument("--workers", type=int, default=None, help="processes; 0: none")
    parser.add_argument("--out", type=Path, default=Path("figure3"))
    options = parser.parse_args()
    cores, shells = (np.linspace(*ends, options.points) for ends in (options.cores, options.shells))
    found = hd.sweep(
        point,
        {"core": cores.tolist(), "shell": shells.tolist(), "spacing": [options.spacing]},
        workers=options.workers,
        directory=options.out,
    )
    print("core (nm)   shell (nm)   electron (eV)   hole (eV)   overlap   regime")
    for p in found:
        if p.failed:
            print(p)
            continue
        r = p.result
        print(
            f"{p.parameters['core']:<10.2f}  {p.parameters['shell']:<11.2f}  {r['electron']:<14.4f}  "
            f"{r['hole']:<10.4f}  {r['overlap']:<8.3f}  {REGIMES[int(r['regime'])]}"
        )
    shape = (len(cores), len(shells))
    overlap, regime = (
        np.array([p.result[name] if p.result else np.nan for p in found]).reshape(shape)
        for name in ("overlap", "regime")
    )
    figure, axes = plt.subplots(layout="constrained")
    image = axes.pcolormesh(shells, cores, overlap, vmin=0.0, vmax=1.0, shading="nearest")
    figure.colorbar(image, label="overlap of electron and hole")
    axes.contour(shells, cores, regime, levels=(0.5, 1.5), colors="white")
    axes.set(xlabel="shell (nm)", ylabel="core radius (nm)", title="I | quasi-II | II (contours)")
    figure.savefig(options.out / "figure3.png")


if __name__ == "__main__":
    main()
