"""From a semiconductor nanocrystal's geometry and materials to its optical gain."""

from __future__ import annotations

from heterodot import kp
from heterodot.configuration_interaction import (
    ManyBodyStates,
    XXShift,
    ci,
    pair_transition,
    xx_shift,
)
from heterodot.coulomb import coulomb
from heterodot.coulomb_integrals import CoulombIntegrals
from heterodot.grid import Grid
from heterodot.hamiltonian import Hamiltonian
from heterodot.image_potential import self_polarisation_potential
from heterodot.io import load, save
from heterodot.materials import (
    Environment,
    HardWall,
    Material,
    alloy,
    environment,
    load_materials,
    material,
)
from heterodot.nanocrystal import Nanocrystal, Region
from heterodot.occupancy import AugerCollapsed, Fixed, Given, Poisson
from heterodot.optical_gain import Gain, gain
from heterodot.radiation import OpticalMedium, optical_medium
from heterodot.results import Results
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
from heterodot.solve import solve
from heterodot.spectra import absorption, emission, radiative_lifetime
from heterodot.spectrum import Spectrum
from heterodot.states import CarrierStates, States
from heterodot.transitions import interband_momentum
from heterodot.version import __version__
from heterodot.voxels import Voxels

__all__ = [
    "AugerCollapsed",
    "Box",
    "Capsule",
    "CarrierStates",
    "Cone",
    "CoulombIntegrals",
    "Cylinder",
    "Ellipsoid",
    "Environment",
    "Fixed",
    "Gain",
    "Given",
    "Grid",
    "Hamiltonian",
    "HardWall",
    "Implicit",
    "ManyBodyStates",
    "Material",
    "Nanocrystal",
    "OpticalMedium",
    "Poisson",
    "Prism",
    "Region",
    "Results",
    "Solid",
    "Spectrum",
    "Sphere",
    "States",
    "Tetrapod",
    "Voxels",
    "XXShift",
    "__version__",
    "absorption",
    "alloy",
    "ci",
    "coulomb",
    "emission",
    "environment",
    "gain",
    "interband_momentum",
    "kp",
    "load",
    "load_materials",
    "material",
    "optical_medium",
    "pair_transition",
    "radiative_lifetime",
    "save",
    "self_polarisation_potential",
    "solve",
    "xx_shift",
]
