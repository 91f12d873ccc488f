"""Kramers pairs, densities and labels of states, on random envelopes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heterodot as hd

GRID = hd.Grid((5, 4, 3), (-1.0, -0.75, -0.5), (0.5, 0.5, 0.5))


def carrier_states(bands, pairs, seed, spin_degenerate, real=False):
    random = np.random.default_rng(seed)
    size = bands * GRID.size
    vectors = random.standard_normal((size, pairs))
    if not real:
        vectors = vectors + 1j * random.standard_normal((size, pairs))
    vectors = np.linalg.qr(vectors)[0].T.reshape(pairs, bands, *GRID.shape)
    energies = np.repeat(np.sort(random.uniform(0, 1, pairs)), 2)
    return hd.CarrierStates(
        "electron",
        energies,
        vectors / np.sqrt(GRID.cell_volume),
        np.zeros(2 * pairs),
        np.zeros(2 * pairs),
        GRID,
        tuple(f"band {b}" for b in range(bands)),
        spin_degenerate,
    )


@settings(deadline=None, max_examples=20)
@given(bands=st.sampled_from([1, 2, 6]), pairs=st.integers(1, 3), seed=st.integers(0, 99))
def test_kramers_partners_are_time_reversed(bands, pairs, seed):
    """T = iσ_y K: the partner is orthogonal, equally dense, and T² = -1."""
    degenerate = bands == 1
    states = carrier_states(bands, pairs, seed, degenerate)
    spinors = states.envelopes
    assert spinors.shape == (2 * pairs, 2 * bands if degenerate else bands, *GRID.shape)
    first, second = spinors[0::2], spinors[1::2]
    up, down = np.split(first, 2, axis=1)
    assert np.array_equal(second, np.concatenate([down.conj(), -up.conj()], axis=1))
    up, down = np.split(second, 2, axis=1)
    assert np.array_equal(-first, np.concatenate([down.conj(), -up.conj()], axis=1))
    overlaps = np.einsum("pbxyz,pbxyz->p", first.conj(), second)
    assert np.abs(overlaps).max() < 1e-12
    density = np.sum(np.abs(second) ** 2, axis=1)
    assert density == pytest.approx(states.densities(), rel=1e-12)
    assert density.sum() * GRID.cell_volume == pytest.approx(pairs, rel=1e-12)


def test_region_weights_sum_to_one_inside_the_grid():
    dot = hd.Material("dot", gap=2.0, valence_edge=0.0, electron_mass=0.2, hole_mass=0.6)
    crystal = hd.Nanocrystal([(dot, hd.Sphere(0.6)), (dot, hd.Sphere(0.9))], hd.HardWall())
    states = carrier_states(1, 2, 3, True, real=True)
    weights = states.region_weights(crystal)
    assert weights.shape == (2, 3)
    assert weights.sum(axis=1) == pytest.approx(1.0, rel=1e-12)


def test_overlap_is_one_for_identical_densities_and_zero_for_disjoint_ones():
    left = np.zeros((1, 1, *GRID.shape))
    right = left.copy()
    left[:, :, :2], right[:, :, 3:] = 1.0, 1.0
    pairs = []
    for field in (left, right):
        field /= np.sqrt(np.sum(field**2) * GRID.cell_volume)
        none = np.zeros(2)
        pairs.append(hd.CarrierStates("electron", none, field, none, none, GRID, ("S",), True))
    crystal = hd.Nanocrystal([("CdS", hd.Sphere(1.0))])
    same = hd.States(pairs[0], pairs[0], crystal)
    apart = hd.States(pairs[0], pairs[1], crystal)
    assert same.overlap() == pytest.approx(np.ones((1, 1)), rel=1e-12)
    assert apart.overlap() == pytest.approx(np.zeros((1, 1)), abs=1e-15)


def test_labels_and_levels():
    states = carrier_states(2, 3, 1, False)
    data = states.to_xarray()
    assert data.energy.attrs["units"] == "eV"
    assert data.envelope.dims == ("pair", "band", "x", "y", "z")
    assert np.array_equal(data.x, GRID.axes()[0])
    assert sum(count for _, count in states.levels()) == 6
    assert "electrons, 6 spinors" in repr(states)
