"""Alloys: end members, bowing, bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heterodot as hd
from heterodot.materials import bowing, material, material_names

fractions = st.floats(0.0, 1.0)
names = st.sampled_from([name for name in material_names() if material(name).phase == "zincblende"])


@pytest.mark.parametrize(("x", "end"), [(0.0, "CdSe"), (1.0, "CdS")])
def test_end_members(x: float, end: str) -> None:
    mixed, pure = hd.alloy("CdSe", "CdS", x), hd.material(end)
    for key, value in mixed.parameters().items():
        assert value == getattr(pure, key), key


def test_bowing_enters_the_conduction_edge() -> None:
    a, b = hd.material("CdSe"), hd.material("CdS")
    curvature = bowing("CdS", "CdSe")["gap"]
    assert curvature > 0
    half = hd.alloy(a, b, 0.5)
    assert half.gap == pytest.approx((a.gap + b.gap) / 2 - curvature / 4)
    assert half.valence_edge == pytest.approx((a.valence_edge + b.valence_edge) / 2)
    assert half.conduction_edge == pytest.approx(half.valence_edge + half.gap)
    straight = hd.alloy(a, b, 0.5, bowing={})
    assert straight.gap == pytest.approx((a.gap + b.gap) / 2)
    own = hd.alloy(a, b, 0.5, bowing={"lattice_constant": 0.4}, name="bent")
    assert own.name == "bent"
    assert own.lattice_constant == pytest.approx(straight.lattice_constant - 0.1)


def test_edges_alone_are_mixed() -> None:
    a = hd.Material("a", conduction_edge=2.0, electron_mass=0.2)
    b = hd.Material("b", conduction_edge=3.0, electron_mass=np.diag([0.1, 0.1, 0.2]))
    half = hd.alloy(a, b, 0.5)
    assert half.conduction_edge == 2.5
    assert half.gap is None
    np.testing.assert_allclose(np.linalg.inv(half.electron_mass), np.diag([7.5, 7.5, 5.0]))


def test_gap_without_a_valence_edge() -> None:
    half = hd.alloy(hd.Material("a", gap=2.0), hd.Material("b", gap=3.0), 0.5)
    assert half.gap == 2.5


def test_refusals() -> None:
    with pytest.raises(ValueError, match="x must be in"):
        hd.alloy("CdSe", "CdS", 1.2)
    with pytest.raises(ValueError, match="x must be in"):
        hd.alloy("CdSe", "CdS", float("nan"))
    with pytest.raises(ValueError, match="phases"):
        hd.alloy("CdSe", hd.Material("w", phase="wurtzite"), 0.5)
    with pytest.raises(ValueError, match="did you mean gap"):
        hd.alloy("CdSe", "CdS", 0.5, bowing={"gapp": 0.1})
    with pytest.raises(ValueError, match="not supported"):
        hd.alloy("CdSe", "CdS", 0.5, bowing={"luttinger": 0.1})


@given(names, names, fractions)
@settings(max_examples=60, deadline=None)
def test_unbowed_parameters_lie_between_the_end_members(a: str, b: str, x: float) -> None:
    mixed = hd.alloy(a, b, x, bowing={})
    for key in ("gap", "valence_edge", "electron_mass", "hole_mass", "permittivity"):
        ends = sorted(getattr(hd.material(name), key) for name in (a, b))
        assert ends[0] - 1e-12 <= getattr(mixed, key) <= ends[1] + 1e-12
    assert mixed.gap == pytest.approx(mixed.conduction_edge - mixed.valence_edge)


@given(names, names, fractions)
@settings(max_examples=60, deadline=None)
def test_order_of_the_end_members_does_not_matter(a: str, b: str, x: float) -> None:
    one, other = hd.alloy(a, b, x, name="m"), hd.alloy(b, a, 1.0 - x, name="m")
    for key in ("gap", "conduction_edge", "electron_mass", "lattice_constant"):
        assert getattr(one, key) == pytest.approx(getattr(other, key), rel=1e-9, abs=1e-12)
    assert one.luttinger == pytest.approx(other.luttinger)
