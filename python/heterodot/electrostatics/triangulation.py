"""Triangles on the surface of a solid, with their centres and normals on the curved surface."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heterodot.geometry.solid import Solid

__all__ = ["Surface", "UnionBoundary", "gap_of", "triangulate"]

Array = NDArray[np.float64]
Triangles = NDArray[np.intp]

_LARGEST_ASPECT = 2.5  # of a bounding box whose surface rays from the centre still cover evenly
_LARGEST_UNEVENNESS = 3.0  # area of the largest over that of the mean projected triangle
_SMOOTHING = 12  # sweeps that move vertices to the mean of their neighbours


# Directions over which distances are averaged to round edges: axes and diagonals.
_AROUND = np.array(
    [(s if a == b else 0.0) for b in range(3) for s in (-1.0, 1.0) for a in range(3)]
    + [c / math.sqrt(3.0) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1) for c in (x, y, z)]
).reshape(-1, 3)


@dataclass(frozen=True)
class Surface:
    """A closed surface in panels.

    Attributes
    ----------
    centers, normals : (panels, 3) arrays
        A point of the surface in the middle of each panel (nm), and the outward unit normal there.
    areas : (panels,) array
        Areas of the curved panels in nm².
    nodes : (panels, 16, 3) array
        Points of the surface spread over each panel, for integrals over near panels.
    node_normals : (panels, 16, 3) array
        Outward unit normals there.
    weights : (panels, 16) array
        Their shares of the area in nm².
    """

    centers: Array
    normals: Array
    areas: Array
    nodes: Array
    node_normals: Array
    weights: Array


class UnionBoundary:
    """The surface of the union of solids as a level set.

    Parameters
    ----------
    solids : sequence of Solid
    rounding : float
        Radius in nm of the sphere over which the distance is averaged to round edges.
    outwards : float
        How far the surface is moved outwards in nm.
    """

    def __init__(
        self, solids: Sequence[Solid], rounding: float = 0.0, outwards: float = 0.0
    ) -> None:
        self._outwards = outwards
        self._solids = [solid.compiled for solid in solids]
        self._around = rounding * _AROUND
        corners = np.array([solid.bounding_box() for solid in solids])
        self.lower: Array = corners[:, 0].min(axis=0)
        self.upper: Array = corners[:, 1].max(axis=0)
        self._step = 1e-4 * float(np.min(self.upper - self.lower))

    @property
    def rounded(self) -> bool:
        """Whether edges are rounded."""
        return bool(self._around.any())

    def distance(self, points: Array) -> Array:
        """Signed distance, negative inside, of points (..., 3); a mean over a sphere if rounded."""
        if not self.rounded:
            return self._sharp(points)
        total = np.zeros(points.shape[:-1])
        for shift in self._around:
            total += self._sharp(points + shift)
        return total / len(self._around)

    def _sharp(self, points: Array) -> Array:
        distance: Array = self._solids[0].signed_distance(points)
        for solid in self._solids[1:]:
            distance = np.minimum(distance, solid.signed_distance(points))
        return distance - self._outwards

    def gradient(self, points: Array) -> Array:
        """Gradient of the distance by central differences, (..., 3)."""
        gradient = np.empty_like(points)
        for axis in range(3):
            shift = np.zeros(3)
            shift[axis] = self._step
            difference = self.distance(points + shift) - self.distance(points - shift)
            gradient[..., axis] = difference / (2 * self._step)
        return gradient

    def normal(self, points: Array) -> Array:
        """Outward unit normal, (..., 3)."""
        gradient = self.gradient(points)
        norm = np.linalg.norm(gradient, axis=-1, keepdims=True)
        return np.asarray(gradient / np.maximum(norm, 1e-9))

    def curvature(self, points: Array, step: float) -> Array:
        """Mean curvature in 1/nm, half the divergence of the normal, from differences over `step`."""
        divergence = np.zeros(points.shape[:-1])
        for axis in range(3):
            shift = np.zeros(3)
            shift[axis] = step
            change = self.normal(points + shift)[..., axis] - self.normal(points - shift)[..., axis]
            divergence += change / (2 * step)
        return 0.5 * divergence

    def project(self, points: Array, steps: int = 4) -> Array:
        """Return the points moved onto the surface along the gradient (Newton steps)."""
        for _ in range(steps):
            gradient = self.gradient(points)
            square = np.maximum(np.sum(gradient**2, axis=-1), 1e-2)
            points = points - (self.distance(points) / square)[..., None] * gradient
        return points


def triangulate(
    solids: Sequence[Solid] | UnionBoundary, panel_area: float, most: int = 8000
) -> Surface:
    """Cut the surface of the union of solids into panels of about the given area.

    Star-shaped solids get the triangles of a geodesic sphere, projected along rays from the centre;
    others those of marching cubes. The vertices are then evened out along the surface.

    Parameters
    ----------
    solids : sequence of Solid, or its UnionBoundary
    panel_area : float
        Mean area of the panels in nm².
    most : int
        Largest number of panels.
    """
    boundary = solids if isinstance(solids, UnionBoundary) else UnionBoundary(solids)
    area = _area(boundary)
    panels = min(max(80.0, area / panel_area), float(most))
    vertices, triangles = _star(boundary, math.ceil(math.sqrt(panels / 20))) or _cubes(
        boundary, area / panels
    )
    vertices = _smoothed(boundary, vertices, triangles)
    return _panels(boundary, vertices[triangles])


def gap_of(boundary: UnionBoundary, surface: Surface) -> float:
    """Share of the flux of a charge inside that the panels miss: how badly they cover edges."""
    extent = boundary.upper - boundary.lower
    depths = np.linspace(0.1, 0.5, 5)[:, None, None] * float(extent.min())
    candidates = (surface.centers - depths * surface.normals).reshape(-1, 3)
    deepest = candidates[np.argmin(boundary.distance(candidates))]
    outwards = surface.centers - deepest
    distance = np.linalg.norm(outwards, axis=1)
    flux = surface.areas @ (np.sum(surface.normals * outwards, axis=1) / distance**3)
    return abs(1.0 - float(flux) / (4 * math.pi))


def _area(boundary: UnionBoundary) -> float:
    found = _star(boundary, 4)
    if found is None:
        extent = float(np.max(boundary.upper - boundary.lower))
        found = _cubes(boundary, 0.45 * (extent / 24) ** 2)
    vertices, triangles = found
    return float(_areas(vertices[triangles]).sum())


def _star(boundary: UnionBoundary, frequency: int) -> tuple[Array, Triangles] | None:
    """Geodesic sphere on a surface that every ray from the centre meets once, or None."""
    extent = boundary.upper - boundary.lower
    if extent.max() > _LARGEST_ASPECT * extent.min():
        return None
    center = 0.5 * (boundary.lower + boundary.upper)
    directions, triangles = _geodesic_sphere(frequency)
    # Rays in a box stretched like the solid keep the panels even on ellipsoids.
    rays = directions * (0.5 * extent)
    samples = np.linspace(0.0, 1.05 * math.sqrt(3.0), 28)
    inside = boundary.distance(center + samples[:, None, None] * rays) < 0.0
    crossings = np.count_nonzero(inside[1:] != inside[:-1], axis=0)
    if not inside[0].all() or np.any(crossings != 1):
        return None
    first = np.argmin(inside, axis=0)
    low, high = samples[first - 1], samples[first]
    for _ in range(40):
        middle = 0.5 * (low + high)
        within = boundary.distance(center + middle[:, None] * rays) < 0.0
        low, high = np.where(within, middle, low), np.where(within, high, middle)
    vertices: Array = center + (0.5 * (low + high))[:, None] * rays
    areas = _areas(vertices[triangles])
    if areas.max() > _LARGEST_UNEVENNESS * areas.mean():
        return None
    return vertices, triangles


def _cubes(boundary: UnionBoundary, panel_area: float) -> tuple[Array, Triangles]:
    """Marching cubes; a cube that the surface cuts holds about two triangles."""
    from skimage.measure import marching_cubes

    thinnest = float(np.min(boundary.upper - boundary.lower))
    spacing = min(math.sqrt(panel_area / 0.45), 0.3 * thinnest)
    lower = boundary.lower - 1.37 * spacing
    counts = np.ceil((boundary.upper + 1.37 * spacing - lower) / spacing).astype(int) + 1
    axes = [lower[a] + spacing * np.arange(counts[a]) for a in range(3)]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    distance = boundary.distance(lattice)
    vertices, faces, _, _ = marching_cubes(  # type: ignore[no-untyped-call]
        distance, 0.0, spacing=(spacing,) * 3
    )
    return boundary.project(lower + np.asarray(vertices, float)), np.asarray(faces, np.intp)


def _geodesic_sphere(frequency: int) -> tuple[Array, Triangles]:
    """Icosahedron with every edge cut into `frequency` parts: 20 frequency² triangles."""
    golden = 0.5 * (1 + math.sqrt(5.0))
    corners = np.array(
        [(0, a, b) for a in (-1, 1) for b in (-golden, golden)]
        + [(a, b, 0) for a in (-1, 1) for b in (-golden, golden)]
        + [(b, 0, a) for a in (-1, 1) for b in (-golden, golden)]
    )
    near = np.isclose(np.linalg.norm(corners[:, None] - corners, axis=-1), 2.0)
    faces = [
        (i, j, k)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    points: list[Array] = []
    triangles: list[tuple[int, int, int]] = []
    for i, j, k in faces:
        index: dict[tuple[int, int], int] = {}
        for a in range(frequency + 1):
            for b in range(frequency + 1 - a):
                index[a, b] = len(points)
                c = frequency - a - b
                points.append((a * corners[i] + b * corners[j] + c * corners[k]) / frequency)
        for a in range(frequency):
            for b in range(frequency - a):
                triangles.append((index[a, b], index[a + 1, b], index[a, b + 1]))
                if a + b < frequency - 1:
                    triangles.append((index[a + 1, b], index[a + 1, b + 1], index[a, b + 1]))
    unit = np.array(points)
    unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
    _, first, inverse = np.unique(np.round(unit, 9), axis=0, return_index=True, return_inverse=True)
    return unit[first], np.asarray(inverse).reshape(-1)[np.array(triangles)]


def _smoothed(boundary: UnionBoundary, vertices: Array, triangles: Triangles) -> Array:
    """Move every vertex to the mean of its neighbours and back onto the surface."""
    pairs = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    count = np.bincount(pairs[:, 0], minlength=len(vertices)).astype(float)
    for _ in range(_SMOOTHING):
        mean = np.stack(
            [
                np.bincount(pairs[:, 0], vertices[pairs[:, 1], a], minlength=len(vertices))
                for a in range(3)
            ],
            axis=1,
        )
        mean = mean / np.maximum(count, 1.0)[:, None]
        vertices = boundary.project(0.5 * (vertices + mean), steps=1)
    return boundary.project(vertices)


def _areas(corners: Array) -> Array:
    cross = np.cross(
        corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]
    )
    return np.asarray(0.5 * np.linalg.norm(cross, axis=-1))


def _split(corners: Array) -> Array:
    """Cut triangles (..., 3, 3) into four, (..., 4, 3, 3)."""
    a, b, c = corners[..., 0, :], corners[..., 1, :], corners[..., 2, :]
    ab, bc, ca = 0.5 * (a + b), 0.5 * (b + c), 0.5 * (c + a)
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.stack([np.stack(part, axis=-2) for part in parts], axis=-3)


def _panels(boundary: UnionBoundary, corners: Array) -> Surface:
    corners = corners[_areas(corners) > 1e-4 * np.mean(_areas(corners))]
    panels = len(corners)
    quarters = boundary.project(_split(corners))
    sixteenths = boundary.project(_split(quarters)).reshape(panels, 16, 3, 3)
    # Flat triangles with corners on the surface miss area at second order in their size.
    coarse, fine = _areas(quarters).sum(axis=1), _areas(sixteenths)
    areas = fine.sum(axis=1)
    areas += (areas - coarse) / 3
    weights = fine * (areas / fine.sum(axis=1))[:, None]
    nodes = boundary.project(sixteenths.mean(axis=2))
    centers = boundary.project(np.einsum("pk,pkx->px", weights, nodes) / areas[:, None])
    return Surface(centers, boundary.normal(centers), areas, nodes, boundary.normal(nodes), weights)
