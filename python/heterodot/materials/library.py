"""The library of materials and environments, read from TOML files that name their sources."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from heterodot.materials.bulk import PARAMETERS, Material
from heterodot.materials.provenance import Provenance
from heterodot.materials.surroundings import Environment

__all__ = [
    "environment",
    "environment_names",
    "load_materials",
    "material",
    "material_names",
    "material_phases",
    "parse_material",
    "unknown_name",
]

_DATA = resources.files("heterodot.materials") / "data"
_TEXT = ("name", "phase", "source", "note")  # keys of a material that are not parameters
_GROUPS = ("deformation", "elastic", "piezo")  # parameters made of named numbers


def material(name: str, phase: str | None = None) -> Material:
    """Return a material of the library.

    Parameters
    ----------
    name : str
        Such as "CdSe"; "CdSe wurtzite" names the phase as well.
    phase : {"zincblende", "wurtzite"}, optional
        By default zincblende where the library has it.

    Raises
    ------
    ValueError
        If there is none of that name; the nearest names are offered.
    """
    library = _materials()
    wanted, _, named_phase = str(name).partition(" ")
    if wanted not in library or (named_phase and phase not in (None, named_phase)):
        unknown_name("material", name, library)
    phases = library[wanted]
    phase = phase or named_phase or next(iter(phases))
    if phase not in phases:
        raise ValueError(f"the library has {wanted} as {' and '.join(phases)}, not as {phase!r}")
    return phases[phase]


def material_phases(name: str) -> tuple[str, ...]:
    """Return the phases in which the library has a material, the default first."""
    library = _materials()
    if name not in library:
        unknown_name("material", name, library)
    return tuple(library[name])


def environment(name: str) -> Environment:
    """Return an environment of the library; ValueError with the nearest names if unknown."""
    library = _environments()
    if name not in library:
        unknown_name("environment", name, library)
    return library[name]


def material_names() -> tuple[str, ...]:
    """Return the names of the library's materials, sorted."""
    return tuple(sorted(_materials()))


def environment_names() -> tuple[str, ...]:
    """Return the names of the library's environments, in the order of the file."""
    return tuple(_environments())


def load_materials(path: str | Path) -> dict[str, Material]:
    """Read materials from a TOML file of your own.

    A file with a top-level ``name`` holds one material, otherwise every table is one::

        [mySe]
        phase = "zincblende"
        source = "our fit, 2026"            # for the numbers that name none themselves
        gap = 1.70
        electron_mass = { value = 0.12, source = "Furdyna PRB 49" }

    Returns
    -------
    dict
        The materials by name.

    Raises
    ------
    ValueError
        If the file is no TOML, a parameter is unknown or a number has no source.
    """
    path = Path(path)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not valid TOML: {error}") from error
    if "name" in tables:
        tables = {str(tables["name"]): tables}
    return {name: parse_material(str(path), name, table) for name, table in tables.items()}


def unknown_name(kind: str, name: object, known: Iterable[str]) -> NoReturn:
    """Raise ValueError for an unknown name, offering the nearest of the known ones."""
    known = sorted(known)
    lowered = {entry.lower(): entry for entry in known}
    near = difflib.get_close_matches(str(name).lower(), lowered, n=3, cutoff=0.5)
    offer = f"did you mean {' or '.join(lowered[entry] for entry in near)}? " if near else ""
    raise ValueError(f"unknown {kind} {name!r}; {offer}known: {', '.join(known)}")


@cache
def _materials() -> dict[str, dict[str, Material]]:
    # Zincblende comes first and is the default.
    files = sorted((e.name for e in _DATA.iterdir() if e.name.endswith(".toml")), reverse=True)
    found: dict[str, dict[str, Material]] = {}
    for file in files:
        if file in ("environments.toml", "bowing.toml"):
            continue
        table = tomllib.loads((_DATA / file).read_text(encoding="utf-8"))
        name = str(table["name"])
        found.setdefault(name, {})[str(table["phase"])] = parse_material(file, name, table)
    return found


@cache
def _environments() -> dict[str, Environment]:
    tables = tomllib.loads((_DATA / "environments.toml").read_text(encoding="utf-8"))
    found = {}
    for name, table in tables.items():
        sources = {
            key: Provenance.from_table(f"environments.toml: {name}.{key}", entry)
            for key, entry in table.items()
        }
        values: dict[str, Any] = {key: entry.value for key, entry in sources.items()}
        found[name] = Environment(name, sources=sources, **values)
    return found


def parse_material(file: str, name: str, table: object) -> Material:
    """Return the material that a table of a TOML file describes; `file` is named in errors."""
    if not isinstance(table, Mapping):
        raise ValueError(  # noqa: TRY004 - the content of a file is a value
            f"{file}: {name} must be a table of parameters, got {table!r}"
        )
    default = table.get("source")
    values: dict[str, Any] = {}
    sources: dict[str, Provenance] = {}
    for key, entry in table.items():
        where = f"{file}: {name}.{key}"
        if key in _TEXT:
            continue
        if key not in PARAMETERS:
            unknown_name(f"parameter in {file}, material {name!r}:", key, PARAMETERS)
        if key in _GROUPS:
            values[key] = {}
            for part, number in _group(where, entry).items():
                sources[f"{key}.{part}"] = Provenance.from_table(f"{where}.{part}", number, default)
                values[key][part] = sources[f"{key}.{part}"].value
        else:
            sources[key] = Provenance.from_table(where, entry, default)
            values[key] = sources[key].value
    return Material(name, phase=table.get("phase"), sources=sources, **values)


def _group(where: str, entry: object) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise ValueError(  # noqa: TRY004 - the content of a file is a value
            f"{where} must be a table of named numbers, got {entry!r}"
        )
    return entry
