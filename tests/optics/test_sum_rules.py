"""Sum rules and detailed balance of interacting carriers, as identities for random interactions."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optics_stand_ins import integrals, sphere_states

import heterodot as hd
from heterodot.optics.radiation import OpticalMedium
from heterodot.optics.spectra import transitions
from heterodot.units import BOLTZMANN

seeds = st.integers(0, 2**31)


def hermitian(random, n, scale=1.0):
    matrix = random.standard_normal((n, n)) + 1j * random.standard_normal((n, n))
    return scale * (matrix + matrix.conj().T) / 2


def random_carriers(seed, spinors=4):
    """Random levels and attraction of electrons and holes: everything is correlated."""
    random = np.random.default_rng(seed)
    zero = np.zeros((spinors,) * 4, complex)
    parts = [(hermitian(random, spinors, 0.1), hermitian(random, spinors, 0.1)) for _ in range(3)]
    coulomb = SimpleNamespace(
        one_body_electron=np.eye(spinors) * 2 + hermitian(random, spinors, 0.1),
        one_body_hole=hermitian(random, spinors, 0.1),
        ee=zero,
        hh=zero,
        eh=sum(np.einsum("ij,kl->ijkl", a, b) for a, b in parts),
    )
    momentum = random.standard_normal((3, spinors, spinors, 2)) @ [1, 1j]
    return coulomb, momentum


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_interaction_moves_absorption_but_does_not_change_its_sum(seed):
    coulomb, momentum = random_carriers(seed)
    total = transitions(hd.ci(coulomb), None, momentum).strengths.sum()
    assert total == pytest.approx(np.sum(np.abs(momentum) ** 2), rel=1e-10)


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_an_exciton_takes_away_what_its_electron_and_hole_block(seed):
    """X → XX absorption less X emission: Σ|p|² - ⟨Σ (pp†) c†c + Σ (pᵀp*) h†h⟩, from [P, P†]."""
    coulomb, momentum = random_carriers(seed)
    x, xx = hd.ci(coulomb), hd.ci(coulomb, 2, 2)
    assert len(xx) == 36
    up = transitions(xx, x, momentum).strengths.sum(axis=1)
    down = transitions(x, None, momentum).strengths[0]
    for root in (0, 3, 15):
        electrons, holes = x.density_matrix("electron", root), x.density_matrix("hole", root)
        blocked = sum(
            np.trace(p @ p.conj().T @ electrons) + np.trace(p.T @ p.conj() @ holes)
            for p in momentum
        )
        expected = np.sum(np.abs(momentum) ** 2) - blocked.real
        assert up[root] - down[root] == pytest.approx(expected, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    seed=seeds,
    temperature=st.floats(80, 400),
    huang_rhys=st.floats(0, 1),
    acoustic=st.floats(0, 0.01),
)
def test_kennard_and_stepanov(seed, temperature, huang_rhys, acoustic):
    """Emission follows from absorption, phonons and all states included.

    With lines folded with Γ: emission(E) ∝ exp(-βE) Σ_u E_u² σ_u A(E - βΓ²/2 - E_u).
    """
    coulomb, momentum = random_carriers(seed)
    x, width = hd.ci(coulomb), 0.015
    beta = 1 / (BOLTZMANN * temperature)
    options = {
        "temperature": temperature,
        "linewidth": width,
        "shape": hd.SpinBoson(huang_rhys, acoustic=acoustic),
        "momentum": 0.3 * momentum,
        "medium": OpticalMedium(1.5, 0.7),
    }
    lines = x.energies[:8]
    grid = np.linspace(lines[0] - 0.03, lines[0] + 0.03, 9)
    emitted = hd.emission(x, energies=grid, **options).values
    absorbed = hd.absorption(x, energies=grid - beta * width**2 / 2, **options)
    weighted = hd.Spectrum.of(
        hd.Lines(absorbed.lines.positions, absorbed.lines.strengths * absorbed.lines.positions**2),
        name="",
        quantity="",
        unit="",
        linewidth=width,
        shape=absorbed.shape,
        energies=absorbed.energies,
    ).values
    ratio = emitted / (weighted * np.exp(-beta * (grid - lines[0])))
    np.testing.assert_allclose(ratio, ratio[0], rtol=2e-3)


def test_negative_trions_emit_twice_as_fast():
    """A trion's hole always finds the electron it needs; of four excitons two are bright."""
    coulomb = integrals(sphere_states(spacing=0.4), levels=2)
    trion, electron, x = hd.ci(coulomb, 2, 1), hd.ci(coulomb, 1, 0), hd.ci(coulomb)
    assert hd.radiative_lifetime(x) / hd.radiative_lifetime(trion, electron) == pytest.approx(2)
    line = hd.emission(trion, electron)
    assert line.lines.centre() == pytest.approx(2.25)
    assert "X-" in line.name
    # the second electron blocks one of two transitions
    charged = hd.absorption(trion, electron).lines.strengths.sum()
    assert charged / hd.absorption(x).lines.strengths.sum() == pytest.approx(0.5)
