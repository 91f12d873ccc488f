"""Transitions, spectra and optical gain."""
