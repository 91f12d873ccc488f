"""Solids given by a function of position."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks, _core
from heterodot._checks import vector
from heterodot.geometry.grid import Grid
from heterodot.geometry.solid import Solid

__all__ = ["Implicit"]


class Implicit(Solid):
    """The solid in which a function of position is negative.

    The function is called once, with arrays, on a lattice that covers the bounds; its zero set is
    then interpolated by cubics and the signed distance to it computed. Only the zero set matters,
    not the function's size elsewhere.

    Parameters
    ----------
    function : callable
        ``function(x, y, z)`` takes three arrays of one shape (nm) and returns an array of that
        shape, negative inside the solid. It should be smooth near the surface.
    bounds : pair of sequences of float
        Lower and upper corner in nm of a box that contains the solid. Beyond it the signed
        distance is only a lower bound: leave room if the solid shall grow.
    resolution : float, optional
        Step of the lattice in nm; by default 1/64 of the longest edge of the bounds. Surfaces
        are as accurate as cubic interpolation at this step.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        bounds: tuple[Sequence[float], Sequence[float]],
        resolution: float | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(f"function must be callable, got {function!r}")
        if len(bounds) != 2:
            raise ValueError(f"bounds must be a pair (lower, upper) of corners, got {bounds!r}")
        lower, upper = vector("bounds[0]", bounds[0]), vector("bounds[1]", bounds[1])
        extent = [
            _checks.length(f"bounds[1][{i}] - bounds[0][{i}]", upper[i] - lower[i])
            for i in range(3)
        ]
        step = (
            max(extent) / 64.0 if resolution is None else _checks.length("resolution", resolution)
        )
        if min(extent) < 2.0 * step:
            raise ValueError(
                f"resolution must be at most half of the shortest edge of the bounds "
                f"({min(extent):g} nm), got {step:g}"
            )
        lattice = self._lattice(lower, upper, step)
        self._build(self._sample(function, lattice), lower, upper, step)

    @classmethod
    def from_samples(
        cls,
        samples: NDArray[np.float64],
        bounds: tuple[Sequence[float], Sequence[float]],
        resolution: float,
    ) -> Implicit:
        """Return the solid whose `samples` are known, with the bounds and resolution of its repr."""
        lower, upper = vector("bounds[0]", bounds[0]), vector("bounds[1]", bounds[1])
        step = _checks.length("resolution", resolution)
        expected = cls._lattice(lower, upper, step).shape
        if samples.shape != expected:
            raise ValueError(
                f"samples must have the lattice's shape {expected}, got {samples.shape}"
            )
        solid = cls.__new__(cls)
        solid._build(np.asarray(samples, float), lower, upper, step)
        return solid

    @property
    def digest(self) -> str:
        """Name of the samples in ``repr``: the beginning of their SHA-256 sum."""
        return hashlib.sha256(np.ascontiguousarray(self.samples).tobytes()).hexdigest()[:16]

    def _build(
        self,
        samples: NDArray[np.float64],
        lower: tuple[float, float, float],
        upper: tuple[float, float, float],
        step: float,
    ) -> None:
        self.samples = samples
        self._set(
            _core.sampled(self._lattice(lower, upper, step), samples),
            samples=self.digest,
            bounds=(lower, upper),
            resolution=step,
        )
        # However the samples were found: with them it is read back as this.
        self._expression = "Implicit" + self._expression.removeprefix(type(self).__name__)

    @staticmethod
    def _lattice(
        lower: tuple[float, float, float], upper: tuple[float, float, float], step: float
    ) -> Grid:
        # Two steps of margin keep the interpolation's stencil off the surface.
        n = [math.ceil((upper[i] - lower[i]) / step) + 5 for i in range(3)]
        origin = [0.5 * (lower[i] + upper[i] - (n[i] - 1) * step) for i in range(3)]
        return Grid((n[0], n[1], n[2]), (origin[0], origin[1], origin[2]), (step, step, step))

    @staticmethod
    def _sample(function: Callable[..., Any], lattice: Grid) -> NDArray[np.float64]:
        x, y, z = np.meshgrid(*lattice.axes(), indexing="ij")
        values = np.asarray(function(x, y, z))
        if values.shape != lattice.shape:
            raise ValueError(
                f"function must return an array of the shape of its arguments {lattice.shape}, "
                f"got shape {values.shape}"
            )
        if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
            raise TypeError(f"function must return real numbers, got {values.dtype}")
        values = values.astype(np.float64)
        if not np.all(np.isfinite(values)):
            where = np.argwhere(~np.isfinite(values))[0]
            point = ", ".join(f"{a[i]:.4g}" for a, i in zip(lattice.axes(), where, strict=True))
            raise ValueError(f"function is not finite at ({point}) nm")
        if np.all(values >= 0.0):
            raise ValueError(
                "function is nowhere negative within the bounds: the solid is empty or smaller "
                f"than the resolution ({lattice.spacing[0]:g} nm)"
            )
        # What the user calls the bounds lies two to three lattice points within the lattice.
        shell = np.ones(lattice.shape, dtype=bool)
        shell[1:-1, 1:-1, 1:-1] = False
        if np.any(values[shell] < 0.0):
            raise ValueError(
                "function is negative outside of the bounds: the bounds must contain the solid"
            )
        return values
