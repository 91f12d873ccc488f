"""Induced charges and self-polarisation against multipole series and closed forms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from coulomb_stand_ins import SHIFT, layered_green, shifted, sphere_image, spheres
from numpy.polynomial.legendre import legval

import heterodot as hd
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.interface_charges import InterfaceCharges, find_interfaces
from heterodot.electrostatics.self_polarisation import SelfPolarisation
from heterodot.electrostatics.triangulation import triangulate
from heterodot.units import COULOMB_CONSTANT

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "coulomb.json").read_text())
MEV = 1e-3


def charges_of(nanocrystal, refinement=1.0):
    dielectric = read_dielectric(nanocrystal, "static")
    return dielectric, InterfaceCharges(find_interfaces(dielectric, refinement))


def induced_green(dielectric, charges, first, second):
    """Induced part of the Green function between points (1/nm)."""
    from_first = charges.centers - first
    slope = -np.sum(charges.normals * from_first, 1) / np.linalg.norm(from_first, axis=1) ** 3
    slope /= dielectric.values[dielectric.layers_at(np.array(first))]
    value = 1 / np.linalg.norm(charges.centers - second, axis=1)
    return charges.interaction(value[None], slope[None])[0, 0]


@pytest.mark.parametrize(
    ("solid", "area", "volume"),
    [
        (hd.Sphere(3.6), 4 * np.pi * 3.6**2, 4 / 3 * np.pi * 3.6**3),
        (hd.Sphere(1.0).scale((2.0, 2.0, 3.0)), None, 16 * np.pi),
        (hd.Capsule(1.5, 9.0), None, None),
        (hd.Sphere(2.0, center=(0.4, 0.0, 0.1)), 16 * np.pi, 32 / 3 * np.pi),
    ],
    ids=["sphere", "ellipsoid", "capsule", "moved"],
)
def test_panels_of_smooth_solids(solid, area, volume):
    surface = triangulate([solid], 0.13)
    assert np.max(np.abs(solid.signed_distance(surface.centers))) < 1e-6
    moment = np.sum(surface.areas[:, None] * surface.normals, axis=0)
    assert np.max(np.abs(moment)) < 0.02
    assert np.sum(surface.weights) == pytest.approx(surface.areas.sum(), rel=1e-12)
    if area is not None:
        assert surface.areas.sum() == pytest.approx(area, rel=1e-5)
    if volume is not None:
        flux = np.sum(surface.areas[:, None] * surface.normals * surface.centers) / 3
        assert flux == pytest.approx(volume, rel=2e-3)


@pytest.mark.parametrize("solid", [hd.Box((4, 4, 4)), hd.Cylinder(2, 3), hd.Tetrapod(2, 1, 6)])
def test_edged_solids_have_closed_surfaces(solid):
    nanocrystal = hd.Nanocrystal(
        [(hd.Material("m", permittivity=8.0), solid)], environment=hd.HardWall(2.0)
    )
    _, charges = charges_of(nanocrystal)
    lower, upper = np.array(nanocrystal.bounding_box)
    inside = 0.5 * (lower + upper)
    outwards = charges.centers - inside
    flux = charges.areas @ (
        np.sum(charges.normals * outwards, 1) / np.linalg.norm(outwards, axis=1) ** 3
    )
    assert flux == pytest.approx(4 * np.pi, rel=0.01)


@pytest.mark.parametrize(("radius", "distance", "tolerance"), [(2, 0.97, 0.05), (3.6, 2.0, 0.02)])
def test_sphere_off_centre(radius, distance, tolerance):
    dielectric, charges = charges_of(spheres([radius], [8.0]))
    first = distance * np.array([0.6, -0.48, 0.64])
    for second in (first, first[::-1], -first, 0.4 * first):
        exact = sphere_image(first, second, 8.0, 2.0, radius)
        error = induced_green(dielectric, charges, first, second) - exact
        assert abs(error) * COULOMB_CONSTANT < tolerance * MEV


def test_layered_green_agrees_with_table():
    """The series of the tests themselves against the l-resolved table."""
    data = REFERENCE["green3"]["data"]["green"]
    for entry in data["table"]:
        r, s = entry["r"], entry["rp"]
        whole = np.zeros(60)
        # recover one l by projecting on Legendre polynomials
        nodes, weights = np.polynomial.legendre.leggauss(60)
        same = np.searchsorted(data["R_nm"], r) == np.searchsorted(data["R_nm"], s)
        for k, c in enumerate(nodes):
            second = s * np.array([c, np.sqrt(1 - c * c), 0.0])
            whole[k] = layered_green([r, 0, 0], second, data["R_nm"], data["eps"], 30)
        l = entry["l"]
        g = (2 * l + 1) / 2 * weights @ (whole * legval(nodes, np.eye(l + 1)[l]))
        if same:
            eps = data["eps"][int(np.searchsorted(data["R_nm"], r))]
            g += min(r, s) ** l / max(r, s) ** (l + 1) / eps
        assert g == pytest.approx(entry["g"], rel=1e-9)


@pytest.mark.parametrize("permittivities", [(8.6, 9.2, 2.0), (12.0, 4.0, 2.0), (3.0, 10.0, 1.0)])
def test_concentric_spheres(permittivities):
    """Two interfaces; charges in the core, in the shell, and one in each."""
    radii = [1.6, 3.6]
    dielectric, charges = charges_of(spheres(radii, permittivities[:2], permittivities[2]))
    core, shell = np.array([0.5, -0.3, 0.4]), np.array([1.5, 1.2, -1.8])
    for first, second in ((core, -core), (shell, shell[::-1]), (core, shell), (shell, core)):
        exact = layered_green(first, second, radii, permittivities)
        found = induced_green(dielectric, charges, first, second)
        if dielectric.layers_at(first) != dielectric.layers_at(second):
            found += (
                1
                / np.linalg.norm(first - second)
                / (dielectric.values[dielectric.layers_at(first)])
            )
        assert abs(found - exact) * COULOMB_CONSTANT < 0.1 * MEV


@pytest.mark.parametrize("entry", REFERENCE["self_potential"]["data"]["table"])
def test_self_potential_of_a_sphere(entry):
    radius = 3.6
    dielectric, charges = charges_of(spheres([radius], [entry["eps_in"]], entry["eps_out"]))
    grid = hd.Grid((41,) * 3, (-4.0,) * 3, (0.2,) * 3)
    potential = SelfPolarisation(dielectric, charges, grid)
    directions = np.random.default_rng(1).standard_normal((60, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    values = potential.at(entry["r_over_R"] * radius * directions)
    unit = COULOMB_CONSTANT / (2 * entry["eps_in"] * radius)
    exact = entry["Sigma_units_E2_over_2epsinR"] * unit
    assert values.mean() == pytest.approx(exact, abs=0.2 * MEV)
    if (1 - entry["r_over_R"]) * radius > 2 * grid.spacing[0]:  # in every direction
        np.testing.assert_allclose(values, exact, atol=0.2 * MEV)


@pytest.mark.parametrize("permittivities", [(6.0, 2.0), (9.0, 1.0)])
def test_self_potential_two_cells_from_the_surface(permittivities):
    """In every direction, not only on average."""
    radius, spacing = 3.6, 0.25
    dielectric, charges = charges_of(spheres([radius], permittivities[:1], permittivities[1]))
    grid = hd.Grid((33,) * 3, (-4.0,) * 3, (spacing,) * 3)
    potential = SelfPolarisation(dielectric, charges, grid)
    directions = np.random.default_rng(2).standard_normal((40, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    inside, outside = permittivities
    l = np.arange(4000)
    image = (l + 1) * (inside - outside) / (l * inside + (l + 1) * outside)
    for cells in (2.0, 3.0, 5.0):
        r = radius - cells * spacing
        exact = np.sum(image * (r / radius) ** (2 * l)) / (2 * inside * radius) * COULOMB_CONSTANT
        np.testing.assert_allclose(potential.at(r * directions), exact, atol=0.2 * MEV)


@pytest.mark.parametrize("entry", REFERENCE["green3"]["data"]["self"])
def test_self_potential_of_a_core_in_a_shell(entry):
    data = REFERENCE["green3"]["data"]["green"]
    dielectric, charges = charges_of(spheres(data["R_nm"], data["eps"][:2], data["eps"][2]))
    grid = hd.Grid((41,) * 3, (-4.0,) * 3, (0.2,) * 3)
    potential = SelfPolarisation(dielectric, charges, grid)
    directions = np.random.default_rng(1).standard_normal((40, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    values = potential.at(entry["r"] * directions)
    np.testing.assert_allclose(values, entry["Sigma_eV"], atol=0.5 * MEV)
    assert values.mean() == pytest.approx(entry["Sigma_eV"], abs=0.05 * MEV)


def test_self_potential_on_nodes_agrees_with_points():
    """The lattice and its interpolation against boundary elements at every node."""
    dielectric, charges = charges_of(spheres([1.6, 3.6], [8.6, 9.2]))
    grid = shifted(hd.Grid((39,) * 3, (-3.8,) * 3, (0.2,) * 3), SHIFT)
    potential = SelfPolarisation(dielectric, charges, grid)
    points = np.stack(np.meshgrid(*grid.axes(), indexing="ij"), axis=-1).reshape(-1, 3)
    radius = np.linalg.norm(points, axis=1)
    clear = (radius < 2.9) & (np.abs(radius - 1.6) > 0.4)
    nodes = np.flatnonzero(clear)[::37]
    np.testing.assert_allclose(
        potential.on_nodes(nodes), potential.at(points[nodes]), atol=0.1 * MEV
    )
