"""Solids and nanocrystals travel to other processes."""

import pickle

import numpy as np
import pytest

import heterodot as hd

SOLIDS = {
    "shape": hd.Ellipsoid((1.0, 1.5, 2.0), center=(0.1, 0.2, 0.3)),
    "tree": (hd.Sphere(1.5) - hd.Box(1.0).rotate(30.0, (1, 1, 0))).translate((0.3, 0, 0)).grow(0.1),
    "implicit": hd.Implicit(
        lambda x, y, z: x**2 + 2 * y**2 + z**2 - 1.0, ((-1.5, -1.5, -1.5), (1.5, 1.5, 1.5)), 0.2
    )
    | hd.Sphere(0.5, center=(1.0, 0, 0)),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_a_solid_comes_back_the_same(name):
    solid = SOLIDS[name]
    again = pickle.loads(pickle.dumps(solid))
    points = np.random.default_rng(0).uniform(-2, 2, (200, 3))
    assert repr(again) == repr(solid)
    assert np.array_equal(again.signed_distance(points), solid.signed_distance(points))


def test_a_nanocrystal_comes_back_the_same():
    dot = hd.Nanocrystal([("CdS", SOLIDS["shape"]), ("ZnSe", hd.Sphere(3.0))], "hexane")
    again = pickle.loads(pickle.dumps(dot))
    grid = dot.grid(0.5)
    assert repr(again) == repr(dot)
    assert np.array_equal(again.voxelise(grid).fractions(), dot.voxelise(grid).fractions())
