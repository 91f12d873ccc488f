"""How a Hamiltonian treats the environment: as a wall, on its grid, or as a tail at the surface."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from heterodot.envelopes.barrier import Barrier, coarse_voxels, decay_barrier
from heterodot.envelopes.region_polynomials import RegionPolynomials
from heterodot.geometry.voxels import Voxels
from heterodot.kp.model import Carrier
from heterodot.materials import HardWall
from heterodot.nanocrystal import Nanocrystal

__all__ = ["BarrierRule", "Surroundings"]

BarrierRule = Literal["auto", "grid", "tail"]

# A barrier into which the envelope reaches less far than this many steps is a boundary condition.
_RESOLVED = 3.0
# Margin around the nanocrystal in decay lengths: e^(-2·8) of the density is cut off.
_DECAY_LENGTHS = 8.0


class Surroundings:
    """The environment of a nanocrystal on a grid; each carrier's barrier is kept.

    Magnetic fields leave barriers as they are.

    Parameters
    ----------
    nanocrystal : Nanocrystal
        What it surrounds.
    polynomials : RegionPolynomials
        Without a magnetic field.
    spacing : float
        Distance of neighbouring nodes in nm.
    rule : {"auto", "grid", "tail"}
        How a finite barrier is treated, see :class:`Hamiltonian`.
    """

    def __init__(
        self,
        nanocrystal: Nanocrystal,
        polynomials: RegionPolynomials,
        spacing: float,
        rule: BarrierRule,
    ) -> None:
        self.rule: BarrierRule = rule
        self._nanocrystal = nanocrystal
        self._polynomials = polynomials
        self._spacing = spacing
        self._barriers: dict[Carrier, Barrier | None] = {}

    def barrier(self, carrier: Carrier) -> Barrier | None:
        """Return the barrier for a carrier, None for a hard wall."""
        *regions, outside = self._polynomials.of(carrier)
        if carrier not in self._barriers:
            self._barriers[carrier] = (
                None
                if isinstance(self._nanocrystal.environment, HardWall)
                else decay_barrier(self._coarse_voxels, regions, outside, carrier)
            )
        return self._barriers[carrier]

    @cached_property
    def _coarse_voxels(self) -> Voxels:
        return coarse_voxels(self._nanocrystal)

    def has_tail(self, carrier: Carrier) -> bool:
        """Return whether the barrier is a boundary condition at the surface instead of a region."""
        barrier = self.barrier(carrier)
        if barrier is None or self.rule == "grid":
            return False
        if len(self._polynomials.of(carrier)[0].orbitals) > 1:
            return False
        return self.rule == "tail" or barrier.length < _RESOLVED * self._spacing

    def margin(self) -> float:
        """Return how far in nm the grid has to reach beyond the nanocrystal."""
        margin = 2.0 * self._spacing
        for carrier in self._polynomials.available():
            barrier = self.barrier(carrier)
            if barrier is not None and not self.has_tail(carrier):
                margin = max(margin, _DECAY_LENGTHS * barrier.length)
        return margin
