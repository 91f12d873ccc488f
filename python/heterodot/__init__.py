"""From a semiconductor nanocrystal's geometry and materials to its optical gain."""

from __future__ import annotations

from heterodot.grid import Grid
from heterodot.solids import (
    Box,
    Capsule,
    Cone,
    Cylinder,
    Ellipsoid,
    Implicit,
    Prism,
    Solid,
    Sphere,
    Tetrapod,
)

__all__ = [
    "Box",
    "Capsule",
    "Cone",
    "Cylinder",
    "Ellipsoid",
    "Grid",
    "Implicit",
    "Prism",
    "Solid",
    "Sphere",
    "Tetrapod",
]
