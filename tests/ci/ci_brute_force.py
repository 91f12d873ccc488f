"""Configuration interaction the slow way: annihilators as matrices on the whole Fock space."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace

import numpy as np


def random_integrals(electron_spinors, hole_spinors, seed=0):
    """Random one-body matrices and integrals with the symmetries of complex Coulomb integrals."""
    random = np.random.default_rng(seed)

    def densities(spinors):
        b = random.standard_normal((10, spinors, spinors, 2)) @ [1.0, 1.0j]
        return (b + b.conj().swapaxes(1, 2)) / 2

    e, h = densities(electron_spinors), densities(hole_spinors)
    weights = random.standard_normal(10)  # (ij|kl) = Σ_x w_x ρ^x_ij ρ^x_kl, ρ hermitian

    def pair(a, b):
        return np.einsum("x,xij,xkl->ijkl", weights, a, b)

    return SimpleNamespace(
        one_body_electron=densities(electron_spinors)[0],
        one_body_hole=densities(hole_spinors)[0],
        ee=pair(e, e),
        hh=pair(h, h),
        eh=pair(e, h),
    )


def annihilators(spinors):
    """Annihilators of N spinors on the 2^N occupation states (Jordan-Wigner)."""
    lower, parity, one = np.array([[0, 1], [0, 0]]), np.diag([1, -1]), np.eye(2)
    result = []
    for i in range(spinors):
        matrix = np.eye(1)
        for j in range(spinors):
            matrix = np.kron(matrix, parity if j < i else lower if j == i else one)
        result.append(matrix)
    return result


def sector(spinors, particles):
    """Indices of the occupation states of the sector, in the order of the library."""
    subsets = sorted(combinations(range(spinors), particles), key=lambda s: s[::-1])
    return [sum(1 << (spinors - 1 - i) for i in s) for s in subsets]


def species(spinors, particles, one_body, integrals):
    """H of one carrier kind and all products c†_i c_j, inside its sector."""
    c = annihilators(spinors)
    rows = np.ix_(sector(spinors, particles), sector(spinors, particles))
    hopping = [[(c[i].T @ c[j])[rows] for j in range(spinors)] for i in range(spinors)]
    h = sum(one_body[i, j] * hopping[i][j] for i in range(spinors) for j in range(spinors))
    h = np.array(h, complex)
    for i, j, k, m in np.ndindex(*[spinors] * 4):  # ½ (ij|kl) c†_i c†_k c_l c_j
        h += 0.5 * integrals[i, j, k, m] * (c[i].T @ c[k].T @ c[m] @ c[j])[rows]
    return h, hopping


def matrix(coulomb, electrons, holes):
    """The whole Hamiltonian in the library's order of determinants."""
    ne, nh = len(coulomb.one_body_electron), len(coulomb.one_body_hole)
    h_e, hop_e = species(ne, electrons, coulomb.one_body_electron, coulomb.ee)
    h_h, hop_h = species(nh, holes, coulomb.one_body_hole, coulomb.hh)
    result = np.kron(h_e, np.eye(len(h_h))) + np.kron(np.eye(len(h_e)), h_h)
    for i, j in np.ndindex(ne, ne):
        inner = sum(coulomb.eh[i, j, k, m] * hop_h[k][m] for k in range(nh) for m in range(nh))
        result -= np.kron(hop_e[i][j], inner)
    return result


def electrons_only(conduction, valence, one_body, integrals, electrons, holes):
    """Energies with one kind of particle: electrons in conduction and valence spinors.

    H = Σ h_pq p†q + ½ Σ (pq|rs) p†r†s q over all terms that keep the number of electrons in each
    band; the energy of the filled valence band is taken off.
    """
    total = conduction + valence
    c = annihilators(total)
    band = [0] * conduction + [1] * valence

    def operator():
        h = np.zeros((2**total, 2**total), complex)
        for p, q in np.ndindex(total, total):
            if band[p] == band[q]:
                h += one_body[p, q] * (c[p].T @ c[q])
        for p, q, r, s in np.ndindex(*[total] * 4):
            if sorted((band[p], band[r])) == sorted((band[q], band[s])):
                h += 0.5 * integrals[p, q, r, s] * (c[p].T @ c[r].T @ c[s] @ c[q])
        return h

    def states(in_conduction, in_valence):
        return [
            sum(1 << (total - 1 - i) for i in (*up, *[conduction + v for v in low]))
            for up in combinations(range(conduction), in_conduction)
            for low in combinations(range(valence), in_valence)
        ]

    h = operator()
    filled = states(0, valence)
    some = np.ix_(*[states(electrons, valence - holes)] * 2)
    return np.linalg.eigvalsh(h[some]) - h[filled[0], filled[0]].real
