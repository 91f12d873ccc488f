"""Spectra: sharp lines, a line shape, and the curve they make together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot import _checks

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["Lines", "Shape", "Spectrum", "broadened", "broadened_alike", "line_shape"]

Shape = Literal["gaussian", "lorentzian"]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Sharp lines: positions (eV) and strengths, the area of each line once it is broadened."""

    positions: Array
    strengths: Array

    def __post_init__(self) -> None:
        if self.positions.shape != self.strengths.shape or self.positions.ndim != 1:
            raise ValueError(
                "lines: positions and strengths must be vectors of one length, got shapes "
                f"{self.positions.shape} and {self.strengths.shape}"
            )

    def centre(self) -> float:
        """Return the mean position weighted with the strengths, in eV (nan without strength)."""
        total = float(np.sum(self.strengths))
        return float(self.positions @ self.strengths) / total if total else math.nan


def line_shape(detuning: ArrayLike, linewidth: float, shape: Shape = "gaussian") -> Array:
    """Return the line shape at a distance from the line's centre, normalised to unit area, 1/eV.

    Parameters
    ----------
    detuning : array_like
        Distance from the centre of the line in eV.
    linewidth : float
        Γ in eV. Gaussian: half width at 1/e of the maximum, ``exp(-(E/Γ)²) / (Γ √π)``, so that
        Γ = √2 σ = FWHM/1.665. Lorentzian: half width at half maximum, ``(Γ/π) / (E² + Γ²)``.
    shape : "gaussian" or "lorentzian"
    """
    linewidth = _checks.number("linewidth", linewidth)
    if linewidth <= 0:
        raise ValueError(f"linewidth: must be positive (eV), got {linewidth:g}")
    scaled = np.asarray(detuning, float) / linewidth
    if shape == "gaussian":
        return np.asarray(np.exp(-(scaled**2)) / (linewidth * math.sqrt(math.pi)))
    if shape == "lorentzian":
        return np.asarray(1.0 / (math.pi * linewidth * (1.0 + scaled**2)))
    raise ValueError(f'shape: must be "gaussian" or "lorentzian", got {shape!r}')


def broadened(lines: Lines, energies: Array, linewidth: float, shape: Shape = "gaussian") -> Array:
    """Return the sum of all lines, each with the line shape, at photon energies in eV."""
    strengths = lines.strengths[None, :]
    values = broadened_alike(lines.positions, strengths, energies, linewidth, shape)
    return values.reshape(-1)


def broadened_alike(
    positions: Array, strengths: Array, energies: Array, linewidth: float, shape: Shape = "gaussian"
) -> Array:
    """Return several sums of lines at the same positions: strengths (m, lines) → (m, energies)."""
    sizes = np.abs(strengths).max(axis=0, initial=0.0)
    # Lines that cannot show above rounding cost time only.
    kept = sizes > 1e-16 * sizes.max(initial=0.0)
    values = np.zeros((strengths.shape[0], energies.size))
    positions, weights = positions[kept], strengths[:, kept]
    for start in range(0, positions.size, 4096):
        part = slice(start, start + 4096)
        shapes = line_shape(energies[None, :] - positions[part, None], linewidth, shape)
        values += weights[:, part] @ shapes
    return values


@dataclass(frozen=True)
class Spectrum:
    """A spectrum and the lines it is made of.

    Attributes
    ----------
    energies : (n,) array
        Photon energies in eV.
    values : (n,) array
        The spectrum, in `unit`.
    lines : Lines
        Positions in eV and strengths in `unit` times eV: the integral of the spectrum over photon
        energy is the sum of the strengths.
    name, quantity, unit : str
        What is shown, e.g. "absorption of X", "cross-section" and "nm²".
    linewidth : float
        Γ in eV, see `line_shape`.
    shape : "gaussian" or "lorentzian"
    """

    energies: Array
    values: Array
    lines: Lines
    name: str
    quantity: str
    unit: str
    linewidth: float
    shape: Shape = "gaussian"

    @classmethod
    def of(
        cls,
        lines: Lines,
        *,
        name: str,
        quantity: str,
        unit: str,
        linewidth: float,
        shape: Shape = "gaussian",
        energies: ArrayLike | None = None,
    ) -> Spectrum:
        """Broaden lines; without `energies` on a grid that covers all that matter."""
        line_shape(0.0, linewidth, shape)  # complains about a wrong width or shape
        grid = photon_energies(lines, linewidth) if energies is None else _vector(energies)
        values = broadened(lines, grid, linewidth, shape)
        return cls(grid, values, lines, name, quantity, unit, linewidth, shape)

    def at(self, energy: ArrayLike) -> Array:
        """Return the values at other photon energies in eV (from the lines, not interpolated)."""
        grid = np.asarray(energy, float)
        values = broadened(self.lines, grid.reshape(-1), self.linewidth, self.shape)
        return values.reshape(grid.shape)

    @property
    def peak(self) -> float:
        """Photon energy of the largest value in eV."""
        return float(self.energies[np.argmax(self.values)])

    def to_xarray(self) -> xarray.Dataset:
        """Return the curve and the lines as a labelled dataset."""
        import xarray as xr

        attributes = {"long_name": self.quantity, "units": self.unit}
        return xr.Dataset(
            {
                "spectrum": ("energy", self.values, attributes),
                "strength": ("line", self.lines.strengths, {"units": f"{self.unit} eV"}),
                "position": ("line", self.lines.positions, {"units": "eV"}),
            },
            coords={"energy": ("energy", self.energies, {"units": "eV"})},
            attrs={"name": self.name, "linewidth": self.linewidth, "shape": self.shape},
        )

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the spectrum with its lines; returns the axes."""
        from heterodot.plot.spectra import plot_spectrum

        return plot_spectrum(self, ax, **options)

    def __repr__(self) -> str:
        if self.energies.size == 0:
            return f"Spectrum: {self.name}, no lines"
        best = int(np.argmax(np.abs(self.values)))
        return (
            f"Spectrum: {self.name}, {self.energies[0]:.3f} to {self.energies[-1]:.3f} eV, "
            f"extreme {self.values[best]:.4g} {self.unit} at {self.energies[best]:.4f} eV "
            f"({self.lines.positions.size} lines, {self.shape}, Γ = {1e3 * self.linewidth:g} meV)"
        )


def photon_energies(lines: Lines, linewidth: float, margin: float = 4.0) -> Array:
    """Return a grid of photon energies in eV around all lines that show, Γ/12 or finer."""
    strengths = np.abs(lines.strengths)
    shown = lines.positions[strengths > 1e-4 * strengths.max(initial=0.0)]
    if shown.size == 0:
        return np.empty(0)
    lowest = max(shown.min() - margin * linewidth, 1e-3)
    highest = shown.max() + margin * linewidth
    count = int(min(20000, max(400, math.ceil(12 * (highest - lowest) / linewidth))))
    return np.linspace(lowest, highest, count)


def _vector(energies: ArrayLike) -> Array:
    grid = np.asarray(energies, float)
    if grid.ndim != 1 or grid.size == 0 or not np.all(np.isfinite(grid)):
        raise ValueError(
            f"energies: must be a vector of finite photon energies (eV), got shape {grid.shape}"
        )
    return grid
