"""Spectra of an ensemble whose nanocrystals differ in size.

A few sizes are calculated. Between them the spectrum is interpolated in two steps: its lowest line by a
polynomial in the size, and the curve relative to that line, point by point, by a polynomial as well. What
shifts rigidly with size is so exact, however far lines move, and only the change of shape is interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot import _checks
from heterodot.optics.spectrum import Spectrum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["EnsembleSpectrum", "size_ensemble"]

Array = NDArray[np.float64]

_SHOWS = 0.02  # share of the strongest line from which one counts as the lowest
_SAMPLES = 401  # sizes within ± 4 standard deviations over which is summed


@dataclass(frozen=True)
class EnsembleSpectrum:
    """Mean spectrum of a Gaussian distribution of sizes.

    Attributes
    ----------
    energies, values : (n,) arrays
        Photon energies in eV and the mean spectrum, in `unit`.
    unit : str
    mean, deviation : float
        Of the size.
    sizes : (k,) array
        Sizes that were calculated.
    lines : (k,) array
        Their lowest line in eV.
    spectra : tuple of Spectrum
        Their spectra.
    """

    energies: Array
    values: Array
    unit: str
    mean: float
    deviation: float
    sizes: Array
    lines: Array
    spectra: tuple[Spectrum, ...]

    @property
    def sensitivity(self) -> float:
        """How the lowest line moves with size at the mean size, in eV per unit of size."""
        shift = np.polynomial.Polynomial.fit(self.sizes, self.lines, len(self.sizes) - 1).deriv()
        return float(shift(self.mean))

    @property
    def broadening(self) -> float:
        """Γ in eV that the sizes alone make at first order, ``√2 |dE/dR| σ``."""
        return math.sqrt(2) * abs(self.sensitivity) * self.deviation

    @property
    def peak(self) -> float:
        """Photon energy of the largest value in eV."""
        return float(self.energies[np.argmax(self.values)])

    def plot(self, ax: Axes | None = None, *, label: str | None = "ensemble") -> Axes:
        """Draw the mean over the calculated spectra; returns the axes."""
        from heterodot.plot.spectra import plot_ensemble

        return plot_ensemble(self, ax, label=label)

    def __repr__(self) -> str:
        return (
            f"EnsembleSpectrum: size {self.mean:g} ± {self.deviation:g} from {self.sizes.size} sizes, "
            f"peak at {self.peak:.4f} eV, sizes alone make Γ = {1e3 * self.broadening:.1f} meV"
        )


def size_ensemble(
    spectrum: Callable[[float], Spectrum],
    mean: float,
    deviation: float,
    energies: ArrayLike | None = None,
    sizes: int | Sequence[float] = 3,
) -> EnsembleSpectrum:
    """Return the spectrum of nanocrystals with a Gaussian distribution of a size.

    Parameters
    ----------
    spectrum : function
        Calculates the `Spectrum` of one size, of radius or shell width, whatever varies.
    mean, deviation : float
        Mean and standard deviation of the size.
    energies : array_like, optional
        Photon energies in eV; by default a grid around all spectra.
    sizes : int or sequence of float
        How many sizes are calculated (nodes of Gauss-Hermite integration), or which.

    Returns
    -------
    EnsembleSpectrum

    Raises
    ------
    ValueError
        For sizes that are not positive or spectra without lines.
    """
    mean, deviation = _checks.number("mean", mean), _checks.number("deviation", deviation)
    if deviation <= 0:
        raise ValueError(f"deviation: must be positive, got {deviation:g}")
    if isinstance(sizes, int):
        if sizes < 2:
            raise ValueError(f"sizes: at least two must be calculated, got {sizes}")
        nodes = mean + math.sqrt(2) * deviation * np.polynomial.hermite.hermgauss(sizes)[0]
    else:
        nodes = np.unique(np.asarray(sizes, float))
    if nodes.size < 2 or nodes[0] <= 0:
        raise ValueError(f"sizes: two or more positive ones are needed, got {nodes.tolist()}")
    spectra = tuple(spectrum(float(size)) for size in nodes)
    lines = np.array([_lowest(entry) for entry in spectra])
    finest = min(entry.linewidth for entry in spectra)
    samples = mean + deviation * np.linspace(-4, 4, _SAMPLES)
    if samples[0] <= 0:
        samples = samples[samples > 0]
    weights = np.exp(-0.5 * ((samples - mean) / deviation) ** 2)
    weights /= weights.sum()
    basis = _lagrange(nodes, samples)
    moved = basis @ lines
    if energies is None:
        below = min(e.energies[0] - line for e, line in zip(spectra, lines, strict=True))
        above = max(e.energies[-1] - line for e, line in zip(spectra, lines, strict=True))
        shown = moved[weights > 1e-4 * weights.max()]
        lowest, highest = shown.min() + below, shown.max() + above
        count = int(min(20000, max(400, math.ceil(12 * (highest - lowest) / finest))))
        grid = np.linspace(max(lowest, 1e-3), highest, count)
    else:
        grid = np.asarray(energies, float)
    # Curves relative to their lowest line, finely enough for linear interpolation.
    first, last = float(grid.min() - moved.max()), float(grid.max() - moved.min())
    relative = np.linspace(first, last, max(2, math.ceil(40 * (last - first) / finest)))
    curves = np.array(
        [entry.at(line + relative) for entry, line in zip(spectra, lines, strict=True)]
    )
    values = np.zeros(grid.size)
    for weight, row, position in zip(weights, basis, moved, strict=True):
        values += weight * np.interp(grid - position, relative, row @ curves)
    return EnsembleSpectrum(grid, values, spectra[0].unit, mean, deviation, nodes, lines, spectra)


def _lowest(spectrum: Spectrum) -> float:
    """Mean of the lines within 2Γ of the lowest one that shows, in eV."""
    strengths = np.abs(spectrum.lines.strengths)
    shown = strengths > _SHOWS * strengths.max(initial=0.0)
    if not np.any(shown):
        raise ValueError(f"spectrum: {spectrum.name} has no lines")
    positions, strengths = spectrum.lines.positions[shown], strengths[shown]
    # A smooth weight: lines must not jump in or out of the mean between sizes.
    weights = strengths * np.exp(-(((positions - positions.min()) / (2 * spectrum.linewidth)) ** 2))
    return float(weights @ positions / weights.sum())


def _lagrange(nodes: Array, points: Array) -> Array:
    """Values at points of the polynomials that are one at one node, (points, nodes)."""
    result = np.ones((points.size, nodes.size))
    for k, node in enumerate(nodes):
        for other in np.delete(nodes, k):
            result[:, k] *= (points - other) / (node - other)
    return result
