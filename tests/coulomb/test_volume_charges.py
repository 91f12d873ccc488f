"""Induced charges in the volume against closed forms, boundary elements and sharp limits."""

from __future__ import annotations

import numpy as np
import pytest
from coulomb_stand_ins import (
    Radial,
    hard_sphere,
    layered_green,
    material,
    shifted,
    sphere_image,
    spheres,
    states,
)
from radial_permittivity import RadialPermittivity
from test_ellipsoid import INSIDE, LONG, OUTSIDE, SHORT, series
from test_numbers_of_nodes import ball

import heterodot as hd
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.interface_charges import InterfaceCharges, find_interfaces
from heterodot.electrostatics.lattice import lattice_green
from heterodot.electrostatics.self_polarisation import SelfPolarisation, cutoffs
from heterodot.electrostatics.solver import chosen_solver
from heterodot.electrostatics.volume_interaction import VolumeInteraction
from heterodot.units import COULOMB_CONSTANT

MEV = 1e-3
CENTERS = [np.array(c) for c in ((0.31, -0.62, 0.68), (-0.5, 0.3, 0.2), (0.0, 0.0, 0.9))]


def polarisation(nanocrystal, spacing, centers=CENTERS, radius=0.9, grid=None):
    """Energies in eV of compact charges with the charges they induce, (n, n)."""
    interaction = VolumeInteraction(
        read_dielectric(nanocrystal, "static", graded=True),
        shifted(nanocrystal.grid(spacing)) if grid is None else grid,
        spacing,
    )
    densities = np.stack([ball(interaction.grid, radius, c)[0] ** 2 for c in centers])
    densities = densities.reshape(len(centers), -1)
    support = np.flatnonzero(densities.any(axis=0))
    found = interaction.energies(densities[:, support], support)
    return found.energies - found.bulk


def test_the_lattice_function():
    """At the origin Watson's integral; far away 1/r, whatever the spacings."""
    green = lattice_green(hd.Grid((3, 3, 3), (0.0,) * 3, (1.0,) * 3))
    assert green[0, 0, 0] == pytest.approx(4 * np.pi * 0.252731009858663, rel=1e-6)
    grid = hd.Grid((24, 24, 24), (0.0,) * 3, (0.2, 0.25, 0.3))
    green = lattice_green(grid)
    distance = np.linalg.norm([14 * 0.2, 13 * 0.25, 15 * 0.3])
    assert green[14, 13, 15] == pytest.approx(grid.cell_volume / distance, rel=2e-3)


def test_second_order_in_a_sphere():
    """Charges off the centre of a sphere of 8 amid 2 (closed form), 190 … 310 meV."""
    exact = COULOMB_CONSTANT * np.array(
        [[sphere_image(a, b, 8.0, 2.0, 2.0) for b in CENTERS] for a in CENTERS]
    )
    spacings = (0.4, 0.25, 0.16)
    errors = [np.max(np.abs(polarisation(spheres([2.0], [8.0]), h) - exact)) for h in spacings]
    assert errors[1] < 0.3 * MEV
    assert errors[2] < 0.1 * MEV
    order = np.polyfit(np.log(spacings), np.log(errors), 1)[0]
    assert order > 1.8


def test_infinity_is_exact():
    """The room around the sphere makes no difference."""
    dot = spheres([2.0], [8.0])
    small = shifted(dot.grid(0.4))
    room = tuple(n + 16 for n in small.shape)
    origin = tuple(o - 8 * 0.4 for o in small.origin)
    wide = hd.Grid(room, origin, small.spacing)
    found = [polarisation(dot, 0.4, grid=grid) for grid in (small, wide)]
    np.testing.assert_allclose(found[0], found[1], atol=0.01 * MEV)


def test_a_spheroid_has_its_harmonics():
    """Prolate, 2 and 3 nm: about 0.1 per cent of the polarisation, as with boundary elements."""
    solid = hd.Ellipsoid((SHORT, SHORT, LONG))
    dot = hd.Nanocrystal([(material("m", INSIDE), solid)], environment=hd.HardWall(OUTSIDE))
    centers = [np.array(p) for p in ((0.4, -0.5, 0.9), (-0.3, 0.6, -1.4))]
    exact = COULOMB_CONSTANT * np.array(
        [[series(a, b, INSIDE, OUTSIDE) for b in centers] for a in centers]
    )
    np.testing.assert_allclose(polarisation(dot, 0.2, centers), exact, rtol=1e-3)


