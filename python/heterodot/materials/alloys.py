"""Alloys A(1-x)B(x), interpolated between their end members with bowing."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from heterodot.materials.bulk import PARAMETERS, Material
from heterodot.materials.library import _DATA, material, unknown_name
from heterodot.materials.provenance import Provenance

__all__ = ["alloy", "bowing"]

# Masses enter a Hamiltonian as 1/m, as the Luttinger parameters do: that is what mixes linearly.
_INVERSE = ("electron_mass", "hole_mass")
_DERIVED = ("phase", "conduction_edge")


def alloy(
    a: Material | str,
    b: Material | str,
    x: float,
    *,
    bowing: Mapping[str, float] | None = None,
    name: str | None = None,
) -> Material:
    """Return the alloy A(1-x)B(x).

    Every parameter both end members have is (1−x)A + xB − C x(1−x) with the bowing C; masses
    are mixed as 1/m. The gap's bowing goes to the conduction edge: the valence edge is linear
    unless a bowing of its own is given. Parameters that only one end member has are absent.

    Parameters
    ----------
    a, b : Material or str
        End members, or their names in the library.
    x : float
        Fraction of `b`, 0 … 1.
    bowing : mapping, optional
        Bowing by parameter name, in the parameter's unit, e.g. ``{"gap": 0.5}``; default: the
        library's table for the pair (`bowing`), 0 for what it does not list.
    name : str, optional
        Default "A(1-x)B(x)" with the fractions filled in.

    Raises
    ------
    ValueError
        If x is outside 0 … 1, the phases differ, or a bowing names no scalar parameter.
    """
    first = material(a) if isinstance(a, str) else a
    second = material(b) if isinstance(b, str) else b
    if not (math.isfinite(x) and 0.0 <= x <= 1.0):
        raise ValueError(f"alloy of {first.name} and {second.name}: x must be in 0 ... 1, got {x}")
    if None not in (first.phase, second.phase) and first.phase != second.phase:
        raise ValueError(
            f"alloy of {first.name} and {second.name}: phases {first.phase} and {second.phase} "
            "differ"
        )
    used = dict(bowing) if bowing is not None else _listed_bowing(first.name, second.name)
    left, right = first.parameters(), second.parameters()
    for key in used:
        if key not in PARAMETERS:
            unknown_name("bowing parameter", key, PARAMETERS)
        if key in _DERIVED or not isinstance(left.get(key), float):
            raise ValueError(f"bowing of {key} is not supported: give it for a scalar parameter")
    if "gap" in left and "gap" in right and "valence_edge" in left and "valence_edge" in right:
        for parameters in (left, right):
            parameters.pop("conduction_edge")
    values = {
        key: _mix(key, left[key], right[key], x, float(used.get(key, 0.0)))
        for key in left
        if key in right and key != "phase"
    }
    label = name if name is not None else f"{first.name}({1 - x:.3g}){second.name}({x:.3g})"
    source = f"derived: alloy of {first.name} and {second.name}, x = {x:.6g}"
    sources = {
        key: Provenance(
            value, f"{source}, bowing {used[key]:g}" if key in used else source, "derived"
        )
        for key, value in values.items()
        if isinstance(value, (float, tuple))
    }
    return Material(label, phase=first.phase or second.phase, sources=sources, **values)


def bowing(a: str, b: str) -> dict[str, float]:
    """Return the library's bowing parameters of a pair, by parameter name (may be empty)."""
    return _listed_bowing(a, b)


def _mix(key: str, a: Any, b: Any, x: float, curvature: float) -> Any:
    if x in (0.0, 1.0):  # end members exactly
        return b if x == 1.0 else a
    if isinstance(a, Mapping):
        return {part: _mix(part, a[part], b[part], x, 0.0) for part in a if part in b}
    if isinstance(a, tuple):
        return tuple(_mix(key, *pair, x, 0.0) for pair in zip(a, b, strict=True))
    if key in _INVERSE:
        if isinstance(a, float) and isinstance(b, float):
            return 1.0 / ((1.0 - x) / a + x / b) - curvature * x * (1.0 - x)
        inverse = (1.0 - x) * _inverse_tensor(a) + x * _inverse_tensor(b)
        mixed = np.linalg.inv(inverse)
        return (mixed + mixed.T) / 2
    return (1.0 - x) * a + x * b - curvature * x * (1.0 - x)


def _inverse_tensor(mass: Any) -> Any:
    return np.linalg.inv(mass if np.ndim(mass) == 2 else mass * np.eye(3))


@cache
def _bowing_file() -> dict[frozenset[str], dict[str, Provenance]]:
    tables = tomllib.loads((_DATA / "bowing.toml").read_text(encoding="utf-8"))
    return {
        frozenset(pair.split("-")): {
            key: Provenance.from_table(f"bowing.toml: {pair}.{key}", entry)
            for key, entry in table.items()
        }
        for pair, table in tables.items()
    }


def _listed_bowing(a: str, b: str) -> dict[str, float]:
    entries = _bowing_file().get(frozenset((a, b)), {})
    return {key: entry.value for key, entry in entries.items() if isinstance(entry.value, float)}
