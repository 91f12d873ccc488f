"""Light that the nanocrystals amplify: photons of one mode along a waveguide or in a cavity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks
from heterodot.units import SPEED_OF_LIGHT

__all__ = ["Amplification", "Mode"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mode:
    """One mode of light in a film of nanocrystals, at one photon energy.

    Parameters
    ----------
    density : float
        Nanocrystals per cm³ of the mode.
    loss : float
        Loss of light by other ways in 1/cm.
    energy : float, optional
        Photon energy in eV; by default where gain is largest for two excitons in every nanocrystal.
    spontaneous : float
        Share of the spontaneous emission that goes into the mode.
    refractive_index : float
        Of the film: light travels with c/n.
    """

    density: float
    loss: float = 0.0
    energy: float | None = None
    spontaneous: float = 1e-4
    refractive_index: float = 1.7

    def __post_init__(self) -> None:
        for name in ("density", "refractive_index"):
            if _checks.number(name, getattr(self, name)) <= 0:
                raise ValueError(f"{name}: must be positive, got {getattr(self, name):g}")
        if _checks.number("loss", self.loss) < 0:
            raise ValueError(f"loss: must not be negative (1/cm), got {self.loss:g}")
        if not 0 <= _checks.number("spontaneous", self.spontaneous) <= 1:
            raise ValueError(f"spontaneous: is a share between 0 and 1, got {self.spontaneous:g}")


class Amplification:
    """Rates per photon of a mode (photons are counted per nanocrystal), in 1/ns.

    Attributes
    ----------
    up, down : (most + 1,) arrays
        Absorption and stimulated emission of nanocrystals with 0, 1, ... excitons. Absorption is known for
        none and one only; what holds two or more emits as XX.
    decay : float
        Loss of photons.
    """

    def __init__(self, mode: Mode, model: Any, most: int) -> None:
        energy = model.maximum((0.0, 0.0, 1.0))[0] if mode.energy is None else mode.energy
        velocity = SPEED_OF_LIGHT * 1e-16 / mode.refractive_index  # cm/ns
        up, down = np.zeros(most + 1), np.zeros(most + 1)
        for n in range(most + 1):
            probabilities = np.eye(3)[min(n, 2)]
            absorbed, emitted = model.absorption_and_emission(probabilities, energy)
            # nm² → cm²
            up[n], down[n] = (velocity * mode.density * 1e-14 * s for s in (absorbed, emitted))
        up[most] = 0.0
        self.up, self.down = up, down
        self.decay = velocity * mode.loss
        self.spontaneous = mode.spontaneous
        self.energy = float(energy)
