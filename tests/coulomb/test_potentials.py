"""Potentials on the nodes: what the interaction energies of densities are made of."""

from __future__ import annotations

import numpy as np
import pytest
from coulomb_stand_ins import spheres

from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.screened_interaction import ScreenedInteraction
from heterodot.electrostatics.volume_interaction import VolumeInteraction


def clouds(grid):
    """A charge and a dipole of Gaussians off the centre of two shells, (2, nx, ny, nz)."""
    r = np.stack(np.meshgrid(*grid.axes(), indexing="ij"), axis=-1)

    def cloud(centre, width):
        density = np.exp(-np.sum((r - centre) ** 2, axis=-1) / width**2)
        return density / (density.sum() * grid.cell_volume)

    dipole = cloud((-1.0, 0.8, 0.3), 0.6) - cloud((-1.0, 0.2, 0.3), 0.5)
    return np.stack([cloud((0.3, 0.2, 0.1), 0.7), dipole])


@pytest.mark.parametrize("solver", [ScreenedInteraction, VolumeInteraction])
@pytest.mark.parametrize("spacing", [0.2, 0.45])
def test_potentials_make_the_interaction_energies(solver, spacing):
    """On the grid of the integrals and, coarsened or not, on that of the states."""
    dot = spheres([1.5, 2.5], [8.0, 5.0], 2.0)
    grid = dot.grid(0.2)
    interaction = solver(read_dielectric(dot, "static"), grid, spacing)
    densities = clouds(grid)
    moved = interaction.place.moved(densities).reshape(2, -1)
    expected = interaction.energies(moved, np.arange(moved.shape[1]))
    potentials = interaction.potentials(moved)
    energies = moved @ potentials.T * interaction.grid.cell_volume
    symmetric = 0.5 * (energies + energies.T)
    assert symmetric == pytest.approx(expected.energies, abs=1e-9)
    assert np.abs(energies - energies.T).max() == pytest.approx(
        expected.asymmetry, rel=1e-4, abs=1e-9
    )
    returned = interaction.place.returned(potentials.reshape(2, *interaction.grid.shape))
    again = densities.reshape(2, -1) @ returned.reshape(2, -1).T * grid.cell_volume
    assert again == pytest.approx(energies, abs=1e-12)
