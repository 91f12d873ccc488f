"""The self-polarisation close to an interface in closed form: image charges."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from heterodot.electrostatics.interface_charges import Interface
from heterodot.units import COULOMB_CONSTANT

__all__ = ["ImageCharge"]

Array = NDArray[np.float64]

_SUBPOINTS = 4  # per axis, in cells that an average is taken over


class ImageCharge:
    """What a charge feels of its own image behind one interface.

    At the distance d from a sphere of radius 1/κ, inside or outside, the singular part of the
    closed form is, with D = d (1 ∓ κd/2) and γ = (ε_in - ε_out) / (ε_in + ε_out),

        V = (e²/4πε0) γ [± 1/(4 ε D) - κ ε_same ln(κ D) / (2 ε (ε_in + ε_out))] ,

    where ε is the permittivity at the charge and ε_same that of its side. For other surfaces κ is
    the mean curvature. The expression fades out between the distances `reach` and `end`.

    Parameters
    ----------
    interface : Interface
    reach, end : float
        In nm.
    cutoff : float
        Distances below this one count as it (nm).
    """

    def __init__(self, interface: Interface, reach: float, end: float, cutoff: float) -> None:
        self.interface = interface
        self.reach, self.end, self.cutoff = reach, end, cutoff
        self._tree = cKDTree(interface.surface.centers)
        boundary = interface.boundary
        self._size = float(np.min(boundary.upper - boundary.lower))

    def anchors(self, points: Array, inside: NDArray[np.bool_]) -> Array:
        """Return the points at the distance `reach` inside or outside of the points' feet."""
        boundary = self.interface.boundary
        foot = boundary.project(points, steps=3)
        side = np.where(inside, -self.reach, self.reach)
        return np.asarray(foot + side[:, None] * boundary.normal(foot))

    def potential(self, points: Array, permittivity: Array) -> Array:
        """Return V in eV at points (n, 3) with the permittivities (n,) there."""
        distance = self.interface.boundary.distance(points)
        result = np.zeros(len(points))
        near = np.flatnonzero(np.abs(distance) < self.end)
        if near.size:
            shape = self._at_foot(points[near])
            result[near] = self._value(distance[near, None], permittivity[near], *shape)[:, 0]
        return result

    def averaged(self, points: Array, cell: Array) -> Array:
        """Return V averaged over cells (edges in nm) around points, 4 × 4 × 4 values in each."""
        offsets = (np.arange(_SUBPOINTS) + 0.5) / _SUBPOINTS - 0.5
        mesh = np.meshgrid(*(offsets * edge for edge in cell), indexing="ij")
        parts = np.stack(mesh, axis=-1).reshape(-1, 3)
        distance = self.interface.boundary.distance(points[:, None] + parts)
        return np.asarray(self._value(distance, None, *self._at_foot(points)).mean(axis=1))

    def _at_foot(self, points: Array) -> tuple[Array, Array, Array]:
        """Permittivities inside and outside, and the mean curvature, at the points' feet."""
        boundary = self.interface.boundary
        foot = boundary.project(points, steps=3)
        _, closest = self._tree.query(foot)
        curvature = boundary.curvature(foot, 0.02 * self._size)
        # Edges would make it infinite.
        curvature = np.clip(curvature, -4 / self._size, 4 / self._size)
        return self.interface.inside[closest], self.interface.outside[closest], curvature

    def _value(
        self,
        distance: Array,
        permittivity: Array | None,
        inside: Array,
        outside: Array,
        curvature: Array,
    ) -> Array:
        """V at signed distances (n, m); the rest are (n,). Without ε it is that of each side."""
        inside, outside, curvature = inside[:, None], outside[:, None], curvature[:, None]
        within = distance < 0.0
        side = np.where(within, 1.0, -1.0)
        absolute = np.maximum(np.abs(distance), self.cutoff)
        depth = absolute * np.maximum(1.0 - 0.5 * side * curvature * absolute, 0.25)
        same = np.where(within, inside, outside)
        local = same if permittivity is None else permittivity[:, None]
        total = inside + outside
        value = side / (4 * local * depth)
        value = value - curvature * same / (2 * local * total) * np.log(depth / self.end)
        fade = np.clip((self.end - absolute) / (self.end - self.reach), 0.0, 1.0)
        fade = fade**3 * (10 - fade * (15 - 6 * fade))
        return np.asarray(COULOMB_CONSTANT * (inside - outside) / total * value * fade)


def reach_of(
    interface: Interface, others: list[Interface], spacing: float, trusted: float
) -> float:
    """Distance in nm from which the panels of an interface resolve the induced charge.

    It is `trusted` times the edge of a panel, at least one spacing, at most half of a gap.
    """
    edge = 1.52 * math.sqrt(float(np.mean(interface.surface.areas)))
    gaps = [
        float(np.quantile(np.abs(other.boundary.distance(interface.surface.centers)), 0.1))
        for other in others
    ]
    room = min((0.5 * gap for gap in gaps if gap > 0.0), default=math.inf)
    return min(max(trusted * edge, spacing), room)
