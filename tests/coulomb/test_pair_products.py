"""Integrals as sums of products: how far they are off, and how much smaller they are."""

from __future__ import annotations

import numpy as np
import pytest
from coulomb_stand_ins import core_shell, hard_sphere, shifted, spheres, states

import heterodot as hd
from heterodot.configuration_interaction.integrals import block, restricted
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.pair_densities import PairDensities
from heterodot.electrostatics.pair_products import TOLERANCE, PairProducts, signed_products
from heterodot.electrostatics.screened_interaction import ScreenedInteraction

PARTS = ("ee", "hh", "eh")


@pytest.mark.parametrize("tolerance", [1e-3, 1e-6, 1e-12])
@pytest.mark.parametrize("definite", [True, False])
def test_no_interaction_is_off_by_more_than_the_tolerance(tolerance, definite):
    """A matrix whose eigenvalues fall to nothing, of both signs or of one."""
    random = np.random.default_rng(3)
    turn = np.linalg.qr(random.standard_normal((60, 60)))[0]
    values = 0.5 ** np.arange(60)
    if not definite:
        values[1::2] *= -1
    energies = (turn * values) @ turn.T
    vectors, signs = signed_products(energies, tolerance)
    assert np.max(np.abs(vectors.T @ (signs[:, None] * vectors) - energies)) <= tolerance
    assert len(signs) == np.count_nonzero(np.abs(values) > tolerance)
    assert set(signs) == ({1.0} if definite else {1.0, -1.0})


@pytest.fixture(scope="module")
def dot():
    """Polynomials in a sphere with a step of the permittivity: (20, 40) spinors."""
    crystal = spheres([2.0], [8.0])
    grid = shifted(crystal.grid(0.25))
    x, y, z = np.meshgrid(*grid.axes(), indexing="ij")
    powers = sorted(np.ndindex(5, 5, 5), key=sum)[:20]
    found = hard_sphere(grid, 2.0, 1)[0] * np.stack([x**a * y**b * z**c for a, b, c in powers])
    found = np.linalg.qr(found.reshape(20, -1).T)[0].T.reshape(20, 1, *grid.shape)
    found /= np.sqrt(grid.cell_volume)
    return states(crystal, found[:10], found, grid)


def test_integrals_are_those_of_every_pair_density(dot):
    """Against tensors without any approximation, from the interactions of all real densities."""
    coulomb = hd.coulomb(dot, self_polarisation=False)
    interaction = ScreenedInteraction(
        read_dielectric(dot.nanocrystal, "static"), dot.electrons.grid
    )
    pairs = [
        PairDensities(dot.electrons.representatives, True),
        PairDensities(dot.holes.representatives, True, hole=True),
    ]
    fields = np.concatenate([np.concatenate(list(pair.fields())) for pair in pairs])
    fields = interaction.place.moved(fields).reshape(len(fields), -1)
    support = np.flatnonzero(fields.any(axis=0))
    energies = interaction.energies(fields[:, support], support).energies
    split = pairs[0].count
    parts = {
        "e": (pairs[0].coefficients, slice(split)),
        "h": (pairs[1].coefficients, slice(split, None)),
    }
    for kind in PARTS:
        (left, rows), (right, columns) = (parts[name] for name in kind)
        exact = left @ energies[rows, columns] @ right.toarray().T
        found = getattr(coulomb, kind)
        # Real densities: one field a pair.
        assert np.max(np.abs(found.reshape(exact.shape) - exact)) <= 2 * TOLERANCE


def test_they_take_less_memory(dot):
    coulomb = hd.coulomb(dot, self_polarisation=False)
    products = coulomb.products
    held = sum(array.nbytes for array in (products.electron, products.hole, products.signs))
    assert products.signs.min() > 0  # the interaction is positive
    assert len(products.signs) < 160  # of 265 real densities
    whole = sum(getattr(coulomb, kind).nbytes for kind in PARTS)
    assert held < 0.15 * whole


def test_parts_and_exchange():
    """`block` is what perturbation theory and active spaces read; exchange is taken off in it."""
    dot, _, _ = core_shell("D", 2.0, 2.0, 0.3, largest_l=1)
    coulomb = hd.coulomb(dot, self_polarisation=False)
    random = np.random.default_rng(0)
    shape = coulomb.eh.shape
    exchange = hd.ElectronHoleExchange(
        random.standard_normal(shape) + 0j, random.standard_normal(shape) + 0j, 2.0, "none"
    )
    split = coulomb.with_exchange(exchange)
    index = np.array([3, 0, 7]), np.array([1, 6]), np.array([4, 5, 2]), np.array([6, 2])
    for which in (coulomb, split):
        for kind in PARTS:
            part = getattr(which, kind)[np.ix_(*index)]
            np.testing.assert_allclose(block(which, kind, *index), part, atol=1e-14)
        small = restricted(which, 2, 8)
        np.testing.assert_allclose(small.eh, which.eh[:2, :2], atol=1e-14)
        np.testing.assert_allclose(small.hh, which.hh, atol=1e-14)
    assert split.direct("eh", 1, 3) == pytest.approx(split.eh[1, 1, 3, 3].real, abs=1e-14)
    assert split.J_eh == coulomb.J_eh


def test_large_tensors_are_not_kept(monkeypatch):
    monkeypatch.setattr("heterodot.electrostatics.coulomb_integrals._SMALL", 1000)
    dot, _, _ = core_shell("U", 2.0, 1.0, 0.3)
    coulomb = hd.coulomb(dot)
    assert coulomb.ee is coulomb.ee
    coulomb = hd.CoulombIntegrals(
        PairProducts(np.ones((1, 4, 4), complex), np.ones((1, 4, 4), complex), np.ones(1)),
        *[np.eye(4, dtype=complex)] * 4,
    )
    assert coulomb.ee is not coulomb.ee
