"""Nodes of alike surroundings share rows: that changes nothing but the time to build them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import heterodot as hd
from heterodot import _core

DOT = hd.Nanocrystal([("CdS", hd.Sphere(1.3)), ("ZnSe", hd.Sphere(2.3))])
HARD = hd.Nanocrystal([("CdS", hd.Ellipsoid((1.7, 2.0, 2.2)))], environment=hd.HardWall())
CASES = {
    "one band": (DOT, hd.kp.EffectiveMass(), "electron", {"barrier": "grid", "margin": 0.9}),
    "second order": (
        DOT,
        hd.kp.EffectiveMass(),
        "hole",
        {"barrier": "grid", "margin": 0.6, "order": 2},
    ),
    "tail": (DOT, hd.kp.EffectiveMass(), "electron", {"barrier": "tail"}),
    "hard wall": (HARD, hd.kp.EffectiveMass(), "electron", {}),
    "six bands": (HARD, hd.kp.Luttinger6(), "hole", {}),
    "eight bands": (
        hd.Nanocrystal([("CdSe", hd.Sphere(1.4))]),
        hd.kp.Zincblende8(),
        "electron",
        {"barrier": "grid", "margin": 0.6},
    ),
    # Elements of staggered orbitals end five nodes before the box does.
    "eight bands in a wide barrier": (
        hd.Nanocrystal([("CdSe", hd.Sphere(0.8))]),
        hd.kp.Zincblende8(),
        "electron",
        {"barrier": "grid", "margin": 1.6},
    ),
}


SLOW = ("second order", "eight bands in a wide barrier")


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=[pytest.mark.slow] if c in SLOW else []) for c in CASES]
)
def test_shared_rows_are_those_of_the_general_path(case, monkeypatch):
    nanocrystal, model, carrier, options = CASES[case]

    def operator(share):
        plain = _core.discretise

        def discretise(*args, **kwargs):
            return plain(*args, **kwargs, share_rows=share)

        with monkeypatch.context() as patch:
            patch.setattr(_core, "discretise", discretise)
            return hd.Hamiltonian(nanocrystal, model, spacing=0.2, **options).operator(carrier)

    shared, own = operator(True), operator(False)
    # Rows that are equal number for number are found in the end in either way.
    assert shared.row_classes == own.row_classes < np.prod(own.shape[1:])
    random = np.random.default_rng(3)
    block = random.standard_normal((2, own.size)) + 1j * random.standard_normal((2, own.size))
    expected = own.apply(block)
    assert_allclose(shared.apply(block), expected, atol=1e-12 * np.abs(expected).max(), rtol=0)
    assert np.array_equal(shared.active(), own.active())


def test_coarse_voxels_are_means_of_fine_ones():
    solids = [hd.Sphere(0.9), hd.Sphere(1.4)]
    n = 23
    grid = hd.Grid((n, n, n), (-0.15 * 11 + 0.02,) * 3, (0.15,) * 3)
    from heterodot.geometry.voxels import Voxels

    fine = Voxels(grid, solids)
    coarse, direct = fine.coarsened(), Voxels(grid.coarsened(), solids)
    for place in (0, 2, 5):
        assert_allclose(coarse.fractions(place), direct.fractions(place), atol=3e-4)
        cut = np.max(direct.fractions(place), axis=0) < 0.9
        normals = np.sum(coarse.normals(place)[cut] * direct.normals(place)[cut], axis=-1)
        assert normals.min() > 0.9
    with pytest.raises(ValueError, match="cannot be coarsened"):
        Voxels(hd.Grid((8, 8, 8), (0, 0, 0), (0.3,) * 3), solids).coarsened()
