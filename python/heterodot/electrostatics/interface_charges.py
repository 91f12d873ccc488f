"""The charges that fields induce where the permittivity jumps: boundary elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot import _core
from heterodot.electrostatics.dielectric import Dielectric
from heterodot.electrostatics.triangulation import Surface, UnionBoundary, gap_of, triangulate
from heterodot.geometry.grid import Grid
from heterodot.geometry.solid import Solid
from heterodot.geometry.voxels import Voxels

__all__ = ["Interface", "InterfaceCharges", "find_interfaces", "has_edges"]

Array = NDArray[np.float64]

_PANEL_AREA = 0.13  # nm²
_FLATNESS = 0.026  # area of a panel over the square of the least radius of curvature
_CURVED = 2000  # panels of a surface beyond which curvature makes no more
_FEWEST = 500
_MOST = 4000  # panels of all interfaces together
_LARGEST_GAP = 3e-3  # share of the flux lost at edges from which on they are rounded
_ROUNDING = 0.3  # nm
_VOLUME_CELLS = 40  # along the longest edge of the box that volumes are found in
_AREA_OF_GAP = 0.43  # area of an equilateral panel whose edge is as long as a gap is wide


@dataclass(frozen=True)
class Interface:
    """One closed surface on which the permittivity jumps.

    Attributes
    ----------
    number : int
        The surface is that of the layers up to this one.
    boundary : UnionBoundary
        The surface as a level set.
    surface : Surface
        Its panels.
    inside, outside : (panels,) arrays
        Permittivities on both sides of every panel.
    """

    number: int
    boundary: UnionBoundary
    surface: Surface
    inside: Array
    outside: Array


def find_interfaces(dielectric: Dielectric, refinement: float = 1.0) -> list[Interface]:
    """Triangulate the surfaces between layers of different permittivity.

    Parameters
    ----------
    dielectric : Dielectric
    refinement : float
        Factor for the number of panels. One stands for panels of 0.13 nm², at least 500 on every
        surface, smaller where it is strongly curved, with edges no longer than gaps between surfaces
        are wide, and at most 4000 in all.
    """
    values = dielectric.values
    numbers = [r for r in range(len(dielectric.solids)) if values[r] != values[r + 1]]
    if not numbers:
        return []
    boundaries = [_boundary(dielectric.solids[: r + 1]) for r in numbers]
    sketches = [triangulate(boundary, math.inf) for boundary in boundaries]
    wanted = []
    for number, sketch in enumerate(sketches):
        area = _area_of_curvature(boundaries[number])
        for other, boundary in enumerate(boundaries):
            if other != number:
                gaps = np.abs(boundary.distance(sketch.centers))
                area = min(area, _AREA_OF_GAP * float(np.quantile(gaps, 0.1)) ** 2)
        total = float(sketch.areas.sum())
        wanted.append(max(_FEWEST, total / max(area, total / _MOST)))
    scale = refinement * min(1.0, _MOST / sum(wanted))
    interfaces = []
    following = [*numbers[1:], len(dielectric.solids)]
    for number, after, boundary, sketch, panels in zip(
        numbers, following, boundaries, sketches, wanted, strict=True
    ):
        surface = triangulate(boundary, float(sketch.areas.sum()) / (scale * panels))
        sharp = UnionBoundary(dielectric.solids[: number + 1])
        foot = sharp.project(surface.centers)
        step = 1e-3 * np.sqrt(surface.areas)[:, None] * sharp.normal(foot)
        inner = np.minimum(dielectric.layers_at(foot - step), number)
        outer = np.maximum(dielectric.layers_at(foot + step), number + 1)
        # Where layers are missing, the next surface out lies in the same place and counts instead.
        outside = np.where(outer <= after, values[outer], values[inner])
        interfaces.append(Interface(number, boundary, surface, values[inner], outside))
    return interfaces


def _area_of_curvature(boundary: UnionBoundary) -> float:
    """Return an area of panels that are small compared with the radius of curvature, in nm².

    Constant charges on panels err by about the area over the square of that radius. Rounded edges
    are not worth it: rounding them is a larger error.
    """
    if boundary.rounded:
        return _PANEL_AREA
    surface = triangulate(boundary, _PANEL_AREA)
    size = float(np.min(boundary.upper - boundary.lower))
    curvature = np.abs(boundary.curvature(surface.nodes, 0.02 * size))
    radius = 1.0 / max(float(np.quantile(curvature, 0.99)), 1e-3)
    least = float(surface.areas.sum()) / _CURVED
    return min(_PANEL_AREA, max(_FLATNESS * radius**2, least))


def has_edges(dielectric: Dielectric) -> bool:
    """Return whether the permittivity jumps on a surface with edges that panels cannot follow."""
    values = dielectric.values
    return any(
        values[r] != values[r + 1] and _edged(UnionBoundary(dielectric.solids[: r + 1]))[0]
        for r in range(len(dielectric.solids))
    )


def _edged(boundary: UnionBoundary) -> tuple[bool, float]:
    """Whether panels lose flux at the edges of a surface, and the area of a panel in nm²."""
    area = min(_PANEL_AREA, float(triangulate(boundary, math.inf).areas.sum()) / _FEWEST)
    return gap_of(boundary, triangulate(boundary, area)) >= _LARGEST_GAP, area


def _boundary(solids: Sequence[Solid]) -> UnionBoundary:
    """Return the surface of solids, with edges rounded that panels could not follow."""
    boundary = UnionBoundary(solids)
    edged, area = _edged(boundary)
    if not edged:
        return boundary
    thinnest = float(np.min(boundary.upper - boundary.lower))
    rounding = min(_ROUNDING, 0.2 * thinnest)
    # Rounded edges enclose less: as much is added all around, which keeps moments of induced charges.
    missing = _volume(solids, boundary) - _volume_inside(UnionBoundary(solids, rounding), area)
    total = float(triangulate(boundary, area).areas.sum())
    return UnionBoundary(solids, rounding, max(missing, 0.0) / total)


def _volume(solids: Sequence[Solid], boundary: UnionBoundary) -> float:
    """Volume of the union of solids in nm³."""
    extent = boundary.upper - boundary.lower
    spacing = float(extent.max()) / _VOLUME_CELLS
    counts = np.ceil(extent / spacing).astype(int) + 2
    shape = int(counts[0]), int(counts[1]), int(counts[2])
    first = 0.5 * (boundary.lower + boundary.upper) - spacing * (counts - 1) / 2
    grid = Grid(shape, (float(first[0]), float(first[1]), float(first[2])), (spacing,) * 3)
    return float(Voxels(grid, solids).fractions()[:-1].sum()) * grid.cell_volume


def _volume_inside(boundary: UnionBoundary, area: float) -> float:
    """Volume inside of the panels in nm³, by Gauss's law."""
    surface = triangulate(boundary, area)
    return float(surface.areas @ np.sum(surface.normals * surface.centers, axis=1)) / 3


