"""Both solvers against charges in the volume of another scheme, dense and with sharp edges."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from coulomb_stand_ins import material, shifted, sphere_image, states
from test_numbers_of_nodes import ball
from volume_solver import VolumeSolver, lattice_green

import heterodot as hd
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.interface_charges import find_interfaces
from heterodot.units import COULOMB_CONSTANT

INSIDE, OUTSIDE, RADIUS = 8.0, 2.0, 0.9
SOLIDS = {
    "box": (hd.Box((3.6, 3.6, 3.6)), [(0.0, 0.0, 0.0), (0.6, 0.6, 0.6)], 46.656),
    "cylinder": (hd.Cylinder(1.8, 4.0), [(0.0, 0.0, 0.0), (0.5, 0.3, -0.8)], np.pi * 1.8**2 * 4.0),
}


def test_the_lattice_function():
    """Its seven-point Laplacian is one node, and far away it is 1/r."""
    green = lattice_green((24, 24, 24), 1.0)
    laplacian = green[1, 0, 0] * 6 - 6 * green[0, 0, 0]
    assert laplacian == pytest.approx(-4 * np.pi, rel=1e-6)
    assert green[0, 0, 0] == pytest.approx(4 * np.pi * 0.252731009858663, rel=1e-6)  # G. N. Watson
    assert green[14, 13, 15] == pytest.approx(1 / np.linalg.norm((14, 13, 15)), rel=1e-3)


def test_the_volume_solution_is_of_second_order():
    """A charge off the centre of a sphere."""
    center, radius = (0.31, -0.62, 0.68), 2.0
    exact = COULOMB_CONSTANT * sphere_image(center, center, INSIDE, OUTSIDE, radius)
    errors = []
    for spacing in (0.4, 0.25):
        solver = VolumeSolver(hd.Sphere(radius), INSIDE, OUTSIDE, spacing)
        density = ball(solver.grid, RADIUS, center)[0] ** 2
        errors.append(abs(solver.polarisation(density) - exact) / exact)
    assert errors[1] < 0.005
    assert np.log(errors[0] / errors[1]) / np.log(0.4 / 0.25) > 1.5


@cache
def volume_polarisations(solid):
    """Return the energy of every charge in a solid with the charges that it induces, in eV."""
    shape, centers, _ = SOLIDS[solid]
    solver = VolumeSolver(shape, INSIDE, OUTSIDE, 0.3)
    return [solver.polarisation(ball(solver.grid, RADIUS, center)[0] ** 2) for center in centers]


@pytest.mark.parametrize("kind", ["surface", "volume"])
@pytest.mark.parametrize("solid", ["box", pytest.param("cylinder", marks=pytest.mark.slow)])
def test_charges_in_edged_solids(solid, kind):
    """Within half a percent of the polarisation."""
    shape, centers, _ = SOLIDS[solid]
    dot = hd.Nanocrystal([(material("m", INSIDE), shape)], environment=hd.HardWall(OUTSIDE))
    grid = shifted(dot.grid(0.25))
    functions = np.stack([ball(grid, RADIUS, center) for center in centers])
    dot_states = states(dot, functions, functions, grid)
    found = hd.coulomb(dot_states, self_polarisation=False, solver=kind)
    bare = hd.coulomb(dot_states, INSIDE)
    for n, volume in enumerate(volume_polarisations(solid)):
        induced = found.direct("ee", 2 * n, 2 * n + 1) - bare.direct("ee", 2 * n, 2 * n + 1)
        assert induced == pytest.approx(volume, rel=5e-3)


@pytest.mark.parametrize("solid", SOLIDS)
def test_rounded_edges_keep_the_volume(solid):
    shape, _, volume = SOLIDS[solid]
    dot = hd.Nanocrystal([(material("m", INSIDE), shape)], environment=hd.HardWall(OUTSIDE))
    surface = find_interfaces(read_dielectric(dot, "static"))[0].surface
    enclosed = surface.areas @ np.sum(surface.normals * surface.centers, axis=1) / 3
    assert enclosed == pytest.approx(volume, rel=0.01)
