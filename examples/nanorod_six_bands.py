"""A CdS nanorod in hexane with six-band holes: which way its light is polarised.

In a rod the top of the valence band is made of Z orbitals along the axis, so the lowest transitions
emit light polarised along it (X. G. Peng et al., Nature 404, 59 (2000)).
"""

import argparse

import numpy as np

import heterodot as hd


def main() -> None:
    """Print levels, the orbitals of the highest holes, and polarisations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spacing", type=float, default=0.3, help="nm")
    parser.add_argument("--length", type=float, default=12.0, help="nm, from tip to tip")
    options = parser.parse_args()

    rod = hd.Nanocrystal([("CdS", hd.Capsule(radius=2.0, length=options.length))], "hexane")
    ham = hd.Hamiltonian(rod, model=hd.kp.Luttinger6(), spacing=options.spacing)
    states = hd.solve(ham, electrons=2, holes=8)
    print(states)

    # |envelope|² summed over space: the share of X, Y, Z (both spins) in each pair of holes
    shares = np.sum(np.abs(states.holes.representatives) ** 2, axis=(2, 3, 4))
    shares = shares.reshape(len(shares), 2, 3).sum(axis=1) * states.holes.grid.cell_volume
    # (3, electrons, holes): strengths of the transitions from the lowest electron pair
    momentum = hd.interband_momentum(states)
    strengths = np.sum(np.abs(momentum) ** 2, axis=1)
    print("hole pair   energy (eV)   X     Y     Z       polarisation along the rod")
    for pair, share in enumerate(shares):
        x, y, z = strengths[:, 2 * pair : 2 * pair + 2].sum(axis=1)
        total = x + y + z
        degree = f"{(z - (x + y) / 2) / (z + (x + y) / 2):+.2f}" if total > 1e-6 else "dark"
        energy = states.holes.energies[2 * pair]
        print(
            f"{pair:<10}  {energy:11.4f}   {share[0]:.2f}  {share[1]:.2f}  {share[2]:.2f}    {degree}"
        )


if __name__ == "__main__":
    main()
