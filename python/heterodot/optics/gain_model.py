"""Gain of bare levels: vacuum, X and XX with populations, strengths and one line width.

The core of `heterodot.optics.optical_gain`, without anything that depends on how the levels were found. Every
transition between a lower state l and an upper state u contributes ``S_lu (P_u - P_l) L(E - E_lu)``,
with P the population of a single state: its manifold's probability times its Boltzmann weight in it.
Nanocrystals with more than two excitons count as XX, and absorption of XX is left out.

References
----------
V. I. Klimov et al., Nature 447, 441 (2007) for the exciton fraction of type-II nanocrystals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar

from heterodot.optics.line_shapes import Shape, at_temperature, reorganisation
from heterodot.optics.occupancy import Occupancy
from heterodot.optics.spectra import Transitions, thermal_populations
from heterodot.optics.spectrum import Lines, broadened, joined

__all__ = ["GainModel"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GainModel:
    """Gain of nanocrystals with up to two excitons.

    Attributes
    ----------
    exciton : Transitions
        Vacuum - X.
    biexciton : Transitions
        X - XX, with the same X states.
    temperature : float
        In K, within X and within XX.
    linewidth : float
        Γ in eV, see `heterodot.optics.line_shapes.line_shape`.
    shape : "gaussian", "lorentzian", "voigt", Voigt or SpinBoson
    window : float
        Thresholds look for gain from ``window`` Γ below the X line to ``window`` Γ above the XX line
        (both lines are always inside). Without a limit the question means little: far out in a wing
        any inversion of the nearest line wins, however small its gain, and weak XX lines that leave
        an excited X behind are inverted at every occupancy.
    """

    exciton: Transitions
    biexciton: Transitions
    temperature: float = 300.0
    linewidth: float = 0.05
    shape: Shape = "gaussian"
    window: float = 1.0

    @property
    def line_shape(self) -> Shape:
        """The line shape, of a lattice at `temperature`."""
        return at_temperature(self.shape, self.temperature)

    @property
    def exciton_line(self) -> float:
        """Mean energy of the emission of thermal X in eV."""
        return self.exciton.emission_line(self.temperature) - 2 * reorganisation(self.shape)

    @property
    def biexciton_line(self) -> float:
        """Mean energy of the emission of thermal XX in eV."""
        return self.biexciton.emission_line(self.temperature) - 4 * reorganisation(self.shape)

    @property
    def photon_window(self) -> tuple[float, float]:
        """Photon energies among which thresholds look for gain, in eV."""
        x, xx, reach = self.exciton_line, self.biexciton_line, self.window * self.linewidth
        if not math.isfinite(x + xx):
            raise ValueError(
                "gain: the thermally populated X or XX do not emit at all (no oscillator strength); "
                "take more electron and hole states or a higher temperature"
            )
        lowest, highest = x - reach, xx + reach
        return min(lowest, xx), max(highest, x)

    def lines(self, probabilities: ArrayLike) -> Lines:
        """Return all lines for probabilities of 0, 1 and at least 2 excitons; positive is gain."""
        p0, p1, p2 = np.asarray(probabilities, float)
        x = p1 * thermal_populations(self.exciton.upper, self.temperature)
        xx = p2 * thermal_populations(self.biexciton.upper, self.temperature)
        ground = p0 * thermal_populations(self.exciton.lower, self.temperature)
        # Every exciton shifts the next transition by -2λ, see SpinBoson.
        shift = 2 * reorganisation(self.shape)
        first, second = self.exciton.energies.ravel(), self.biexciton.energies.ravel() - shift
        up = self.exciton.strengths * ground[:, None], self.biexciton.strengths * x[:, None]
        down = self.exciton.strengths * x, self.biexciton.strengths * xx
        if shift == 0:
            return joined(
                Lines(first, (down[0] - up[0]).ravel()), Lines(second, (down[1] - up[1]).ravel())
            )
        return joined(
            *(Lines(e, -a.ravel()) for e, a in zip((first, second), up, strict=True)),
            *(
                Lines(e, a.ravel(), np.ones(a.size, bool))
                for e, a in zip((first, second), down, strict=True)
            ),
        )

    def gain(self, probabilities: ArrayLike, energies: ArrayLike) -> Array:
        """Return the gain at photon energies in eV."""
        grid = np.atleast_1d(np.asarray(energies, float))
        return broadened(self.lines(probabilities), grid, self.linewidth, self.line_shape)

    def absorption_and_emission(
        self, probabilities: ArrayLike, energy: float
    ) -> tuple[float, float]:
        """Return absorption and stimulated emission at one photon energy, both positive."""
        p0, p1, p2 = np.asarray(probabilities, float)
        up, down = (
            sum(
                float(self._one_way(step, weights, energy, n, emission))
                for n, (step, weights) in enumerate(
                    ((self.exciton, (p0, p1)), (self.biexciton, (p1, p2)))
                )
            )
            for emission in (False, True)
        )
        return up, down

    def _one_way(
        self, step: Transitions, weights: tuple[float, float], energy: float, n: int, emission: bool
    ) -> float:
        levels = step.upper if emission else step.lower
        populations = weights[int(emission)] * thermal_populations(levels, self.temperature)
        strengths = step.strengths * (populations[None, :] if emission else populations[:, None])
        positions = step.energies.ravel() - 2 * n * reorganisation(self.shape)
        flags = np.full(positions.size, emission)
        lines = Lines(positions, strengths.ravel(), flags)
        at = np.array([energy])
        return float(broadened(lines, at, self.linewidth, self.line_shape)[0])

    def maximum(self, probabilities: ArrayLike) -> tuple[float, float]:
        """Return the photon energy in the window where gain is largest, and that gain."""
        lowest, highest = self.photon_window
        grid = np.linspace(lowest, highest, 2 + math.ceil(20 * (highest - lowest) / self.linewidth))
        lines = self.lines(probabilities)
        values = broadened(lines, grid, self.linewidth, self.line_shape)
        best = int(np.argmax(values))
        if 0 < best < grid.size - 1:
            found = minimize_scalar(
                lambda e: -broadened(lines, np.array([e]), self.linewidth, self.line_shape)[0],
                bounds=(grid[best - 1], grid[best + 1]),
                method="bounded",
                options={"xatol": 1e-9 * self.linewidth},
            )
            if -found.fun > values[best]:
                return float(found.x), float(-found.fun)
        return float(grid[best]), float(values[best])

    def threshold(self, family: Occupancy, largest: float = 50.0) -> float:
        """Return the mean number of excitons at which gain first appears in the window.

        Parameters
        ----------
        family : Occupancy
            Any member of the family of distributions.
        largest : float
            Largest mean to look at; inf is returned if there is no gain up to it.
        """

        def best(mean: float) -> float:
            return self.maximum(family.with_mean(mean).probabilities)[1]

        means = np.concatenate([np.geomspace(1e-6, 0.1, 16)[:-1], np.arange(0.1, 3.0, 0.1)])
        means = np.concatenate([means[means < largest], np.geomspace(3.0, largest, 24)])
        below = 0.0
        for mean in means:
            if best(float(mean)) > 0:
                if below == 0.0:
                    return 0.0
                return float(brentq(best, below, float(mean), xtol=1e-13, rtol=1e-13))
            below = float(mean)
        return math.inf

    def threshold_exciton_fraction(self, energy: float | None = None) -> float:
        """Return the fraction n_X of nanocrystals with one exciton that makes gain at one energy.

        The others are empty, none holds two excitons. For two degenerate bright X states and the XX
        line at a distance Δ it is ``2/(3 - exp(-Δ²/Γ²))``, for two bright and two dark ones
        ``4/(5 - exp(-Δ²/Γ²))``. Above one there is no gain from single excitons.

        Parameters
        ----------
        energy : float, optional
            Photon energy in eV; by default `exciton_line`.
        """
        at = self.exciton_line if energy is None else energy
        empty, exciton = (self.gain(p, at)[0] for p in ((1, 0, 0), (0, 1, 0)))
        # gain = (1 - n) empty + n exciton, and an empty nanocrystal absorbs
        return float(empty / (empty - exciton)) if exciton > empty else math.inf
