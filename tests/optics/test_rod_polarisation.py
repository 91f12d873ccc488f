"""Light of rods along their axis: the dielectric and the electronic part both grow with the aspect ratio."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import heterodot as hd

EXAMPLE = Path(__file__).parents[2] / "examples" / "rod_polarisation.py"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("rod_polarisation", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow  # six bands
def test_both_parts_grow_with_the_aspect_ratio(example):
    """J. Hu et al., Science 292, 2060 (2001): from unpolarised dots to strongly polarised rods."""
    rods = [example.polarisation("CdSe", 1.6, a, 0.4, 12, 300.0) for a in (1.01, 1.5, 3.0)]
    for part in ("dielectric", "electronic", "both"):
        values = [rod[part] for rod in rods]
        assert values[0] == pytest.approx(0.0, abs=0.02)
        assert np.all(np.diff(values) > 0.05)
    for rod in rods:
        # intensities multiply, so that the degrees add like velocities
        d, e = rod["dielectric"], rod["electronic"]
        assert rod["both"] == pytest.approx((d + e) / (1 + d * e), abs=1e-9)


def test_dielectric_part_of_a_spheroid_is_the_closed_form():
    """F = ε_o/(ε_o + L (ε_i - ε_o)) with the depolarisation factors L of a prolate spheroid."""
    inside, outside, aspect = 6.2, 2.25, 3.0
    e = np.sqrt(1 - 1 / aspect**2)
    along = (1 - e**2) / e**2 * (np.arctanh(e) / e - 1)
    factors = np.array([(1 - along) / 2, along])
    field = outside / (outside + factors * (inside - outside))
    expected = (field[1] ** 2 - field[0] ** 2) / (field[1] ** 2 + field[0] ** 2)
    material = hd.Material(
        "m", conduction_edge=2.0, valence_edge=0.0, permittivity=9.0, permittivity_optical=inside
    )
    solid = hd.Ellipsoid((1.5, 1.5, 4.5))
    dot = hd.Nanocrystal([(material, solid)], hd.HardWall(2.25, refractive_index=1.5))
    found = np.diag(hd.local_field(dot).tensor) ** 2
    assert (found[2] - found[0]) / (found[2] + found[0]) == pytest.approx(expected, abs=0.005)
