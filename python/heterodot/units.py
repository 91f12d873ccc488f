"""Physical constants in the units of heterodot (nm, eV, K, V/nm, T; masses in electron masses)."""

from __future__ import annotations

from scipy import constants as _si

HBAR2_OVER_2M0: float = _si.hbar**2 / (2 * _si.m_e) / _si.e * 1e18
"""ħ²/2m0 in eV nm²."""

COULOMB_CONSTANT: float = _si.e / (4 * _si.pi * _si.epsilon_0) * 1e9
"""e²/4πε0 in eV nm."""

BOLTZMANN: float = _si.k / _si.e
"""Boltzmann's constant in eV/K."""

HBAR: float = _si.hbar / _si.e
"""ħ in eV s."""

ELEMENTARY_CHARGE: float = _si.e
"""e in C, and one eV in J."""

SPEED_OF_LIGHT: float = _si.c * 1e9
"""Speed of light in nm/s."""

FINE_STRUCTURE: float = _si.fine_structure
"""The fine-structure constant."""

ELECTRON_REST_ENERGY: float = _si.m_e * _si.c**2 / _si.e
"""m0 c² in eV."""

BOHR_MAGNETON: float = _si.physical_constants["Bohr magneton in eV/T"][0]
"""µ_B in eV/T."""

ELECTRON_G_FACTOR: float = -_si.physical_constants["electron g factor"][0]
"""g of the free electron, positive."""

FLUX_QUANTUM_INVERSE: float = _si.e / _si.hbar * 1e-18
"""e/ħ in 1/(T nm²)."""
