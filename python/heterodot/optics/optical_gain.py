"""Optical gain of an ensemble of nanocrystals with a distribution of excitons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.configuration_interaction import (
    ManyBodyStates,
    ci,
    many_roots_are_cheap,
)
from heterodot.optics.gain_model import GainModel
from heterodot.optics.line_shapes import Shape
from heterodot.optics.manifolds import ladder
from heterodot.optics.occupancy import Occupancy, Poisson
from heterodot.optics.radiation import OpticalMedium
from heterodot.optics.single_exciton_gain import SingleExcitonGain
from heterodot.optics.spectrum import Spectrum, broadened_alike
from heterodot.units import BOLTZMANN

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["Gain", "gain", "gain_biexcitons"]

_MOST = 192  # XX states from an iteration
_MOST_CHEAP = 2000  # XX states where small sectors of conserved spin can be diagonalised
_TOLERANCE = 1e-5  # eV, residual of XX states: energies are good to its square


@dataclass(frozen=True)
class Gain:
    """Gain of nanocrystals with a distribution of excitons; everything is computed when asked for.

    Attributes
    ----------
    model : GainModel
        Levels, strengths (integrated cross-sections, nm² eV), temperature and line width.
    occupancy : Occupancy
        The distribution of excitons.
    energies : (n,) array or None
        Photon energies of `spectrum` in eV.
    medium : OpticalMedium, optional
        Index around the nanocrystal and local field that the strengths contain.
    volume : float, optional
        Volume of the nanocrystal in nm³.
    """

    model: GainModel
    occupancy: Occupancy
    energies: NDArray[np.float64] | None = None
    medium: OpticalMedium | None = None
    volume: float | None = None

    @cached_property
    def spectrum(self) -> Spectrum:
        """Gain cross-section in nm² (negative: absorption) for the occupancy."""
        return self._spectrum(self.occupancy, self.energies)

    @cached_property
    def threshold(self) -> float:
        """Mean number of excitons at which gain first appears, see `GainModel.threshold`.

        The occupancy is varied within its family: for Poisson it is ⟨N⟩ of the pump, for
        AugerCollapsed the ⟨N⟩ before the collapse. inf if there is no gain up to ⟨N⟩ = 50.
        """
        return self.model.threshold(self.occupancy)

    def threshold_exciton_fraction(self, energy: float | None = None) -> float:
        """Return n_X for gain without XX, see `GainModel.threshold_exciton_fraction`."""
        return self.model.threshold_exciton_fraction(energy)

    @property
    def transient_shift(self) -> float:
        """XX line minus X line in eV: positive where the excitons repel each other."""
        return self.model.biexciton_line - self.model.exciton_line

    @cached_property
    def peak(self) -> tuple[float, float]:
        """Photon energy in eV of the largest gain in the window, and that gain in cm²."""
        energy, value = self.model.maximum(self.occupancy.probabilities)
        return energy, 1e-14 * value

    @property
    def cross_section(self) -> float:
        """Largest gain cross-section of one nanocrystal in cm²; negative below the threshold."""
        return self.peak[1]

    def absorption_cross_section(self, energy: float) -> float:
        """Return the absorption cross-section of an empty nanocrystal in cm² at a photon energy in eV."""
        return -1e-14 * float(self.model.gain((1.0, 0.0, 0.0), energy)[0])

    def intrinsic_absorption(self, energy: float, volume: float | None = None) -> float:
        """Return the absorption coefficient in 1/cm of empty nanocrystals alone, σ over volume.

        Parameters
        ----------
        energy : float
            Photon energy in eV; only calculated pairs of states absorb.
        volume : float, optional
            Volume of one nanocrystal in nm³; by default the calculated one's.
        """
        return self.absorption_cross_section(energy) * 1e21 / self._volume(volume)

    def modal_gain(
        self, volume_fraction: float, confinement: float = 1.0, volume: float | None = None
    ) -> float:
        """Return the largest gain in 1/cm of light in a film of nanocrystals.

        Parameters
        ----------
        volume_fraction : float
            Share of the film that is nanocrystals, between 0 and 1.
        confinement : float
            Share of the light's energy that travels in the film.
        volume : float, optional
            Volume of one nanocrystal in nm³; by default the calculated one's.
        """
        for name, value in (("volume_fraction", volume_fraction), ("confinement", confinement)):
            if not 0 <= value <= 1:
                raise ValueError(f"{name}: must be between 0 and 1, got {value:g}")
        density = volume_fraction / self._volume(volume) * 1e21  # 1/cm³
        return self.cross_section * density * confinement

    @cached_property
    def bandwidth(self) -> float:
        """Width in eV of the range of photon energies with gain, around the largest; 0 without gain.

        The range may reach beyond the window, up to four line widths. Its ends are interpolated on a
        fine grid.
        """
        peak, value = self.peak
        if value <= 0:
            return 0.0
        (lowest, highest), margin = self.model.photon_window, 4 * self.model.linewidth
        steps = self.model.linewidth / 200
        ends = []
        for limit in (lowest - margin, highest + margin):
            count = max(2, int(abs(limit - peak) / steps))
            grid = np.linspace(peak, limit, count)
            values = self.model.gain(self.occupancy.probabilities, grid)
            lost = np.flatnonzero(values <= 0)
            if lost.size == 0:
                ends.append(limit)
                continue
            n = int(lost[0])
            share = values[n - 1] / (values[n - 1] - values[n]) if n else 0.0
            ends.append(float(grid[max(n - 1, 0)] + share * (grid[n] - grid[max(n - 1, 0)])))
        return ends[1] - ends[0]

    @cached_property
    def single_exciton_gain(self) -> SingleExcitonGain:
        """Whether single excitons amplify light at the X line, and why, as a sentence."""
        model = self.model
        absorbed, emitted = model.absorption_and_emission((0.0, 1.0, 0.0), model.exciton_line)
        return SingleExcitonGain(
            self.transient_shift,
            model.linewidth,
            model.threshold_exciton_fraction(),
            absorbed / emitted,
        )

    def with_occupancy(self, occupancy: Occupancy) -> Gain:
        """Return the gain for another occupancy, without any new configuration interaction."""
        return replace(self, occupancy=occupancy)

    def map(
        self, means: Sequence[float] | NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return means ⟨N⟩ (m,), photon energies in eV (n,) and gain in nm² (m, n)."""
        if means is None:
            means = np.linspace(0.0, 3.0, 61)
        numbers = np.asarray(means, float)
        grid = self.spectrum.energies
        family = [self.occupancy.with_mean(float(n)).probabilities for n in numbers]
        lines = [self.model.lines(probabilities) for probabilities in family]
        strengths = np.array([entry.strengths for entry in lines])
        model = self.model
        values = broadened_alike(lines[0], strengths, grid, model.linewidth, model.line_shape)
        return numbers, grid, values

    def coefficient(self, density: float) -> NDArray[np.float64]:
        """Return the gain coefficient in 1/cm of `spectrum` for nanocrystals per cm³."""
        return self.spectrum.values * 1e-14 * density

    def to_xarray(self) -> xarray.Dataset:
        """Return the spectrum as a labelled dataset with the threshold in its attributes."""
        data = self.spectrum.to_xarray()
        data.attrs["occupancy"] = repr(self.occupancy)
        data.attrs["temperature"] = self.model.temperature
        data.attrs["probabilities"] = self.occupancy.probabilities
        return data

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw gain spectra for rising ⟨N⟩; returns the axes."""
        from heterodot.plot.gain import plot_gain

        return plot_gain(self, ax, **options)

    def plot_map(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw gain over photon energy and ⟨N⟩; returns the axes."""
        from heterodot.plot.gain import plot_gain_map

        return plot_gain_map(self, ax, **options)

    def _volume(self, given: float | None) -> float:
        volume = self.volume if given is None else given
        if volume is None or not volume > 0:
            raise ValueError("volume: the volume of a nanocrystal in nm³ is needed")
        return volume

    def _spectrum(self, occupancy: Occupancy, energies: NDArray[np.float64] | None) -> Spectrum:
        lines = self.model.lines(occupancy.probabilities)
        if energies is None:
            # Around the absorption and emission lines: the same grid for every occupancy.
            margin, (lowest, highest) = 4 * self.model.linewidth, self.model.photon_window
            highest = max(highest, lowest + 12 * self.model.linewidth) + margin
            energies = np.linspace(max(lowest - margin, 1e-3), highest, 601)
        return Spectrum.of(
            lines,
            name=f"gain for {occupancy!r}",
            quantity="gain cross-section",
            unit="nm²",
            linewidth=self.model.linewidth,
            shape=self.model.line_shape,
            energies=energies,
        )

    def __repr__(self) -> str:
        energy, largest = self.peak
        return (
            f"Gain: {self.occupancy!r}, {self.model.temperature:g} K, "
            f"Γ = {1e3 * self.model.linewidth:g} meV; largest {1e14 * largest:.4g} nm² "
            f"at {energy:.4f} eV, XX line {1e3 * self.transient_shift:+.1f} meV "
            "from the X line"
        )


