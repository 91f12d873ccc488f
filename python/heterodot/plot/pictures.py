"""The pictures of a whole calculation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from heterodot.plot.dynamics import plot_dynamics
from heterodot.plot.gain import plot_gain, plot_gain_map
from heterodot.plot.isosurfaces import plot_isosurface
from heterodot.plot.levels import draw_ladder, plot_lineup
from heterodot.plot.slices import plot_slice
from heterodot.plot.spectra import plot_spectrum
from heterodot.plot.style import ELECTRON, HOLE, tidy
from heterodot.plot.transient_absorption import plot_transient_absorption

if TYPE_CHECKING:
    from heterodot.runs.results import Results

__all__ = ["draw_results", "pictures"]


def draw_results(
    results: Results, folder: Path, figures: Sequence[str] | None = None
) -> list[Path]:
    """Write the pictures of what a calculation found; returns their paths.

    Parameters
    ----------
    results : Results
    folder : Path
    figures : sequence of str, optional
        Some of levels, lineup, states, spectra, transient_absorption, gain, gain_map, dynamics; by
        default all.
    """
    drawn = pictures(results, figures)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, figure in drawn.items():
        path = folder / f"{name}.png"
        figure.savefig(path, dpi=130)
        written.append(path)
    return written


def pictures(results: Results, figures: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the matplotlib figures of what a calculation found, by name as in `draw_results`."""
    wanted = tuple(_PICTURES) if figures is None else tuple(figures)
    for name in wanted:
        if name not in _PICTURES:
            raise ValueError(f"figures: unknown {name!r}; known: {', '.join(_PICTURES)}")
    drawn = {name: _PICTURES[name](results) for name in wanted}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure  # no pyplot: nothing stays open, no display is needed

    return Figure(figsize=(width, height), layout="constrained")


def _levels(results: Results) -> Any:
    """Two ladders with a scale of their own: holes lie much closer together than electrons."""
    states = results.states
    if states is None:
        return None
    shown = [
        (carrier, colour)
        for carrier, colour in ((states.electrons, ELECTRON), (states.holes, HOLE))
        if len(carrier)
    ]
    figure = _figure(3.6, 2.9 * len(shown))
    figure.suptitle("single-particle levels", size="medium")
    for number, (carrier, colour) in enumerate(shown):
        axes = figure.add_subplot(len(shown), 1, number + 1)
        draw_ladder(axes, carrier, colour, 0.06 * float(np.ptp(carrier.energies)))
        axes.set_xlim(-0.4, 0.9)
        axes.set_xticks([0], [f"{carrier.carrier}s"])
        axes.tick_params(axis="x", length=0)
        axes.margins(y=0.12)
        axes.ticklabel_format(axis="y", useOffset=False)
        axes.set_ylabel("energy (eV)")
        tidy(axes)
    return figure


def _lineup(results: Results) -> Any:
    states = results.states
    if states is None or not len(states.electrons) or not len(states.holes):
        return None
    figure = _figure(6.0, 4.6)
    axes = plot_lineup(states.nanocrystal, states, figure.add_subplot())
    axes.set_title("band edges and lowest states along z", fontsize="medium")
    return figure


def _states(results: Results) -> Any:
    """Lowest and first excited pair of both carriers, and the surfaces of the lowest."""
    if results.states is None:
        return None
    carriers = [c for c in (results.states.electrons, results.states.holes) if len(c)]
    figure = _figure(12.0, 3.4 * len(carriers))
    for row, carrier in enumerate(carriers):
        pairs = [0, min(1, len(carrier) // 2 - 1)]
        for column, pair in enumerate(pairs):
            axes = figure.add_subplot(len(carriers), 3, 3 * row + column + 1)
            plot_slice(carrier, 2 * pair, axes, nanocrystal=results.states.nanocrystal)
            axes.set_title(_state_title(carrier, pair), fontsize="medium")
        axes = figure.add_subplot(len(carriers), 3, 3 * row + 3, projection="3d")
        plot_isosurface(carrier, 2 * pairs[1], axes, nanocrystal=results.states.nanocrystal)
        axes.set_title(f"{_state_title(carrier, pairs[1])}, 60 % enclosed", fontsize="medium")
    return figure


def _state_title(carrier: Any, pair: int) -> str:
    return f"{carrier.carrier} pair {pair}, {float(carrier.energies[2 * pair]):.4f} eV"


def _spectra(results: Results) -> Any:
    rows = [
        [("empty", results.absorption), ("with an exciton, X → XX", results.induced_absorption)],
        [("X", results.emission), ("XX", results.xx_emission)],
    ]
    shown = [[entry for entry in row if entry[1] is not None] for row in rows]
    shown = [row for row in shown if row]
    if not shown:
        return None
    figure = _figure(5.6, 3.1 * len(shown))
    first = None
    for number, row in enumerate(shown):
        axes = figure.add_subplot(len(shown), 1, number + 1, sharex=first)
        first = axes if first is None else first
        for (label, spectrum), colour in zip(row, (ELECTRON, HOLE), strict=False):
            if spectrum is not None:
                plot_spectrum(spectrum, axes, colour=colour, label=label)
        axes.set_title(row[0][1].quantity if row[0][1] else "", fontsize="medium")
    return figure


def _transient_absorption(results: Results) -> Any:
    result = results.transient_absorption
    if result is None or not result.change.energies.size:
        return None
    figure = _figure(5.6, 3.9)
    axes = plot_transient_absorption(result, figure.add_subplot())
    shown = ", ".join(f"{p:.2g}" for p in result.probabilities)
    title = f"populations {shown}; Δs = {1e3 * result.stark_shift:+.1f} meV"
    axes.set_title(title, fontsize="medium")
    return figure


def _dynamics(results: Results) -> Any:
    if results.dynamics is None:
        return None
    figure = _figure(5.6, 3.6)
    axes = plot_dynamics(results.dynamics, figure.add_subplot())
    axes.set_title("excitons in time", fontsize="medium")
    return figure


def _gain(results: Results) -> Any:
    if results.gain is None or not _emits(results.gain):
        return None
    figure = _figure(5.6, 3.9)
    axes = plot_gain(results.gain, figure.add_subplot())
    axes.set_title(_gain_title(results.gain), fontsize="medium")
    return figure


def _gain_map(results: Results) -> Any:
    gain = results.gain
    if gain is None or not _emits(gain) or hasattr(gain.occupancy, "given"):
        return None
    figure = _figure(6.0, 4.0)
    axes = plot_gain_map(gain, figure.add_subplot())
    axes.set_title(_gain_title(gain), fontsize="medium", pad=16)
    return figure


def _emits(gain: Any) -> bool:
    try:
        return bool(gain.spectrum.values.size)
    except ValueError:
        return False


def _gain_title(gain: Any) -> str:
    kind, model = type(gain.occupancy).__name__, gain.model
    return f"gain, {kind}, {model.temperature:g} K, Γ = {1e3 * model.linewidth:g} meV"


_PICTURES: dict[str, Callable[[Any], Any]] = {
    "levels": _levels,
    "lineup": _lineup,
    "states": _states,
    "spectra": _spectra,
    "transient_absorption": _transient_absorption,
    "gain": _gain,
    "gain_map": _gain_map,
    "dynamics": _dynamics,
}
