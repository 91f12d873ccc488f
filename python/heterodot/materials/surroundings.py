"""What surrounds a nanocrystal: a medium with finite barriers, or a hard wall."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from heterodot.materials.provenance import Provenance

__all__ = ["Environment", "HardWall"]


@dataclass(frozen=True)
class Environment:
    """A medium around the nanocrystal, with finite barriers for both carriers.

    Parameters
    ----------
    name : str
        Name used in messages and plots.
    permittivity : float
        Static relative permittivity.
    refractive_index : float, optional
        In the visible.
    electron_barrier : float
        Height in eV of the medium's conduction edge ABOVE the highest conduction edge among
        the materials of the nanocrystal.
    hole_barrier : float
        Depth in eV of its valence edge BELOW the lowest valence edge among them.
    electron_mass, hole_mass : float
        Masses in the medium, in m0.
    sources : mapping
        Provenance of the numbers loaded from a file.

    Notes
    -----
    The barriers are a convention of the model, not data: 3 eV with the free mass is customary
    for organic media, and levels depend on it weakly.
    """

    name: str
    permittivity: float
    refractive_index: float | None = None
    electron_barrier: float = 3.0
    hole_barrier: float = 3.0
    electron_mass: float = 1.0
    hole_mass: float = 1.0
    sources: Mapping[str, Provenance] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        where = f"environment {self.name!r}"
        _check_dielectric(where, self.permittivity, self.refractive_index)
        for name in ("electron_barrier", "hole_barrier", "electron_mass", "hole_mass"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0.0):
                raise ValueError(f"{where}: {name} must be positive and finite, got {value}")


@dataclass(frozen=True)
class HardWall:
    """An impenetrable outer surface: the envelopes vanish there.

    Parameters
    ----------
    permittivity : float
        Static relative permittivity of what lies outside.
    refractive_index : float, optional
        Refractive index of what lies outside.
    """

    permittivity: float = 1.0
    refractive_index: float | None = None

    def __post_init__(self) -> None:
        _check_dielectric("hard wall", self.permittivity, self.refractive_index)

    @property
    def name(self) -> str:
        """Name used in messages and plots."""
        return "hard wall"


def _check_dielectric(where: str, permittivity: float, refractive_index: float | None) -> None:
    for name, value in (("permittivity", permittivity), ("refractive_index", refractive_index)):
        if value is not None and not (math.isfinite(value) and value >= 1.0):
            raise ValueError(f"{where}: {name} must be finite and at least 1, got {value}")
