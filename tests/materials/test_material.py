"""Material and the surroundings: derived edges, validation, copies, pickling."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import numpy as np
import pytest

import heterodot as hd


def test_two_edges_give_the_third() -> None:
    assert hd.Material("a", conduction_edge=2.0, valence_edge=-0.5).gap == 2.5
    assert hd.Material("a", gap=2.5, valence_edge=-0.5).conduction_edge == 2.0
    assert hd.Material("a", gap=2.5, conduction_edge=2.0).valence_edge == -0.5
    alone = hd.Material("a", gap=2.5)
    assert alone.valence_edge is None
    assert alone.conduction_edge is None
    with pytest.raises(ValueError, match="give two of the three"):
        hd.Material("a", gap=2.4, conduction_edge=2.0, valence_edge=-0.5)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"electron_mass": 0.0}, "electron_mass must be above 0"),
        ({"hole_mass": -0.6}, "hole_mass must be above 0"),
        ({"hole_mass": np.eye(2)}, r"\(3, 3\) tensor"),
        ({"hole_mass": np.diag([1.0, 1.0, -1.0])}, "positive definite"),
        ({"hole_mass": np.triu(np.ones((3, 3)))}, "symmetric"),
        ({"gap": float("nan")}, "gap must be finite"),
        ({"gap": True}, "gap must be a number"),
        ({"permittivity": 0.5}, "permittivity must be at least 1"),
        ({"luttinger": (1.0, 2.0)}, "luttinger needs 3 numbers"),
        ({"deformation": {"ax": 1.0}}, "unknown entries"),
    ],
)
def test_bad_parameters(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hd.Material("a", **parameters)


def test_names_are_checked() -> None:
    with pytest.raises(ValueError, match="needs a name"):
        hd.Material("  ")
    with pytest.raises(TypeError, match="gapp"):
        hd.Material("a", gapp=1.0)
    with pytest.raises(TypeError, match="must be a mapping"):
        hd.Material("a", elastic=3.0)


def test_require_names_material_and_parameters() -> None:
    entry = hd.Material("mine", gap=1.0)
    entry.require("gap")
    with pytest.raises(ValueError, match=r"'mine' lacks luttinger, spin_orbit"):
        entry.require("gap", "luttinger", "spin_orbit")
    with pytest.raises(ValueError, match="no such"):
        entry.require("luttingr")


def test_typed_access() -> None:
    entry = hd.Material("mine", gap=1.0, hole_mass=np.eye(3))
    assert entry.scalar("gap") == 1.0
    np.testing.assert_array_equal(entry.mass("hole_mass"), np.eye(3))
    with pytest.raises(ValueError, match="must be a number here"):
        entry.scalar("hole_mass")
    with pytest.raises(ValueError, match="lacks electron_mass"):
        entry.mass("electron_mass")


def test_frozen_hashable_picklable() -> None:
    entry = hd.material("CdSe")
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.gap = 1.0  # type: ignore[misc]
    with pytest.raises(TypeError):
        entry.elastic["C11"] = 1.0  # type: ignore[index]
    for twin in (pickle.loads(pickle.dumps(entry)), copy.deepcopy(entry)):
        assert twin == entry
        assert hash(twin) == hash(entry)
        assert twin.sources == entry.sources
    tensor = hd.Material("t", hole_mass=np.diag([1.0, 1.0, 2.0]))
    assert tensor == hd.Material("t", hole_mass=np.diag([1.0, 1.0, 2.0]))
    assert tensor != hd.Material("t", hole_mass=np.eye(3))
    with pytest.raises(ValueError, match="read-only"):
        tensor.hole_mass[0, 0] = 5.0
    assert "hole_mass" in repr(tensor)


def test_replace_keeps_the_edges_consistent() -> None:
    entry = hd.material("CdS")
    shifted = entry.replace(name="shifted", valence_edge=1.0)
    assert shifted.name == "shifted"
    assert shifted.gap == entry.gap
    assert shifted.conduction_edge == pytest.approx(1.0 + entry.gap)
    wider = entry.replace(gap=3.0)
    assert wider.valence_edge == entry.valence_edge
    assert wider.conduction_edge == pytest.approx(entry.valence_edge + 3.0)
    raised = entry.replace(conduction_edge=4.0)
    assert raised.valence_edge == entry.valence_edge
    assert raised.gap == pytest.approx(4.0 - entry.valence_edge)
    both = entry.replace(conduction_edge=4.0, valence_edge=0.0)
    assert both.gap == 4.0
    assert "gap" not in wider.sources
    assert entry.replace(electron_mass=0.2).electron_mass == 0.2


def test_surroundings_are_checked() -> None:
    assert hd.HardWall().permittivity == 1.0
    assert hd.HardWall(permittivity=8.0).name == "hard wall"
    assert hd.Environment("glue", permittivity=2.0).electron_barrier == 3.0
    with pytest.raises(ValueError, match="at least 1"):
        hd.HardWall(permittivity=0.0)
    with pytest.raises(ValueError, match="electron_barrier must be positive"):
        hd.Environment("glue", permittivity=2.0, electron_barrier=-1.0)
    with pytest.raises(ValueError, match="refractive_index"):
        hd.Environment("glue", permittivity=2.0, refractive_index=float("nan"))
    assert pickle.loads(pickle.dumps(hd.environment("toluene"))) == hd.environment("toluene")
    hash(hd.environment("toluene"))