class InterfaceCharges:
    """Induced surface charges: ``ε`` times the normal field is the same on both sides.

    With the potential φ0 of the charges ρ/ε(r) in free space and ``λ = (ε_in - ε_out) /
    2π(ε_in + ε_out)`` the charge density σ of the interfaces obeys

        σ(r) + λ ∂_n ∫ σ(r') / |r - r'| dA' = -λ ∂_n φ0(r) .

    The panels carry constant densities; the equation holds at their centres. The diagonal follows
    from Gauss's law: the flux of a panel's charge through its own closed surface is 2π.

    Parameters
    ----------
    interfaces : list of Interface

    Attributes
    ----------
    centers, normals, areas, inside, outside : arrays
        The panels with a jump, and the permittivities on both sides.
    owner : array
        The interface of every panel.
    """

    def __init__(self, interfaces: list[Interface]) -> None:
        self.interfaces = interfaces
        surfaces = [interface.surface for interface in interfaces]
        arrays = {
            field.name: np.concatenate([getattr(surface, field.name) for surface in surfaces])
            for field in fields(Surface)
        }
        inside = np.concatenate([interface.inside for interface in interfaces])
        outside = np.concatenate([interface.outside for interface in interfaces])
        matrix = _core.Panels(**arrays).matrix()
        self._close(matrix, arrays["areas"])
        kept = inside != outside
        matrix = matrix[np.ix_(kept, kept)]
        arrays = {name: array[kept] for name, array in arrays.items()}
        self.panels = _core.Panels(**arrays)
        self.centers, self.normals = arrays["centers"], arrays["normals"]
        self.areas = arrays["areas"]
        self.owner = np.repeat(
            np.arange(len(interfaces)), [len(surface.areas) for surface in surfaces]
        )[kept]
        self.inside, self.outside = inside[kept], outside[kept]
        jump = (self.inside - self.outside) / (self.inside + self.outside)
        self.strength = jump / (2 * math.pi)
        matrix *= self.strength[:, None]
        matrix[np.diag_indices_from(matrix)] += 1.0
        self.factors = scipy.linalg.lu_factor(matrix, overwrite_a=True, check_finite=False)

    def __len__(self) -> int:
        return len(self.areas)

    def _close(self, matrix: Array, areas: Array) -> None:
        start = 0
        for interface in self.interfaces:
            stop = start + len(interface.surface.areas)
            own = np.arange(start, stop)
            flux = areas[start:stop] @ matrix[start:stop, start:stop] / areas[start:stop]
            matrix[own, own] = -2 * math.pi - flux
            start = stop

    @property
    def closed(self) -> list[tuple[int, NDArray[np.intp]]]:
        """Number of the layer inside, and panels, of each interface that has all its panels."""
        found = []
        for place, interface in enumerate(self.interfaces):
            own = np.flatnonzero(self.owner == place)
            if len(own) == len(interface.surface.areas):
                found.append((interface.number, own))
        return found

    def induced(self, normal_derivatives: Array) -> Array:
        """Return the densities σ (b, panels) that charges ρ_b induce, arguments as below."""
        source = -(self.strength * normal_derivatives).T
        return np.asarray(scipy.linalg.lu_solve(self.factors, source, check_finite=False).T)

    def interaction(self, potentials: Array, normal_derivatives: Array) -> Array:
        """Return the interaction of charges with the interface charges of others.

        Parameters
        ----------
        potentials : (a, panels) array
            Potentials on the panels of the charges ρ_a in free space.
        normal_derivatives : (b, panels) array
            Normal derivatives there of the potentials of the charges ρ_b/ε(r).

        Returns
        -------
        (a, b) array
            ``∮ φ_a σ_b dA``
        """
        carried = scipy.linalg.lu_solve(
            self.factors, (potentials * self.areas).T, trans=1, check_finite=False
        )
        return np.asarray(-carried.T @ (self.strength * normal_derivatives).T)
