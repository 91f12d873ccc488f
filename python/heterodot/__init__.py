"""From a semiconductor nanocrystal's geometry and materials to its optical gain."""

from __future__ import annotations

from heterodot.grid import Grid

__all__ = ["Grid"]
