"""Momentum matrix elements, rates and local fields against closed forms."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from optics_stand_ins import Nanocrystal, sphere_states

import heterodot as hd
from heterodot.envelopes.bloch_functions import heavy_holes
from heterodot.optics.radiation import (
    OpticalMedium,
    cross_section_strength,
    local_field_sphere,
    optical_medium,
    radiative_rate,
)
from heterodot.optics.transitions import interband_momentum
from heterodot.units import HBAR, HBAR2_OVER_2M0, SPEED_OF_LIGHT

CASES = json.loads((Path(__file__).parents[1] / "data" / "gain.json").read_text())["radiative"]


def expanded(carrier):
    """All spinors over orbital and spin, (N, orbitals, 2, nodes), the slow and plain way."""
    result = []
    for first in carrier.representatives:
        if carrier.spin_degenerate:
            up, down = first, np.zeros_like(first)
        else:
            up, down = np.split(first, 2)
        for a, b in ((up, down), (down.conj(), -up.conj())):
            result.append(np.stack([a, b], axis=1).reshape(len(up), 2, -1))
    return np.array(result)


@pytest.mark.parametrize("case", CASES, ids=[c["case"] for c in CASES])
def test_radiative_lifetimes_of_the_validation_table(case):
    field = local_field_sphere(case["eps_in"], case["eps_out"])
    assert field == pytest.approx(case["local_field_F"], rel=1e-12)
    medium = OpticalMedium(case["n_out"], field)
    full = case["Ep_eV"] * HBAR2_OVER_2M0 * case["overlap2"]
    tau = case["tau_ns_single_z_transition_full_strength_p2_is_m0Ep_over_2"]
    assert 1 / radiative_rate(case["E_eV"], full, medium) == pytest.approx(tau, rel=1e-9)
    average = 1 / radiative_rate(case["E_eV"], full / 2, medium)
    assert average == pytest.approx(case["tau_ns_8fold_thermal_average"], rel=1e-9)


def test_multiband_elements_are_the_overlaps_with_each_bloch_function():
    states = sphere_states(valence=6)
    p = interband_momentum(states)
    e, h = expanded(states.electrons), expanded(states.holes)
    volume = states.electrons.grid.cell_volume
    expected = np.einsum("qjsr,psr->jpq", h.conj(), e[:, 0]) * volume
    np.testing.assert_allclose(p, -1j * math.sqrt(17.5 * HBAR2_OVER_2M0) * expected, atol=1e-12)


def test_heavy_hole_has_two_bright_and_two_dark_states():
    p = interband_momentum(sphere_states(), axis=(0, 0, 1))[:, :2, :2]
    strengths = np.sum(np.abs(p) ** 2, axis=0) / (17.5 * HBAR2_OVER_2M0)
    np.testing.assert_allclose(np.sort(strengths.ravel()), [0, 0, 1, 1], atol=1e-12)
    np.testing.assert_allclose(p[2], 0, atol=1e-14)
    assert np.mean(strengths) == pytest.approx(0.5)  # the average over the J = 3/2 octet


@pytest.mark.parametrize("axis", [(1, 0, 0), (0.3, -0.5, 0.7), (0, 0, -2)])
def test_sum_over_the_manifold_does_not_depend_on_the_axis(axis):
    p = interband_momentum(sphere_states(), axis=axis)
    n = np.array(axis) / np.linalg.norm(axis)
    np.testing.assert_allclose(np.einsum("j,jeh->eh", n, p), 0, atol=1e-13)
    total = np.sum(np.abs(p[:, :2, :2]) ** 2)
    assert total == pytest.approx(2 * 17.5 * HBAR2_OVER_2M0)


def test_octet_of_three_halves_holes():
    """All J = 3/2 holes of one envelope: strengths sum to four, 0.5 on average (validation data)."""
    states = sphere_states(valence=6)
    s = states.electrons.representatives[0, 0]
    up = heavy_holes((0.0, 0.0, 1.0))[0]  # (XYZ, spin)
    # light hole |3/2, 1/2⟩ = √(2/3) Z↑ - (X + iY)↓/√6
    light = np.zeros((3, 2), complex)
    light[2, 0], light[:2, 1] = math.sqrt(2 / 3), np.array([-1, -1j]) / math.sqrt(6)
    bloch = np.array([up, light]).swapaxes(1, 2).reshape(2, 6)
    states.holes.representatives = np.einsum("qb,xyz->qbxyz", bloch, s)
    p = interband_momentum(states)[:, :2, :]
    total = np.sum(np.abs(p) ** 2) / (17.5 * HBAR2_OVER_2M0)
    assert total == pytest.approx(4.0)


def test_kane_energy_of_each_material_counts_where_it_is():
    options = {"conduction_edge": 2.0, "valence_edge": 0.0, "permittivity": 6.0}
    inner = hd.Material("inner", kane_energy=16.0, **options)
    outer = hd.Material("outer", kane_energy=25.0, **options)
    states = sphere_states(radius=2.0)
    states.nanocrystal = Nanocrystal(
        [(inner, hd.Sphere(1.0)), (outer, hd.Sphere(2.0))], environment=hd.HardWall(2.0)
    )
    p = np.abs(interband_momentum(states)[:, :2, :2]).max()
    inside = 0.5  # of the 1S density: ∫_0^{R/2} 2/R sin²(πr/R) dr
    expected = math.sqrt(HBAR2_OVER_2M0 / 2) * (4 * inside + 5 * (1 - inside))
    assert p == pytest.approx(expected, rel=3e-3)
    given = np.abs(interband_momentum(states, kane_energy=9.0)[:, :2, :2]).max()
    assert given == pytest.approx(math.sqrt(HBAR2_OVER_2M0 / 2) * 3)


def test_einstein_relation():
    medium = OpticalMedium(1.5, 0.63)
    energy, square = np.array([0.7, 2.1]), np.array([0.3, 0.6])
    rate = radiative_rate(energy, square, medium)
    area = cross_section_strength(energy, square, medium)
    expected = (1.5 * energy) ** 2 * area / (np.pi**2 * HBAR * (HBAR * SPEED_OF_LIGHT) ** 2)
    np.testing.assert_allclose(rate, expected * 1e-9, rtol=1e-12)


def test_optical_medium_of_a_sphere():
    medium = optical_medium(sphere_states().nanocrystal)
    assert medium.local_field == pytest.approx(CASES[0]["local_field_F"])
    assert medium.refractive_index == 1.5
    assert optical_medium(sphere_states().nanocrystal, local_field=0.9).local_field == 0.9


def test_wrong_bands_are_named():
    states = sphere_states()
    states.holes = SimpleNamespace(
        **{**vars(states.holes), "representatives": np.zeros((1, 2, *states.holes.grid.shape))}
    )
    with pytest.raises(ValueError, match="got 2 bands"):
        interband_momentum(states)
    with pytest.raises(ValueError, match="kane_energy"):
        interband_momentum(sphere_states(), kane_energy=-1.0)
