"""Line shapes: how one sharp transition is spread over photon energies.

Gaussian, Lorentzian and Voigt lines are symmetric and the same for absorption and emission. Coupled
to lattice vibrations (`heterodot.optics.spin_boson.SpinBoson`) a line has side bands, above in
absorption and below in emission.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import voigt_profile

from heterodot import _checks
from heterodot.optics.spin_boson import SpinBoson

__all__ = ["Shape", "Voigt", "at_temperature", "extent", "line_shape", "reorganisation"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Voigt:
    """A Gaussian, of width Γ, folded with a Lorentzian.

    The Gaussian stands for what differs between nanocrystals or fluctuates slowly, the Lorentzian for
    a finite lifetime or dephasing time T2, with half width ħ/T2.

    Parameters
    ----------
    lorentzian_width : float
        Half width at half maximum of the Lorentzian in eV.
    """

    lorentzian_width: float

    def __post_init__(self) -> None:
        width = _checks.number("lorentzian_width", self.lorentzian_width)
        if width < 0:
            raise ValueError(f"lorentzian_width: must not be negative (eV), got {width:g}")


Shape = Literal["gaussian", "lorentzian", "voigt"] | Voigt | SpinBoson
"""A line shape; "voigt" is a Voigt profile whose Lorentzian half width at half maximum is Γ as well."""


def line_shape(
    detuning: ArrayLike, linewidth: float, shape: Shape = "gaussian", emission: bool = False
) -> Array:
    """Return the line shape at a distance from the line's centre, normalised to unit area, 1/eV.

    Parameters
    ----------
    detuning : array_like
        Distance from the line's position in eV.
    linewidth : float
        Γ in eV. Gaussian: half width at 1/e of the maximum, ``exp(-(E/Γ)²) / (Γ √π)``, so that
        Γ = √2 σ = FWHM/1.665. Lorentzian: half width at half maximum, ``(Γ/π) / (E² + Γ²)``. Voigt and
        spin-boson: that of the Gaussian which the rest is folded with.
    shape : "gaussian", "lorentzian", "voigt", Voigt or SpinBoson
    emission : bool
        Whether the line is emitted; matters for SpinBoson only.
    """
    linewidth = _checks.number("linewidth", linewidth)
    if linewidth <= 0:
        raise ValueError(f"linewidth: must be positive (eV), got {linewidth:g}")
    distance = np.asarray(detuning, float)
    if isinstance(shape, SpinBoson):
        return shape.profile(distance, linewidth, emission)
    if isinstance(shape, Voigt) or shape == "voigt":
        lorentzian = shape.lorentzian_width if isinstance(shape, Voigt) else linewidth
        return np.asarray(voigt_profile(distance, linewidth / math.sqrt(2), lorentzian))
    scaled = distance / linewidth
    if shape == "gaussian":
        return np.asarray(np.exp(-(scaled**2)) / (linewidth * math.sqrt(math.pi)))
    if shape == "lorentzian":
        return np.asarray(1.0 / (math.pi * linewidth * (1.0 + scaled**2)))
    raise ValueError(
        f'shape: must be "gaussian", "lorentzian", "voigt", a Voigt or a SpinBoson, got {shape!r}'
    )


def at_temperature(shape: Shape, temperature: float) -> Shape:
    """Return the shape with vibrations at a temperature (K), unless it states its own."""
    return shape.at(temperature) if isinstance(shape, SpinBoson) else shape


def reorganisation(shape: Shape) -> float:
    """Return the energy in eV that the lattice gains by relaxing around one exciton."""
    return shape.reorganisation if isinstance(shape, SpinBoson) else 0.0


def extent(shape: Shape, linewidth: float) -> float:
    """Return the distance from a line in eV within which all of it that shows lies."""
    if isinstance(shape, SpinBoson):
        return 4 * linewidth + 2 * shape.reorganisation + 4 * math.sqrt(shape.variance)
    if isinstance(shape, Voigt):
        return 4 * (linewidth + shape.lorentzian_width)
    return 4 * linewidth
