"""Small states of a sphere and integrals without correlation, to test optics on their own."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from scipy.special import spherical_jn

import heterodot as hd

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
    crystal = hd.Nanocrystal(
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


def integrals(states, shift=0.0, levels=8):
    """Free carriers, but with XX raised by `shift` (eV): ½·2·v_ee for two electrons."""
    ne, nh = (min(levels, 2 * len(c.representatives)) for c in (states.electrons, states.holes))
    one_e = np.diag(states.electrons.energies[:ne]).astype(complex)
    one_h = np.diag(-states.holes.energies[:nh]).astype(complex)
    density_e, density_h = np.eye(ne), np.eye(nh)
    return SimpleNamespace(
        states=states,
        one_body_electron=one_e,
        one_body_hole=one_h,
        ee=shift * np.einsum("ij,kl->ijkl", density_e, density_e).astype(complex),
        hh=np.zeros((nh,) * 4, complex),
        eh=np.zeros((ne, ne, nh, nh), complex) + 0 * np.einsum("ij,kl", density_e, density_h),
    )
