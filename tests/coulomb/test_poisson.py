"""Potentials in free space."""

from __future__ import annotations

import numpy as np
import pytest
from coulomb_stand_ins import gaussian, hard_sphere
from scipy.special import erf

import heterodot as hd
from heterodot import _core
from heterodot.electrostatics.coulomb_grid import coulomb_grid, sampling
from heterodot.electrostatics.poisson import FreeSpacePoisson
from heterodot.units import COULOMB_CONSTANT

HARD_SPHERE = 1.786073168151687  # J(1S, 1S) in e²/(4πε0 ε R)


@pytest.mark.parametrize("shift", [0.0, 0.037, 0.05])
@pytest.mark.parametrize("nodes", [47, 48])
def test_hard_sphere(nodes, shift):
    h = 4.4 / (nodes + 1)
    grid = hd.Grid((nodes,) * 3, (shift - 2.2 + h,) * 3, (h,) * 3)
    density = hard_sphere(grid, 2.0, 1) ** 2
    energy = np.sum(density * FreeSpacePoisson(grid).solve(density)) * grid.cell_volume
    exact = HARD_SPHERE * COULOMB_CONSTANT / 16
    assert energy * COULOMB_CONSTANT / 8 == pytest.approx(exact, abs=2e-7)


@pytest.mark.parametrize("shape", [(30, 41, 64), (56, 48, 33)])
def test_gaussian_off_centre_in_any_box(shape):
    """Off the centre: an error in the padded kernel's far entries would show here only."""
    grid = hd.Grid(shape, tuple(-0.1 * n for n in shape), (0.2, 0.2, 0.2))
    center, width = (-0.6, 0.7, 0.4), 0.45
    points = np.stack(np.meshgrid(*grid.axes(), indexing="ij"), axis=-1)
    r = np.linalg.norm(points - center, axis=-1)
    potential = FreeSpacePoisson(grid).solve(gaussian(grid, center, width)[None] ** 2)[0]
    np.testing.assert_allclose(potential, erf(r / width / np.sqrt(2)) / r, atol=3e-7)


def test_unequal_spacings_and_many_fields():
    grid = hd.Grid((33, 40, 26), (-3.2, -3.0, -3.0), (0.2, 0.15, 0.24))
    widths = np.linspace(0.45, 0.52, 19)
    densities = np.stack([gaussian(grid, (0.1, 0.2, -0.1), w) ** 2 for w in widths])
    potentials = FreeSpacePoisson(grid).solve(densities)
    energies = np.sum(densities * potentials, axis=(1, 2, 3)) * grid.cell_volume
    np.testing.assert_allclose(energies, 1 / (widths * np.sqrt(np.pi)), atol=1e-6)


def test_lengths_have_small_factors():
    assert [_core.fft_length(n) for n in (1, 93, 97, 127, 201)] == [2, 96, 100, 128, 216]


@pytest.mark.parametrize("shape", [(44, 47, 50), (45, 46, 48)])
def test_coarser_grid_keeps_the_charge(shape):
    fine = hd.Grid(shape, (-2.2, -2.3, -2.5), (0.1,) * 3)
    place = coulomb_grid(fine, 0.2)
    assert place.grid.spacing == pytest.approx((0.2,) * 3)
    functions = hard_sphere(fine, 1.6, center=(0.05, -0.03, 0.02))
    densities = np.stack([functions[0] ** 2, functions[0] * functions[1]])
    moved = place.moved(densities)
    for field, before in zip(moved, densities, strict=True):
        charge = field.sum() * place.grid.cell_volume
        assert charge == pytest.approx(before.sum() * fine.cell_volume, abs=1e-13)
        for axis in range(3):
            axes = [a for a in range(3) if a != axis]
            after = field.sum(axis=tuple(axes)) @ place.grid.axes()[axis] * place.grid.cell_volume
            dipole = before.sum(axis=tuple(axes)) @ fine.axes()[axis] * fine.cell_volume
            assert after == pytest.approx(dipole, abs=1e-12)
    energies = [
        np.sum(rho * FreeSpacePoisson(grid).solve(rho), axis=(1, 2, 3)) * grid.cell_volume
        for grid, rho in ((fine, densities), (place.grid, moved))
    ]
    np.testing.assert_allclose(energies[1], energies[0], atol=1e-5)


def test_sampling_is_exact_for_polynomials():
    grid = hd.Grid((9, 10, 11), (-1.0, -1.2, -1.1), (0.25, 0.22, 0.2))
    x, y, z = np.meshgrid(*grid.axes(), indexing="ij")
    field = x**5 * y**2 + y**4 * z**3 - z**5 + x
    rng = np.random.default_rng(3)
    points = rng.uniform(-0.6, 0.6, (20, 3))
    normals = rng.standard_normal((20, 3))
    value, slope = sampling(grid, points, normals)
    px, py, pz = points.T
    np.testing.assert_allclose(
        value @ field.reshape(-1), px**5 * py**2 + py**4 * pz**3 - pz**5 + px, atol=1e-12
    )
    gradient = np.stack(
        [
            5 * px**4 * py**2 + 1,
            2 * px**5 * py + 4 * py**3 * pz**3,
            3 * py**4 * pz**2 - 5 * pz**4,
        ]
    )
    np.testing.assert_allclose(
        slope @ field.reshape(-1), np.sum(gradient * normals.T, 0), atol=1e-10
    )
