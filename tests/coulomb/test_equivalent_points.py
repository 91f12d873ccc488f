"""Symmetries of solids save boundary-element solutions and change no potential."""

from __future__ import annotations

import numpy as np
import pytest

import heterodot as hd
from heterodot.electrostatics import self_polarisation
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.equivalent_points import EquivalentPoints
from heterodot.electrostatics.interface_charges import find_interfaces


def symmetries(*solids, center=(0.0, 0.0, 0.0), steps=(0.5, 0.5, 0.5)):
    dot = hd.Nanocrystal([("CdSe", solids[0]), *[("CdS", s) for s in solids[1:]]], "toluene")
    dielectric = read_dielectric(dot, "static")
    found = find_interfaces(dielectric, 0.2)
    return EquivalentPoints(dielectric.solids, found, np.array(center), np.array(steps))


@pytest.mark.parametrize(
    ("solids", "mirrored", "exchanged"),
    [
        ((hd.Sphere(2.0),), [0, 1, 2], [0, 1, 2]),
        ((hd.Capsule(1.5, 8.0),), [0, 1, 2], [0, 1]),
        ((hd.Box((2.0, 3.0, 4.0)),), [0, 1, 2], []),
        ((hd.Sphere(2.0, center=(0.3, 0.0, 0.0)),), [1, 2], [1, 2]),
        ((hd.Sphere(1.0, center=(0.3, 0.0, 0.0)), hd.Sphere(2.0)), [1, 2], [1, 2]),
        ((hd.Box((2.0, 3.0, 4.0)).rotate(33.0, (1, 2, 3)),), [], []),
    ],
)
def test_mirror_planes_and_exchanges_are_found(solids, mirrored, exchanged):
    found = symmetries(*solids)
    assert found.mirrored == mirrored
    assert found.exchanged == exchanged


def test_axes_of_different_spacings_are_not_exchanged():
    assert symmetries(hd.Sphere(2.0), steps=(0.5, 0.5, 0.4)).exchanged == [0, 1]


def test_points_find_their_representatives():
    found = symmetries(hd.Sphere(2.0))
    points = np.array([[1, -2, 3], [-3, 2, 1], [0, 0, 1], [2, 2, 2]])
    different, number = found.representatives(points)
    np.testing.assert_array_equal(different[number], [[1, 2, 3], [1, 2, 3], [0, 0, 1], [2, 2, 2]])
    assert len(different) == 3


@pytest.mark.parametrize("solid", [hd.Sphere(2.0), hd.Capsule(1.5, 5.0)], ids=["sphere", "rod"])
def test_the_potential_is_that_of_all_points_one_by_one(solid, monkeypatch):
    dot = hd.Nanocrystal([("CdSe", solid)], "toluene")
    spacing = 0.31
    shape = tuple(int(np.ceil(w / spacing)) + 3 for w in np.ptp(dot.bounding_box, axis=0))
    origin = tuple(-0.5 * spacing * (n - 1) for n in shape)
    grid = hd.Grid(shape, origin, (spacing,) * 3)
    folded = hd.self_polarisation_potential(dot, grid)

    class Alone(EquivalentPoints):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.mirrored, self.exchanged = [], []

    monkeypatch.setattr(self_polarisation, "EquivalentPoints", Alone)
    alone = hd.self_polarisation_potential(dot, grid)
    # The panels have not quite the symmetry of the solid: equivalent points differ by as much.
    scatter = (
        max(np.abs(alone - np.flip(alone, axis)).max() for axis in range(3))
        + np.abs(alone - alone.swapaxes(0, 1)).max()
    )
    assert 0 < scatter < 2e-3
    np.testing.assert_allclose(folded, alone, atol=scatter)
    np.testing.assert_allclose(folded.mean(), alone.mean(), atol=1e-5)
