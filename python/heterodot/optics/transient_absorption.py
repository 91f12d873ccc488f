"""Transient absorption: what the presence of excitons changes in the absorption of light."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.configuration_interaction import ManyBodyStates
from heterodot.optics.line_shapes import Shape, at_temperature, extent
from heterodot.optics.manifolds import ladder
from heterodot.optics.occupancy import Given, Occupancy
from heterodot.optics.optical_gain import gain_biexcitons
from heterodot.optics.radiation import OpticalMedium
from heterodot.optics.spectrum import Lines, Spectrum, joined, photon_energies

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["TransientAbsorption", "transient_absorption"]

Array = NDArray[np.float64]

_REACH = 4.0  # Γ above the lowest XX states for which more of them are computed


@dataclass(frozen=True)
class TransientAbsorption:
    """Absorption of nanocrystals with excitons less that of empty ones, and what it consists of.

    All spectra are cross-sections in nm² for one nanocrystal on the same photon energies. Negative
    change is bleach or stimulated emission; where ``change + ground`` is negative there is gain.

    Attributes
    ----------
    change : Spectrum
        The sum of the following three.
    bleach : Spectrum
        Ground-state absorption that is missing, negative.
    induced_absorption : Spectrum
        Absorption X → XX (and XX → XXX where XXX is known), positive.
    stimulated_emission : Spectrum
        Emission X → vacuum and XX → X (and XXX → XX), negative.
    ground : Spectrum
        Absorption of empty nanocrystals.
    probabilities : (n,) array
        Of 0, 1, ... excitons; those with more than the last count as the last.
    stark_shift : float
        Transient Stark shift Δs in eV: the line X - XX less the line vacuum - X, each averaged over
        thermally populated upper states; positive where the excitons repel each other.
    complete_to : float
        Photon energy in eV up to which all states that the excited nanocrystals absorb to are among
        those computed. Beyond, induced absorption is missing and the change is too negative.
    temperature : float
        In K.
    """

    change: Spectrum
    bleach: Spectrum
    induced_absorption: Spectrum
    stimulated_emission: Spectrum
    ground: Spectrum
    probabilities: Array
    stark_shift: float
    complete_to: float
    temperature: float

    @property
    def relative(self) -> Array:
        """Change over the largest ground-state absorption on the photon energies."""
        return self.change.values / float(self.ground.values.max())

    def to_xarray(self) -> xarray.Dataset:
        """Return all curves as a labelled dataset."""
        import xarray as xr

        curves = {name: getattr(self, name) for name in _CURVES}
        return xr.Dataset(
            {
                name: ("energy", curve.values, {"long_name": curve.quantity, "units": curve.unit})
                for name, curve in curves.items()
            },
            coords={"energy": ("energy", self.change.energies, {"units": "eV"})},
            attrs={
                "probabilities": self.probabilities,
                "stark_shift_eV": self.stark_shift,
                "complete_to_eV": self.complete_to,
                "temperature_K": self.temperature,
            },
        )

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the change and its parts; returns the axes."""
        from heterodot.plot.transient_absorption import plot_transient_absorption

        return plot_transient_absorption(self, ax, **options)

    def __repr__(self) -> str:
        change = self.change
        low, high = int(np.argmin(change.values)), int(np.argmax(change.values))
        shown = ", ".join(f"{p:.3g}" for p in self.probabilities)
        text = (
            f"TransientAbsorption: probabilities of 0, 1, … excitons {shown}; Δs = "
            f"{1e3 * self.stark_shift:+.1f} meV; strongest bleach {change.values[low]:.4g} nm² at "
            f"{change.energies[low]:.4f} eV"
        )
        if change.values[high] > 0:
            text += f", induced absorption {change.values[high]:.4g} nm² at {change.energies[high]:.4f} eV"
        return text


_CURVES = ("change", "bleach", "induced_absorption", "stimulated_emission", "ground")


