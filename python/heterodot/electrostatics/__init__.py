"""Coulomb integrals with dielectric mismatch."""
