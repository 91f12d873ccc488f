"""States with known envelopes, and closed forms of the Coulomb energy of charges in spheres."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numpy.polynomial import Chebyshev
from numpy.polynomial.legendre import legval
from scipy.special import spherical_jn

import heterodot as hd

sys.path.append(str(Path(__file__).parents[1] / "ci"))
from ci_radial import Radial

ROOTS = (np.pi, 4.493409457909064, 5.763459196894550)
SHIFT = (0.031, -0.023, 0.052)  # of grids, so that no test profits from symmetry


def material(name, permittivity, **other):
    return hd.Material(name, permittivity=permittivity, **other)


def spheres(radii, permittivities, outside=2.0, wall=True):
    layers = [
        (material(f"layer {n}", eps), hd.Sphere(radius))
        for n, (radius, eps) in enumerate(zip(radii, permittivities, strict=True))
    ]
    environment = hd.HardWall(outside) if wall else hd.Environment("medium", outside)
    return hd.Nanocrystal(layers, environment=environment)


def shifted(grid, shift=SHIFT):
    origin = tuple(o + s for o, s in zip(grid.origin, shift, strict=True))
    return hd.Grid(grid.shape, origin, grid.spacing)


def positions(grid):
    return np.stack(np.meshgrid(*grid.axes(), indexing="ij"), axis=-1)


def carrier(name, grid, energies, representatives, spin_degenerate=True):
    return SimpleNamespace(
        carrier=name,
        grid=grid,
        energies=np.asarray(energies, float),
        representatives=representatives,
        spin_degenerate=spin_degenerate,
    )


def states(nanocrystal, electrons, holes, grid, degenerate=True):
    """States of given envelopes, (pairs, bands, nx, ny, nz), on one grid."""
    levels = np.repeat(np.arange(len(electrons)) * 0.1, 2), -np.repeat(np.arange(len(holes)), 2)
    return SimpleNamespace(
        nanocrystal=nanocrystal,
        electrons=carrier("electron", grid, levels[0], electrons),
        holes=carrier("hole", grid, levels[1], holes, degenerate),
    )


def hard_sphere(grid, radius, count=4, center=(0.0, 0.0, 0.0)):
    """1S and 1P functions of a hard sphere, (count, nx, ny, nz)."""
    r = positions(grid) - np.array(center)
    distance = np.linalg.norm(r, axis=-1) + 1e-12
    s = spherical_jn(0, ROOTS[0] * distance / radius)
    p = spherical_jn(1, ROOTS[1] * distance / radius) / distance
    functions = np.stack([s, *(p * r[..., a] for a in range(3))][:count])
    functions *= distance < radius
    norms = np.sqrt(np.sum(functions**2, axis=(1, 2, 3)) * grid.cell_volume)
    return functions / norms[:, None, None, None]


def gaussian(grid, center, width):
    """Square root of a normal density of the given standard deviation."""
    square = np.sum((positions(grid) - np.array(center)) ** 2, axis=-1)
    return np.exp(-square / (4 * width**2)) / (2 * np.pi * width**2) ** 0.75


def core_shell(model, core, shell, spacing, largest_l=0, shift=SHIFT):
    """The dots of xx_first_order.json with their exact envelopes, and the radial functions."""
    radial = Radial([core, core + shell])
    image = radial.self_polarisation(8.0, 2.0) if model == "DS" else 0.0
    nanocrystal = spheres([core, core + shell], [8.0, 8.0])
    grid = shifted(nanocrystal.grid(spacing), shift)
    found, levels = [], []
    for potential, mass in (([0.0, 0.8], [0.20, 0.16]), ([0.5, 0.0], [0.70, 0.60])):
        total = np.array(potential)[radial.layer] + image
        shells = [(l, *(a[0] for a in radial.levels(l, total, mass, 1))) for l in range(2)]
        levels.append(shells)
        functions = [_on_grid(radial, u, l, grid) for l, _, u in shells[: largest_l + 1]]
        functions = np.concatenate(functions)
        functions /= np.sqrt(np.sum(functions**2, axis=(1, 2, 3), keepdims=True) * grid.cell_volume)
        found.append(functions[:, None])
    return states(nanocrystal, *found, grid), radial, levels


def _on_grid(radial, u, l, grid):
    r = positions(grid)
    distance = np.linalg.norm(r, axis=-1)
    values, edge = np.zeros(distance.shape), 0.0
    for layer in range(radial.layer.max() + 1):
        own = radial.layer == layer
        inner, edge = edge, radial.outer
        if layer < radial.layer.max():
            edge = 0.5 * (radial.r[own][-1] + radial.r[radial.layer == layer + 1][0])
        smooth = Chebyshev.fit(
            radial.r[own], u[own] / radial.r[own] ** (l + 1), 40, domain=[inner, edge]
        )
        within = (distance >= inner) & (distance < edge)
        values[within] = smooth(distance[within])
    if l == 0:
        return values[None] / np.sqrt(4 * np.pi)
    return np.sqrt(3 / (4 * np.pi)) * values * np.moveaxis(r, -1, 0)


def sphere_image(first, second, inside, outside, radius):
    """Induced part of the Green function of two points in a dielectric sphere (1/nm)."""
    first, second = np.asarray(first), np.asarray(second)
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    cosine = first @ second / max(lengths[0] * lengths[1], 1e-30)
    l = np.arange(300)
    image = (l + 1) * (inside - outside) / (l * inside + (l + 1) * outside)
    return legval(cosine, image * (lengths[0] * lengths[1] / radius**2) ** l) / (inside * radius)


def layered_green(first, second, radii, permittivities, largest=120):
    """Green function of concentric spheres less its singular part 1/(ε|r - r'|), both in layer one
    or more, from its multipoles (1/nm): transfer of r^l and r^-(l+1) from layer to layer."""
    first, second = np.asarray(first), np.asarray(second)
    lengths = sorted((np.linalg.norm(first), np.linalg.norm(second)))
    cosine = first @ second / (lengths[0] * lengths[1])
    layer = [int(np.searchsorted(radii, r)) for r in lengths]
    series = np.zeros(largest + 1)
    for l in range(largest + 1):
        # regular at the centre: A r^l + B r^-(l+1), outwards; decaying outside: inwards
        regular = [(1.0, 0.0)]
        for n, radius in enumerate(radii):
            a, b = regular[-1]
            ratio = permittivities[n] / permittivities[n + 1]
            value = a + b * radius ** -(2 * l + 1)
            slope = ratio * (l * a - (l + 1) * b * radius ** -(2 * l + 1))
            up = ((l + 1) * value + slope) / (2 * l + 1)
            regular.append((up, (value - up) * radius ** (2 * l + 1)))
        decaying = [(0.0, 1.0)]
        for n in reversed(range(len(radii))):
            a, b = decaying[0]
            radius = radii[n]
            ratio = permittivities[n + 1] / permittivities[n]
            value = a + b * radius ** -(2 * l + 1)
            slope = ratio * (l * a - (l + 1) * b * radius ** -(2 * l + 1))
            up = ((l + 1) * value + slope) / (2 * l + 1)
            decaying.insert(0, (up, (value - up) * radius ** (2 * l + 1)))

        def function(pair, r, l=l):
            return pair[0] * r**l + pair[1] * r ** -(l + 1)

        small, large = lengths
        u, v = regular[layer[1]], decaying[layer[1]]
        # Wronskian in the layer of the outer point: ε r² (u v' - u' v) = -(2l+1) ε (a d - b c)
        wronskian = permittivities[layer[1]] * (u[0] * v[1] - u[1] * v[0])
        g = function(regular[layer[0]], small) * function(v, large) / wronskian
        if layer[0] == layer[1]:
            g -= small**l / large ** (l + 1) / permittivities[layer[0]]
        series[l] = g
    return legval(cosine, series)
