"""Materials, environments and nanocrystals as plain values that JSON keeps to the last bit.

Numbers are Python floats, whose shortest text reads back exactly; solids are their expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.geometry.solid_expression import implicit_parts, parse_solid
from heterodot.materials import Environment, HardWall, Material, Provenance
from heterodot.nanocrystal import Nanocrystal, Region

__all__ = ["describe_nanocrystal", "nanocrystal_from", "nanocrystal_samples"]

Plain = dict[str, Any]
Samples = Mapping[str, NDArray[np.float64]]


def describe_nanocrystal(nanocrystal: Nanocrystal) -> Plain:
    """Return layers, the regions computed from them, and the environment."""
    return {
        "layers": [_describe_region(layer) for layer in nanocrystal.layers],
        "environment": _describe_environment(nanocrystal.environment),
        "graded": list(nanocrystal.graded),
        "graded_steps": nanocrystal.graded_steps,
        "period": None if nanocrystal.period is None else list(nanocrystal.period),
        # Alloys follow from the layers and the library's bowing; kept as they were.
        "regions": [_describe_region(region) for region in nanocrystal.regions]
        if nanocrystal.regions != nanocrystal.layers
        else None,
    }


def nanocrystal_samples(nanocrystal: Nanocrystal) -> dict[str, NDArray[np.float64]]:
    """Return the samples of all `Implicit` solids in a nanocrystal, by their digest."""
    found: dict[str, NDArray[np.float64]] = {}
    for layer in nanocrystal.layers:
        found |= implicit_parts(layer.solid)
    return found


def nanocrystal_from(described: Plain, samples: Samples | None = None) -> Nanocrystal:
    """Return the nanocrystal that was described."""
    layers = [_region_from(entry, samples) for entry in described["layers"]]
    result = Nanocrystal(
        [(layer.material, layer.solid) for layer in layers],
        _environment_from(described["environment"]),
        described["graded"],
        described["graded_steps"],
        period=described.get("period"),
    )
    if described["regions"] is not None:
        result.regions = tuple(_region_from(entry, samples) for entry in described["regions"])
    return result


def _describe_region(region: Region) -> Plain:
    return {"solid": repr(region.solid), "material": _describe_material(region.material)}


def _region_from(described: Plain, samples: Samples | None) -> Region:
    return Region(_material_from(described["material"]), parse_solid(described["solid"], samples))


def _describe_material(material: Material) -> Plain:
    parameters = {name: _plain(value) for name, value in material.parameters().items()}
    return {"name": material.name, **parameters, "sources": _describe_sources(material.sources)}


def _material_from(described: Plain) -> Material:
    parameters = {key: value for key, value in described.items() if key not in ("name", "sources")}
    return Material(described["name"], sources=_sources_from(described["sources"]), **parameters)


def _describe_environment(environment: Environment | HardWall) -> Plain:
    kind = type(environment).__name__
    values = {
        entry.name: getattr(environment, entry.name)
        for entry in fields(environment)
        if entry.name != "sources"
    }
    if isinstance(environment, HardWall):
        return {"kind": kind, **values}
    return {"kind": kind, **values, "sources": _describe_sources(environment.sources)}


def _environment_from(described: Plain) -> Environment | HardWall:
    values = dict(described)
    if values.pop("kind") == "HardWall":
        return HardWall(**values)
    return Environment(**{**values, "sources": _sources_from(values["sources"])})


def _describe_sources(sources: Mapping[str, Provenance]) -> Plain:
    return {name: _describe_provenance(entry) for name, entry in sources.items()}


def _sources_from(described: Plain) -> dict[str, Provenance]:
    return {name: _provenance_from(entry) for name, entry in described.items()}


def _describe_provenance(entry: Provenance) -> Plain:
    values = {part.name: getattr(entry, part.name) for part in fields(entry)}
    values["value"] = _plain(values["value"])
    values["alternatives"] = [_describe_provenance(other) for other in entry.alternatives]
    return values


def _provenance_from(described: Plain) -> Provenance:
    values = {**described, "value": _tuples(described["value"])}
    values["alternatives"] = tuple(_provenance_from(other) for other in described["alternatives"])
    return Provenance(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def _tuples(value: Any) -> Any:
    return tuple(_tuples(entry) for entry in value) if isinstance(value, list) else value
