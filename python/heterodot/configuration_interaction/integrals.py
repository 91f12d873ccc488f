"""What configuration interaction needs to know of the carriers and their interactions."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Integrals"]


class Integrals(Protocol):
    """What configuration interaction needs to know; `CoulombIntegrals` has it, all in eV."""

    @property
    def one_body_electron(self) -> NDArray[np.complex128]:
        """Hermitian matrix (Ne, Ne) of the electrons' one-body energies."""

    @property
    def one_body_hole(self) -> NDArray[np.complex128]:
        """Hermitian matrix (Nh, Nh) of the holes' one-body energies."""

    @property
    def ee(self) -> NDArray[np.complex128]:
        """Integrals (e_i e_j|e_k e_l)."""

    @property
    def hh(self) -> NDArray[np.complex128]:
        """Integrals (h_i h_j|h_k h_l)."""

    @property
    def eh(self) -> NDArray[np.complex128]:
        """Integrals (e_i e_j|h_k h_l), positive for attraction."""
