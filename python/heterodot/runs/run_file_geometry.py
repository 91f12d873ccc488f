"""The parts of a run file that describe the nanocrystal: materials, layers, surroundings."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from heterodot.geometry.solid import Solid
from heterodot.geometry.solid_expression import SHAPES, parse_solid
from heterodot.materials import (
    Environment,
    HardWall,
    Material,
    alloy,
    environment,
    load_materials,
    material,
    material_names,
)
from heterodot.materials.library import parse_material, unknown_name
from heterodot.nanocrystal import Nanocrystal
from heterodot.runs.toml_table import InputError, Table

__all__ = ["read_nanocrystal"]

Materials = dict[str, Material]


def read_nanocrystal(file: Table, folder: Path) -> Nanocrystal:
    """Return the nanocrystal of a file; `folder` is where its material files are looked for."""
    own = _own_materials(file, folder)
    layers = []
    for table in file.tables("layers"):
        layers.append((_layer_material(table, own), _solid(table)))
        table.finish()
    surroundings = _environment(file)
    graded, steps = _interfaces(file.table("interfaces"))
    try:
        return Nanocrystal(layers, surroundings, graded, steps)
    except (ValueError, TypeError) as error:
        raise InputError(_place(str(error))) from error


def _place(message: str) -> str:
    """Put the place in the file in front of what Nanocrystal says about layers and widths."""
    if message.startswith("layer ") and message[6:7].isdigit():
        number = message[6:].split(" ")[0]
        return f"[[layers]][{number}]: {message}"
    if "graded" in message:
        return f"[interfaces].width: {message}"
    return f"[[layers]]: {message}"


def _own_materials(file: Table, folder: Path) -> Materials:
    own: Materials = {}
    names = file.raw("material_files", [])
    for name in [names] if isinstance(names, str) else names:
        with file.blame("material_files"):
            own |= load_materials(folder / name)
    tables = file.table("materials")
    for name, content in tables.arguments().items():
        place = tables.path(name)
        if not isinstance(content, dict):
            raise InputError(f"{place}: must be a table of parameters, got {content!r}")
        numbers = {key: value for key, value in content.items() if key != "base"}
        try:
            parsed = parse_material("[materials]", name, numbers)
            if "base" in content:
                parsed = _changed(_named(content["base"], own), parsed)
        except (ValueError, TypeError) as error:
            raise InputError(f"{place}: {error}") from error
        own[name] = parsed
    return own


def _changed(base: Material, changes: Material) -> Material:
    """Return a material with some numbers (and their sources) replaced."""
    result = base.replace(changes.name, **changes.parameters())
    sources = {**result.sources, **changes.sources}
    return Material(result.name, sources=sources, **result.parameters())


def _named(name: Any, own: Materials) -> Material:
    if not isinstance(name, str):
        raise InputError(f"must be the name of a material, got {name!r}")
    if name in own:
        return own[name]
    if own and name.partition(" ")[0] not in material_names():
        unknown_name("material", name, (*own, *material_names()))
    return material(name)


def _layer_material(table: Table, own: Materials) -> Material:
    value = table.raw("material")
    if value is None:
        table.refuse("material", "is missing; give the name of a material")
    if isinstance(value, str):
        with table.blame("material"):
            return _named(value, own)
    inner = table.table("material")
    ends = inner.get("alloy", "list")
    x = inner.get("x", "number")
    if len(ends) != 2:
        inner.refuse("alloy", f"must be two materials, got {ends!r}")
    with inner.blame("alloy"):
        first, second = (_named(end, own) for end in ends)
    bowing, name = inner.raw("bowing"), inner.get("name", "string", None)
    inner.finish()
    with table.blame("material"):
        return alloy(first, second, x, bowing=bowing, name=name)


def _solid(table: Table) -> Solid:
    value = table.raw("solid")
    if isinstance(value, str):
        with table.blame("solid"):
            return parse_solid(value)
    if not isinstance(value, dict):
        table.refuse(
            "solid", 'must be a table such as { shape = "Sphere", radius = 2.0 } or an expression'
        )
    inner = table.table("solid")
    shape = SHAPES[inner.choice("shape", tuple(SHAPES))]
    arguments = inner.arguments()
    known = [name for name in shape.__init__.__code__.co_varnames if name != "self"]
    known = known[: shape.__init__.__code__.co_argcount - 1]
    for name in arguments:
        if name not in known:
            inner.unknown(name, ["shape", *known])
    required = known[: len(known) - len(shape.__init__.__defaults__ or ())]
    for name in required:
        if name not in arguments:
            inner.refuse(name, f"is missing; a {shape.__name__} needs {', '.join(required)}")
    with table.blame("solid"):
        return shape(**arguments)


def _environment(file: Table) -> str | Environment | HardWall:
    value = file.raw("environment", "toluene")
    if isinstance(value, str):
        with file.blame("environment"):
            return environment(value)
    table = file.table("environment")
    hard = table.get("hard_wall", "true or false", False)
    allowed = ["permittivity", "refractive_index"]
    name = None
    if not hard:
        name = table.get("name", "string", "environment")
        allowed += ["electron_barrier", "hole_barrier", "electron_mass", "hole_mass"]
    numbers = {key: table.get(key, "number") for key in allowed if key in table}
    for key in table.arguments():
        table.unknown(key, ["hard_wall", *([] if hard else ["name"]), *allowed])
    with file.blame("environment"):
        if hard:
            return HardWall(**numbers)
        if "permittivity" not in numbers:
            known = environment(str(name))  # the library's, with some numbers changed
            kept = {key: getattr(known, key) for key in ("permittivity", "refractive_index")}
            sources = {key: s for key, s in known.sources.items() if key not in numbers}
            return Environment(str(name), sources=sources, **{**kept, **numbers})
        return Environment(str(name), **numbers)


def _interfaces(table: Table) -> tuple[Any, int]:
    width = table.raw("width")
    steps = table.get("steps", "whole number", 6)
    table.finish()
    if width is None or width == "abrupt":
        return None, steps
    if isinstance(width, list):
        return [_width(table, entry) for entry in width], steps
    return _width(table, width), steps


def _width(table: Table, value: Any) -> float | None:
    if value == "abrupt":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        table.refuse("width", f'must be a width in nm or "abrupt", got {value!r}')
    if not (math.isfinite(value) and value > 0.0):
        table.refuse("width", f'must be positive (nm) or "abrupt", got {value:g}')
    return float(value)
