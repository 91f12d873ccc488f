"""An eight-band material and inversion on the staggered grid."""

import numpy as np

import heterodot as hd


def material(**changes):
    parameters = {
        "conduction_edge": 1.84,
        "valence_edge": 0.0,
        "electron_mass": 0.13,
        "hole_mass": 0.6,
        "kane_energy": 12.0,
        "luttinger": (5.51, 1.24, 2.14),
        "spin_orbit": 0.42,
    } | changes
    return hd.Material("of eight bands", phase="zincblende", **parameters)


def inverted(vectors, places):
    """ψ(−r), S even and X, Y, Z odd, of vectors (count, bands, x, y, z)."""
    result = np.empty_like(vectors)
    for band, place in enumerate(places):
        field = vectors[:, band, ::-1, ::-1, ::-1]
        for axis in range(3):
            if place >> axis & 1:  # half step i + 1/2 goes to −i − 1 + 1/2
                field = np.roll(field, -1, axis=axis + 1)
        result[:, band] = field if band % 4 == 0 else -field
    return result