def test_both_solvers_in_core_and_shell():
    """Three permittivities, charges across the inner interface: the sum of both parts."""
    dot = spheres([1.2, 2.0], [12.0, 6.0])
    grid = shifted(dot.grid(0.2))
    functions = hard_sphere(grid, 2.0)[:2, None]
    found = [
        hd.coulomb(states(dot, functions, functions, grid), self_polarisation=False, solver=solver)
        for solver in ("surface", "volume")
    ]
    assert [c.solver for c in found] == ["surface", "volume"]
    J = [[c.J_ee, c.direct("ee", 2, 2), c.direct("eh", 0, 2)] for c in found]
    np.testing.assert_allclose(J[1], J[0], atol=0.5 * MEV)
    assert np.max(np.abs(np.subtract(*J))) < found[1].error < 1.5 * MEV


def graded_image(width, inside, outside, middle, steps):
    """Potential at the centre of spheres from the charges induced there by a unit charge (1/nm)."""
    radii = middle + width * (np.arange(steps + 1) / steps - 0.5)
    shares = (np.arange(steps) + 0.5) / steps
    values = [inside, *(inside + (outside - inside) * shares), outside]
    return sum(
        (1 / after - 1 / before) / r
        for r, before, after in zip(radii, values[:-1], values[1:], strict=True)
    )


@pytest.mark.slow
@pytest.mark.parametrize("width", [0.8, 0.4, 0.1])
def test_a_graded_sphere_has_its_closed_form(width):
    """A charge at the centre: (1/ε_out - 1/ε_in)/r of every step; at last those of a sharp sphere."""
    layers = [(material("c", 12.0), hd.Sphere(1.2)), (material("s", 4.0), hd.Sphere(2.4))]
    dot = hd.Nanocrystal(layers, environment=hd.HardWall(2.0), graded=width)
    outer = (1 / 2 - 1 / 4) / 2.4
    exact = graded_image(width, 12.0, 4.0, 1.2, 6) + outer
    sharp = (1 / 4 - 1 / 12) / 1.2 + outer
    assert abs(exact - sharp) < 0.15 * width * sharp
    grid = shifted(dot.grid(0.16))
    found = polarisation(dot, 0.16, [np.zeros(3)], 0.7, grid)[0, 0]
    assert found == pytest.approx(COULOMB_CONSTANT * exact, rel=2e-3)


def test_self_polarisation_in_a_sphere():
    """1S in 8 amid 2: ∫ψ²V_s by radial quadrature, whichever solver the integrals have."""
    dot = spheres([2.0], [8.0])
    grid = shifted(dot.grid(0.25))
    functions = hard_sphere(grid, 2.0)[:1, None]
    radial = Radial([2.0])
    density = np.sin(np.pi * radial.r / 2.0) ** 2  # r² ψ²
    exact = radial.weights * radial.self_polarisation(8.0, 2.0) @ density
    for solver in ("surface", "volume"):
        c = hd.coulomb(states(dot, functions, functions, grid), solver=solver, cutoff=0.05)
        assert c.self_energy_electron[0, 0].real == pytest.approx(exact, abs=0.1 * MEV)


def graded(values, middle, outer, width):
    """Core and shell with a graded interface, and the same for the radial equation."""
    layers = [
        (material("core", values[0]), hd.Sphere(middle)),
        (material("shell", values[1]), hd.Sphere(outer)),
    ]
    dot = hd.Nanocrystal(layers, environment=hd.HardWall(values[2]), graded=width)
    return dot, RadialPermittivity(values, middle, width, outer)


