"""Materials of the bulk tests, made from the reference's short names."""

import json
from pathlib import Path

import heterodot as hd

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "bulk_bands.json").read_text())


def zincblende(name, Eg, D, me=0.1, Ep=None, g1=None, g2=None, g3=None, g=None, **more):
    return hd.Material(
        name,
        phase="zincblende",
        valence_edge=0.0,
        gap=Eg,
        spin_orbit=D,
        electron_mass=me,
        kane_energy=Ep,
        luttinger=(g1, g2 if g is None else g, g3 if g is None else g),
        **more,
    )


def wurtzite(name="wz", A=(-7.21, -0.44, 6.68, -3.46, -3.4, -4.9), cr=0.01, so=0.017, **more):
    parameters = {"gap": 3.5, "electron_mass": 0.2, "kane_energy": 14.0} | more
    return hd.Material(
        name,
        phase="wurtzite",
        valence_edge=hd.kp.wurtzite6.GammaLevels(cr, so / 3).top,
        crystal_field=cr,
        spin_orbit=so,
        rashba_sheka_pikus=(*A, 0.0),
        **parameters,
    )


def quasi_cubic(g1, g2, g3):
    """A1 … A6 of zincblende along [111] (reference wz_gamma, rule q)."""
    r = 2**0.5
    return (-g1 - 4 * g3, -g1 + 2 * g3, 6 * g3, -3 * g3, -g2 - 2 * g3, -r * (2 * g2 + g3))
