"""How a spin turns with the crystal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

__all__ = ["spin_turn"]


def spin_turn(rotation: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Return the 2×2 unitary matrix by which a spin ½ turns with a rotation matrix (3, 3)."""
    x, y, z, w = Rotation.from_matrix(rotation).as_quat()
    return np.array([[w - 1j * z, -y - 1j * x], [y - 1j * x, w + 1j * z]])
