"""A CdS/ZnSe core/shell dot: where carriers live, the X-X repulsion, and the gain threshold.

Electrons stay in the CdS core, holes in the ZnSe shell (type II). The thicker the shell, the better
they are separated, and the more two excitons repel each other: the XX line moves away from the
absorption of X, until gain needs no biexcitons (Klimov et al., Nature 447, 441 (2007)).
"""

import argparse
from pathlib import Path

import heterodot as hd


def dot(shell: float, spacing: float, electrons: int, holes: int) -> hd.Results:
    """Return everything about a dot with a core of 1.6 nm and a shell of this thickness (nm)."""
    nanocrystal = hd.Nanocrystal(
        [("CdS", hd.Sphere(1.6)), ("ZnSe", hd.Sphere(1.6 + shell))], environment="toluene"
    )
    states = hd.solve(
        hd.Hamiltonian(nanocrystal, spacing=spacing), electrons=electrons, holes=holes
    )
    coulomb = hd.coulomb(states)
    x, xx = hd.ci(coulomb, 1, 1), hd.ci(coulomb, 2, 2)
    return hd.Results(
        title=f"CdS/ZnSe, shell {shell:g} nm",
        states=states,
        coulomb=coulomb,
        x=x,
        xx=xx,
        shift=hd.xx_shift(coulomb, x=x, xx=xx),
        absorption=hd.absorption(x),
        emission=hd.emission(x),
        lifetime=hd.radiative_lifetime(x),
        gain=hd.gain((x, xx), hd.Poisson(2.0), temperature=300.0, linewidth=0.03),
    )


def main() -> None:
    """Compute dots with several shells; write data and pictures of the last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.25, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(2, 8), help="electrons holes")
    parser.add_argument("--shells", type=float, nargs="+", default=(1.0, 2.0), help="nm")
    parser.add_argument("--out", type=Path, default=Path("core-shell-gain"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    print("shell    overlap   first order   CI        lifetime   threshold")
    print("nm                 meV           meV       ns         ⟨N⟩")
    for shell in options.shells:
        found = dot(shell, options.spacing, *options.states)
        print(
            f"{shell:<7g}  {found.states.overlap()[0, 0]:<8.3f}  "
            f"{1e3 * found.shift.first_order:<12.1f}  {1e3 * found.shift.ci:<8.1f}  "
            f"{found.lifetime:<9.1f}  {found.gain.threshold:.3f}"
        )
    found.save(options.out / "results.nc")
    for path in found.plot(options.out):
        print(path)


if __name__ == "__main__":
    main()
