"""The errors heterodot raises beyond ``ValueError`` and ``TypeError``."""

from __future__ import annotations

__all__ = [
    "ConvergenceError",
    "HeterodotError",
    "MemoryEstimateError",
    "PeriodicStructureError",
    "UnboundStatesError",
]


class HeterodotError(Exception):
    """Base class of all errors of heterodot's own."""


class ConvergenceError(HeterodotError):
    """An iteration stopped before its residuals reached the requested tolerance."""


class MemoryEstimateError(HeterodotError, MemoryError):
    """The estimated memory of a calculation exceeds what the machine has free."""


class PeriodicStructureError(HeterodotError, ValueError):
    """Something was asked for that a structure which repeats without end does not have."""


class UnboundStatesError(HeterodotError, ValueError):
    """More states were requested than the nanocrystal binds."""
