"""Four valence bands of zincblende, J = 3/2: heavy and light holes without the split-off band."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.kp.luttinger6 import valence_polynomial
from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.spin import spin_turn
from heterodot.kp.strain import valence_strain
from heterodot.kp.valence import ValenceModel, luttinger
from heterodot.materials import Material

__all__ = ["J_BANDS", "THREE_HALVES", "Luttinger4"]

_R2, _R6 = np.sqrt(2.0), np.sqrt(6.0)

J_BANDS = ("+3/2", "+1/2", "-3/2", "-1/2")

# Columns |3/2, m⟩ in the basis X↑, Y↑, Z↑, X↓, Y↓, Z↓; the phases make |−m⟩ the time reverse that
# `MatrixPolynomial.spinful` asks for.
THREE_HALVES = np.array(
    [
        # +3/2      +1/2       −3/2       −1/2
        [-1 / _R2,  0,         0,         1 / _R6  ],  # X↑
        [-1j / _R2, 0,         0,         -1j / _R6],  # Y↑
        [0,         2 / _R6,   0,         0        ],  # Z↑
        [0,         -1 / _R6,  -1 / _R2,  0        ],  # X↓
        [0,         -1j / _R6, 1j / _R2,  0        ],  # Y↓
        [0,         0,         0,         2 / _R6  ],  # Z↓
    ]
)  # fmt: skip


def _turn(rotation: NDArray[np.float64]) -> NDArray[np.complex128]:
    whole = np.kron(spin_turn(rotation), rotation)
    return np.asarray(THREE_HALVES.conj().T @ whole @ THREE_HALVES, dtype=complex)


class Luttinger4(ValenceModel):
    """Luttinger's four-band model: the six-band one, projected on J = 3/2.

    The limit of a spin–orbit splitting Δ that is large against the confinement energies. Needs what
    :class:`Luttinger6` needs, without ``spin_orbit``. Luttinger, Phys. Rev. 102, 1030 (1956); in
    Burt–Foreman order after Foreman, Phys. Rev. B 48, 4964 (1993).

    Parameters
    ----------
    order : {"burt-foreman", "symmetrised"}
        Operator order of the off-diagonal terms.
    """

    def _cartesian(self, of: Material) -> MatrixPolynomial:
        return valence_polynomial(luttinger(of), of.scalar("valence_edge"), 0.0, self.order)

    def _valence(self, of: Material, strain: NDArray[np.float64] | None) -> MatrixPolynomial:
        # Without the splitting all six bands lie at Ev, where it would leave J = 3/2.
        six = self._cartesian(of).with_local(valence_strain(of, strain))

        def project(matrix: NDArray[np.complex128]) -> NDArray[np.complex128]:
            both = np.kron(np.eye(2), matrix)
            return np.asarray(THREE_HALVES.conj().T @ both @ THREE_HALVES, dtype=complex)

        assert six.zeroth is not None
        return MatrixPolynomial(
            J_BANDS,
            np.array([[project(six.second[i, j]) for j in range(3)] for i in range(3)]),
            zeroth=project(six.zeroth),
            spinful=True,
            turn=_turn,
        )