def transient_absorption(
    source: Any,
    excitons: int = 1,
    occupancy: Occupancy | None = None,
    temperature: float = 300.0,
    linewidth: float = 0.05,
    energies: ArrayLike | None = None,
    *,
    shape: Shape = "gaussian",
    momentum: NDArray[np.complex128] | None = None,
    medium: OpticalMedium | None = None,
) -> TransientAbsorption:
    """Return the change of absorption by excitons, relaxed to a thermal population.

    Parameters
    ----------
    source : CoulombIntegrals, or (x, xx), or (x, xx, xxx)
        Coulomb integrals, from which X and XX are computed, or the states from `heterodot.ci`.
    excitons : int
        Every nanocrystal holds this many.
    occupancy : Occupancy, optional
        Distribution of excitons (Poisson, AugerCollapsed, Fixed, Given) instead of a fixed number.
    temperature : float
        In K, within each manifold.
    linewidth : float
        Γ in eV: Gaussian ``exp(-(E/Γ)²)``, FWHM = 1.665 Γ; Lorentzian with FWHM = 2 Γ.
    energies : array_like, optional
        Photon energies in eV; by default all lines as far as induced absorption is complete.
    shape : "gaussian", "lorentzian", "voigt", Voigt or SpinBoson
    momentum : (3, Ne, Nh) array, optional
        Interband momentum matrix elements (ħ/m0)p in eV nm, see `interband_momentum`.
    medium : OpticalMedium, optional
        Index and local field; by default `optical_medium` of the nanocrystal.

    Returns
    -------
    TransientAbsorption

    Raises
    ------
    ValueError
        For more excitons than there are states of.

    Notes
    -----
    The change for one exciton is ``gain(empty) - gain(X)`` of `heterodot.gain`. Absorption by
    the largest number of excitons in `source` is not known and left out: with (x, xx),
    nanocrystals that hold XX do not absorb at all.
    """

    def biexcitons(coulomb: Any) -> ManyBodyStates:
        return gain_biexcitons(coulomb, temperature, linewidth, _REACH)

    shape = at_temperature(shape, temperature)
    known = ladder(source, biexcitons, momentum, medium, shape)
    most = len(known.steps)
    if occupancy is None:
        if excitons not in range(most + 1):
            raise ValueError(
                f"excitons: must be between 0 and {most}, the most that `source` has states of, got "
                f"{excitons!r}; XXX can be given as transient_absorption((x, xx, xxx), 3)"
            )
        occupancy = Given([0.0] * excitons + [1.0])
    probabilities = occupancy.up_to(most)
    ground = known.absorption(0, temperature)
    induced = [
        _scaled(known.absorption(n, temperature), probabilities[n]) for n in range(1, most + 1)
    ]
    emitted = [
        _scaled(known.stimulated_emission(n, temperature), -probabilities[n])
        for n in range(1, most + 1)
    ]
    parts = {
        "bleach": _scaled(ground, probabilities[0] - 1.0),
        "induced absorption": joined(*induced),
        "stimulated emission": joined(*emitted),
    }
    reach = min(
        (known.reach(n, temperature) for n in range(1, most) if probabilities[n] > 0),
        default=math.inf,
    )
    if energies is None:
        energies = photon_energies(joined(ground, *emitted), linewidth, shape)
        if energies.size and energies[-1] > reach:
            # not into the wings of lines that are missing
            margin = 0.5 * extent(shape, linewidth)
            highest = max(reach - margin, known.line(1, temperature) + 2 * margin)
            energies = np.linspace(energies[0], min(energies[-1], highest), energies.size)
    options: dict[str, Any] = {
        "quantity": "change of absorption cross-section",
        "unit": "nm²",
        "linewidth": linewidth,
        "shape": shape,
        "energies": energies,
    }
    bleach, induced_absorption, stimulated_emission = (
        Spectrum.of(lines, name=name, **options) for name, lines in parts.items()
    )
    change = Spectrum.of(
        joined(*parts.values()), name="change of absorption by excitons", **options
    )
    options["quantity"] = "absorption cross-section"
    return TransientAbsorption(
        change,
        bleach,
        induced_absorption,
        stimulated_emission,
        Spectrum.of(ground, name="ground-state absorption", **options),
        probabilities,
        known.line(2, temperature) - known.line(1, temperature),
        reach,
        temperature,
    )


def _scaled(lines: Lines, factor: float) -> Lines:
    return replace(lines, strengths=factor * lines.strengths)
