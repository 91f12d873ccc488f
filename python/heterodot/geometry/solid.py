"""The solid: what every shape can do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot import _checks, _core
from heterodot._checks import number, vector

__all__ = ["Solid"]

ORIGIN = (0.0, 0.0, 0.0)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(_text(v) for v in value) + ")"
    if isinstance(value, float):
        short = f"{value:.15g}"
        return short if float(short) == value else repr(value)
    return repr(value)


class Solid:
    """A solid given by the signed distance to its surface; build one of the shapes instead."""

    compiled: _core.Solid
    _expression: str
    _binding: int  # how tightly the expression binds: 2 a call, 1 a difference, 0 & and |
    parts: tuple[Solid, ...]
    """The solids this one was made of by operators and methods; none for a shape."""

    def __init__(
        self,
        core: _core.Solid,
        expression: str,
        binding: int = 2,
        parts: tuple[Solid, ...] = (),
    ) -> None:
        self.compiled = core
        self._expression = expression
        self._binding = binding
        self.parts = parts

    def __reduce__(self) -> tuple[object, ...]:
        # As text and samples, like in a file: other processes build the core anew.
        from heterodot.geometry.solid_expression import implicit_parts, parse_solid

        return parse_solid, (repr(self), implicit_parts(self))

    def _set(
        self, core: _core.Solid, center: Sequence[float] | None = None, **arguments: object
    ) -> None:
        """Initialise a shape from its core and the arguments its ``repr`` shows."""
        if center is not None:
            shift = vector("center", center)
            if shift != ORIGIN:
                core = _core.translated(core, shift)
                arguments["center"] = shift
        shown = ", ".join(f"{name}={_text(value)}" for name, value in arguments.items())
        Solid.__init__(self, core, f"{type(self).__name__}({shown})")

    def signed_distance(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the signed distance to the surface in nm.

        Parameters
        ----------
        points : array_like, shape (..., 3)
            Positions in nm.

        Returns
        -------
        ndarray, shape (...)
            Negative inside. Exact for the shapes. A union is exact outside, an intersection or a
            difference inside; elsewhere they give a lower bound of the magnitude, as does a solid
            scaled unequally. The surface itself is always exact.
        """
        return self.compiled.signed_distance(np.asarray(points, dtype=np.float64))

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Return whether points, shape (..., 3) in nm, lie inside."""
        return self.signed_distance(points) < 0.0

    def bounding_box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Return the lower and the upper corner of a box around the solid in nm.

        The box is the smallest one, except that of an intersection or a difference, which may be
        larger than needed.
        """
        lower, upper = self.compiled.bounding_box()
        return vector("lower", lower), vector("upper", upper)

    def translate(self, shift: Sequence[float]) -> Solid:
        """Return the solid moved by ``shift`` (three lengths in nm)."""
        by = vector("shift", shift)
        return self._method(_core.translated(self.compiled, by), f"translate({_text(by)})")

    def rotate(self, angle: float, axis: Sequence[float] = (0.0, 0.0, 1.0)) -> Solid:
        """Return the solid turned about an axis through the origin.

        Parameters
        ----------
        angle : float
            Angle in degrees, counter-clockwise when looked at against the axis.
        axis : sequence of float
            Direction of the axis; the default is z.
        """
        degrees, direction = number("angle", angle), vector("axis", axis)
        norm = math.hypot(*direction)
        if norm == 0.0:
            raise ValueError(f"axis must not be the zero vector, got {_text(direction)}")
        matrix = _rotation(degrees, np.array(direction) / norm)
        core = _core.rotated(self.compiled, matrix.tolist())
        return self._method(core, f"rotate({_text(degrees)}, axis={_text(direction)})")

    def scale(self, factor: float | Sequence[float]) -> Solid:
        """Return the solid scaled about the origin by one factor or by three (x, y, z).

        After scaling by unequal factors the signed distance is only a lower bound (see
        :meth:`signed_distance`), so that :meth:`grow` moves the surface unevenly.
        """
        if isinstance(factor, (Sequence, np.ndarray)):
            x, y, z = vector("factor", factor)
            factors = (
                _checks.length("factor[0]", x),
                _checks.length("factor[1]", y),
                _checks.length("factor[2]", z),
            )
            shown = _text(factors)
        else:
            x = y = z = _checks.length("factor", factor)
            factors, shown = (x, y, z), _text(x)
        return self._method(_core.scaled(self.compiled, factors), f"scale({shown})")

    def grow(self, offset: float) -> Solid:
        """Return the solid with its surface moved outwards by ``offset`` nm (inwards if negative).

        Convex edges and corners of the shapes become rounded when they grow.
        """
        distance = number("offset", offset)
        return self._method(_core.grown(self.compiled, distance), f"grow({_text(distance)})")

    def __or__(self, other: Solid) -> Solid:
        return self._combine(other, "|", _core.solid_union, 0)

    def __and__(self, other: Solid) -> Solid:
        return self._combine(other, "&", _core.solid_intersection, 0)

    def __sub__(self, other: Solid) -> Solid:
        return self._combine(other, "-", _core.solid_difference, 1)

    def __repr__(self) -> str:
        return self._expression

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Solid):
            return NotImplemented
        return self._expression == other._expression

    def __hash__(self) -> int:
        return hash(self._expression)

    def _operand(self, binding: int) -> str:
        return self._expression if self._binding >= binding else f"({self._expression})"

    def _method(self, core: _core.Solid, call: str) -> Solid:
        return Solid(core, f"{self._operand(2)}.{call}", parts=(self,))

    def _combine(
        self,
        other: Solid,
        operator: str,
        combine: Callable[[_core.Solid, _core.Solid], _core.Solid],
        binding: int,
    ) -> Solid:
        if not isinstance(other, Solid):
            return NotImplemented
        expression = f"{self._operand(2)} {operator} {other._operand(2)}"
        core = combine(self.compiled, other.compiled)
        return Solid(core, expression, binding, (self, other))


def _rotation(degrees: float, axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotation matrix (Rodrigues); exact for multiples of 90°."""
    quarter, rest = divmod(degrees, 90.0)
    if rest == 0.0:
        sine, cosine = ((0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0))[int(quarter) % 4]
    else:
        sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix: NDArray[np.float64] = (
        cosine * np.eye(3) + sine * cross + (1.0 - cosine) * np.outer(axis, axis)
    )
    return matrix
