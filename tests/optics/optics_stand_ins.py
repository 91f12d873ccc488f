"""Small states of a sphere and integrals without correlation, to test optics on their own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import spherical_jn

import heterodot as hd

Nanocrystal = pytest.importorskip("heterodot.nanocrystal").Nanocrystal

ROOTS = (np.pi, 4.493409457909064, 5.763459196894550)


def sphere_functions(grid, radius):
    """1S and three 1P envelopes of a hard sphere on the nodes, (4, nx, ny, nz)."""
    x, y, z = np.meshgrid(*grid.axes(), indexing="ij")
    r = np.sqrt(x**2 + y**2 + z**2) + 1e-12
    inside = r < radius
    s = spherical_jn(0, ROOTS[0] * r / radius)
    p = spherical_jn(1, ROOTS[1] * r / radius)
    functions = np.array([s, p * x / r, p * y / r, p * z / r]) * inside
    norms = np.sqrt(np.sum(functions**2, axis=(1, 2, 3)) * grid.cell_volume)
    return functions / norms[:, None, None, None]


def carrier(name, grid, energies, representatives, spin_degenerate):
    return SimpleNamespace(
        carrier=name,
        grid=grid,
        energies=np.asarray(energies, float),
        representatives=representatives,
        spin_degenerate=spin_degenerate,
    )


def sphere_states(radius=2.0, spacing=0.25, valence=1, kane_energy=17.5, seed=0):
    """States with 1S and 1P electrons, and the same holes: one band, or random XYZ spinors."""
    material = hd.Material(
        "dot",
        conduction_edge=2.0,
        valence_edge=0.0,
        electron_mass=0.12,
        hole_mass=0.5,
        permittivity=6.2,
        permittivity_optical=6.2,
        kane_energy=kane_energy,
    )
    crystal = Nanocrystal(
        [(material, hd.Sphere(radius))], environment=hd.HardWall(2.25, refractive_index=1.5)
    )
    grid = crystal.grid(spacing)
    functions = sphere_functions(grid, radius)[:, None]
    electron = np.repeat([2.2, 2.5, 2.5, 2.5], 2)
    hole = np.repeat([-0.05, -0.08, -0.08, -0.08], 2)
    degenerate = valence == 1
    if not degenerate:
        random = np.random.default_rng(seed)
        mixing = random.standard_normal((4, valence, 4, 2)) @ [1, 1j]
        mixing = np.linalg.qr(mixing.reshape(4, -1).T)[0].T.reshape(4, valence, 4)
        holes = np.einsum("qbs,sxyz->qbxyz", mixing, functions[:, 0])
    else:
        holes = functions
    return SimpleNamespace(
        nanocrystal=crystal,
        electrons=carrier("electron", grid, electron, functions, True),
        holes=carrier("hole", grid, hole, holes, degenerate),
    )


def first_levels(states, spinors):
    """The lowest spinors only."""

    def cut(c):
        first = {"energies": c.energies[:spinors], "representatives": c.representatives}
        first["representatives"] = c.representatives[: spinors // 2]
        return SimpleNamespace(**{**vars(c), **first})

    return SimpleNamespace(
        nanocrystal=states.nanocrystal, electrons=cut(states.electrons), holes=cut(states.holes)
    )


def integrals(states, shift=0.0, levels=8):
    """Integrals of free carriers, except that a second electron costs `shift` (eV)."""
    states = first_levels(states, levels)
    energies_e, energies_h = states.electrons.energies, -states.holes.energies
    ne, nh = energies_e.size, energies_h.size
    return SimpleNamespace(
        states=states,
        one_body_electron=np.diag(energies_e).astype(complex),
        one_body_hole=np.diag(energies_h).astype(complex),
        ee=shift * np.einsum("ij,kl->ijkl", np.eye(ne), np.eye(ne)).astype(complex),
        hh=np.zeros((nh,) * 4, complex),
        eh=np.zeros((ne, ne, nh, nh), complex),
    )
