"""A local potential on top of a discretised Hamiltonian."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

import heterodot as hd
from heterodot import _core


def small_operator(model, carrier):
    dot = hd.Material(
        "dot",
        gap=2.0,
        valence_edge=0.0,
        electron_mass=0.2,
        luttinger=(4.0, 1.0, 1.3),
        spin_orbit=0.3,
    )
    crystal = hd.Nanocrystal([(dot, hd.Sphere(1.1))], environment=hd.HardWall())
    polynomial = model.polynomial(dot, carrier)
    return _core.discretise(
        crystal.voxelise(crystal.grid(0.4)).compiled,
        orbitals=len(polynomial.orbitals),
        spins=polynomial.spins,
        places=list(polynomial.places),
        forms=[polynomial.form()],
        spin_orbit=[] if polynomial.spin_orbit is None else [polynomial.spin_orbit],
        wall=True,
    )


def matrix(op):
    rows = int(op.active().sum())
    start, column, value = op.compressed_rows(0, rows)
    return csr_array((value, column, start), shape=(rows, rows))


@pytest.mark.parametrize(
    ("model", "carrier"),
    [(hd.kp.EffectiveMass(), "electron"), (hd.kp.Luttinger6(), "hole")],
    ids=["one band", "six bands"],
)
def test_potential_adds_to_the_diagonal_alone(model, carrier):
    op = small_operator(model, carrier)
    random = np.random.default_rng(5)
    potential = random.standard_normal((op.orbitals, *op.shape[1:]))
    inside = op.active()
    expected = np.tile(potential.reshape(-1), op.spins) * inside
    charged = op.with_potential(potential)
    assert charged.diagonal() - op.diagonal() == pytest.approx(expected, abs=1e-12)
    block = random.standard_normal((3, op.size)) + 1j * random.standard_normal((3, op.size))
    difference = charged.apply(block) - op.apply(block)
    assert np.abs(difference - expected * block).max() < 1e-12
    assert (
        np.abs((matrix(charged) - matrix(op)).toarray() - np.diag(expected[inside])).max() < 1e-12
    )
    back = charged.with_potential(-potential)
    assert np.abs(back.apply(block) - op.apply(block)).max() < 1e-12


def test_wrong_size_is_refused():
    op = small_operator(hd.kp.EffectiveMass(), "electron")
    with pytest.raises(ValueError, match="one value for every orbital and node"):
        op.with_potential(np.zeros(3))
