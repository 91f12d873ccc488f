"""Blocks of one spin projection against the whole matrix."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from heterodot import _core
from heterodot.configuration_interaction.spin_sectors import diagonalise_sectors, spin_sectors


def random_integrals(orbitals, seed, spin_orbit=False):
    """Integrals over 2·orbitals spinors a carrier, diagonal in spin unless spin_orbit."""
    random = np.random.default_rng(seed)
    n = 2 * orbitals

    def hermitian(size):
        matrix = random.standard_normal((size, size)) + 1j * random.standard_normal((size, size))
        return matrix + matrix.conj().T

    factors = [hermitian(n if spin_orbit else orbitals) for _ in range(6)]
    if not spin_orbit:
        factors = [np.kron(factor, np.eye(2)) for factor in factors]
    e, h = factors[:3], factors[3:]
    return SimpleNamespace(
        one_body_electron=e[0],
        one_body_hole=h[0],
        ee=sum(np.einsum("ij,kl->ijkl", f, f) for f in e[1:]),
        hh=sum(np.einsum("ij,kl->ijkl", f, f) for f in h[1:]),
        eh=sum(np.einsum("ij,kl->ijkl", f, g) for f, g in zip(e[1:], h[1:], strict=True)),
    )


def hamiltonian(integrals, electrons, holes):
    return _core.CIHamiltonian(
        electrons,
        holes,
        integrals.one_body_electron,
        integrals.one_body_hole,
        integrals.ee,
        integrals.hh,
        integrals.eh,
    )


@pytest.mark.parametrize("particles", [(1, 1), (2, 1), (2, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_sectors_together_have_all_states(particles, seed):
    integrals = random_integrals(3, seed)
    h = hamiltonian(integrals, *particles)
    sectors = spin_sectors(integrals, h)
    assert len(sectors) == (particles[0] + 1) * (particles[1] + 1)
    assert np.array_equal(np.sort(np.concatenate(sectors)), np.arange(h.size))
    energies, vectors, residuals = diagonalise_sectors(h, sectors, h.size)
    whole = h.apply(np.eye(h.size, dtype=complex)).T
    assert energies == pytest.approx(np.linalg.eigvalsh(whole), abs=1e-10)
    assert np.abs(vectors.conj() @ vectors.T - np.eye(h.size)).max() < 1e-10
    assert residuals.max() < 1e-10
    few = diagonalise_sectors(h, sectors, 4)[0]
    assert few == pytest.approx(energies[:4], abs=1e-10)


def test_spin_orbit_coupling_leaves_one_sector():
    integrals = random_integrals(2, 7, spin_orbit=True)
    assert len(spin_sectors(integrals, hamiltonian(integrals, 2, 2))) == 1
