"""The staggered operator of eight bands: parity, and its conduction band beside an interface."""

from functools import partial

import numpy as np
import pytest
from kp_eight_bands import inverted, material

import heterodot as hd
from heterodot import _core


@pytest.mark.parametrize("order", [2, 4])
def test_commutes_with_inversion(order):
    dot = hd.Nanocrystal([(material(), hd.Sphere(1.5))], environment=hd.HardWall())
    ham = hd.Hamiltonian(dot, model=hd.kp.Zincblende8(), spacing=0.4, order=order)
    operator = ham.operator("electron")
    active = operator.active().reshape(operator.shape)
    v = np.random.default_rng(0).standard_normal((1, *operator.shape)) * active
    applied = operator.apply(v.reshape(1, -1).astype(complex)).reshape(v.shape)
    mirrored = inverted(v, operator.places).reshape(1, -1).astype(complex)
    image = operator.apply(mirrored).reshape(v.shape)
    assert np.abs(image - inverted(applied, operator.places)).max() < 1e-9


def test_conduction_band_without_kane_coupling_is_that_of_one_band(monkeypatch):
    """The laminate mixes conduction and valence bands apart: their stiffnesses differ in sign."""
    laminates = partial(_core.discretise, cut_cells=False)  # as in eight bands
    monkeypatch.setattr(_core, "discretise", laminates)
    inner = material(electron_mass=0.18)
    outer = material(conduction_edge=2.6, electron_mass=0.12, luttinger=(3.8, 0.8, 1.3))
    dot = hd.Nanocrystal([(inner, hd.Sphere(1.0)), (outer, hd.Sphere(1.7))], hd.HardWall())
    eight, one = (
        hd.Hamiltonian(dot, model=model, spacing=0.35, order=2).operator("electron")
        for model in (hd.kp.Zincblende8(kane=0.0), hd.kp.EffectiveMass())
    )
    v = np.random.default_rng(1).standard_normal((1, one.size)) * one.active()
    expected = one.apply(v.astype(complex))
    wide = np.zeros((1, 8, one.size), complex)
    wide[:, 0] = v
    found = eight.apply(wide.reshape(1, -1)).reshape(8, -1)
    assert found[0] == pytest.approx(expected[0], abs=1e-10)
    assert np.abs(found[1:]).max() < 1e-10


def test_walls_on_the_faces_between_voxels():
    """X on a wall does not exist, though the voxel of its node is whole: no row may reach it."""
    dot = hd.Nanocrystal([(material(), hd.Box(2.1))], environment=hd.HardWall())
    ham = hd.Hamiltonian(dot, model=hd.kp.Zincblende8(), spacing=0.14)
    assert 1.05 in np.round(ham.grid.axes(1)[0], 9)
    operator = ham.operator("electron")
    size = int(np.count_nonzero(operator.active()))
    _, columns, _ = operator.compressed_rows(0, size)
    assert columns.min() >= 0
    matrix = ham.tocsr()
    assert abs(matrix - matrix.conj().T).max() < 1e-9