def test_the_radial_equation():
    """Without a step, and with a steep one: the multipoles of sharp spheres."""
    first, second = np.array([0.5, -0.3, 0.4]), np.array([0.2, 0.7, -0.4])
    uniform = RadialPermittivity((12.0, 12.0, 2.0), 1.2, 0.4, 2.4)
    exact = sphere_image(first, second, 12.0, 2.0, 2.4)
    assert uniform.image(first, second) == pytest.approx(exact, rel=1e-6)
    steep = RadialPermittivity((12.0, 4.0, 2.0), 1.2, 0.004, 2.4)
    exact = layered_green(first, second, [1.2, 2.4], [12.0, 4.0, 2.0])
    assert steep.image(first, second) == pytest.approx(exact, rel=3e-3)
    point = np.array([0.0, 0.0, 0.8])
    own = 0.5 * layered_green(point, point, [1.2, 2.4], [12.0, 4.0, 2.0])
    assert steep.self_potential(0.8) == pytest.approx(own, rel=3e-3)


@pytest.mark.parametrize("width", [0.4, pytest.param(0.8, marks=pytest.mark.slow)])
def test_charges_in_a_graded_sphere(width):
    """Off the centre of a core that turns into its shell: one radial equation for each multipole."""
    dot, radial = graded((12.0, 5.0, 2.0), 2.3 + width / 2, 3.6, width)
    exact = COULOMB_CONSTANT * np.array([[radial.image(a, b) for b in CENTERS] for a in CENTERS])
    assert np.ptp(exact) > 5 * MEV
    np.testing.assert_allclose(polarisation(dot, 0.25), exact, atol=0.2 * MEV)


@pytest.mark.slow
def test_self_polarisation_across_a_graded_interface():
    """An abrupt interface with distances of half the width as the smallest: 1S to 1.5 of 88 meV."""
    width, outer = 0.4, 3.6
    dot, radial = graded((8.6, 6.0, 2.0), 1.6, outer, width)
    dielectric = read_dielectric(dot, "static")
    charges = InterfaceCharges(find_interfaces(dielectric))
    smallest = cutoffs(dot, charges.interfaces, 0.1)
    assert smallest == [0.2, 0.1]
    grid = hd.Grid((33,) * 3, (-4.0,) * 3, (0.25,) * 3)
    potential = SelfPolarisation(dielectric, charges, grid, smallest)
    r = (np.arange(50) + 0.5) * 0.06  # to 3 nm, beyond which there is little charge
    density = np.sin(np.pi * r / outer) ** 2 * 2 / outer * 0.06
    directions = np.random.default_rng(0).standard_normal((12, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    found = np.array([potential.at(x * directions).mean() for x in r])
    exact = COULOMB_CONSTANT * np.array([radial.self_potential(x) for x in r])
    assert density @ found == pytest.approx(density @ exact, abs=1.5 * MEV)
    away = np.abs(r - 1.6) > 0.6
    np.testing.assert_allclose(found[away], exact[away], atol=1.5 * MEV)


def test_which_solver_is_chosen():
    smooth = spheres([1.2, 2.0], [12.0, 6.0])
    assert chosen_solver(smooth, "static", "auto")[1] == "surface"
    assert chosen_solver(smooth, 8.0, "auto")[1] == ""
    layers = [(region.material, region.solid) for region in smooth.layers]
    graded = hd.Nanocrystal(layers, environment=hd.HardWall(2.0), graded=0.3)
    dielectric, chosen = chosen_solver(graded, "static", "auto")
    assert chosen == "volume"
    assert dielectric.graded
    np.testing.assert_allclose(dielectric.values[1:7], 12 - 6 * (np.arange(6) + 0.5) / 6)
    assert chosen_solver(graded, "static", "surface")[1] == "surface"
    box = hd.Nanocrystal([(material("m", 8.0), hd.Box((3.6,) * 3))], hd.HardWall(2.0))
    assert chosen_solver(box, "static", "auto")[1] == "volume"
    ellipsoid = hd.Nanocrystal([(material("m", 8.0), hd.Ellipsoid((2, 2, 3)))], hd.HardWall(2.0))
    assert chosen_solver(ellipsoid, "static", "auto")[1] == "surface"
    with pytest.raises(ValueError, match="solver"):
        chosen_solver(smooth, "static", "finite elements")
