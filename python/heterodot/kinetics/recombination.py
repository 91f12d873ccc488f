"""Rates at which nanocrystals with n excitons lose one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks
from heterodot.optics.radiation import OpticalMedium
from heterodot.optics.spectra import Transitions, thermal_populations
from heterodot.units import HBAR, SPEED_OF_LIGHT

__all__ = ["Recombination", "Scaling", "radiative_lifetimes"]

Scaling = Literal["cubic", "pairs"]


@dataclass(frozen=True)
class Recombination:
    """Rates of radiative, Auger and other recombination in 1/ns.

    Parameters
    ----------
    radiative : sequence of float
        Radiative lifetimes of X, XX, ... in ns. Those not given follow from the last one as
        ``k_n ∝ n²``: every electron meets every hole.
    auger : float
        Auger lifetime of XX in ns; inf for none.
    scaling : "cubic" or "pairs"
        Auger rates of more excitons: ``k_n ∝ n²(n-1)``, all triples of carriers (k_XXX = 4.5 k_XX), or
        ``k_n ∝ n(n-1)``, as collisions of excitons (k_XXX = 3 k_XX).
    trapping : float
        Lifetime of every single exciton by other, non-radiative ways in ns; inf for none.

    References
    ----------
    V. I. Klimov et al., Science 287, 1011 (2000), measured 9 : 4-like, nearly cubic ratios;
    I. Robel et al., Phys. Rev. Lett. 102, 177404 (2009) for the pair-like limit.
    """

    radiative: tuple[float, ...]
    auger: float = float("inf")
    scaling: Scaling = "cubic"
    trapping: float = float("inf")

    def __post_init__(self) -> None:
        for name in ("auger", "trapping"):
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"{name}: a lifetime must be positive (ns), got {getattr(self, name)}"
                )
        if not self.radiative or not all(value > 0 for value in self.radiative):
            raise ValueError(
                f"radiative: lifetimes of X, XX, ... must be positive (ns), got {self.radiative}"
            )
        if self.scaling not in ("cubic", "pairs"):
            raise ValueError(f'scaling: must be "cubic" or "pairs", got {self.scaling!r}')

    def emission(self, most: int) -> NDArray[np.float64]:
        """Return the radiative rates of 1, 2, ... `most` excitons in 1/ns."""
        known = len(self.radiative)
        numbers = np.arange(1, most + 1)
        last = numbers**2 / (known**2 * self.radiative[-1])
        given = 1 / np.array(self.radiative[:most])
        return np.concatenate([given, last[known:]])

    def rates(self, most: int) -> NDArray[np.float64]:
        """Return the total rates of 1, 2, ... `most` excitons in 1/ns."""
        n = np.arange(1, most + 1)
        auger = n * n * (n - 1) / 4 if self.scaling == "cubic" else n * (n - 1) / 2
        return np.asarray(self.emission(most) + auger / self.auger + n / self.trapping)


def radiative_lifetimes(gain: Any) -> tuple[float, float]:
    """Return the radiative lifetimes of thermal X and XX in ns from the strengths of a `Gain`.

    Einstein's relation ``A = n² E² ∫σ dE / (π² ħ (ħc)²)``.
    """
    model = gain.model
    medium = OpticalMedium() if gain.medium is None else gain.medium
    factor = medium.refractive_index**2 * 1e-9 / (np.pi**2 * HBAR * (HBAR * SPEED_OF_LIGHT) ** 2)

    def lifetime(step: Transitions) -> float:
        rates = factor * np.sum(step.energies**2 * step.strengths, axis=0)
        rate = float(rates @ thermal_populations(step.upper, model.temperature))
        return 1 / rate if rate > 0 else float("inf")

    return lifetime(model.exciton), lifetime(model.biexciton)


def checked_lifetimes(radiative: float | Sequence[float]) -> tuple[float, ...]:
    """Return lifetimes as a tuple of numbers."""
    values = (radiative,) if isinstance(radiative, (int, float)) else tuple(radiative)
    return tuple(_checks.number(f"radiative[{i}]", value) for i, value in enumerate(values))
