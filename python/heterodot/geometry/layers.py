"""How thick the layers of a nanocrystal are, before any grid is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.geometry.solid import Solid

__all__ = ["LayerThickness", "measure_layers"]

# Layers thinner than this are rounding errors.
_NOTHING = 1e-6  # nm


@dataclass(frozen=True)
class LayerThickness:
    """The thickness of one layer in nm.

    ``thickest`` is the diameter of the largest ball that fits into the layer (0 if there is none);
    ``thinnest`` the smallest distance from its inner to its outer surface, for the innermost layer
    the diameter again.
    """

    thickest: float
    thinnest: float

    @property
    def empty(self) -> bool:
        """Whether the layer adds no volume."""
        return self.thickest <= _NOTHING


class _Shape(Protocol):
    """What is measured of a solid."""

    def signed_distance(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the signed distance to the surface in nm."""
        ...

    def bounding_box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Return the lower and the upper corner of a box around the solid in nm."""
        ...


class _Images:
    """A solid with all its images, of which one period about the origin is measured."""

    def __init__(self, solid: Solid, period: Sequence[float | None]) -> None:
        lengths = [length or 0.0 for length in period]
        self.signed_distance = _core.repeated(solid.compiled, lengths).signed_distance
        self._box, self._lengths = solid.bounding_box(), lengths

    def bounding_box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        (x, y, z), (u, v, w) = (
            [0.5 * side * length or own for length, own in zip(self._lengths, corner, strict=True)]
            for side, corner in zip((-1.0, 1.0), self._box, strict=True)
        )
        return (x, y, z), (u, v, w)


def measure_layers(
    solids: Sequence[Solid], points: int = 40, period: Sequence[float | None] | None = None
) -> list[LayerThickness]:
    """Measure every layer on a coarse lattice with ``points`` points along its longest edge.

    Where the structure repeats, together with its images: the ends of a wire are no surface.
    """
    shapes: list[_Shape] = [solid if period is None else _Images(solid, period) for solid in solids]
    return [_measure(shapes[:r], shape, points) for r, shape in enumerate(shapes)]


def _measure(inner: Sequence[_Shape], outer: _Shape, points: int) -> LayerThickness:
    lower, upper = (np.array(corner) for corner in outer.bounding_box())
    if np.any(upper - lower <= 0.0):
        return LayerThickness(0.0, 0.0)
    step = float(np.max(upper - lower)) / (points - 1)

    def to_inner(x: NDArray[np.float64]) -> NDArray[np.float64]:
        distance = np.full(x.shape[:-1], np.inf)
        for solid in inner:
            distance = np.minimum(distance, solid.signed_distance(x))
        return distance

    def depth(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.minimum(-outer.signed_distance(x), to_inner(x))

    counts = [max(3, int(np.ceil(e / step)) + 1) for e in upper - lower]
    axes = [np.linspace(lower[i], upper[i], counts[i]) for i in range(3)]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)

    # The largest ball: climb from the deepest lattice points.
    depths = depth(lattice)
    best = lattice[np.argsort(depths)[-12:]]
    offsets = np.stack(np.meshgrid(*[(-1.0, 0.0, 1.0)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    reach = np.full((len(best), 1, 1), step)
    for _ in range(32):
        candidates = best[:, None, :] + reach * offsets
        winner = np.argmax(depth(candidates), axis=1)
        # Shrink where nothing better was found.
        reach[winner == len(offsets) // 2] *= 0.5
        best = candidates[np.arange(len(best)), winner]
    thickest = 2.0 * max(0.0, float(np.max(depth(best))))
    if not inner:
        return LayerThickness(thickest, thickest)

    # Shells thinner than the lattice: look outwards from the inner surface.
    feet = _project(to_inner, lattice[np.abs(to_inner(lattice)) < 2.0 * step], step)
    if feet.size == 0:
        return LayerThickness(thickest, 0.0)
    across = -outer.signed_distance(feet)
    thickest = max(thickest, float(np.max(across)))
    return LayerThickness(thickest, max(0.0, float(np.min(across))))


def _project(
    distance: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    points: NDArray[np.float64],
    step: float,
) -> NDArray[np.float64]:
    """Move points onto the zero set of a signed distance; drop those that do not get there."""
    delta = 1e-4 * step
    for _ in range(4):
        gradient = np.stack(
            [
                (distance(points + delta * e) - distance(points - delta * e)) / (2.0 * delta)
                for e in np.eye(3)
            ],
            axis=-1,
        )
        square = np.maximum(np.sum(gradient**2, axis=-1), 1e-3)
        points = points - (distance(points) / square)[:, None] * gradient
    reached: NDArray[np.float64] = points[np.abs(distance(points)) < 1e-9]
    return reached
