"""Solids: the shapes nanocrystals are made of.

Every solid is centred on the origin (or on ``center``) with its axis along z, and knows the signed
distance to its surface: negative inside, positive outside. Solids combine with ``|`` (union),
``&`` (intersection) and ``-`` (difference) and move with :meth:`Solid.translate`,
:meth:`Solid.rotate`, :meth:`Solid.scale` and :meth:`Solid.grow`. All lengths are in nm. Solids never
change: every operation returns a new one, and ``repr`` is an expression that builds it again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heterodot import _checks, _core
from heterodot._checks import number, vector
from heterodot.geometry.implicit import Implicit
from heterodot.geometry.solid import ORIGIN, Solid

__all__ = [
    "Box",
    "Capsule",
    "Cone",
    "Cylinder",
    "Ellipsoid",
    "Implicit",
    "Prism",
    "Solid",
    "Sphere",
    "Tetrapod",
]


class Sphere(Solid):
    """A sphere.

    Parameters
    ----------
    radius : float
        Radius in nm.
    center : sequence of float
        Centre in nm.
    """

    def __init__(self, radius: float, center: Sequence[float] = ORIGIN) -> None:
        radius = _checks.length("radius", radius)
        self._set(_core.sphere(radius), center, radius=radius)


class Ellipsoid(Solid):
    """An ellipsoid with its axes along x, y and z.

    Parameters
    ----------
    semi_axes : sequence of float
        The three semi-axes in nm.
    center : sequence of float
        Centre in nm.
    """

    def __init__(self, semi_axes: Sequence[float], center: Sequence[float] = ORIGIN) -> None:
        a, b, c = vector("semi_axes", semi_axes)
        axes = (
            _checks.length("semi_axes[0]", a),
            _checks.length("semi_axes[1]", b),
            _checks.length("semi_axes[2]", c),
        )
        self._set(_core.ellipsoid(axes), center, semi_axes=axes)


class Box(Solid):
    """A box with its edges along x, y and z.

    Parameters
    ----------
    lengths : float or sequence of float
        The three edge lengths in nm, or one for a cube.
    center : sequence of float
        Centre in nm.
    """

    def __init__(self, lengths: float | Sequence[float], center: Sequence[float] = ORIGIN) -> None:
        if not isinstance(lengths, (Sequence, np.ndarray)):
            lengths = (lengths, lengths, lengths)
        x, y, z = vector("lengths", lengths)
        edges = (
            _checks.length("lengths[0]", x),
            _checks.length("lengths[1]", y),
            _checks.length("lengths[2]", z),
        )
        self._set(_core.box(edges), center, lengths=edges)


class Cylinder(Solid):
    """A circular cylinder along z with flat ends.

    Parameters
    ----------
    radius, length : float
        Radius and length in nm.
    center : sequence of float
        Centre in nm.
    """

    def __init__(self, radius: float, length: float, center: Sequence[float] = ORIGIN) -> None:
        radius, length = _checks.length("radius", radius), _checks.length("length", length)
        self._set(_core.cylinder(radius, length), center, radius=radius, length=length)


class Capsule(Solid):
    """A cylinder along z closed by two half spheres: a nanorod.

    Parameters
    ----------
    radius : float
        Radius of the cylinder and of the half spheres in nm.
    length : float
        Total length from tip to tip in nm, at least twice the radius.
    center : sequence of float
        Centre in nm.
    """

    def __init__(self, radius: float, length: float, center: Sequence[float] = ORIGIN) -> None:
        radius, length = _checks.length("radius", radius), _checks.length("length", length)
        if length < 2.0 * radius:
            raise ValueError(
                f"length is the total length from tip to tip and must be at least twice the "
                f"radius ({2.0 * radius:g} nm), got {length:g}"
            )
        self._set(_core.capsule(radius, length), center, radius=radius, length=length)


class Cone(Solid):
    """A circular cone or frustum along z, from ``-height/2`` to ``+height/2``.

    Parameters
    ----------
    radius : float
        Radius of the bottom in nm.
    height : float
        Height in nm.
    top_radius : float
        Radius of the top in nm; zero for a cone with a tip.
    center : sequence of float
        Middle of the axis in nm.
    """

    def __init__(
        self,
        radius: float,
        height: float,
        top_radius: float = 0.0,
        center: Sequence[float] = ORIGIN,
    ) -> None:
        radius, height = _checks.length("radius", radius), _checks.length("height", height)
        top_radius = number("top_radius", top_radius)
        if top_radius < 0.0:
            raise ValueError(f"top_radius must not be negative (nm), got {top_radius:g}")
        core = _core.cone(radius, height, top_radius)
        self._set(core, center, radius=radius, height=height, top_radius=top_radius)


class Prism(Solid):
    """A right prism along z over a regular polygon, one corner of which lies on the x axis.

    Parameters
    ----------
    sides : int
        Number of sides, at least 3.
    radius : float
        Radius of the circle through the corners in nm.
    height : float
        Height in nm.
    center : sequence of float
        Centre in nm.
    """

    def __init__(
        self, sides: int, radius: float, height: float, center: Sequence[float] = ORIGIN
    ) -> None:
        if isinstance(sides, bool) or not isinstance(sides, (int, np.integer)):
            raise TypeError(f"sides must be an integer, got {sides!r}")
        if sides < 3:
            raise ValueError(f"sides must be at least 3, got {sides}")
        radius, height = _checks.length("radius", radius), _checks.length("height", height)
        core = _core.prism(int(sides), radius, height)
        self._set(core, center, sides=int(sides), radius=radius, height=height)


class Tetrapod(Solid):
    """Four arms from a spherical core along (1,1,1), (1,-1,-1), (-1,1,-1) and (-1,-1,1).

    Parameters
    ----------
    core_radius : float
        Radius of the core in nm.
    arm_radius : float
        Radius of the arms in nm.
    arm_length : float
        Length from the centre of the core to the tip of an arm in nm.
    rounded : bool
        Whether the arms end in half spheres (included in the length) or are cut flat.
    center : sequence of float
        Centre of the core in nm.
    """

    def __init__(
        self,
        core_radius: float,
        arm_radius: float,
        arm_length: float,
        rounded: bool = True,
        center: Sequence[float] = ORIGIN,
    ) -> None:
        core_radius = _checks.length("core_radius", core_radius)
        arm_radius = _checks.length("arm_radius", arm_radius)
        arm_length = _checks.length("arm_length", arm_length)
        if rounded and arm_length < arm_radius:
            raise ValueError(
                f"arm_length must be at least the arm radius ({arm_radius:g} nm) for rounded "
                f"arms, got {arm_length:g}"
            )
        self._set(
            _core.tetrapod(core_radius, arm_radius, arm_length, bool(rounded)),
            center,
            core_radius=core_radius,
            arm_radius=arm_radius,
            arm_length=arm_length,
            rounded=bool(rounded),
        )
