"""Meshes and labelled voxels against the shapes they stand for."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

import heterodot as hd
from heterodot import _core

CUBE = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])


def hull(points):
    """Vertices and outward faces of the convex hull of points."""
    found = ConvexHull(points)
    faces = found.simplices.copy()
    a, b, c = (points[faces[:, i]] for i in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), found.equations[:, :3]) < 0
    faces[inward] = faces[inward][:, ::-1]
    return points, faces


def ball(radius, count=2000):
    """Triangles with corners on a sphere, on a spiral."""
    k = np.arange(count) + 0.5
    z, angle = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    ring = np.sqrt(1 - z * z)
    return hull(radius * np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=-1))


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_distance_to_a_cube_and_to_a_torn_up_polyhedron(seed):
    """A box knows its distance; faces, edges and corners of the mesh must agree on the side."""
    random = np.random.default_rng(seed)
    points = random.uniform(-2, 2, (300, 3))
    expected = hd.Box(2.0).signed_distance(points)
    assert _core.mesh_distance(*hull(CUBE), points) == pytest.approx(expected, abs=1e-12)
    # Of a random convex polyhedron: inside, the distance to the nearest of its planes.
    vertices, faces = hull(random.standard_normal((20, 3)))
    planes = ConvexHull(vertices).equations
    height = (points @ planes[:, :3].T + planes[:, 3]).max(axis=1)
    found = _core.mesh_distance(vertices, faces, points)
    assert np.array_equal(found < 0, height < 0)
    inside = height < 0
    assert found[inside] == pytest.approx(height[inside], abs=1e-12)
    assert np.all(found[~inside] >= height[~inside] - 1e-12)


def test_distance_to_a_mesh_that_is_not_convex():
    """Two boxes on top of each other, an L: the union's own distance outside."""
    points = np.random.default_rng(0).uniform(-3, 3, (2000, 3))
    corners = np.array([(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)], float)
    bottom = np.column_stack([corners, np.zeros(6)])
    vertices = np.concatenate([bottom, bottom + (0, 0, 1)])
    triangles = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5)]
    faces = [t[::-1] for t in triangles] + [tuple(6 + i for i in t) for t in triangles]
    for i in range(6):
        j = (i + 1) % 6
        faces += [(i, j, 6 + j), (i, 6 + j, 6 + i)]
    union = hd.Box((2, 1, 1), center=(1, 0.5, 0.5)) | hd.Box((1, 2, 1), center=(0.5, 1, 0.5))
    found = _core.mesh_distance(vertices, np.array(faces), points)
    expected = union.signed_distance(points)
    outside = expected > 0
    assert np.array_equal(found > 0, outside)
    assert found[outside] == pytest.approx(expected[outside], abs=1e-12)


def test_levels_of_a_ball_of_triangles_are_those_of_a_sphere():
    """2000 corners on a sphere of 2 nm: as deep inside it as the triangles are, 0.001 nm on average."""
    mesh = hd.Mesh(*ball(2.0), resolution=0.1)
    dot, sphere = (
        hd.Nanocrystal([("CdSe", solid)], environment=hd.HardWall())
        for solid in (mesh, hd.Sphere(2.0))
    )
    vertices, faces = ball(2.0)
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    volume = np.sum(a * np.cross(b, c)) / 6
    assert dot.volumes()[0] == pytest.approx(volume, rel=1e-4)
    found, exact = (
        hd.solve(hd.Hamiltonian(d, spacing=0.25), 2, 0, progress=False).electrons.energies[0]
        for d in (dot, sphere)
    )
    edge = dot.regions[0].material.conduction_edge
    ratio = (found - edge) / (exact - edge)
    assert ratio == pytest.approx((volume / (4 / 3 * np.pi * 8)) ** (-2 / 3), abs=3e-4)


def test_meshes_are_pickled_and_combined():
    mesh = hd.Mesh(*hull(CUBE), resolution=0.1)
    again = pickle.loads(pickle.dumps(mesh & hd.Sphere(1.2)))
    points = np.random.default_rng(1).uniform(-1.3, 1.3, (200, 3))
    expected = (mesh & hd.Sphere(1.2)).signed_distance(points)
    np.testing.assert_array_equal(again.signed_distance(points), expected)


