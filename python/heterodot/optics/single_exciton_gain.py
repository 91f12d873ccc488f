"""The criterion of single-exciton gain: the interaction of excitons against the width of their lines."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["SingleExcitonGain"]


@dataclass(frozen=True)
class SingleExcitonGain:
    """Whether nanocrystals with one exciton amplify light at the X line.

    An exciton emits, but where X → XX absorbs at the same energy it absorbs as much; only a shift of that
    absorption by more than about Γ leaves gain.

    Attributes
    ----------
    shift : float
        XX line less X line in eV, positive for repulsion.
    linewidth : float
        Γ in eV.
    exciton_fraction : float
        Share of nanocrystals that must hold one exciton, the others being empty; inf if more than all.
    remaining_absorption : float
        Absorption X → XX over emission X → vacuum at the X line.
    """

    shift: float
    linewidth: float
    exciton_fraction: float
    remaining_absorption: float

    @property
    def possible(self) -> bool:
        """Whether less than all nanocrystals need to hold an exciton."""
        return self.exciton_fraction < 1 - 1e-9

    @property
    def ratio(self) -> float:
        """Shift over Γ."""
        return self.shift / self.linewidth

    @property
    def closed_form(self) -> float:
        """n_X of two bright X states and a Gaussian line, ``2/(3 - exp(-(Δ/Γ)²))``, for comparison."""
        return 2 / (3 - math.exp(-(self.ratio**2)))

    def __str__(self) -> str:
        kind = "repel" if self.shift > 0 else "attract"
        why = (
            f"excitons {kind} each other by {1e3 * abs(self.shift):.0f} meV, {abs(self.ratio):.2f} times the "
            f"line width Γ = {1e3 * self.linewidth:.0f} meV, and X → XX absorption keeps "
            f"{100 * self.remaining_absorption:.0f} % of the emission at the X line"
        )
        if self.possible:
            return f"Single excitons give gain from n_X = {self.exciton_fraction:.3f}: {why}."
        return f"Single excitons give no gain: {why}."
