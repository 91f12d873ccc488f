"""From a semiconductor nanocrystal's geometry and materials to its optical gain."""

from __future__ import annotations

from heterodot.configuration_interaction import (
    ManyBodyStates,
    XXShift,
    ci,
    pair_transition,
    xx_shift,
)
from heterodot.grid import Grid
from heterodot.materials import (
    Environment,
    HardWall,
    Material,
    alloy,
    environment,
    load_materials,
    material,
)
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
    "Environment",
    "Grid",
    "HardWall",
    "Implicit",
    "ManyBodyStates",
    "Material",
    "Prism",
    "Solid",
    "Sphere",
    "Tetrapod",
    "XXShift",
    "alloy",
    "ci",
    "environment",
    "load_materials",
    "material",
    "pair_transition",
    "xx_shift",
]
