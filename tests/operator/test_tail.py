"""A steep barrier as a condition at the surface: what its rows reach, and what is refused."""

import numpy as np
import pytest

import heterodot as hd
from heterodot import _core

MATERIAL = hd.Material(
    "m", conduction_edge=0.0, valence_edge=-3.0, electron_mass=0.2, hole_mass=0.5
)
STEEP = hd.Environment("outside", 1.0, electron_barrier=3.0, electron_mass=1.0)


@pytest.mark.parametrize("order", [2, 4])
def test_differences_are_of_the_order_asked_for(order):
    """Two steps from the surface rows of second order reach one step, those of fourth order two."""
    dot = hd.Nanocrystal([(MATERIAL, hd.Box(3.0))], environment=STEEP)
    ham = hd.Hamiltonian(dot, spacing=0.25, order=order, barrier="tail")
    x, y, z = np.meshgrid(*ham.grid.axes(), indexing="ij")
    depth = 1.5 - np.max(np.abs([x, y, z]), axis=0)
    operator = ham.operator("electron")
    matrix = ham.tocsr("electron")
    entries = np.zeros(operator.size, int)
    entries[operator.active()] = np.diff(matrix.indptr)
    inner = entries.reshape(ham.grid.shape)[depth > 2.2 * 0.25]
    assert inner.size > 100
    assert set(inner) == {7} if order == 2 else max(inner) == 13


def test_energies_on_both_sides_of_the_edge_are_refused():
    dot = hd.Nanocrystal([(MATERIAL, hd.Sphere(1.5))], environment=STEEP)
    ham = hd.Hamiltonian(dot, spacing=0.3, barrier="tail")
    with pytest.raises(ValueError, match="same side of the barrier"):
        _core.discretise(
            ham.voxels.compiled,
            orbitals=1,
            spins=1,
            places=[0],
            forms=[ham.polynomials("electron")[0].form()],
            spin_orbit=[],
            wall=True,
            tail_diffusion=0.04,
            barrier_edge=3.0,
            reference_energy=0.5,
            tangential_energy=4.0,
        )
