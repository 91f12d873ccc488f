"""What a calculation is: the TOML file of ``heterodot run``, read and checked as a whole.

Everything is built here (materials, solids, nanocrystal, model), so that mistakes show before any
work begins; docs/run_file.md lists the keys.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from heterodot import kp
from heterodot.nanocrystal import Nanocrystal
from heterodot.runs.run_file_geometry import read_nanocrystal
from heterodot.runs.run_file_optics import (
    DynamicsOptions,
    GainOptions,
    SpectraOptions,
    TransientOptions,
    read_dynamics,
    read_gain,
    read_spectra,
    read_transient_absorption,
)
from heterodot.runs.toml_table import InputError, Table, at_least, positive, vector

__all__ = [
    "FIGURES",
    "STAGES",
    "CoulombOptions",
    "ExcitonOptions",
    "HamiltonianOptions",
    "OutputOptions",
    "RunFile",
    "StatesOptions",
    "parse_run",
    "read_run",
]

STAGES = ("states", "coulomb", "excitons", "spectra", "gain", "dynamics")
"""How far a calculation can go; each stage needs those before it."""

FIGURES = (
    "levels",
    "lineup",
    "states",
    "spectra",
    "transient_absorption",
    "gain",
    "gain_map",
    "dynamics",
)
"""The figures a calculation can draw."""


_VALENCE_MODELS: dict[str, Callable[[Any], kp.Model]] = {
    "Luttinger4": kp.Luttinger4,
    "Luttinger6": kp.Luttinger6,
    "Wurtzite6": kp.Wurtzite6,
}


@dataclass(frozen=True)
class HamiltonianOptions:
    """``[hamiltonian]``: model, grid and discretisation; see `heterodot.Hamiltonian`."""

    model: kp.Model
    spacing: float
    margin: float | None
    interface: Any
    order: int
    barrier: Any
    orientation: tuple[tuple[float, ...], ...] | None


@dataclass(frozen=True)
class StatesOptions:
    """``[states]``: how many spinors, and how accurate."""

    electrons: int
    holes: int
    tolerance: float
    bound: bool


@dataclass(frozen=True)
class CoulombOptions:
    """``[coulomb]``: which permittivity."""

    permittivity: Any
    self_polarisation: bool
    spacing: float | None
    solver: Any


@dataclass(frozen=True)
class ExcitonOptions:
    """``[excitons]``: how many states of X and XX; None for as many as the spectra need."""

    exciton_roots: int | None
    biexciton_roots: int | None


@dataclass(frozen=True)
class OutputOptions:
    """``[output]``: how far to go and what to write."""

    until: Literal["states", "coulomb", "excitons", "spectra", "gain", "dynamics"]
    data: bool
    figures: tuple[str, ...]

    def wants(self, stage: str) -> bool:
        """Return whether a stage is to be computed."""
        return STAGES.index(stage) <= STAGES.index(self.until)


@dataclass(frozen=True)
class RunFile:
    """A calculation from geometry to gain and its course in time.

    Attributes
    ----------
    title : str
    text : str
        The file itself; it is kept in the results.
    nanocrystal : Nanocrystal
    hamiltonian, states, coulomb, excitons, spectra, transient_absorption, gain, dynamics, output
        The tables of the file.
    """

    title: str
    text: str
    nanocrystal: Nanocrystal
    hamiltonian: HamiltonianOptions
    states: StatesOptions
    coulomb: CoulombOptions
    excitons: ExcitonOptions
    spectra: SpectraOptions
    transient_absorption: TransientOptions
    gain: GainOptions
    dynamics: DynamicsOptions
    output: OutputOptions


def read_run(path: str | Path) -> RunFile:
    """Read and check a file.

    Raises
    ------
    InputError
        A ValueError that names the file and the place in it.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from None
    try:
        return parse_run(text, path.parent)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def parse_run(text: str, folder: Path | None = None) -> RunFile:
    """Read and check the text of a file; `folder` is where its material files are looked for."""
    try:
        file = Table(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not valid TOML: {error}") from None
    title = file.get("title", "string", "")
    nanocrystal = read_nanocrystal(file, folder or Path())
    run = RunFile(
        title or repr(nanocrystal).removeprefix("Nanocrystal: "),
        text,
        nanocrystal,
        _hamiltonian(file.table("hamiltonian")),
        _states(file.table("states")),
        _coulomb(file.table("coulomb")),
        _excitons(file.table("excitons")),
        read_spectra(file.table("spectra")),
        read_transient_absorption(file.table("transient_absorption")),
        read_gain(file.table("gain")),
        read_dynamics(file.table("dynamics")),
        _output(file.table("output"), "dynamics" if "dynamics" in file else "gain"),
    )
    file.finish()
    return run


def _hamiltonian(table: Table) -> HamiltonianOptions:
    options = HamiltonianOptions(
        _model(table),
        positive(table, "spacing", 0.2),
        at_least(table, "margin", 0.0, None),
        table.choice("interface", ("laminate", "average", "staircase"), "laminate"),
        table.get("order", "whole number", 4),
        table.choice("barrier", ("auto", "grid", "tail"), "auto"),
        _orientation(table),
    )
    if options.order not in (2, 4):
        table.refuse("order", f"must be 2 or 4, got {options.order}")
    table.finish()
    return options


def _model(table: Table) -> kp.Model:
    name = table.choice("model", ("EffectiveMass", *_VALENCE_MODELS), "EffectiveMass")
    order: Any = table.choice("operator_order", ("burt-foreman", "symmetrised"), "burt-foreman")
    if name == "EffectiveMass":
        if "operator_order" in table:
            table.refuse("operator_order", "the model EffectiveMass has one band and no order")
        return kp.EffectiveMass()
    return _VALENCE_MODELS[name](order)


def _orientation(table: Table) -> tuple[tuple[float, ...], ...] | None:
    table.expects("orientation", "crystal_z", "crystal_x")
    if "orientation" in table:
        rows = table.get("orientation", "list")
        if len(rows) != 3:
            table.refuse("orientation", f"must be a 3×3 rotation matrix, got {rows!r}")
        return tuple(vector(table, "orientation", row) for row in rows)
    if "crystal_z" not in table and "crystal_x" not in table:
        return None
    z, x = (
        np.array(vector(table, key, table.get(key, "list"))) for key in ("crystal_z", "crystal_x")
    )
    if not np.any(z) or not np.any(x) or abs(float(z @ x)) > 1e-9 * math.hypot(*z) * math.hypot(*x):
        table.refuse("crystal_x", f"must be perpendicular to crystal_z {z.tolist()}")
    z, x = z / np.linalg.norm(z), x / np.linalg.norm(x)
    # Its columns say where the crystal axes point, its rows which direction lies along x, y, z.
    return tuple(tuple(float(entry) for entry in row) for row in (x, np.cross(z, x), z))


def _states(table: Table) -> StatesOptions:
    options = StatesOptions(
        table.get("electrons", "whole number", 8),
        table.get("holes", "whole number", 18),
        positive(table, "tolerance", 1e-5),
        table.get("bound", "true or false", True),
    )
    for key in ("electrons", "holes"):
        count = getattr(options, key)
        if count < 0 or count % 2:
            table.refuse(key, f"must be an even number of spinors (Kramers pairs), got {count}")
    table.finish()
    return options


def _coulomb(table: Table) -> CoulombOptions:
    permittivity = table.raw("permittivity", "static")
    if isinstance(permittivity, str):
        permittivity = table.choice("permittivity", ("static", "optical"), "static")
    elif (permittivity := table.get("permittivity", "number")) < 1.0:
        table.refuse("permittivity", f"must be at least 1, got {permittivity:g}")
    options = CoulombOptions(
        permittivity,
        table.get("self_polarisation", "true or false", True),
        positive(table, "spacing", None),
        table.choice("solver", ("auto", "surface", "volume"), "auto"),
    )
    table.finish()
    return options


def _excitons(table: Table) -> ExcitonOptions:
    counts = []
    for key in ("exciton_roots", "biexciton_roots"):
        count = table.get(key, "whole number", None)
        if count is not None and count < 1:
            table.refuse(key, f"must be at least 1, got {count}")
        counts.append(count)
    table.finish()
    return ExcitonOptions(*counts)


def _output(table: Table, last: str) -> OutputOptions:
    until: Any = table.choice("until", STAGES, last)
    figures = table.raw("figures", True)
    if isinstance(figures, bool):
        chosen = FIGURES if figures else ()
    elif isinstance(figures, list) and set(map(str, figures)) <= set(FIGURES):
        chosen = tuple(figures)
    else:
        table.refuse("figures", f"must be true, false or a list of {', '.join(FIGURES)}")
    options = OutputOptions(until, table.get("data", "true or false", True), chosen)
    table.finish()
    return options
