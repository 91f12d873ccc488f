"""Light that makes excitons: pulses and continuous pumping well above the gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import constants

from heterodot import _checks

__all__ = ["Continuous", "Pulse", "fluence_of"]

_MICROJOULE = constants.e * 1e6  # of an eV


def fluence_of(mean: float, cross_section: float, energy: float) -> float:
    """Return the fluence in µJ/cm² that makes ⟨N⟩ excitons, ``⟨N⟩ ħω/σ``.

    Parameters
    ----------
    mean : float
        Mean number of excitons ⟨N⟩ of a nanocrystal.
    cross_section : float
        Absorption cross-section σ at the photon energy of the pump in cm².
    energy : float
        Photon energy ħω of the pump in eV.
    """
    for name, value in (("cross_section", cross_section), ("energy", energy)):
        if _checks.number(name, value) <= 0:
            raise ValueError(f"{name}: must be positive, got {value:g}")
    return mean * energy * _MICROJOULE / cross_section


@dataclass(frozen=True)
class Pulse:
    """A Gaussian pulse around time zero, absorbed alike by nanocrystals with any number of excitons.

    Parameters
    ----------
    mean : float
        Mean number ⟨N⟩ of photons that a nanocrystal absorbs.
    width : float
        Full width at half maximum in ns.
    """

    mean: float
    width: float = 1e-4

    def __post_init__(self) -> None:
        if _checks.number("mean", self.mean) < 0:
            raise ValueError(f"mean: must not be negative, got {self.mean:g}")
        if _checks.number("width", self.width) <= 0:
            raise ValueError(f"width: must be positive (ns), got {self.width:g}")

    @classmethod
    def of_fluence(
        cls, fluence: float, cross_section: float, energy: float, width: float = 1e-4
    ) -> Pulse:
        """Return the pulse of a fluence in µJ/cm², with σ in cm² and ħω in eV."""
        return cls(fluence / fluence_of(1.0, cross_section, energy), width)

    @property
    def span(self) -> tuple[float, float]:
        """Beginning and end in ns, outside of which nothing is absorbed."""
        return -2.5 * self.width, 2.5 * self.width

    def rate(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the photons absorbed per ns at times in ns."""
        width = self.width / (2 * math.sqrt(math.log(2)))  # half width at 1/e
        # the share of a Gaussian within the span
        share = math.erf(2.5 * self.width / width)
        t = np.asarray(time, float)
        values = self.mean / (share * width * math.sqrt(math.pi)) * np.exp(-((t / width) ** 2))
        return np.where(np.abs(t) <= 2.5 * self.width, values, 0.0)


@dataclass(frozen=True)
class Continuous:
    """Steady pumping that begins at time zero.

    Parameters
    ----------
    excitation : float
        Photons that a nanocrystal absorbs per ns.
    """

    excitation: float

    def __post_init__(self) -> None:
        if _checks.number("excitation", self.excitation) < 0:
            raise ValueError(f"excitation: must not be negative (1/ns), got {self.excitation:g}")

    def rate(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return the photons absorbed per ns at times in ns."""
        return np.full(np.shape(time), float(self.excitation))
