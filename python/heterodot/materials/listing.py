"""Readable tables of the library, values beside their sources."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from heterodot.materials.library import (
    environment,
    environment_names,
    material,
    material_names,
    material_phases,
    unknown_name,
)
from heterodot.materials.provenance import Provenance

__all__ = ["describe", "overview"]


def overview() -> str:
    """Return a table of all materials and environments."""
    lines = ["material         valence edge  conduction edge    gap    m_e    m_h  permittivity"]
    lines.append(
        "                           eV               eV     eV     m0     m0  static/optical"
    )
    for name in material_names():
        for number, phase in enumerate(material_phases(name)):
            entry = material(name, phase)
            label = name if number == 0 else f"{name} {phase}"
            lines.append(
                f"{label:15}  {entry.valence_edge:12.3f}  {entry.conduction_edge:15.3f}  "
                f"{entry.gap:5.3f}  {_mean(entry.electron_mass):5.3f}  "
                f"{_mean(entry.hole_mass):5.3f}  "
                f"{entry.permittivity:5.2f}/{entry.permittivity_optical:.2f}"
            )
    lines += ["", "environment  permittivity  refractive index"]
    for name in environment_names():
        medium = environment(name)
        lines.append(f"{name:11}  {medium.permittivity:12.2f}  {medium.refractive_index:16.3f}")
    lines += ["", "heterodot materials NAME shows every number with its source."]
    return "\n".join(lines)


def describe(name: str) -> str:
    """Return every number of a material or environment with its source and alternatives.

    Raises
    ------
    ValueError
        If the library has neither of that name.
    """
    lines = []
    if name.partition(" ")[0] in material_names():
        entry = material(name)
        phases = material_phases(entry.name)
        lines = [f"{entry.name} ({entry.phase})"]
        lines += [
            f"also: heterodot materials '{entry.name} {p}'" for p in phases if p != entry.phase
        ]
        lines.append(f"conduction_edge = {entry.conduction_edge:.6g} eV  (valence_edge + gap)")
        sources = entry.sources
    elif name in environment_names():
        lines = [f"{name} (environment)"]
        sources = environment(name).sources
    else:
        unknown_name("material or environment", name, (*material_names(), *environment_names()))
    for key, source in sources.items():
        lines += _entry(key, source)
    return "\n".join(lines)


def _mean(mass: Any) -> float:
    """Mean over directions of 1/m, as a mass."""
    return float(mass) if np.ndim(mass) == 0 else float(3 / np.trace(np.linalg.inv(mass)))


def _entry(key: str, entry: Provenance) -> list[str]:
    unit = "" if entry.unit == "1" else f" {entry.unit}"
    when = "" if entry.temperature is None else f"  at {entry.temperature:g} K"
    lines = [f"{key} = {_text(entry.value)}{unit}{when}"]
    source = entry.source.removeprefix("derived: ")
    lines += _wrap(f"{entry.status}: {source}")
    if entry.note:
        lines += _wrap(f"note: {entry.note}")
    for other in entry.alternatives:
        lines += _wrap(f"not used: {_text(other.value)}{unit} ({other.status}: {other.source})")
    return lines


def _text(value: Any) -> str:
    return ", ".join(map(_text, value)) if isinstance(value, tuple) else f"{value:.6g}"


def _wrap(text: str) -> list[str]:
    return textwrap.wrap(text, 96, initial_indent="    ", subsequent_indent="      ")
