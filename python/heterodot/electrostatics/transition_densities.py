"""Transition densities of electrons and valence states, as real fields.

An electron and a hole that annihilate each other leave the charge of their transition density. With
``T_α(r) = Σ_s F*_c,s(r) F_v,αs(r)`` (electron S, hole X, Y, Z) it is that of the dipoles d T, ``∇·(d T)``; for two
states of one eight-band Hamiltonian it is ``Σ_n F*_c,n F_v,n``, see `heterodot.electrostatics.exchange`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from heterodot.envelopes.bloch_functions import electron_spins, valence_bloch_functions
from heterodot.geometry.grid import Grid

__all__ = ["TransitionDensities"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

_POINTS = 4096  # nodes whose contact interactions are added up together


class TransitionDensities:
    """The fields T of all pairs of spinors, reduced by time reversal.

    Of electron 2p and hole 2q they are A_pq*, of 2p + 1 and 2q + 1 A_pq; of 2p and 2q + 1 they are
    B_pq*, of 2p + 1 and 2q -B_pq, with ``A = Σ_s F*_s E_s`` and ``B = E_↑ F_↓ - E_↓ F_↑``. Real and
    imaginary parts count as fields of their own.
    """

    def __init__(self, states: Any, axis: Sequence[float]) -> None:
        e, h = states.electrons, states.holes
        self.grid: Grid = e.grid
        self.electrons = e.representatives.reshape(*e.representatives.shape[:2], -1)
        self.holes = h.representatives.reshape(*h.representatives.shape[:2], -1)
        self.eight_bands = self.electrons.shape[1] == self.holes.shape[1] == 8
        if not self.eight_bands:
            self.spins = electron_spins(self.electrons.shape[1], e.spin_degenerate)
            self.bloch = valence_bloch_functions(self.holes.shape[1], h.spin_degenerate, axis)
        self.pairs = len(self.electrons), len(self.holes)
        self.count = 4 * self.pairs[0] * self.pairs[1]

    @property
    def spinor_pairs(self) -> int:
        """Number of pairs of an electron and a hole spinor."""
        return self.count

    def fields(self, p: slice, q: slice, points: slice) -> Array:
        """Return A and B of some pairs of orbitals, (p, q, [A, B], [Re, Im], xyz, points)."""
        if self.eight_bands:
            e8, h8 = self._by_spin(p, q, points)
            both = _products(e8[:, :1], h8[:, 1:]) + _products(e8[:, 1:], h8[:, :1])
        else:
            e = np.einsum("ds,pdr->psr", self.spins, self.electrons[p, :, points])
            h = np.einsum("cjs,qcr->qjsr", self.bloch, self.holes[q, :, points])
            both = _products(e[:, None], h)
        return np.stack([both.real, both.imag], axis=3)

    def _by_spin(self, p: slice, q: slice, points: slice) -> tuple[Complex, Complex]:
        """Return envelopes of electrons and holes on S, X, Y, Z and spins, (count, 4, 2, points)."""
        e, h = self.electrons[p, :, points], self.holes[q, :, points]
        # spin-major: S↑ X↑ Y↑ Z↑ S↓ X↓ Y↓ Z↓
        e, h = (part.reshape(len(part), 2, 4, -1).swapaxes(1, 2) for part in (e, h))
        return e, h

    def densities(self, p: slice, q: slice) -> Array:
        """Return A and B of the slow transition densities of eight bands, ([A, B], [Re, Im], r)."""
        e, h = self._by_spin(p, q, slice(None))
        both = _products(e, h).sum(axis=3)[0, 0]
        return np.stack([both.real, both.imag], axis=1)

    def contact(self) -> Array:
        """Return the sums of products T · T of all fields over the nodes, (count, count)."""
        result = np.zeros((self.count, self.count))
        for start in range(0, self.grid.size, _POINTS):
            some = self.fields(slice(None), slice(None), slice(start, start + _POINTS))
            flat = some.reshape(self.count, -1)
            result += flat @ flat.T
        return result

    def charges(self, length: Array) -> Array:
        """Return ∇·(d T) of all fields, (count, nx, ny, nz), with the dipole d of every node.

        Those of eight bands are the transition densities, whatever `length` is.
        """
        result = np.empty((*self.pairs, 4, *self.grid.shape))
        for p in range(self.pairs[0]):
            for q in range(self.pairs[1]):
                pair = slice(p, p + 1), slice(q, q + 1)
                if self.eight_bands:
                    result[p, q] = self.densities(*pair).reshape(4, *self.grid.shape)
                    continue
                one = self.fields(*pair, slice(None))
                vectors = one.reshape(4, 3, *self.grid.shape) * length
                result[p, q] = [_divergence(vector, self.grid) for vector in vectors]
        return result.reshape(self.count, *self.grid.shape)

    def coefficients(self) -> Complex:
        """Return c_i† v_k of spinors as sums of the fields, (Ne, Nh, count)."""
        m, n = self.pairs
        # (p, spin, q, spin, p, q, [A, B], [Re, Im])
        amplitudes = np.zeros((m, 2, n, 2, m, n, 2, 2), complex)
        up, down = np.array([1, -1j]), np.array([1, 1j])
        for p in range(m):
            for q in range(n):
                amplitudes[p, 0, q, 0, p, q, 0] = up
                amplitudes[p, 1, q, 1, p, q, 0] = down
                amplitudes[p, 0, q, 1, p, q, 1] = up
                amplitudes[p, 1, q, 0, p, q, 1] = -down
        return amplitudes.reshape(2 * m, 2 * n, -1)

    def tensor(self, fields: Array) -> Complex:
        """Return X (Ne, Ne, Nh, Nh) from the interactions of all fields (count, count)."""
        c = self.coefficients()
        electrons, holes, count = c.shape
        c = c.reshape(-1, count)
        matrix = (c @ fields) @ c.conj().T
        shape = (electrons, holes, electrons, holes)
        return np.ascontiguousarray(matrix.reshape(shape).transpose(0, 2, 1, 3))


def _products(electrons: Complex, holes: Complex) -> Complex:
    """Return A and B of envelopes (p, j, 2, r) and (q, j, 2, r), one j or as many: (p, q, 2, j, r)."""
    e, h = electrons[:, None], holes[None]
    same = np.sum(e * h.conj(), axis=3)
    flipped = e[:, :, :, 0] * h[:, :, :, 1] - e[:, :, :, 1] * h[:, :, :, 0]
    return np.stack([same, flipped], axis=2)


def _divergence(vector: Array, grid: Grid) -> Array:
    """Divergence of a field that vanishes at the edge of the box, by Fourier transform."""
    total: Any = 0.0
    for axis, (points, spacing) in enumerate(zip(grid.shape, grid.spacing, strict=True)):
        k = 2 * np.pi * scipy.fft.rfftfreq(points, spacing)
        if points % 2 == 0:
            k[-1] = 0.0  # the derivative of the highest wave is not on the grid
        shape = [1, 1, 1]
        shape[axis] = len(k)
        wave = scipy.fft.rfft(vector[axis], axis=axis)
        total = total + scipy.fft.irfft(1j * k.reshape(shape) * wave, points, axis=axis)
    return np.asarray(total, float)
