"""Two-body integrals of spinors as sums of products, from which every part of them follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse
from numpy.typing import NDArray

__all__ = ["TOLERANCE", "PairProducts", "signed_products"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
Indices = NDArray[np.intp]

TOLERANCE = 1e-9  # eV: how far the interaction of two densities may be off


def signed_products(energies: Array, tolerance: float = TOLERANCE) -> tuple[Array, Array]:
    """Return vectors b and signs s with ``energies[a, c] = Σ_x s_x b_x[a] b_x[c]``.

    Products of a few envelopes overlap so much that they span far fewer dimensions than there are
    pairs (N. H. F. Beebe, J. Linderberg, Int. J. Quantum Chem. 12, 683 (1977)). Eigenvectors whose
    eigenvalues are within the tolerance are left out: no element of a symmetric matrix is larger
    than its largest eigenvalue, so no energy changes by more. The Coulomb interaction has no
    negative eigenvalues but those of discretisation and rounding, which are kept.

    Parameters
    ----------
    energies : (n, n) array
        Symmetric interactions of densities.
    tolerance : float
        In the units of `energies`.

    Returns
    -------
    (r, n) array, (r,) array
    """
    values, columns = scipy.linalg.eigh(energies, check_finite=False)
    kept = np.abs(values) > tolerance
    vectors = np.sqrt(np.abs(values[kept]))[:, None] * columns[:, kept].T
    return np.ascontiguousarray(vectors), np.sign(values[kept])


@dataclass(frozen=True, eq=False)
class PairProducts:
    """``(ij|kl) = Σ_x s_x b_x[i, j] b_x[k, l]`` of like carriers, and of electrons with holes.

    Attributes
    ----------
    electron, hole : (r, Ne, Ne), (r, Nh, Nh) arrays
        Hermitian matrices b_x in √eV.
    signs : (r,) array
        s_x, one or minus one.
    """

    electron: Complex
    hole: Complex
    signs: Array

    @classmethod
    def of(
        cls, energies: Array, electron: scipy.sparse.csr_array, hole: scipy.sparse.csr_array
    ) -> PairProducts:
        """Return the integrals of spinors from the interactions of real densities.

        Parameters
        ----------
        energies : (n, n) array
            In eV, of the densities of electrons and then those of holes.
        electron, hole : (Ne², n_e), (Nh², n_h) sparse arrays
            Pair densities ψ_i†ψ_j, row N i + j, as combinations of them.
        """
        vectors, signs = signed_products(energies)
        split = electron.shape[1]
        matrices = [
            np.ascontiguousarray((coefficients @ part.T).T, complex).reshape(len(signs), n, n)
            for coefficients, part in ((electron, vectors[:, :split]), (hole, vectors[:, split:]))
            for n in (round(coefficients.shape[0] ** 0.5),)
        ]
        return cls(matrices[0], matrices[1], signs)

    def block(self, kind: str, i: Indices, j: Indices, k: Indices, l: Indices) -> Complex:
        """Return the part of "ee", "hh" or "eh" with the spinors of four index arrays, in eV."""
        first, second = (self._of(name) for name in kind)
        left = first[:, i[:, None], j].reshape(len(self.signs), -1)
        right = second[:, k[:, None], l].reshape(len(self.signs), -1)
        product = left.T @ (self.signs[:, None] * right)
        return np.asarray(product.reshape(len(i), len(j), len(k), len(l)))

    def whole(self, kind: str) -> Complex:
        """Return all integrals of "ee", "hh" or "eh", in eV."""
        first, second = (np.arange(len(self._of(name)[0])) for name in kind)
        return self.block(kind, first, first, second, second)

    def _of(self, name: str) -> Complex:
        return self.electron if name == "e" else self.hole
