"""One HTML page with everything a calculation found; it needs no network and no other file."""

from __future__ import annotations

import base64
import io
import json
import math
import os
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np

from heterodot.envelopes.states import CarrierStates, States
from heterodot.plot.meshes import Mesh, density_mesh, surface_mesh
from heterodot.plot.pictures import pictures
from heterodot.version import __version__

if TYPE_CHECKING:
    from heterodot.runs.results import Results

__all__ = ["report"]

_CAPTIONS = {
    "lineup": "Band line-up",
    "levels": "Levels",
    "spectra": "Spectra",
    "transient_absorption": "Transient absorption",
    "gain": "Gain",
    "gain_map": "Gain map",
    "dynamics": "Dynamics",
}
_ENCLOSED = 0.6  # share of the probability inside an isosurface
_TRIANGLES = 6000  # of one surface: more are slow to turn on a plain canvas


def report(results: Results | States, path: str | os.PathLike[str]) -> Path:
    """Write one HTML page: numbers with errors, states that can be turned, and all pictures.

    The page holds its pictures, surfaces and program itself and asks the browser to load nothing.

    Parameters
    ----------
    results : Results or States
    path : path-like
        The page; its folder is made if it does not exist.

    Returns
    -------
    Path

    Raises
    ------
    TypeError
        If `results` is something else; `heterodot.Results` takes what was computed by name.
    """
    from heterodot.runs.results import Results

    if isinstance(results, States):
        results = Results(states=results)
    if not isinstance(results, Results):
        raise TypeError(
            f"results: must be Results or States, got {type(results).__name__}; collect what was "
            "computed, hd.Results(states=states, x=x, gain=gain)"
        )
    page = Template(
        files("heterodot.plot").joinpath("report.html").read_text(encoding="utf-8")
    ).substitute(
        title=escape(results.title or "Nanocrystal"),
        version=escape(__version__),
        rows="\n".join(_row(*entry) for entry in _numbers(results)),
        pictures="\n".join(_figures(results)),
        scene=_script(_scene(results.states)),
        summary=escape(results.summary()),
    )
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, encoding="utf-8")
    return target


def _numbers(results: Results) -> Iterator[tuple[str, float, float, str]]:
    """Name, value, error (nan if there is no estimate) and unit."""
    nan = math.nan
    if results.states is not None:
        for carrier in (results.states.electrons, results.states.holes):
            if len(carrier):
                name = f"lowest {carrier.carrier}"
                yield name, float(carrier.energies[0]), float(carrier.errors[0]), "eV"
        if len(results.states.electrons) and len(results.states.holes):
            yield "overlap of electron and hole", float(results.states.overlap()[0, 0]), nan, ""
    if results.x is not None:
        yield "exciton X", float(results.x.energies[0]), nan, "eV"
    if (shift := results.shift) is not None:
        yield "biexciton XX", shift.biexciton, nan, "eV"
        yield "Δ_XX at first order", 1e3 * shift.first_order, nan, "meV"
        yield "Δ_XX with configuration interaction", 1e3 * shift.ci, nan, "meV"
        if shift.active != shift.spinors:
            error = 1e3 * shift.error
            yield "Δ_XX with second order in all spinors", 1e3 * shift.ci_pt2, error, "meV"
    for name, lifetime in (("X", results.lifetime), ("XX", results.xx_lifetime)):
        if lifetime is not None:
            yield f"radiative lifetime of {name}", lifetime, nan, "ns"
    if results.transient_absorption is not None:
        stark = 1e3 * results.transient_absorption.stark_shift
        yield "transient Stark shift Δs", stark, nan, "meV"
    if results.gain is not None and "gain" in pictures(results, ["gain"]):
        yield "XX line from X line", 1e3 * results.gain.transient_shift, nan, "meV"
        if not hasattr(results.gain.occupancy, "given"):
            yield "gain threshold ⟨N⟩", results.gain.threshold, nan, ""
    if (dynamics := results.dynamics) is not None:
        yield "largest ⟨N⟩ in time", float(dynamics.mean.max()), nan, ""
        if dynamics.gain is not None:
            yield "gain lasts", dynamics.gain_lifetime, nan, "ns"


def _row(name: str, value: float, error: float, unit: str) -> str:
    digits = {"eV": 4, "meV": 1}.get(unit, 3)
    shows = math.isfinite(error) and error >= 0.5 * 10.0**-digits
    uncertainty = f"± {error:.{digits}f}" if shows else ""
    number = f"{value:.{digits}f}" if math.isfinite(value) else "none"
    cells = (escape(name), number, uncertainty, escape(unit))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _figures(results: Results) -> Iterator[str]:
    for name, figure in pictures(results, list(_CAPTIONS)).items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=130)
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        title = escape(_CAPTIONS[name])
        yield (
            f'<figure><figcaption>{title}</figcaption><img alt="{title}" '
            f'src="data:image/png;base64,{data}"></figure>'
        )


def _scene(states: States | None) -> dict[str, Any]:
    """Surfaces of the lowest pairs, and those of the layers around them."""
    if states is None:
        return {"states": [], "layers": [], "centre": [0, 0, 0], "radius": 1}
    box = np.array(states.nanocrystal.bounding_box)
    solids = [region.solid for region in states.nanocrystal.regions]
    layers = [surface_mesh(solids[: n + 1], box, steps=22) for n in range(len(solids))]
    surfaces = []
    for carrier in (states.electrons, states.holes):
        for pair in range(min(3, len(carrier) // 2)):
            name = f"{carrier.carrier} {pair}, {float(carrier.energies[2 * pair]):.4f} eV"
            surfaces.append({"name": name, **_packed(_light(carrier, 2 * pair))})
    return {
        "states": surfaces,
        "layers": [_packed(mesh) for mesh in layers],
        "centre": box.mean(axis=0).round(3).tolist(),
        "radius": round(0.5 * float(np.linalg.norm(box[1] - box[0])), 3),
    }


def _light(carrier: CarrierStates, index: int) -> Mesh:
    """Return a surface of few enough triangles."""
    mesh = density_mesh(carrier, index, _ENCLOSED)
    if len(mesh.triangles) > _TRIANGLES:
        step = math.ceil(math.sqrt(len(mesh.triangles) / _TRIANGLES))
        mesh = density_mesh(carrier, index, _ENCLOSED, step=step)
    return mesh


def _packed(mesh: Mesh) -> dict[str, Any]:
    packed = {
        "corners": mesh.corners.round(2).ravel().tolist(),
        "triangles": mesh.triangles.ravel().tolist(),
    }
    if mesh.phase is not None:
        packed["phase"] = mesh.phase.round(1).tolist()
    return packed


def _script(data: dict[str, Any]) -> str:
    """Return JSON that cannot end the script element it stands in."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