def gain(
    source: Any,
    occupancy: Occupancy | None = None,
    temperature: float = 300.0,
    linewidth: float = 0.05,
    energies: ArrayLike | None = None,
    *,
    shape: Shape = "gaussian",
    momentum: NDArray[np.complex128] | None = None,
    medium: OpticalMedium | None = None,
    window: float = 1.0,
) -> Gain:
    """Return the optical gain of nanocrystals with up to two excitons.

    Parameters
    ----------
    source : CoulombIntegrals or (x, xx)
        Coulomb integrals, from which X and XX are computed, or the states from `heterodot.ci`. With
        few XX states those that are thermally populated or reached by absorption may be missing.
    occupancy : Occupancy
        Distribution of excitons: Poisson (default ``Poisson(1.2)``), AugerCollapsed, Fixed, Given.
    temperature : float
        In K, of the populations within X and within XX.
    linewidth : float
        Γ in eV: Gaussian ``exp(-(E/Γ)²)``, FWHM = 1.665 Γ; Lorentzian with FWHM = 2 Γ.
    energies : array_like, optional
        Photon energies in eV.
    shape : "gaussian", "lorentzian", "voigt", Voigt or SpinBoson
    momentum : (3, Ne, Nh) array, optional
        Interband momentum matrix elements (ħ/m0)p in eV nm, see `interband_momentum`.
    medium : OpticalMedium, optional
        Index and local field; by default `optical_medium` of the nanocrystal.
    window : float
        Range of photon energies for thresholds in units of Γ, see `GainModel`.

    Returns
    -------
    Gain
        With ``spectrum`` (nm², positive for gain), ``threshold`` (⟨N⟩), ``plot()``.
    """

    def biexcitons(coulomb: Any) -> ManyBodyStates:
        return gain_biexcitons(coulomb, temperature, linewidth, window)

    known = ladder(source, biexcitons, momentum, medium)
    steps = known.steps
    model = GainModel(steps[0], steps[1], temperature, linewidth, shape, window)
    grid = None if energies is None else np.asarray(energies, float)
    return Gain(
        model,
        Poisson(1.2) if occupancy is None else occupancy,
        grid,
        known.medium,
        known.volume,
    )


