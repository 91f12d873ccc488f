"""What configuration interaction needs to know of the carriers and their interactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["ActiveIntegrals", "Integrals", "block", "restricted", "rotated", "spinor_counts"]

Complex = NDArray[np.complex128]


class Integrals(Protocol):
    """What configuration interaction needs to know; `CoulombIntegrals` has it, all in eV.

    Perturbation theory asks for parts of the interactions only. An object that knows more spinors
    than whole tensors would fit into memory has a method ``block(kind, i, j, k, l)`` in place of
    ``ee``, ``hh`` and ``eh``: the part of one of them with the spinors of four index arrays.
    """

    @property
    def one_body_electron(self) -> Complex:
        """Hermitian matrix (Ne, Ne) of the electrons' one-body energies."""

    @property
    def one_body_hole(self) -> Complex:
        """Hermitian matrix (Nh, Nh) of the holes' one-body energies."""

    @property
    def ee(self) -> Complex:
        """Integrals (e_i e_j|e_k e_l)."""

    @property
    def hh(self) -> Complex:
        """Integrals (h_i h_j|h_k h_l)."""

    @property
    def eh(self) -> Complex:
        """Integrals (e_i e_j|h_k h_l), positive for attraction."""


@dataclass(frozen=True, eq=False)
class ActiveIntegrals:
    """Integrals of some spinors of a larger set, or of new spinors made of them (eV)."""

    one_body_electron: Complex
    one_body_hole: Complex
    ee: Complex
    hh: Complex
    eh: Complex
    states: Any = None


def spinor_counts(coulomb: Integrals) -> tuple[int, int]:
    """Return the numbers of electron and hole spinors."""
    return coulomb.one_body_electron.shape[0], coulomb.one_body_hole.shape[0]


def block(
    coulomb: Integrals,
    kind: str,
    i: NDArray[np.intp],
    j: NDArray[np.intp],
    k: NDArray[np.intp],
    l: NDArray[np.intp],
) -> Complex:
    """Return the part (ij|kl) of "ee", "hh" or "eh" with the spinors of four index arrays."""
    if hasattr(coulomb, "block"):
        return np.asarray(coulomb.block(kind, i, j, k, l), complex)
    return np.asarray(getattr(coulomb, kind)[np.ix_(i, j, k, l)], complex)


def restricted(coulomb: Integrals, electrons: int, holes: int) -> Integrals:
    """Return the integrals of the lowest spinors."""
    if spinor_counts(coulomb) == (electrons, holes) and not hasattr(coulomb, "block"):
        return coulomb
    e, h = np.arange(electrons), np.arange(holes)
    return ActiveIntegrals(
        coulomb.one_body_electron[:electrons, :electrons],
        coulomb.one_body_hole[:holes, :holes],
        block(coulomb, "ee", e, e, e, e),
        block(coulomb, "hh", h, h, h, h),
        block(coulomb, "eh", e, e, h, h),
        getattr(coulomb, "states", None),
    )


def rotated(coulomb: Integrals, electrons: Complex, holes: Complex) -> ActiveIntegrals:
    """Return the integrals of new spinors, the columns of two matrices in the old ones."""
    u, v = np.asarray(electrons, complex), np.asarray(holes, complex)

    def pairs(tensor: Complex, left: Complex, right: Complex) -> Complex:
        n, m = left.shape[1], right.shape[1]
        first = np.tensordot(left.conj(), tensor, axes=(0, 0))  # a j k l
        first = np.tensordot(left, first, axes=(0, 1)).swapaxes(0, 1)  # a b k l
        second = np.tensordot(first, right.conj(), axes=(2, 0))  # a b l c
        result = np.tensordot(second, right, axes=(2, 0))
        return np.ascontiguousarray(result.reshape(n, n, m, m))

    return ActiveIntegrals(
        u.conj().T @ coulomb.one_body_electron @ u,
        v.conj().T @ coulomb.one_body_hole @ v,
        pairs(coulomb.ee, u, u),
        pairs(coulomb.hh, v, v),
        pairs(coulomb.eh, u, v),
        None,
    )
