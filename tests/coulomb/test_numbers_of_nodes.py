"""What 48³ and 64³ nodes are worth: 0.05 and 0.02 meV, for charges off the centre as well.

Compact spherical charges: their interaction in free space is one number, and with the charges that
they induce it is the Green function at their centres, since that part is harmonic in each layer.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from coulomb_stand_ins import (
    SHIFT,
    hard_sphere,
    layered_green,
    positions,
    sphere_image,
    spheres,
    states,
)
from scipy.special import spherical_jn

import heterodot as hd
from heterodot.electrostatics.coulomb_grid import coulomb_grid
from heterodot.electrostatics.poisson import FreeSpacePoisson
from heterodot.geometry.voxels import Voxels
from heterodot.units import COULOMB_CONSTANT

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "coulomb.json").read_text())
MEV = 1e-3
HARD_SPHERE = float(REFERENCE["J1s1s"]["data"]["closed_value"])
# zeros of spherical Bessel functions
LEVELS = {"1s": (0, np.pi), "1p": (1, 4.493409457909064), "1d": (2, 5.763459196894550)}
LEVELS["2s"] = (0, 2 * np.pi)

nodes_and_tolerance = pytest.mark.parametrize(
    ("nodes", "tolerance"), [(48, 0.05 * MEV), (64, 0.02 * MEV)]
)


def box(nodes, radius, margin=6):
    """So many nodes around a sphere; the outer six cells are for the interpolation of fields."""
    spacing = 2 * radius / (nodes - 1 - 2 * margin)
    origin = -spacing * (nodes - 1) / 2
    return hd.Grid((nodes,) * 3, tuple(origin + spacing * s for s in SHIFT), (spacing,) * 3)


def ball(grid, radius, center):
    """A compact function whose density, (sin(πx)/x)⁴ of x = r/radius, ends smoothly."""
    function = hard_sphere(grid, radius, 1, center) ** 2
    return function / np.sqrt(np.sum(function**2) * grid.cell_volume)


def ball_energy(radius):
    """Interaction of two such charges in the same place, ε = 1 (1/nm)."""
    x, weights = np.polynomial.legendre.leggauss(200)
    x, weights = (x + 1) / 2, weights / 2
    density = np.sin(np.pi * x) ** 4 / x**2  # times x²
    fine = x[:, None] * x  # charge inside of every x
    inside = (np.sin(np.pi * fine) ** 4 / fine**2 * x[:, None]) @ weights
    return 2 * weights @ (density * inside / x) / (weights @ density) ** 2 / radius


def balls(nanocrystal, nodes, places):
    """Integrals of compact charges, {(center, radius)}."""
    grid = box(nodes, nanocrystal.layers[-1].solid.bounding_box()[1][0])
    found = np.stack([ball(grid, radius, center) for center, radius in places])
    dot = states(nanocrystal, found, found, grid)
    coulomb = hd.coulomb(dot, self_polarisation=False, spacing=grid.spacing[0])
    assert coulomb.spacing == grid.spacing[0]
    return coulomb


@nodes_and_tolerance
@pytest.mark.parametrize("center", [(0, 0, 0), (0.31, -0.43, 0.52)])
def test_hard_sphere(nodes, tolerance, center):
    radius = 1.2
    grid = box(nodes, 2.0)
    density = hard_sphere(grid, radius, 1, center) ** 2
    energy = np.sum(density * FreeSpacePoisson(grid).solve(density)) * grid.cell_volume
    found = energy * COULOMB_CONSTANT / 8
    assert found == pytest.approx(HARD_SPHERE * COULOMB_CONSTANT / (8 * radius), abs=tolerance)


@nodes_and_tolerance
def test_sphere_off_centre(nodes, tolerance):
    """dielectric_sphere: 8 amid 2, R = 2 nm; charges of 0.7 nm at up to half of the radius."""
    places = [((0.0, 0.0, 0.0), 0.9), ((0.31, -0.62, 0.68), 0.9), ((-0.7, 0.3, -0.2), 0.9)]
    coulomb = balls(spheres([2.0], [8.0]), nodes, places)
    for i, (first, radius) in enumerate(places):
        exact = sphere_image(first, first, 8.0, 2.0, 2.0) + ball_energy(radius) / 8
        found = coulomb.direct("ee", 2 * i, 2 * i + 1)
        assert found == pytest.approx(exact * COULOMB_CONSTANT, abs=tolerance)


@nodes_and_tolerance
def test_core_in_a_shell_off_centre(nodes, tolerance):
    """green3: 8.6 / 9.2 / 2.0 with interfaces at 1.6 and 3.6 nm; charges in core and shell."""
    data = REFERENCE["green3"]["data"]["green"]
    radii, eps = data["R_nm"], data["eps"]
    direction = np.array([0.48, -0.64, 0.6])
    places = [(0.5 * direction, 1.0), (-2.6 * direction, 0.9), (2.6 * direction[::-1], 0.9)]
    coulomb = balls(spheres(radii, eps[:2], eps[2]), nodes, places)
    for i, (first, radius) in enumerate(places):
        for j, (second, _) in enumerate(places):
            exact = layered_green(first, second, radii, eps)
            layer = [int(np.searchsorted(radii, np.linalg.norm(r))) for r in (first, second)]
            if i == j:
                exact += ball_energy(radius) / eps[layer[0]]
            elif layer[0] == layer[1]:
                exact += 1 / (eps[layer[0]] * np.linalg.norm(first - second))
            found = coulomb.direct("eh", 2 * i, 2 * j)
            assert found == pytest.approx(exact * COULOMB_CONSTANT, abs=tolerance), (i, j)


@nodes_and_tolerance
def test_slater_integrals(nodes, tolerance):
    """All that are tabulated, from functions of z: (ab|cd) = Σ_k c_k R^k."""
    values = REFERENCE["slater"]["data"]["values"]
    grid = box(nodes, 2.0)
    r = positions(grid) - np.array([0.02, 0.01, -0.03])
    distance = np.linalg.norm(r, axis=-1) + 1e-12
    cosine = r[..., 2] / distance
    legendre = (1.0, cosine, 1.5 * cosine**2 - 0.5)
    functions = {}
    for name, (l, root) in LEVELS.items():
        f = spherical_jn(l, root * distance / 2.0) * (distance < 2.0) * legendre[l]
        functions[name] = f / np.sqrt(np.sum(f**2) * grid.cell_volume)
    poisson = FreeSpacePoisson(grid)

    def integral(a, b, c, d):
        density = functions[a] * functions[b]
        potential = poisson.solve((functions[c] * functions[d])[None])[0]
        return np.sum(density * potential) * grid.cell_volume * COULOMB_CONSTANT / 8

    unit = COULOMB_CONSTANT / 16
    for terms, found in (
        ({"R0(1s,1p;1s,1p)": 1}, integral("1s", "1s", "1p", "1p")),
        ({"R1(1s,1p;1p,1s)": 1 / 3}, integral("1s", "1p", "1p", "1s")),
        ({"R1(1s,1s;1p,1p)": 1 / 3}, integral("1s", "1p", "1s", "1p")),
        ({"R0(1p,1p;1p,1p)": 1, "R2(1p,1p;1p,1p)": 4 / 25}, integral("1p", "1p", "1p", "1p")),
        ({"R0(1s,1d;1s,1d)": 1}, integral("1s", "1s", "1d", "1d")),
        ({"R2(1s,1d;1d,1s)": 1 / 5}, integral("1s", "1d", "1d", "1s")),
        ({"R0(1s,2s;1s,2s)": 1}, integral("1s", "1s", "2s", "2s")),
        ({"R0(1s,2s;2s,1s)": 1}, integral("1s", "2s", "2s", "1s")),
        ({"R0(1s,1s;1s,2s)": 1}, integral("1s", "1s", "1s", "2s")),
    ):
        exact = sum(factor * values[name] for name, factor in terms.items())
        assert abs(found) == pytest.approx(exact * unit, abs=tolerance), terms


@nodes_and_tolerance
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=f"{c['a_nm']}-{c['b_nm']}", marks=[pytest.mark.slow] * (c["b_nm"] > 3.6))
        for c in REFERENCE["typeII_uniform"]["data"]["cases"]
    ],
)
def test_uniform_core_and_shell(nodes, tolerance, case):
    """Charges that end abruptly: shares of cells of half the spacing, less their second moment."""
    inner, outer = case["a_nm"], case["b_nm"]
    fine = box(2 * nodes - 24, outer, margin=3)
    core, shell, _ = Voxels(fine, [hd.Sphere(inner), hd.Sphere(outer)]).fractions()
    densities = []
    for share, volume in ((core, inner**3), (shell, outer**3 - inner**3)):
        moment = sum(
            np.roll(share, 1, axis) - 2 * share + np.roll(share, -1, axis) for axis in range(3)
        )
        densities.append((3 * share - moment / 8) / (4 * np.pi * volume))
    place = coulomb_grid(fine, 2 * fine.spacing[0])
    assert place.grid.shape == (nodes,) * 3
    moved = place.moved(np.stack(densities))
    potentials = FreeSpacePoisson(place.grid).solve(moved)
    unit = COULOMB_CONSTANT / 6
    found = {
        key: unit * np.sum(moved[a] * potentials[b]) * place.grid.cell_volume
        for key, (a, b) in {"Jee": (0, 0), "Jhh": (1, 1), "Jeh": (0, 1)}.items()
    }
    for key, value in found.items():
        assert value == pytest.approx(unit * case[key], abs=tolerance), key
    shift = found["Jee"] + found["Jhh"] - 2 * found["Jeh"]
    assert shift == pytest.approx(case["W_meV_eps6"] * MEV, abs=2 * tolerance)
