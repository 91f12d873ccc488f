"""Region fractions, interface normals and cut legs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import heterodot as hd
from heterodot.geometry.voxels import Voxels

OFFSET = (0.013, 0.027, -0.041)


def cube_grid(spacing, n, shift=OFFSET):
    origin = tuple(-0.5 * (n - 1) * spacing + s for s in shift)
    return hd.Grid((n, n, n), origin, (spacing,) * 3)


def refined_fractions(solids, grid, times=8):
    """Fractions of the boxes of a grid, averaged from boxes that are so many times smaller."""
    h = grid.spacing[0] / times
    origin = tuple(o - 0.5 * grid.spacing[0] + 0.5 * h for o in grid.origin)
    shape = tuple(times * n for n in grid.shape)
    fine = Voxels(hd.Grid(shape, origin, (h,) * 3), solids).fractions()
    blocks = [len(fine)]
    for n in grid.shape:
        blocks += [n, times]
    return fine.reshape(blocks).mean(axis=(2, 4, 6))


@pytest.mark.parametrize(
    ("solids", "tolerance"),
    [
        ([hd.Sphere(1.6)], 2e-5),
        ([hd.Sphere(1.2), hd.Sphere(1.25), hd.Sphere(1.6)], 2e-5),
        ([hd.Ellipsoid((0.9, 1.3, 1.7))], 2e-5),
        ([hd.Box((2, 2.5, 3)).rotate(33, (1, 2, 3))], 1e-4),
        ([hd.Sphere(1.2), hd.Sphere(1.2, center=(0.4, 0, 0))], 3e-4),  # a core that pokes out
        ([hd.Sphere(1.5) - hd.Cylinder(0.6, 5)], 3e-4),
    ],
)
@pytest.mark.parametrize("spacing", [0.4, 0.2])
def test_every_fraction_agrees_with_finer_boxes(solids, tolerance, spacing):
    grid = cube_grid(spacing, int(3.8 / spacing))
    found = Voxels(grid, solids).fractions()
    assert_allclose(found, refined_fractions(solids, grid), atol=tolerance)


def test_flat_interfaces_on_the_grid_are_exact():
    box = hd.Box((2.0, 1.2, 0.9))
    fractions = Voxels(cube_grid(0.25, 15, shift=(0, 0, 0)), [box]).fractions()[0]
    along_x, along_y, along_z = fractions[:, 7, 7], fractions[7, :, 7], fractions[7, 7, :]
    assert_allclose(along_x.sum() * 0.25, 2.0, atol=1e-12)
    assert_allclose(along_y.sum() * 0.25, 1.2, atol=1e-12)
    assert_allclose(along_z.sum() * 0.25, 0.9, atol=1e-12)


def test_sphere_volume_converges_to_rounding_level_of_the_method():
    exact = 4 / 3 * np.pi * 1.6**3
    for spacing, tolerance in ((0.8, 1e-7), (0.4, 3e-8), (0.2, 3e-8), (0.1, 3e-8)):
        found = Voxels(cube_grid(spacing, int(4 / spacing)), [hd.Sphere(1.6)]).volumes()[0]
        assert found == pytest.approx(exact, rel=tolerance)


def test_error_of_one_cut_falls_faster_than_third_order():
    """Small boxes are cut only once: there the order of the single cut shows."""
    errors = []
    for spacing in (0.04, 0.02):  # boxes of a sphere of 4 nm, all around (4, 0, 0) nm turned
        centre = 4.0 * np.array([0.36, 0.48, 0.8])
        shape = (6, 6, 6)
        origin = tuple(centre - 2.5 * spacing)
        grid = hd.Grid(shape, origin, (spacing,) * 3)
        solids = [hd.Sphere(4.0)]
        found = Voxels(grid, solids).fractions()[0]
        errors.append(np.abs(found - refined_fractions(solids, grid)[0]).mean())
    assert errors[0] < 1e-6
    assert errors[1] < errors[0] / 3.5  # second order in the fraction: fifth in the volume


@settings(deadline=None, max_examples=15)
@given(
    radii=st.lists(st.floats(0.3, 1.8), min_size=1, max_size=4),
    shift=st.tuples(*[st.floats(-0.3, 0.3)] * 3),
    place=st.integers(0, 7),
)
def test_fractions_are_a_partition(radii, shift, place):
    solids = [hd.Sphere(r, center=shift) for r in radii]
    fractions = Voxels(cube_grid(0.3, 15), solids).fractions(place)
    assert fractions.min() >= 0.0
    assert fractions.max() <= 1.0
    assert_allclose(fractions.sum(axis=0), 1.0, atol=1e-14)


@pytest.fixture(scope="module")
def in_the_middle():
    solids = [hd.Ellipsoid((0.5, 0.6, 0.7)), hd.Capsule(0.8, 2.0)]
    grid = cube_grid(0.25, 17)
    return solids, grid, Voxels(grid, solids).fractions()


@settings(deadline=None, max_examples=6)
@given(steps=st.tuples(*[st.integers(-2, 2)] * 3))
def test_moving_by_whole_steps_moves_the_fractions(in_the_middle, steps):
    solids, grid, before = in_the_middle
    moved = [s.translate(tuple(0.25 * n for n in steps)) for s in solids]
    after = Voxels(grid, moved).fractions()
    assert_allclose(after, np.roll(before, steps, axis=(1, 2, 3)), atol=1e-11)


def test_quarter_turns_turn_fractions_and_normals():
    solids = [hd.Ellipsoid((0.5, 0.6, 0.7)), hd.Cone(1.3, 2.0)]
    grid = cube_grid(0.25, 13, shift=(0, 0, 0))
    plain = Voxels(grid, solids)
    turned = Voxels(grid, [s.rotate(90, axis=(1, 0, 0)) for s in solids])
    for place, turned_place in ((0, 0), (1, 1), (4, 2)):  # z-faces become y-faces
        # (x, y, z) -> (x, -z, y): the new z index is the old y index.
        expected = plain.fractions(place).transpose(0, 1, 3, 2)[:, :, ::-1, :]
        found = turned.fractions(turned_place)
        if turned_place == 2:  # the faces at +h/2 mirror to those at -h/2, one index lower
            expected, found = expected[:, :, 1:, :], found[:, :, :-1, :]
        assert_allclose(found, expected, atol=1e-9)
    normals = plain.normals().transpose(0, 2, 1, 3)[:, ::-1]
    expected = np.stack([normals[..., 0], -normals[..., 2], normals[..., 1]], axis=-1)
    assert_allclose(turned.normals(), expected, atol=1e-6)


@pytest.mark.parametrize("place", range(8))
def test_places_are_shifted_grids(place):
    solids = [hd.Sphere(0.9), hd.Box(2.3).rotate(20, (1, 1, 0))]
    grid = cube_grid(0.3, 13)
    origin = tuple(o + 0.15 * (place >> a & 1) for a, o in enumerate(grid.origin))
    shifted = hd.Grid(grid.shape, origin, grid.spacing)
    assert_allclose(
        Voxels(grid, solids).fractions(place), Voxels(shifted, solids).fractions(), atol=1e-12
    )


def test_one_layer_beyond_the_nodes_is_there():
    grid = cube_grid(0.3, 9)
    larger = hd.Grid((11, 11, 11), tuple(o - 0.3 for o in grid.origin), grid.spacing)
    solids = [hd.Sphere(1.25)]  # reaches beyond the last nodes
    with_margin = Voxels(grid, solids).compiled.fractions(0, with_margin=True)
    assert_allclose(with_margin, Voxels(larger, solids).fractions(), atol=1e-12)


def test_complementary_solids_have_complementary_fractions():
    a, b = hd.Sphere(1.2), hd.Box(1.7, center=(0.5, 0.2, 0.1))
    grid = cube_grid(0.2, 21)

    def filled(solid):
        return Voxels(grid, [solid]).fractions()[0]

    assert_allclose(filled(a | b) + filled(a & b), filled(a) + filled(b), atol=2e-3)
    assert_allclose(filled(a - b) + filled(a & b), filled(a), atol=2e-3)
    # What b adds to a is b without a.
    added = Voxels(grid, [a, b]).fractions()[1]
    assert_allclose(added, filled(b - a), atol=2e-3)
    volume = added.sum() * grid.cell_volume
    assert volume == pytest.approx(filled(b - a).sum() * grid.cell_volume, rel=1e-4)


@pytest.mark.parametrize("thickness", [0.1, 0.02, 1e-3])
def test_shells_thinner_than_a_box_keep_their_volume(thickness):
    solids = [hd.Sphere(1.2), hd.Sphere(1.2 + thickness), hd.Sphere(1.2 + 2 * thickness)]
    volumes = Voxels(cube_grid(0.25, 13), solids).volumes()
    radii = np.array([1.2, 1.2 + thickness, 1.2 + 2 * thickness])
    exact = np.diff(4 / 3 * np.pi * radii**3)
    assert_allclose(volumes[1:3], exact, rtol=2e-7 / thickness)


def test_thin_plate_between_two_nodes_is_found():
    plate = hd.Box((1.0, 1.0, 0.05), center=(0, 0, 0.11))
    volume = Voxels(cube_grid(0.25, 9, shift=(0, 0, 0)), [plate]).volumes()[0]
    assert volume == pytest.approx(0.05, rel=1e-3)


def test_normals_of_spheres_point_outwards():
    grid = cube_grid(0.2, 21)
    for radius, solids in ((1.6, [hd.Sphere(1.6)]), (1.61, [hd.Sphere(1.59), hd.Sphere(1.63)])):
        normals = Voxels(grid, solids).normals()
        cut = np.linalg.norm(normals, axis=-1) > 0
        x, y, z = grid.axes()
        position = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)[cut]
        radial = position / np.linalg.norm(position, axis=-1)[:, None]
        assert_allclose(np.linalg.norm(normals[cut], axis=-1), 1.0, atol=1e-12)
        # A box's mean normal is that of its piece of surface, which may lie beside its centre.
        assert np.all(np.sum(normals[cut] * radial, axis=-1) > np.cos(0.12 * 1.6 / radius))
    inner = Voxels(cube_grid(0.02, 31, shift=(1.0, 1.0, 0.8)), [hd.Sphere(1.6)])
    normals = inner.normals()
    cut = np.linalg.norm(normals, axis=-1) > 0
    position = np.stack(np.meshgrid(*inner.grid.axes(), indexing="ij"), axis=-1)[cut]
    radial = position / np.linalg.norm(position, axis=-1)[:, None]
    assert_allclose(normals[cut], radial, atol=0.012)


def test_normal_is_that_of_the_interface_with_the_largest_area():
    # A plane at x = 0 and a small corner of another one at z = 0.1: x wins.
    solids = [hd.Box(4.0, center=(-2.0, 0, 0)), hd.Box(4.0, center=(0, 0, -1.9))]
    grid = hd.Grid((1, 1, 1), (0.15, 0.0, 0.0), (0.4, 0.4, 0.4))
    assert_allclose(Voxels(grid, solids).normals()[0, 0, 0], (1, 0, 0), atol=1e-9)


@settings(deadline=None, max_examples=100)
@given(direction=st.tuples(*[st.floats(-1, 1)] * 3), inner=st.floats(0, 0.999))
def test_wall_fraction_on_a_sphere_is_the_root_of_the_quadratic(direction, inner):
    norm = np.linalg.norm(direction)
    if norm < 1e-3:
        return
    a = inner * 1.3 * np.array([0.6, 0.0, 0.8])
    b = a + 2.7 * np.array(direction) / norm
    voxels = Voxels(cube_grid(0.3, 9), [hd.Sphere(0.4), hd.Sphere(1.3)])
    d = b - a
    p, q = d @ a / (d @ d), (a @ a - 1.3**2) / (d @ d)
    exact = -q / (p + np.sqrt(p * p - q)) if p > 0 else -p + np.sqrt(p * p - q)
    assert voxels.wall_fraction(a, b) == pytest.approx(exact, abs=1e-12)


def test_wall_fraction_of_a_leg_that_stays_inside_is_one():
    voxels = Voxels(cube_grid(0.3, 9), [hd.Sphere(1.3)])
    assert voxels.wall_fraction((0, 0, 0), (0.3, 0, 0)) == 1.0
    assert voxels.wall_fraction((1.0, 0, 0), (1.6, 0, 0)) == pytest.approx(0.5, abs=1e-12)


def test_nodes_on_the_surface_are_outside():
    voxels = Voxels(cube_grid(0.25, 9, shift=(0, 0, 0)), [hd.Box((1.0, 1.0, 1.0))])
    inside = voxels.inside()
    assert inside.sum() == 3**3
    assert inside[4, 4, 4]


def test_results_do_not_depend_on_the_number_of_threads():
    from heterodot import _core

    threads = _core.thread_count()
    solids = [hd.Sphere(0.9), hd.Ellipsoid((1.2, 1.3, 1.4))]
    results = []
    try:
        for count in (1, 3):
            _core.set_thread_count(count)
            voxels = Voxels(cube_grid(0.1, 31), solids)
            results.append((voxels.fractions(3), voxels.compiled.cuts(3)[1]))
    finally:
        _core.set_thread_count(threads)
    assert np.array_equal(results[0][0], results[1][0])
    assert np.array_equal(results[0][1], results[1][1])


def test_unknown_place_is_refused():
    with pytest.raises(ValueError, match="place must be a mask of half steps from 0 to 7, got 8"):
        Voxels(cube_grid(0.3, 5), [hd.Sphere(0.5)]).fractions(8)
