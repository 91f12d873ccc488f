"""Bulk materials, environments and alloys, every number with its source."""

from __future__ import annotations

from heterodot.materials.alloys import alloy, bowing
from heterodot.materials.bulk import PARAMETERS, Material
from heterodot.materials.library import (
    environment,
    environment_names,
    load_materials,
    material,
    material_names,
    material_phases,
)
from heterodot.materials.provenance import Provenance
from heterodot.materials.surroundings import Environment, HardWall

__all__ = [
    "PARAMETERS",
    "Environment",
    "HardWall",
    "Material",
    "Provenance",
    "alloy",
    "bowing",
    "environment",
    "environment_names",
    "load_materials",
    "material",
    "material_names",
    "material_phases",
]
