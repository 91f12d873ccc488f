"""Operators for the tests of the linear algebra, without the Hamiltonian class."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.sparse import csr_array

import heterodot as hd
from heterodot import _core

# Eight bands: a dot, and what is around it.
GAP_DOT = hd.Material(
    "dot",
    conduction_edge=1.84,
    valence_edge=0.0,
    electron_mass=0.13,
    kane_energy=12.0,
    luttinger=(5.51, 1.24, 2.14),
    spin_orbit=0.42,
)
GAP_OUTSIDE = hd.Material(
    "out",
    conduction_edge=2.6,
    valence_edge=-0.6,
    electron_mass=0.2,
    kane_energy=12.0,
    luttinger=(4.3, 1.1, 1.7),
    spin_orbit=0.42,
)


def cube_grid(nodes, spacing, shift=(0.0, 0.0, 0.0)):
    """Return a cubic grid around the origin."""
    origin = tuple(-0.5 * (nodes - 1) * spacing + s for s in shift)
    return hd.Grid((nodes,) * 3, origin, (spacing,) * 3)


def build_levels(layers, model, carrier, grid, environment=None, order=4, smallest=4):
    """Discretise layers (material, solid) on a grid and the grids of every second node."""
    crystal = hd.Nanocrystal(layers, environment=hd.HardWall())
    materials = [material for material, _ in layers]
    if environment is not None:
        materials.append(environment)
    polynomials = [model.polynomial(material, carrier) for material in materials]
    first = polynomials[0]
    operators = []
    while grid is not None and min(grid.shape) >= smallest:
        operators.append(
            _core.discretise(
                crystal.voxelise(grid).compiled,
                orbitals=len(first.orbitals),
                spins=first.spins,
                places=list(first.places),
                forms=[p.form() for p in polynomials],
                spin_orbit=[p.spin_orbit for p in polynomials if p.spin_orbit is not None],
                wall=environment is None,
                order=order,
            )
        )
        grid = grid.coarsened()
    return tuple(operators)


# Nothing changes operators, and cutting boxes takes longer than most of what is done with them.
@cache
def one_band(nodes=23, spacing=0.4, wall=False, order=4):
    """Core and shell with a mass jump, in a barrier or inside a hard wall."""
    core = hd.Material("core", conduction_edge=0.8, electron_mass=0.18)
    shell = hd.Material("shell", conduction_edge=0.0, electron_mass=0.14)
    barrier = hd.Material("barrier", conduction_edge=3.0, electron_mass=1.0)
    grid = cube_grid(nodes, spacing, shift=(0.03, -0.05, 0.07))
    layers = [(core, hd.Sphere(1.5)), (shell, hd.Sphere(3.5))]
    return build_levels(
        layers, hd.kp.EffectiveMass(), "electron", grid, None if wall else barrier, order
    )


@cache
def six_bands(nodes=15, spacing=0.5, wall=False, radius=2.5):
    """Holes in a Luttinger sphere with spin–orbit coupling."""
    dot = hd.Material("dot", valence_edge=0.0, luttinger=(5.51, 1.78, 2.1), spin_orbit=0.4)
    barrier = hd.Material("out", valence_edge=-1.0, luttinger=(3.0, 0.8, 0.9), spin_orbit=0.3)
    grid = cube_grid(nodes, spacing)
    return build_levels(
        [(dot, hd.Sphere(radius))], hd.kp.Luttinger6(), "hole", grid, None if wall else barrier
    )


def matrix(operator):
    """Return the active part of an operator as a sparse matrix."""
    rows = int(operator.active().sum())
    start, column, value = operator.compressed_rows(0, rows)
    return csr_array((value, column, start), shape=(rows, rows))


class Dense:
    """Any Hermitian matrix as an operator."""

    def __init__(self, array):
        self.array = np.asarray(array)
        self.size = len(self.array)

    def apply(self, block):
        return block @ self.array.T


class WithDiagonal(Dense):
    def diagonal(self):
        return self.array.diagonal().real


def random_hermitian(size, seed, real=False):
    random = np.random.default_rng(seed)
    array = random.standard_normal((size, size))
    if not real:
        array = array + 1j * random.standard_normal((size, size))
    return 0.5 * (array + array.conj().T)


def random_block(operator, count, seed=5):
    """Return complex vectors of the degrees of freedom that exist, in single precision."""
    random = np.random.default_rng(seed)
    block = random.standard_normal((count, operator.size))
    block = block + 1j * random.standard_normal(block.shape)
    return (block * operator.active()).astype(np.complex64)
