"""Checks of arguments: each returns the value or names the argument that is wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["length", "number", "rotation", "vector"]


def number(name: str, value: object) -> float:
    """Return a finite float."""
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {value!r}") from None
    if not math.isfinite(result):
        raise ValueError(f"{name} must be finite, got {result}")
    return result


def length(name: str, value: object) -> float:
    """Return a positive finite float, a length in nm."""
    result = number(name, value)
    if result <= 0.0:
        raise ValueError(f"{name} must be positive (nm), got {result:g}")
    return result


def vector(name: str, value: object) -> tuple[float, float, float]:
    """Return three finite floats."""
    if isinstance(value, str) or not isinstance(value, (Sequence, np.ndarray)) or len(value) != 3:
        raise ValueError(f"{name} must be three numbers, got {value!r}")
    x, y, z = (number(f"{name}[{i}]", component) for i, component in enumerate(value))
    return x, y, z


def rotation(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return a proper 3×3 rotation matrix, read-only."""
    turn = np.array(value, dtype=float)
    if (
        turn.shape != (3, 3)
        or not np.allclose(turn @ turn.T, np.eye(3), atol=1e-10)
        or np.linalg.det(turn) < 0
    ):
        raise ValueError(
            f"{name} must be a proper 3×3 rotation matrix (orthogonal, determinant +1), got {value!r}"
        )
    turn.setflags(write=False)
    return turn