def test_faces_may_all_turn_the_other_way_and_repeat_corners():
    vertices, faces = hull(CUBE)
    mesh = hd.Mesh(vertices[faces].reshape(-1, 3), np.arange(36).reshape(12, 3)[:, ::-1], 0.1)
    assert mesh.contains((0.0, 0.0, 0.9))
    assert not mesh.contains((0.0, 0.0, 1.1))


def test_open_and_senseless_meshes_are_refused():
    vertices, faces = hull(CUBE)
    with pytest.raises(ValueError, match="not closed"):
        hd.Mesh(vertices, faces[1:])
    turned = faces.copy()
    turned[0] = turned[0, ::-1]
    with pytest.raises(ValueError, match="turn different ways"):
        hd.Mesh(vertices, turned)
    with pytest.raises(ValueError, match="8 vertices"):
        hd.Mesh(vertices, faces + 5)
    with pytest.raises(ValueError, match="shape"):
        hd.Mesh(vertices[:, :2], faces)
    with pytest.raises(ValueError, match="finite"):
        hd.Mesh(np.where(vertices > 0, np.nan, vertices), faces)
    with pytest.raises(TypeError, match="whole"):
        hd.Mesh(vertices, faces.astype(float))


def test_mesh_from_a_file(tmp_path):
    pytest.importorskip("trimesh")
    vertices, faces = hull(CUBE)
    lines = ["solid cube"]
    for corners in 10 * vertices[faces]:
        lines += ["facet normal 0 0 0", "outer loop"]
        lines += ["vertex {} {} {}".format(*corner) for corner in corners]
        lines += ["endloop", "endfacet"]
    path = tmp_path / "cube.stl"
    path.write_text("\n".join([*lines, "endsolid cube", ""]))
    mesh = hd.Mesh.from_file(path, unit=0.1, resolution=0.1)
    points = np.random.default_rng(2).uniform(-1.5, 1.5, (100, 3))
    expected = hd.Mesh(vertices, faces, resolution=0.1).signed_distance(points)
    assert mesh.signed_distance(points) == pytest.approx(expected, abs=1e-6)


def labels_of(solids, spacing, count):
    axis = spacing * (np.arange(count) - (count - 1) / 2)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    labels = np.zeros((count,) * 3, int)
    for number, solid in reversed(list(enumerate(solids, 1))):
        labels[solid.contains(points)] = number
    return labels


def test_labels_of_a_core_and_a_shell():
    """Voxels of 0.2 nm: surfaces within half a voxel, a seventh on average, volumes within 1 %."""
    solids = [hd.Sphere(1.5, center=(0.3, 0.0, 0.0)), hd.Ellipsoid((2.6, 2.2, 2.4))]
    labels = labels_of(solids, 0.2, 31)
    found = hd.labelled_solids(labels, 0.2)
    dot = hd.Nanocrystal(list(zip(("CdS", "ZnSe"), found, strict=True)))
    exact = hd.Nanocrystal(list(zip(("CdS", "ZnSe"), solids, strict=True)))
    assert dot.volumes() == pytest.approx(exact.volumes(), rel=0.01)
    directions = np.random.default_rng(3).standard_normal((200, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    for solid, other, reach in ((found[0], solids[0], 1.2), (found[1], solids[1], 2.0)):
        points = (0.3, 0.0, 0.0) + reach * directions
        errors = np.abs(solid.signed_distance(points) - other.signed_distance(points))
        assert errors.max() < 0.1
        assert errors.mean() < 0.03


def test_labels_that_make_no_sense():
    with pytest.raises(ValueError, match="without gaps"):
        hd.labelled_solids(2 * np.ones((3, 3, 3), int), 0.2)
    with pytest.raises(ValueError, match="no solid"):
        hd.labelled_solids(np.zeros((3, 3, 3), int), 0.2)
    with pytest.raises(ValueError, match="whole numbers"):
        hd.labelled_solids(np.ones((3, 3, 3)), 0.2)
    with pytest.raises(ValueError, match="spacing"):
        hd.labelled_solids(np.ones((3, 3, 3), int), -0.2)
