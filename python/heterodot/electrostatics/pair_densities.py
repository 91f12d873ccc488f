"""Densities of pairs of spinors, reduced by time reversal to as few real fields as there are.

Spinors come in Kramers pairs, 2p the representative ψ_p and 2p + 1 its time reverse Tψ_p. With
``A_pq = ψ_p† ψ_q`` (hermitian) and ``B_pq = ψ_p† Tψ_q`` (antisymmetric) the pair densities are

    n(2p, 2q) = A_pq,    n(2p+1, 2q+1) = A_pq*,    n(2p, 2q+1) = B_pq,    n(2p+1, 2q) = -B_pq* :

2M² - M real fields for M pairs, M(M+1)/2 for real orbitals without spin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

__all__ = ["PairDensities"]

Array = NDArray[np.float64]


class PairDensities:
    """The real fields that all pair densities of one carrier are made of.

    Parameters
    ----------
    representatives : (pairs, bands, nx, ny, nz) array
        One spinor of each Kramers pair, bands spin-major.
    spin_degenerate : bool
        Whether the bands are orbitals only: spinors 2p and 2p + 1 are ``φ_p ↑`` and ``-φ_p* ↓``.
    hole : bool
        Whether the densities are those of holes, conjugate to those of the valence spinors.
    """

    def __init__(
        self, representatives: NDArray[Any], spin_degenerate: bool, hole: bool = False
    ) -> None:
        self.representatives = representatives
        self.spin_degenerate = spin_degenerate
        self.pairs, bands = representatives.shape[:2]
        if not spin_degenerate and bands % 2:
            raise ValueError(f"representatives: spinors need an even number of bands, got {bands}")
        self.real = bool(np.isrealobj(representatives))
        self.count, self.coefficients = self._expand(hole)

    @property
    def diagonal(self) -> NDArray[np.intp]:
        """Numbers of the fields that are densities of one spinor, (pairs,)."""
        after = self.pairs - np.arange(self.pairs)
        each = after.copy()
        if not self.real:
            each += after - 1
        if not self.spin_degenerate:
            each += (after - 1) * (1 if self.real else 2)
        return np.concatenate([[0], np.cumsum(each)[:-1]])

    def ground(self) -> Array:
        """Return the density of the first spinor, (nx, ny, nz)."""
        return np.asarray(np.sum(np.abs(self.representatives[0]) ** 2, axis=0))

    def total(self) -> Array:
        """Return the sum of the densities of one spinor a pair, (nx, ny, nz)."""
        total = np.zeros(self.representatives.shape[2:])
        for psi in self.representatives:
            total += np.sum(np.abs(psi) ** 2, axis=0)
        return total

    def fields(self) -> Iterator[Array]:
        """Yield the real fields, those with the same first spinor together: (n, nx, ny, nz)."""
        psi = self.representatives
        half = psi.shape[1] // 2
        for p in range(self.pairs):
            product = np.einsum("bxyz,qbxyz->qxyz", psi[p].conj(), psi[p:])
            yield product.real
            if not self.real:
                yield product.imag[1:]
            if self.spin_degenerate or p + 1 == self.pairs:
                continue
            # ψ† Tχ = ψ↑† χ↓* - ψ↓† χ↑*
            other = psi[p + 1 :]
            product = np.einsum("bxyz,qbxyz->qxyz", psi[p, :half], other[:, half:])
            product -= np.einsum("bxyz,qbxyz->qxyz", psi[p, half:], other[:, :half])
            yield product.real
            if not self.real:
                yield -product.imag

    def _expand(self, hole: bool) -> tuple[int, scipy.sparse.csr_array]:
        """Return the number of fields, and the coefficients of n(i, j), row 2M i + j, on them."""
        spinors = 2 * self.pairs
        entries: list[tuple[int, int, complex]] = []
        imaginary = -1j if hole else 1j
        count = 0

        def add(i: int, j: int, field: int, value: complex) -> None:
            entries.append((i * spinors + j, field, value))

        for p in range(self.pairs):
            for q in range(p, self.pairs):
                for a, b in {(p, q), (q, p)}:
                    add(2 * a, 2 * b, count, 1.0)
                    add(2 * a + 1, 2 * b + 1, count, 1.0)
                count += 1
            if not self.real:
                for q in range(p + 1, self.pairs):
                    for a, b, sign in ((p, q, imaginary), (q, p, -imaginary)):
                        add(2 * a, 2 * b, count, sign)
                        add(2 * a + 1, 2 * b + 1, count, -sign)
                    count += 1
            if self.spin_degenerate:
                continue
            for value in (1.0,) if self.real else (1.0, imaginary):
                for q in range(p + 1, self.pairs):
                    for a, b, sign in ((p, q, 1), (q, p, -1)):
                        add(2 * a, 2 * b + 1, count, sign * value)
                        add(2 * a + 1, 2 * b, count, -sign * np.conj(value))
                    count += 1
        rows, columns, values = zip(*entries, strict=True)
        return count, scipy.sparse.csr_array(
            (np.array(values, complex), (rows, columns)), shape=(spinors**2, count)
        )
