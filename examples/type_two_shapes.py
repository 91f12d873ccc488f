"""Type-II nanocrystals that are no spheres: a dot in a rod, a barbell, a core/crown platelet, a tetrapod.

Electrons and holes live in different parts, and two excitons share these parts: in the rod and the barbell
two holes keep apart, so that correlation takes away more than half of the first-order repulsion.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import heterodot as hd


def dot_in_rod() -> hd.Nanocrystal:
    """Return CdS in a ZnSe rod: electrons in the dot, holes along the rod."""
    layers = [("CdS", hd.Sphere(1.5)), ("ZnSe", hd.Capsule(radius=2.2, length=14.0))]
    return hd.Nanocrystal(layers, environment="toluene")


def barbell() -> hd.Nanocrystal:
    """Return a CdS rod with ZnSe tips: holes in the tips."""
    tips = hd.Sphere(2.2, center=(0, 0, 4.0)) | hd.Sphere(2.2, center=(0, 0, -4.0))
    middle = hd.Capsule(radius=1.5, length=10.0) - tips
    return hd.Nanocrystal([("CdS", middle), ("ZnSe", middle | tips)], environment="toluene")


def core_crown_platelet() -> hd.Nanocrystal:
    """Return CdSe with CdTe around it in the plane, of one thickness."""
    core, crown = hd.Box((6.0, 6.0, 1.5)), hd.Box((10.0, 10.0, 1.5))
    return hd.Nanocrystal([("CdSe", core), ("CdTe", crown)], environment="toluene")


def tetrapod() -> hd.Nanocrystal:
    """Return a ZnSe core with CdS arms: electrons in the arms, the hole in the middle."""
    core = hd.Sphere(2.0)
    arms = hd.Tetrapod(core_radius=2.0, arm_radius=1.2, arm_length=7.0)
    return hd.Nanocrystal([("ZnSe", core), ("CdS", core | arms)], environment="toluene")


SHAPES = {f.__name__: f for f in (dot_in_rod, barbell, core_crown_platelet, tetrapod)}
# Six valence bands tell along which axis light is absorbed and emitted. In a thin platelet the holes are
# heavy holes along its normal, those of one band (and the parameters of CdTe in six bands are not elliptic).
MODELS = {name: hd.kp.Luttinger6() for name in SHAPES} | {
    "core_crown_platelet": hd.kp.EffectiveMass()
}


def main() -> None:
    """Print levels, interaction and threshold; draw spectra and gain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shape", choices=SHAPES, nargs="?", default="dot_in_rod")
    parser.add_argument("--spacing", type=float, default=0.3, help="nm")
    parser.add_argument("--states", type=int, nargs=2, default=(2, 8), help="electrons holes")
    parser.add_argument("--out", type=Path, default=Path("type_two_shape.png"))
    options = parser.parse_args()
    dot = SHAPES[options.shape]()
    hamiltonian = hd.Hamiltonian(dot, MODELS[options.shape], options.spacing)
    states = hd.solve(hamiltonian, *options.states)
    print(states, states.localisation(), sep="\n")
    coulomb = hd.coulomb(states)
    x, xx = hd.ci(coulomb, 1, 1), hd.ci(coulomb, 2, 2)
    shift = hd.xx_shift(coulomb, x=x, xx=xx)
    print(f"X-X shift: first order {1e3 * shift.first_order:.1f}, CI {1e3 * shift.ci:.1f} meV")
    gain = hd.gain((x, xx), linewidth=0.03)
    print(f"gain from ⟨N⟩ = {gain.threshold:.2f}. {gain.single_exciton_gain}")
    # The field that the shape lets in, and light along its axis (z) or across.
    field = hd.local_field(dot)
    momentum = field.dressed(hd.interband_momentum(states))
    figure, (left, middle, right) = plt.subplots(1, 3, layout="constrained", figsize=(12, 4))
    strengths = []
    for axis, direction, colour in (("z", (0, 0, 1), "C0"), ("x", (1, 0, 0), "C1")):
        light = {"momentum": hd.polarised(momentum, direction), "medium": field.medium}
        for quantity, spectrum, style, place in (
            ("absorption", hd.absorption(x, **light), "-", left),
            ("emission", hd.emission(x, **light), "--", middle),
        ):
            place.plot(
                spectrum.energies, spectrum.values, style, color=colour, label=f"along {axis}"
            )
            place.set(xlabel="photon energy (eV)", ylabel=spectrum.unit, title=quantity)
        strengths.append(spectrum.lines.strengths.sum())
    along, across = strengths
    print(f"polarisation of the emission along z: {(along - across) / (along + across):.2f}")
    left.legend(frameon=False)
    right = gain.plot(right)
    right.set_title("gain")
    figure.suptitle(options.shape.replace("_", " "))
    figure.savefig(options.out)


if __name__ == "__main__":
    main()
