"""One determinant for all carriers: of the lowest spinors, and with self-consistent ones."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from heterodot.configuration_interaction.integrals import Integrals, spinor_counts

__all__ = ["first_order_energy", "mean_field_energy"]

Complex = NDArray[np.complex128]

_ITERATIONS = 500
_CONVERGED = 1e-9  # eV
_HISTORY = 6  # densities that are extrapolated


def first_order_energy(coulomb: Integrals, electrons: int, holes: int) -> float:
    """Return the mean energy of the determinant of the lowest spinors in eV."""
    ne, nh = spinor_counts(coulomb)
    return _Fields(coulomb).energy(
        np.diag(np.arange(ne) < electrons).astype(complex),
        np.diag(np.arange(nh) < holes).astype(complex),
    )


def mean_field_energy(coulomb: Integrals, electrons: int, holes: int) -> float:
    """Return the lowest energy of one determinant in eV (Hartree-Fock).

    Electrons and holes have no exchange with each other, so that an exciton is a product of two
    functions in each other's attraction. The spinors mix freely, spin included. The iteration
    starts from the lowest ones; it extrapolates in the manner of P. Pulay, Chem. Phys. Lett. 73,
    393 (1980). Without convergence the result is NaN: a mean field need not exist where
    correlation decides.

    Parameters
    ----------
    coulomb : CoulombIntegrals
    electrons, holes : int
        Number of particles.
    """
    fields = _Fields(coulomb)
    counts, numbers = spinor_counts(coulomb), (electrons, holes)
    densities = [
        np.diag(np.arange(count) < number).astype(complex)
        for count, number in zip(counts, numbers, strict=True)
    ]
    history: list[tuple[list[Complex], NDArray[np.complex128]]] = []
    energy = fields.energy(*densities)
    for _ in range(_ITERATIONS):
        focks = list(fields.focks(*densities))
        errors = [f @ d - d @ f for f, d in zip(focks, densities, strict=True)]
        error = np.concatenate([e.ravel() for e in errors])
        history = [*history[1 - _HISTORY :], (focks, error)]
        focks = _extrapolated(history)
        densities = [_projector(fock, number) for fock, number in zip(focks, numbers, strict=True)]
        before, energy = energy, fields.energy(*densities)
        if abs(energy - before) < _CONVERGED and np.abs(error).max() < 1e-5:
            return energy
    return float("nan")


def _extrapolated(history: list[tuple[list[Complex], NDArray[np.complex128]]]) -> list[Complex]:
    """Combine Fock matrices so that their commutators with the densities nearly cancel."""
    errors = np.array([error for _, error in history])
    count = len(history)
    system = np.zeros((count + 1, count + 1))
    system[:count, :count] = (errors.conj() @ errors.T).real
    scale = max(float(system[:count, :count].max()), 1e-300)
    system[:count, :count] /= scale
    system[:count, count] = system[count, :count] = 1.0
    weights = np.linalg.lstsq(system, np.append(np.zeros(count), 1.0), rcond=1e-12)[0][:count]
    return [
        np.asarray(sum(w * focks[s] for w, (focks, _) in zip(weights, history, strict=True)))
        for s in range(2)
    ]


def _projector(fock: Complex, number: int) -> Complex:
    if number == 0:
        return np.zeros_like(fock)
    _, columns = scipy.linalg.eigh(fock, subset_by_index=(0, number - 1))
    return np.asarray(columns @ columns.conj().T)


class _Fields:
    """Energies and Fock matrices of densities P[i, j] = Σ_occupied φ_i φ_j*."""

    def __init__(self, coulomb: Integrals) -> None:
        self.h = coulomb.one_body_electron, coulomb.one_body_hole
        self.ee, self.hh, self.eh = coulomb.ee, coulomb.hh, coulomb.eh

    def focks(self, electrons: Complex, holes: Complex) -> tuple[Complex, Complex]:
        like = [
            np.tensordot(v, p, axes=([2, 3], [1, 0])) - np.tensordot(v, p, axes=([1, 2], [0, 1]))
            for v, p in ((self.ee, electrons), (self.hh, holes))
        ]
        return (
            self.h[0] + like[0] - np.tensordot(self.eh, holes, axes=([2, 3], [1, 0])),
            self.h[1] + like[1] - np.tensordot(electrons, self.eh, axes=([1, 0], [0, 1])),
        )

    def energy(self, electrons: Complex, holes: Complex) -> float:
        f_e, f_h = self.focks(electrons, holes)
        total = np.sum((self.h[0] + f_e).T * electrons) + np.sum((self.h[1] + f_h).T * holes)
        return float(total.real) / 2
