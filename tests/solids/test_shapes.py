"""Signed distances, bounding boxes, volumes and errors of the shapes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import heterodot as hd
from heterodot.geometry.voxels import Voxels

SHAPES = {
    "sphere": (hd.Sphere(1.3), 4 / 3 * np.pi * 1.3**3),
    "ellipsoid": (hd.Ellipsoid((0.9, 1.3, 1.7)), 4 / 3 * np.pi * 0.9 * 1.3 * 1.7),
    "oblate": (hd.Ellipsoid((1.6, 1.6, 0.7)), 4 / 3 * np.pi * 1.6**2 * 0.7),
    "box": (hd.Box((1.7, 2.1, 2.9)), 1.7 * 2.1 * 2.9),
    "cylinder": (hd.Cylinder(1.1, 2.7), np.pi * 1.1**2 * 2.7),
    "capsule": (hd.Capsule(0.8, 3.1), np.pi * 0.8**2 * 1.5 + 4 / 3 * np.pi * 0.8**3),
    "cone": (hd.Cone(1.4, 2.6), np.pi * 1.4**2 * 2.6 / 3),
    "frustum": (hd.Cone(1.4, 2.0, 0.6), np.pi * 2.0 * (1.4**2 + 1.4 * 0.6 + 0.6**2) / 3),
    "triangle": (hd.Prism(3, 1.4, 2.0), 3 / 2 * np.sin(2 * np.pi / 3) * 1.4**2 * 2.0),
    "hexagon": (hd.Prism(6, 1.4, 2.0), 6 / 2 * np.sin(2 * np.pi / 6) * 1.4**2 * 2.0),
    "rotated box": (
        hd.Box((1.7, 2.1, 2.9)).rotate(37.0, axis=(1, 2, 3)),
        1.7 * 2.1 * 2.9,
    ),
    "shell": (hd.Sphere(1.5) - hd.Sphere(1.4), 4 / 3 * np.pi * (1.5**3 - 1.4**3)),
    "lens": (  # two spherical caps of height 1/2
        hd.Sphere(1.0, center=(0, 0, 0.5)) & hd.Sphere(1.0, center=(0, 0, -0.5)),
        2 * np.pi * 0.25 * (3 - 0.5) / 3,
    ),
    "scaled": (hd.Sphere(1.0).scale((1.2, 0.8, 1.5)), 4 / 3 * np.pi * 1.2 * 0.8 * 1.5),
    "grown box": (  # Steiner's formula
        hd.Box(2.0).grow(0.3),
        8 + 24 * 0.3 + 3 * np.pi * 0.3**2 * 2 + 4 / 3 * np.pi * 0.3**3,
    ),
}
EXACT = ["sphere", "ellipsoid", "oblate", "box", "cylinder", "capsule", "cone", "frustum"]
EXACT += ["triangle", "hexagon", "rotated box", "grown box"]


def grid_around(solid, spacing):
    lower, upper = np.array(solid.bounding_box())
    shape = tuple(int(n) for n in np.ceil((upper - lower) / spacing) + 2)
    # Off every symmetry plane.
    origin = 0.5 * (lower + upper) - 0.5 * spacing * (np.array(shape) - 1) + (0.013, 0.027, -0.019)
    return hd.Grid(shape, tuple(origin), (spacing,) * 3)


@pytest.mark.parametrize("spacing", [0.4, 0.2, 0.1])
@pytest.mark.parametrize("name", SHAPES)
def test_volume_is_the_closed_form(name, spacing):
    solid, volume = SHAPES[name]
    found = Voxels(grid_around(solid, spacing), [solid]).volumes()[0]
    smooth = name in ("sphere", "ellipsoid", "oblate", "capsule", "shell", "scaled")
    assert found == pytest.approx(volume, rel=3e-6 if smooth else 1e-4)


@pytest.mark.parametrize("name", SHAPES)
def test_bounding_box_is_tight_and_holds_the_solid(name):
    solid, _ = SHAPES[name]
    lower, upper = np.array(solid.bounding_box())
    points = np.random.default_rng(1).uniform(-3, 3, (200_000, 3))
    inside = points[solid.contains(points)]
    assert np.all(inside >= lower)
    assert np.all(inside <= upper)
    if name != "lens":  # the box of an intersection may be loose
        assert_allclose(inside.min(axis=0), lower, atol=0.25)
        assert_allclose(inside.max(axis=0), upper, atol=0.25)


@pytest.mark.parametrize("name", EXACT)
def test_signed_distance_is_the_distance_to_the_nearest_surface_point(name):
    """Stepping by the distance along its gradient lands on the surface, and never crosses it."""
    solid, _ = SHAPES[name]
    points = np.random.default_rng(2).uniform(-2.5, 2.5, (4000, 3))
    distance = solid.signed_distance(points)
    step = 1e-6
    gradient = np.stack(
        [
            (solid.signed_distance(points + step * e) - solid.signed_distance(points - step * e))
            / (2 * step)
            for e in np.eye(3)
        ],
        axis=-1,
    )
    regular = np.abs(np.linalg.norm(gradient, axis=-1) - 1) < 1e-6  # off the medial axis
    assert regular.mean() > 0.99
    feet = points - distance[:, None] * gradient
    assert np.abs(solid.signed_distance(feet[regular])).max() < 2e-6
    directions = np.random.default_rng(3).normal(size=(4000, 3))
    directions /= np.linalg.norm(directions, axis=-1)[:, None]
    nearby = solid.signed_distance(points + 0.999 * np.abs(distance)[:, None] * directions)
    assert np.all(np.sign(nearby) == np.sign(distance))


def test_ellipsoid_distance_near_its_medial_plane():
    solid = hd.Ellipsoid((1.0, 2.0, 3.0))
    points = np.random.default_rng(4).uniform(-3, 3, (3000, 3))
    points[:1000, 0] = 0.0
    points[1000:2000, 0] *= 1e-16
    distance = solid.signed_distance(points)
    assert np.all(np.isfinite(distance))
    shifted = solid.signed_distance(points + (1e-9, 0, 0))
    assert np.abs(shifted - distance).max() <= 1.01e-9
    assert solid.signed_distance((0, 0, 0)) == -1.0


vectors = st.tuples(*[st.floats(-2, 2)] * 3)


@settings(deadline=None, max_examples=30)
@given(shift=vectors, angle=st.floats(-180, 180), factor=st.floats(0.3, 3))
@pytest.mark.parametrize("name", ["ellipsoid", "cone", "hexagon", "shell"])
def test_moving_solid_and_point_together_changes_nothing(name, shift, angle, factor):
    solid, _ = SHAPES[name]
    points = np.random.default_rng(5).uniform(-2, 2, (50, 3))
    before = solid.signed_distance(points)
    assert_allclose(solid.translate(shift).signed_distance(points + shift), before, atol=1e-12)
    assert_allclose(solid.scale(factor).signed_distance(factor * points), factor * before, 1e-11)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turned = points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    assert_allclose(solid.rotate(angle).signed_distance(turned), before, atol=1e-12)


def test_set_operations():
    a, b = hd.Sphere(1.0), hd.Box(1.7, center=(0.5, 0.2, 0.0))
    points = np.random.default_rng(6).uniform(-2, 2, (5000, 3))
    in_a, in_b = a.contains(points), b.contains(points)
    assert np.array_equal((a | b).contains(points), in_a | in_b)
    assert np.array_equal((a & b).contains(points), in_a & in_b)
    assert np.array_equal((a - b).contains(points), in_a & ~in_b)


def test_tetrapod_arms_reach_along_the_tetrahedral_directions():
    for rounded in (True, False):
        solid = hd.Tetrapod(1.0, 0.4, 3.0, rounded=rounded)
        tips = 3.0 / np.sqrt(3) * np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)])
        assert_allclose(solid.signed_distance(tips), 0.0, atol=1e-14)
        assert_allclose(solid.signed_distance(-tips), 2.0, atol=1e-14)


def test_implicit_agrees_with_the_ellipsoid():
    def function(x, y, z):
        return (x / 0.9) ** 2 + (y / 1.3) ** 2 + (z / 1.7) ** 2 - 1

    bounds = ((-1.2, -1.6, -2.0), (1.2, 1.6, 2.0))
    exact = hd.Ellipsoid((0.9, 1.3, 1.7))
    points = np.random.default_rng(7).uniform(-2, 2, (5000, 3))
    points = points[np.abs(exact.signed_distance(points)) < 0.2]
    errors = []
    for resolution in (0.1, 0.05):
        solid = hd.Implicit(function, bounds, resolution=resolution)
        errors.append(np.abs(solid.signed_distance(points) - exact.signed_distance(points)).max())
        assert_allclose(solid.bounding_box(), exact.bounding_box(), atol=1e-3)
    assert errors[1] < 1e-4
    assert errors[1] < errors[0] / 4
    found = Voxels(grid_around(solid, 0.2), [solid]).volumes()[0]
    assert found == pytest.approx(4 / 3 * np.pi * 0.9 * 1.3 * 1.7, rel=2e-5)


@pytest.mark.parametrize("name", SHAPES)
def test_repr_builds_the_solid_again(name):
    solid, _ = SHAPES[name]
    again = eval(repr(solid), {k: getattr(hd, k) for k in hd.__all__})
    points = np.random.default_rng(8).uniform(-2, 2, (100, 3))
    assert_allclose(again.signed_distance(points), solid.signed_distance(points), atol=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: hd.Sphere(-1.0), ValueError, r"radius must be positive \(nm\), got -1"),
        (lambda: hd.Sphere(0.0), ValueError, "radius must be positive"),
        (lambda: hd.Sphere(float("nan")), ValueError, "radius must be finite, got nan"),
        (lambda: hd.Sphere("big"), TypeError, "radius must be a number, got 'big'"),
        (lambda: hd.Sphere(1, center=(0, 0)), ValueError, "center must be three numbers"),
        (lambda: hd.Ellipsoid((1, -2, 3)), ValueError, r"semi_axes\[1\] must be positive"),
        (lambda: hd.Box((1, 2, float("inf"))), ValueError, r"lengths\[2\] must be finite"),
        (lambda: hd.Cylinder(1.0, -2.0), ValueError, "length must be positive"),
        (lambda: hd.Capsule(2.0, 3.0), ValueError, r"at least twice the radius \(4 nm\), got 3"),
        (lambda: hd.Cone(1.0, 2.0, -0.1), ValueError, "top_radius must not be negative"),
        (lambda: hd.Prism(2, 1.0, 1.0), ValueError, "sides must be at least 3, got 2"),
        (lambda: hd.Prism(3.5, 1.0, 1.0), TypeError, "sides must be an integer"),
        (lambda: hd.Tetrapod(1.0, 0.5, 0.2), ValueError, "arm_length must be at least"),
        (lambda: hd.Sphere(1).scale(0), ValueError, "factor must be positive"),
        (lambda: hd.Sphere(1).scale((1, 2, -3)), ValueError, r"factor\[2\] must be positive"),
        (lambda: hd.Sphere(1).rotate(10, axis=(0, 0, 0)), ValueError, "zero vector"),
        (lambda: hd.Sphere(1).grow(float("nan")), ValueError, "offset must be finite"),
        (lambda: hd.Sphere(1).signed_distance((1, 2)), ValueError, r"shape \(..., 3\)"),
        (lambda: hd.Sphere(1) | 2, TypeError, "unsupported operand"),
    ],
)
def test_bad_arguments_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


BOUNDS = ((-1, -1, -1), (1, 1, 1))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x, y, z: x + 10, "nowhere negative"),
        (lambda x, y, z: x, "negative outside of the bounds"),
        (lambda x, y, z: 1.0, "must return an array of the shape"),
        (lambda x, y, z: x * np.nan, "not finite at"),
    ],
)
def test_bad_implicit_functions_are_explained(function, message):
    with pytest.raises(ValueError, match=message):
        hd.Implicit(function, BOUNDS, resolution=0.2)