def gain_biexcitons(
    coulomb: Any, temperature: float = 300.0, linewidth: float = 0.05, window: float = 1.0
) -> ManyBodyStates:
    """Return the XX states that `gain` takes: 6 kT + window Γ from the lowest, as far as can be had.

    The parameters are those of `gain`.
    """
    return _biexcitons(coulomb, 6 * BOLTZMANN * temperature + window * linewidth)


def _biexcitons(coulomb: Any, span: float) -> ManyBodyStates:
    """Return the XX states up to an energy above the lowest, as far as they can be had."""
    if many_roots_are_cheap(coulomb, 2, 2):
        size = coulomb.one_body_electron.shape[0], coulomb.one_body_hole.shape[0]
        every = comb(size[0], 2) * comb(size[1], 2)
        xx = ci(coulomb, electrons=2, holes=2, roots=min(every, _MOST_CHEAP))
        kept = int(np.sum(xx.energies - xx.energies[0] <= span)) + 1
        return replace(
            xx,
            energies=xx.energies[:kept],
            vectors=xx.vectors[:kept],
            residuals=xx.residuals[:kept],
        )
    xx = ci(coulomb, electrons=2, holes=2, tolerance=_TOLERANCE)
    while xx.energies[-1] - xx.energies[0] < span and len(xx) < min(xx.space.size, _MOST):
        roots = min(4 * len(xx), xx.space.size, _MOST)
        xx = ci(coulomb, electrons=2, holes=2, roots=roots, tolerance=_TOLERANCE)
    return xx
