"""From a semiconductor nanocrystal's geometry and materials to its optical gain."""

from __future__ import annotations

from heterodot import kp
from heterodot.configuration_interaction import (
    ComplexEnergy,
    ManyBodyStates,
    NaturalSpinors,
    PerturbativeCorrection,
    TrionBinding,
    XXShift,
    ci,
    complex_energy,
    natural_spinors,
    pair_transition,
    perturbative_correction,
    trion_binding,
    xx_shift,
)
from heterodot.electrostatics.coulomb import coulomb
from heterodot.electrostatics.coulomb_integrals import CoulombIntegrals
from heterodot.electrostatics.exchange import ElectronHoleExchange, electron_hole_exchange
from heterodot.electrostatics.image_potential import self_polarisation_potential
from heterodot.envelopes.band_structure import BandStructure, solve_bands
from heterodot.envelopes.energy_window import solve_window
from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.envelopes.magnetic_states import MagneticStates, solve_in_field
from heterodot.envelopes.solve import solve
from heterodot.envelopes.states import CarrierStates, States
from heterodot.geometry.grid import Grid
from heterodot.geometry.mesh import Mesh, labelled_solids
from heterodot.geometry.solids import (
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
from heterodot.geometry.voxels import Voxels
from heterodot.kinetics.amplification import Mode
from heterodot.kinetics.auger import AugerRates, auger_rates
from heterodot.kinetics.populations import Dynamics, dynamics
from heterodot.kinetics.pump import Continuous, Pulse
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
from heterodot.optics.ensemble import EnsembleSpectrum, size_ensemble
from heterodot.optics.intraband import intraband_absorption, intraband_momentum
from heterodot.optics.line_shapes import Voigt
from heterodot.optics.local_field import LocalField, local_field, polarised
from heterodot.optics.occupancy import AugerCollapsed, Fixed, Given, Poisson
from heterodot.optics.optical_gain import Gain, gain
from heterodot.optics.phonon_coupling import phonon_coupling
from heterodot.optics.radiation import OpticalMedium, optical_medium
from heterodot.optics.single_exciton_gain import SingleExcitonGain
from heterodot.optics.spectra import absorption, emission, radiative_lifetime
from heterodot.optics.spectrum import Lines, Spectrum
from heterodot.optics.spin_boson import SpinBoson
from heterodot.optics.transient_absorption import TransientAbsorption, transient_absorption
from heterodot.optics.transitions import interband_momentum
from heterodot.plot.report import report
from heterodot.runs.io import load, save
from heterodot.runs.results import Results
from heterodot.sweep import Sweep, SweepPoint, sweep
from heterodot.version import __version__

__all__ = [
    "AugerCollapsed",
    "AugerRates",
    "BandStructure",
    "Box",
    "Capsule",
    "CarrierStates",
    "ComplexEnergy",
    "Cone",
    "Continuous",
    "CoulombIntegrals",
    "Cylinder",
    "Dynamics",
    "ElectronHoleExchange",
    "Ellipsoid",
    "EnsembleSpectrum",
    "Environment",
    "Fixed",
    "Gain",
    "Given",
    "Grid",
    "Hamiltonian",
    "HardWall",
    "Implicit",
    "Lines",
    "LocalField",
    "MagneticStates",
    "ManyBodyStates",
    "Material",
    "Mesh",
    "Mode",
    "Nanocrystal",
    "NaturalSpinors",
    "OpticalMedium",
    "PerturbativeCorrection",
    "Poisson",
    "Prism",
    "Pulse",
    "Region",
    "Results",
    "SingleExcitonGain",
    "Solid",
    "Spectrum",
    "Sphere",
    "SpinBoson",
    "States",
    "Sweep",
    "SweepPoint",
    "Tetrapod",
    "TransientAbsorption",
    "TrionBinding",
    "Voigt",
    "Voxels",
    "XXShift",
    "__version__",
    "absorption",
    "alloy",
    "auger_rates",
    "ci",
    "complex_energy",
    "coulomb",
    "dynamics",
    "electron_hole_exchange",
    "emission",
    "environment",
    "gain",
    "interband_momentum",
    "intraband_absorption",
    "intraband_momentum",
    "kp",
    "labelled_solids",
    "load",
    "load_materials",
    "local_field",
    "material",
    "natural_spinors",
    "optical_medium",
    "pair_transition",
    "perturbative_correction",
    "phonon_coupling",
    "polarised",
    "radiative_lifetime",
    "report",
    "save",
    "self_polarisation_potential",
    "size_ensemble",
    "solve",
    "solve_bands",
    "solve_in_field",
    "solve_window",
    "sweep",
    "transient_absorption",
    "trion_binding",
    "xx_shift",
]
