"""Everything a calculation found, in one object: a summary to read, a file, pictures."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from heterodot.configuration_interaction import ManyBodyStates, XXShift
from heterodot.envelopes.states import CarrierStates, States
from heterodot.kinetics.populations import Dynamics
from heterodot.optics.optical_gain import Gain
from heterodot.optics.spectrum import Spectrum
from heterodot.optics.transient_absorption import TransientAbsorption

if TYPE_CHECKING:
    from heterodot.electrostatics.coulomb_integrals import CoulombIntegrals

__all__ = ["Results"]


@dataclass(frozen=True, repr=False)
class Results:
    """What a calculation from geometry to gain found; stages that were not reached are None.

    Attributes
    ----------
    states : States
    coulomb : CoulombIntegrals
    x, xx : ManyBodyStates
        Exciton and biexciton.
    shift : XXShift
    absorption, induced_absorption : Spectrum
        Of empty nanocrystals, and X → XX.
    emission, xx_emission : Spectrum
    lifetime, xx_lifetime : float
        Radiative lifetimes in ns.
    transient_absorption : TransientAbsorption
    gain : Gain
    dynamics : Dynamics
        Populations in time.
    title : str
    input : str
        The TOML file the calculation was made from, if there was one.
    """

    states: States | None = None
    coulomb: CoulombIntegrals | None = None
    x: ManyBodyStates | None = None
    xx: ManyBodyStates | None = None
    shift: XXShift | None = None
    absorption: Spectrum | None = None
    induced_absorption: Spectrum | None = None
    emission: Spectrum | None = None
    xx_emission: Spectrum | None = None
    lifetime: float | None = None
    xx_lifetime: float | None = None
    transient_absorption: TransientAbsorption | None = None
    gain: Gain | None = None
    dynamics: Dynamics | None = None
    title: str = ""
    input: str = ""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Save everything to one file, see `heterodot.save`; returns its path."""
        from heterodot.runs.io import save

        return save(path, self)

    def plot(
        self, folder: str | os.PathLike[str], figures: Sequence[str] | None = None
    ) -> list[Path]:
        """Write PNG pictures of what is there into a folder; returns their paths.

        Parameters
        ----------
        folder : path-like
            Made if it does not exist.
        figures : sequence of str, optional
            Some of levels, lineup, states, spectra, transient_absorption, gain, gain_map, dynamics; by
            default all.
        """
        from heterodot.plot.pictures import draw_results

        return draw_results(self, Path(folder), figures)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write one HTML page with everything, see `heterodot.report`; returns its path."""
        from heterodot.plot.report import report

        return report(self, path)

    def summary(self) -> str:
        """Return the numbers that matter as text."""
        return "\n".join(line.rstrip() for line in self._lines())

    def __repr__(self) -> str:
        return self.summary()

    def _lines(self) -> Iterator[str]:
        yield self.title or "Results"
        yield ""
        if self.states is not None:
            yield from _state_lines(self.states)
        if self.x is not None:
            yield from _exciton_lines(self.x, self.states)
        if self.shift is not None:
            yield f"biexciton        E_XX = {self.shift.biexciton:.4f} eV"
            yield (
                f"  Δ_XX           {1e3 * self.shift.first_order:+.1f} meV at first order, "
                f"{1e3 * self.shift.ci:+.1f} meV with configuration interaction "
                f"({'repulsion' if self.shift.ci > 0 else 'attraction'})"
            )
            if self.shift.active != self.shift.spinors:
                yield (
                    f"                 {1e3 * self.shift.ci_pt2:+.1f} ± "
                    f"{1e3 * self.shift.error:.1f} meV with second order in all spinors"
                )
        for name, spectrum in (
            ("absorption", self.absorption),
            ("induced X→XX", self.induced_absorption),
            ("emission X", self.emission),
            ("emission XX", self.xx_emission),
        ):
            if spectrum is not None and spectrum.energies.size:
                yield (
                    f"{name:15}  peak at {spectrum.peak:.4f} eV ({1239.842 / spectrum.peak:.0f} nm), "
                    f"{float(spectrum.values.max()):.3g} {spectrum.unit}"
                )
        for name, lifetime in (("X", self.lifetime), ("XX", self.xx_lifetime)):
            if lifetime is not None:
                yield f"{'lifetime ' + name:15}  {lifetime:.4g} ns, radiative"
        if self.transient_absorption is not None:
            yield from _transient_lines(self.transient_absorption)
        if self.gain is not None:
            yield from _gain_lines(self.gain)
        if self.dynamics is not None:
            yield from _dynamics_lines(self.dynamics)


def _state_lines(states: States) -> Iterator[str]:
    if states.description:
        yield f"Hamiltonian      {states.description.removeprefix('Hamiltonian: ')}"
    regions = states.nanocrystal.regions
    names = [region.material.name for region in regions] + [states.nanocrystal.environment.name]
    for carrier in (states.electrons, states.holes):
        if not len(carrier):
            continue
        shown = [f"{energy:.4f} ×{count}" for energy, count in carrier.levels()]
        more = ", …" if len(shown) > 5 else ""
        yield f"{carrier.carrier + 's':15}  {', '.join(shown[:5])}{more} eV"
        where = ", ".join(
            f"{100 * weight:.0f} % {name}" for name, weight in _weights(carrier, states, names)
        )
        yield f"  lowest pair    {where}"
        if not carrier.complete:
            yield "  WARNING        the search for overlooked states found some: solve for more"
    if len(states.electrons) and len(states.holes):
        overlap = float(states.overlap()[0, 0])
        yield f"gap              {states.gap:.4f} eV without Coulomb energy; overlap {overlap:.3f}"


def _weights(
    carrier: CarrierStates, states: States, names: Sequence[str]
) -> list[tuple[str, float]]:
    """Probability of the lowest pair in each material, those that show."""
    weights = carrier.region_weights(states.nanocrystal)[0]
    shared: dict[str, float] = {}
    for name, weight in zip(names, weights, strict=True):
        shared[name] = shared.get(name, 0.0) + float(weight)
    return [(name, weight) for name, weight in shared.items() if weight >= 0.005]


def _exciton_lines(x: ManyBodyStates, states: States | None) -> Iterator[str]:
    energies = x.energies
    levels = np.split(energies, np.flatnonzero(np.diff(energies) > 1e-3) + 1)
    shown = ", ".join(f"{level.mean():.4f} ×{level.size}" for level in levels[:4])
    yield f"exciton          E_X = {energies[0]:.4f} eV; levels {shown}{', …' * (len(levels) > 4)} eV"
    if states is not None and len(states.electrons) and len(states.holes):
        yield (
            f"  binding        {1e3 * (states.gap - energies[0]):.1f} meV below the gap "
            "(attraction less self-polarisation)"
        )


def _transient_lines(result: TransientAbsorption) -> Iterator[str]:
    shown = ", ".join(f"{p:.3g}" for p in result.probabilities)
    yield f"{'transient abs.':15}  Δs = {1e3 * result.stark_shift:+.1f} meV; populations {shown}"
    change = result.change
    if change.energies.size and result.ground.values.max() > 0:
        low = int(np.argmin(change.values))
        yield (
            f"  strongest      {100 * result.relative[low]:+.0f} % of the largest absorption at "
            f"{change.energies[low]:.4f} eV"
        )


def _dynamics_lines(result: Dynamics) -> Iterator[str]:
    at = int(np.argmax(result.mean))
    yield (
        f"{'dynamics':15}  ⟨N⟩ up to {result.mean[at]:.3g}, {result.mean[-1]:.3g} after "
        f"{result.times[-1]:.3g} ns"
    )
    if result.gain is None:
        return
    lasts = result.gain_lifetime
    text = "none" if lasts == 0 else "to the end" if math.isinf(lasts) else f"{lasts:.3g} ns"
    yield f"  gain lasts     {text}"


def _gain_lines(gain: Gain) -> Iterator[str]:
    model, occupancy = gain.model, gain.occupancy
    family = type(occupancy).__name__
    yield (
        f"{'gain':15}  {family}, {model.temperature:g} K, Γ = {1e3 * model.linewidth:g} meV, "
        f"{model.shape}"
    )
    try:
        at, best = model.maximum(occupancy.probabilities)
    except ValueError as error:
        yield f"  none: {error}"
        return
    yield f"  XX line        {1e3 * gain.transient_shift:+.1f} meV from the X line"
    if family != "Given":
        threshold = gain.threshold
        text = f"⟨N⟩ = {threshold:.3f}" if math.isfinite(threshold) else "none up to ⟨N⟩ = 50"
        yield f"  threshold      {text}"
    fraction = gain.threshold_exciton_fraction()
    text = f"from n_X = {fraction:.3f}" if fraction <= 1 else "none"
    yield f"  without XX     {text} (share of nanocrystals with one exciton, at the X line)"
    shown = f"at most {best:.3g} nm² at {at:.4f} eV" if best > 0 else "none, below the threshold"
    yield f"  at ⟨N⟩ = {occupancy.mean:<5.3g} {shown}"
