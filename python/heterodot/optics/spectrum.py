"""Spectra: sharp lines, a line shape, and the curve they make together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.optics.line_shapes import Shape, extent, line_shape, reorganisation

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["Lines", "Spectrum", "broadened", "broadened_alike", "joined", "photon_energies"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """Sharp lines.

    Attributes
    ----------
    positions : (n,) array
        In eV, without relaxation of the lattice during the transition.
    strengths : (n,) array
        The area of each line once it is broadened.
    emitted : (n,) bool array, optional
        Which lines are emitted (by default none); matters for line shapes with side bands only.
    """

    positions: Array
    strengths: Array
    emitted: NDArray[np.bool_] | None = None

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


def joined(*parts: Lines) -> Lines:
    """Return several sets of lines as one."""
    flags = None
    if any(part.emitted is not None for part in parts):
        none = (np.zeros(part.positions.size, bool) for part in parts)
        flags = np.concatenate(
            [n if p.emitted is None else p.emitted for p, n in zip(parts, none, strict=True)]
        )
    return Lines(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.strengths for part in parts]),
        flags,
    )


def broadened(lines: Lines, energies: Array, linewidth: float, shape: Shape = "gaussian") -> Array:
    """Return the sum of all lines, each with the line shape, at photon energies in eV."""
    return broadened_alike(lines, lines.strengths[None, :], energies, linewidth, shape).reshape(-1)


def broadened_alike(
    lines: Lines, strengths: Array, energies: Array, linewidth: float, shape: Shape = "gaussian"
) -> Array:
    """Return several sums of the same lines with strengths (m, lines) of their own, (m, energies)."""
    sizes = np.abs(strengths).max(axis=0, initial=0.0)
    # Lines that cannot show above rounding cost time only.
    kept = sizes > 1e-16 * sizes.max(initial=0.0)
    values = np.zeros((strengths.shape[0], energies.size))
    emitted = lines.emitted if reorganisation(shape) > 0 else None
    for emission in (False, True):
        if emitted is None:
            chosen = kept if not emission else np.zeros_like(kept)
        else:
            chosen = kept & (emitted == emission)
        positions, weights = lines.positions[chosen], strengths[:, chosen]
        for start in range(0, positions.size, 4096):
            part = slice(start, start + 4096)
            detuning = energies[None, :] - positions[part, None]
            values += weights[:, part] @ line_shape(detuning, linewidth, shape, emission)
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
        Γ in eV, see `heterodot.optics.line_shapes.line_shape`.
    shape : "gaussian", "lorentzian", "voigt", Voigt or SpinBoson
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
        grid = photon_energies(lines, linewidth, shape) if energies is None else _vector(energies)
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
            attrs={"name": self.name, "linewidth": self.linewidth, "shape": str(self.shape)},
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


def photon_energies(lines: Lines, linewidth: float, shape: Shape = "gaussian") -> Array:
    """Return a grid of photon energies in eV around all lines that show, Γ/12 or finer."""
    strengths = np.abs(lines.strengths)
    shown = lines.positions[strengths > 1e-4 * strengths.max(initial=0.0)]
    if shown.size == 0:
        return np.empty(0)
    margin = extent(shape, linewidth)
    lowest = max(shown.min() - margin, 1e-3)
    highest = shown.max() + margin
    count = int(min(20000, max(400, math.ceil(12 * (highest - lowest) / linewidth))))
    return np.linspace(lowest, highest, count)


def _vector(energies: ArrayLike) -> Array:
    grid = np.asarray(energies, float)
    if grid.ndim != 1 or grid.size == 0 or not np.all(np.isfinite(grid)):
        raise ValueError(
            f"energies: must be a vector of finite photon energies (eV), got shape {grid.shape}"
        )
    return grid
