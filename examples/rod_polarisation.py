"""How much a rod's light is polarised along it: by the field inside, by the states, and by both.

The field is Laplace's around the rod (dielectric part); the states are six-band holes, whose top turns from a
multiplet of the sphere into Z orbitals along the rod (electronic part). J. Hu et al., Science 292, 2060 (2001).
"""

import argparse

import numpy as np

import heterodot as hd


def degree(along: float, across: float) -> float:
    """Return the degree of polarisation (I∥ - I⊥)/(I∥ + I⊥)."""
    return (along - across) / (along + across)


def polarisation(
    material: str, radius: float, aspect: float, spacing: float, holes: int, temperature: float
) -> dict[str, float]:
    """Return the degree of polarisation of the emission of one rod, in parts.

    Parameters
    ----------
    material : str
    radius, spacing : float
        In nm.
    aspect : float
        Length over diameter.
    holes : int
        Hole spinors.
    temperature : float
        In K.
    """
    rod = hd.Nanocrystal([(material, hd.Capsule(radius, 2 * radius * aspect))], "hexane")
    field = np.diag(hd.local_field(rod).tensor) ** 2
    hamiltonian = hd.Hamiltonian(rod, model=hd.kp.Luttinger6(), spacing=spacing)
    states = hd.solve(hamiltonian, electrons=2, holes=holes, progress=False)
    strengths = np.sum(np.abs(hd.interband_momentum(states)) ** 2, axis=1)
    # A thermal hole: energies of holes are minus those of valence states (eV).
    energies = states.holes.energies.max() - states.holes.energies
    weights = np.exp(-energies / (8.617333e-5 * temperature))
    across, _, along = strengths @ weights / weights.sum()
    return {
        "dielectric": degree(field[2], field[0]),
        "electronic": degree(along, across),
        "both": degree(along * field[2], across * field[0]),
    }


def main() -> None:
    """Print the degrees of polarisation of growing rods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--material", default="CdSe")
    parser.add_argument("--radius", type=float, default=1.6, help="nm")
    parser.add_argument("--aspects", type=float, nargs="+", default=(1.01, 1.5, 2.0, 3.0, 4.0))
    parser.add_argument("--spacing", type=float, default=0.32, help="nm")
    parser.add_argument("--holes", type=int, default=12, help="hole spinors")
    parser.add_argument("--temperature", type=float, default=300.0, help="K")
    options = parser.parse_args()
    print("length/diameter   dielectric   electronic   both")
    for aspect in options.aspects:
        p = polarisation(
            options.material,
            options.radius,
            aspect,
            options.spacing,
            options.holes,
            options.temperature,
        )
        print(f"{aspect:<16}  {p['dielectric']:<11.3f}  {p['electronic']:<11.3f}  {p['both']:.3f}")


if __name__ == "__main__":
    main()
