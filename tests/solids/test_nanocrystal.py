"""Nanocrystals: regions, grids, graded interfaces and errors before heavy work."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import heterodot as hd
from heterodot.geometry.layers import measure_layers


def ball(radius):
    return 4 / 3 * np.pi * radius**3


def core_shell(**options):
    return hd.Nanocrystal([("CdS", hd.Sphere(1.6)), ("ZnSe", hd.Sphere(3.6))], **options)


def test_regions_and_volumes_from_the_inside_out():
    crystal = core_shell(environment="toluene")
    assert [region.material.name for region in crystal.regions] == ["CdS", "ZnSe"]
    assert crystal.environment.name == "toluene"
    assert crystal.bounding_box == ((-3.6, -3.6, -3.6), (3.6, 3.6, 3.6))
    assert_allclose(crystal.volumes(), [ball(1.6), ball(3.6) - ball(1.6)], rtol=1e-6)
    assert repr(crystal) == (
        "Nanocrystal: CdS in Sphere(radius=1.6); ZnSe in Sphere(radius=3.6); environment toluene"
    )


def test_voxels_are_those_of_the_solids():
    crystal = core_shell()
    voxels = crystal.voxelise(crystal.grid(0.4))
    assert voxels.regions == 3
    centre = tuple(n // 2 for n in voxels.grid.shape)
    assert voxels.labels()[centre] == 0
    assert voxels.labels()[0, 0, 0] == 2


@settings(deadline=None, max_examples=40)
@given(
    spacing=st.floats(0.08, 0.8),
    margin=st.none() | st.floats(0.0, 3.0),
    center=st.tuples(*[st.floats(-5, 5)] * 3),
    hard=st.booleans(),
)
def test_grid_is_centred_large_enough_and_coarsens(spacing, margin, center, hard):
    environment = hd.HardWall() if hard else "hexane"
    solid = hd.Ellipsoid((0.9, 1.4, 2.0), center=center)
    crystal = hd.Nanocrystal([("CdSe", solid)], environment=environment)
    grid = crystal.grid(spacing, margin=margin)
    room = margin if margin is not None else (2 * spacing if hard else 1.0)
    assert grid.spacing == (spacing,) * 3
    for axis in range(3):
        nodes = grid.axes()[axis]
        assert nodes[len(nodes) // 2] == pytest.approx(center[axis], abs=1e-9)
        low, high = nodes[0] - spacing, nodes[-1] + spacing
        assert low <= center[axis] - (0.9, 1.4, 2.0)[axis] - room + 1e-8
        assert high >= center[axis] + (0.9, 1.4, 2.0)[axis] + room - 1e-8
    coarse = grid.coarsened()
    assert coarse is not None
    assert coarse.coarsened() is not None


@pytest.mark.parametrize("width", [0.4, [0.4]])
def test_graded_interface_is_a_staircase_of_alloys(width):
    crystal = core_shell(graded=width, graded_steps=4)
    inner, *alloys, outer = crystal.regions
    assert (inner.material.name, outer.material.name) == ("CdS", "ZnSe")
    radii = [-r.solid.signed_distance((0, 0, 0)) for r in crystal.regions]
    assert_allclose(radii, [1.4, 1.5, 1.6, 1.7, 1.8, 3.6])
    # The composition is linear, so the permittivity climbs from one material to the other.
    steps = np.diff([inner.material.permittivity, *[a.material.permittivity for a in alloys]])
    assert np.all(steps * (outer.material.permittivity - inner.material.permittivity) > 0)
    assert crystal.volumes().sum() == pytest.approx(ball(3.6), rel=1e-6)
    assert "graded over 0.4 nm" in repr(crystal)


def test_each_interface_can_have_its_own_width():
    layers = [("CdSe", hd.Sphere(1.5)), ("CdS", hd.Sphere(2.5)), ("ZnS", hd.Sphere(3.2))]
    crystal = hd.Nanocrystal(layers, graded=(None, 0.3), graded_steps=2)
    radii = [-r.solid.signed_distance((0, 0, 0)) for r in crystal.regions]
    assert_allclose(radii, [1.5, 2.35, 2.5, 2.65, 3.2])


@pytest.mark.parametrize(
    ("solids", "thickest", "thinnest"),
    [
        ((hd.Sphere(1.0), hd.Sphere(1.003)), 0.003, 0.003),
        ((hd.Box(2.0), hd.Box(2.0).grow(0.01)), 0.01, 0.01),
        ((hd.Sphere(1.0), hd.Sphere(1.5, center=(0.4, 0, 0))), 0.9, 0.1),
        ((hd.Sphere(1.0), hd.Sphere(1.0, center=(3, 0, 0))), 2.0, 0.0),
        ((hd.Sphere(1.0), hd.Sphere(1.0)), 0.0, 0.0),
        ((hd.Sphere(2.0), hd.Sphere(1.0)), 0.0, 0.0),
    ],
)
def test_layer_thickness(solids, thickest, thinnest):
    layer = measure_layers(solids)[1]
    assert layer.thickest == pytest.approx(thickest, rel=2e-3, abs=1e-9)
    assert layer.thinnest == pytest.approx(thinnest, rel=2e-2, abs=1e-9)
    assert layer.empty == (thickest == 0.0)


def test_core_may_poke_out_of_its_shell():
    crystal = hd.Nanocrystal([("CdSe", hd.Sphere(1.5)), ("CdS", hd.Box((2.0, 2.0, 8.0)))])
    assert crystal.bounding_box == ((-1.5, -1.5, -4.0), (1.5, 1.5, 4.0))


SPHERES = [("CdS", hd.Sphere(1.6)), ("ZnSe", hd.Sphere(3.6))]


@pytest.mark.parametrize(
    ("layers", "options", "error", "message"),
    [
        ([("CdZ", hd.Sphere(1.0))], {}, ValueError, "CdZ"),
        ([], {}, ValueError, "at least one"),
        (SPHERES[::-1], {}, ValueError, r"layer 1 \(CdS in Sphere\(radius=1.6\)\) has no volume"),
        ([SPHERES[0], SPHERES[0]], {}, ValueError, "layer 1 .* has no volume"),
        (
            [("CdS", hd.Sphere(1.0) & hd.Sphere(1.0, center=(3, 0, 0)))],
            {},
            ValueError,
            "its solid is empty",
        ),
        ([("CdS", 1.6)], {}, TypeError, "solid of layer 0 must be a Solid, got 1.6"),
        ([(1.6, hd.Sphere(1.6))], {}, TypeError, "material of layer 0 must be a Material"),
        (["CdS"], {}, TypeError, "layer 0 must be a pair"),
        (SPHERES, {"environment": 2.0}, TypeError, "environment must be a name"),
        (SPHERES, {"environment": "tolune"}, ValueError, "toluene"),
        (SPHERES, {"graded": -0.5}, ValueError, r"graded\[0\] must be positive"),
        (SPHERES, {"graded": (0.5, 0.5)}, ValueError, "one width for each of the 1 interfaces"),
        (SPHERES, {"graded": 4.0}, ValueError, "choose a smaller width"),
        (SPHERES, {"graded": 0.5, "graded_steps": 0}, ValueError, "graded_steps must be"),
        (SPHERES[:1], {"graded": 0.5}, ValueError, "at least two layers"),
    ],
)
def test_bad_nanocrystals_are_explained(layers, options, error, message):
    with pytest.raises(error, match=message):
        hd.Nanocrystal(layers, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"spacing": 2.0}, r"too coarse for the smallest feature.*1\.6 nm \(radius of layer 0"),
        ({"spacing": 0.0}, "spacing must be positive"),
        ({"spacing": float("nan")}, "spacing must be finite"),
        ({"spacing": 0.2, "margin": -1.0}, "margin must not be negative"),
    ],
)
def test_bad_grids_are_explained(arguments, message):
    with pytest.raises(ValueError, match=message):
        core_shell().grid(**arguments)


def test_spacing_too_coarse_for_a_thin_shell():
    crystal = hd.Nanocrystal([("CdS", hd.Sphere(2.0)), ("ZnS", hd.Sphere(2.15))])
    with pytest.raises(ValueError, match=r"0\.15 nm \(thickness of layer 1.*better 0\.075 nm"):
        crystal.grid(0.2)
    assert crystal.grid(0.15).spacing[0] == 0.15
