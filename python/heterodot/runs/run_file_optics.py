"""The tables of a run file about light and time: spectra, transient absorption, gain, dynamics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from heterodot.kinetics.pump import Continuous, Pulse
from heterodot.kinetics.recombination import Scaling
from heterodot.optics import occupancy
from heterodot.optics.line_shapes import Shape, Voigt
from heterodot.optics.occupancy import Occupancy
from heterodot.optics.spin_boson import SpinBoson
from heterodot.runs.toml_table import Table, at_least, positive, vector

__all__ = [
    "DynamicsOptions",
    "GainOptions",
    "SpectraOptions",
    "TransientOptions",
    "read_dynamics",
    "read_gain",
    "read_spectra",
    "read_transient_absorption",
]

_DISTRIBUTIONS = ("Poisson", "AugerCollapsed", "Fixed", "Given")


@dataclass(frozen=True)
class SpectraOptions:
    """``[spectra]``: temperature (K), line width (eV) and shape, and what light sees."""

    temperature: float
    linewidth: float
    shape: Shape
    kane_energy: float | None
    local_field: float | None
    hole_axis: tuple[float, float, float]


@dataclass(frozen=True)
class GainOptions:
    """``[gain]``: distribution of excitons and window of photon energies."""

    occupancy: Occupancy
    window: float


@dataclass(frozen=True)
class TransientOptions:
    """``[transient_absorption]``: a number of excitons, or a distribution of them."""

    excitons: int
    occupancy: Occupancy | None


@dataclass(frozen=True)
class DynamicsOptions:
    """``[dynamics]``: pumping, and lifetimes in ns, see `heterodot.dynamics`.

    Without a number for `auger` Auger rates are calculated by the golden rule.
    """

    pump: Occupancy | Pulse | Continuous
    radiative: tuple[float, ...] | None
    auger: float | None
    scaling: Scaling
    trapping: float
    most: int


def read_spectra(table: Table) -> SpectraOptions:
    """Read ``[spectra]``."""
    shape = _shape(table)
    axis = vector(table, "hole_axis", table.get("hole_axis", "list", [0.0, 0.0, 1.0]))
    options = SpectraOptions(
        at_least(table, "temperature", 0.0, 300.0),
        positive(table, "linewidth", 0.05),
        shape,
        positive(table, "kane_energy", None),
        positive(table, "local_field", None),
        axis,
    )
    table.finish()
    return options


def _shape(table: Table) -> Shape:
    """One of the shapes by name, with the parameters that it alone has."""
    shape: Any = table.choice(
        "shape", ("gaussian", "lorentzian", "voigt", "spin-boson"), "gaussian"
    )
    table.expects("lorentzian_width", "phonons")
    for key, owner in (("lorentzian_width", "voigt"), ("phonons", "spin-boson")):
        if key in table and shape != owner:
            table.refuse(key, f'belongs to shape = "{owner}", but the shape is "{shape}"')
    if shape == "voigt" and "lorentzian_width" in table:
        return Voigt(at_least(table, "lorentzian_width", 0.0, None))
    if shape == "spin-boson":
        inner = table.table("phonons")
        coupled = SpinBoson(
            at_least(inner, "huang_rhys", 0.0, 0.0),
            positive(inner, "lo_phonon", 0.026),
            at_least(inner, "acoustic", 0.0, 0.0),
            positive(inner, "cutoff", 0.002),
        )
        inner.finish()
        return coupled
    named: Shape = shape
    return named


def read_gain(table: Table) -> GainOptions:
    """Read ``[gain]``."""
    chosen = _occupancy(table, "occupancy")
    options = GainOptions(chosen, positive(table, "window", 1.0))
    table.finish()
    return options


def read_transient_absorption(table: Table) -> TransientOptions:
    """Read ``[transient_absorption]``."""
    excitons = table.get("excitons", "whole number", 1)
    if excitons not in (1, 2):
        table.refuse("excitons", f"must be 1 or 2, of which the states are known, got {excitons}")
    distribution = None
    if "occupancy" in table:
        if "excitons" in table:
            table.refuse("occupancy", "replaces `excitons`: give one of them")
        distribution = _occupancy(table, "occupancy")
    table.expects("occupancy")
    table.finish()
    return TransientOptions(excitons, distribution)


def read_dynamics(table: Table) -> DynamicsOptions:
    """Read ``[dynamics]``."""
    scaling: Any = table.choice("scaling", ("cubic", "pairs"), "cubic")
    radiative = table.raw("radiative")
    if radiative is not None:
        listed = radiative if isinstance(radiative, list) else [radiative]
        if not listed or not all(_is_lifetime(value) for value in listed):
            table.refuse("radiative", f"must be lifetimes of X, XX, ... in ns, got {radiative!r}")
        radiative = tuple(map(float, listed))
    options = DynamicsOptions(
        _pump(table),
        radiative,
        None if table.raw("auger") == "golden-rule" else _lifetime(table, "auger"),
        scaling,
        _lifetime(table, "trapping"),
        table.get("most", "whole number", 3),
    )
    if options.most < 2:
        table.refuse("most", f"must be at least 2 excitons, got {options.most}")
    table.finish()
    return options


def _is_lifetime(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _lifetime(table: Table, key: str) -> float:
    value: float = table.get(key, "number", math.inf)
    if not value > 0:
        table.refuse(key, f"a lifetime must be positive (ns), got {value:g}")
    return value


def _pump(table: Table) -> Occupancy | Pulse | Continuous:
    """Return a pulse, steady pumping, or a distribution at time zero."""
    inner = table.table("pump")
    kind = inner.choice("kind", ("Pulse", "Continuous", *_DISTRIBUTIONS), "Pulse")
    if kind in _DISTRIBUTIONS:
        return _distribution(table, "pump", inner, kind)
    with table.blame("pump"):
        pump: Pulse | Continuous
        if kind == "Pulse":
            pump = Pulse(inner.get("mean", "number", 2.0), inner.get("width", "number", 1e-4))
        else:
            pump = Continuous(inner.get("excitation", "number"))
    inner.finish()
    return pump


def _occupancy(table: Table, key: str) -> Occupancy:
    """Return a distribution of excitons."""
    inner = table.table(key)
    return _distribution(table, key, inner, inner.choice("distribution", _DISTRIBUTIONS, "Poisson"))


def _distribution(table: Table, key: str, inner: Table, kind: str) -> Occupancy:
    chosen: Occupancy
    with table.blame(key):
        if kind == "Given":
            chosen = occupancy.Given(inner.get("probabilities", "list"))
        else:
            chosen = getattr(occupancy, kind)(inner.get("mean", "number", 1.2))
    inner.finish()
    return chosen
