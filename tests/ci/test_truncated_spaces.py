"""Spaces that leave out determinants, against the matrix of second quantisation."""

from __future__ import annotations

import tracemalloc
from itertools import combinations
from types import SimpleNamespace

import ci_brute_force as brute_force
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heterodot as hd
from heterodot.configuration_interaction import solve
from heterodot.configuration_interaction.integrals import rotated
from heterodot.configuration_interaction.natural_spaces import natural_spinors
from heterodot.errors import MemoryEstimateError

SHELLS = 0.0, 0.0, 1.0, 1.0, 1.5  # levels of five spinors


def integrals(seed=0):
    c = brute_force.random_integrals(5, 5, seed)
    c.one_body_electron = np.diag(np.array(SHELLS)) + 0j
    c.one_body_hole = np.diag(0.5 * np.array(SHELLS)) + 0j
    return c


def determinants(particles):
    return sorted(combinations(range(5), particles), key=lambda s: s[::-1])


@pytest.mark.parametrize(("electrons", "holes"), [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3)])
@pytest.mark.parametrize("excitations", [0, 1, 2, 6])
def test_excitations(electrons, holes, excitations):
    c = integrals(electrons + holes)
    reference = [2 if n <= 2 else 4 for n in (electrons, holes)]
    kept = [
        sum(i >= reference[0] for i in e) + sum(i >= reference[1] for i in h) <= excitations
        for e in determinants(electrons)
        for h in determinants(holes)
    ]
    whole = brute_force.matrix(c, electrons, holes)
    expected = np.linalg.eigvalsh(whole[np.ix_(kept, kept)])
    found = hd.ci(c, electrons, holes, excitations=excitations)
    np.testing.assert_allclose(found.energies, expected, atol=1e-10)
    assert np.all(found.vectors[:, ~np.array(kept)] == 0.0)
    norm = np.linalg.norm(found.vectors @ whole.T - found.energies[:, None] * found.vectors, axis=1)
    if excitations == 6:
        assert norm.max() < 1e-9


@pytest.mark.parametrize("cutoff", [0.0, 1.0, 1.6, 99.0])
def test_energies_of_determinants(cutoff):
    c = integrals()
    levels = np.array(SHELLS)
    kept = [
        levels[list(e)].sum() + 0.5 * levels[list(h)].sum() <= cutoff + 1e-12
        for e in determinants(2)
        for h in determinants(2)
    ]
    expected = np.linalg.eigvalsh(brute_force.matrix(c, 2, 2)[np.ix_(kept, kept)])
    found = hd.ci(c, 2, 2, energy_cutoff=cutoff).energies
    np.testing.assert_allclose(found, expected, atol=1e-10)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), excitations=st.integers(0, 3))
def test_the_choice_of_spinors_in_a_shell_does_not_matter(seed, excitations):
    c = integrals(seed)
    random = np.random.default_rng(seed)
    turns = []
    for _ in range(2):
        turn = np.zeros((5, 5), complex)
        for begin, end in ((0, 2), (2, 4), (4, 5)):
            n = end - begin
            square = random.standard_normal((n, n, 2)) @ [1, 1j]
            turn[begin:end, begin:end] = np.linalg.qr(square)[0]
        turns.append(turn)
    energies = [
        hd.ci(which, 2, 2, excitations=excitations).energies for which in (c, rotated(c, *turns))
    ]
    np.testing.assert_allclose(*energies, atol=1e-10)


def test_iterative_and_dense_agree(monkeypatch):
    c = integrals(4)
    for name in ("ee", "hh", "eh"):
        setattr(c, name, 0.02 * getattr(c, name))
    expected = hd.ci(c, 2, 2, excitations=3).energies[:3]
    monkeypatch.setattr(solve, "_DENSE", 20)
    found = hd.ci(c, 2, 2, roots=3, excitations=3, progress=False)
    np.testing.assert_allclose(found.energies, expected, atol=1e-10)


def test_bad_limits_are_refused():
    with pytest.raises(ValueError, match="excitations"):
        hd.ci(integrals(), 1, 1, excitations=-1)
    with pytest.raises(ValueError, match="energy_cutoff"):
        hd.ci(integrals(), 1, 1, energy_cutoff=float("nan"))
    with pytest.raises(ValueError, match="more|between 1 and the 5"):
        natural_spinors(integrals(), (6, 2))
    with pytest.raises(ValueError, match="leave out x"):
        hd.xx_shift(integrals(), natural=True, x=hd.ci(integrals(), 1, 1))


@pytest.mark.parametrize("particles", [(2, 2), (8, 8), (30, 30)])
def test_memory_is_estimated_before_anything_is_made(particles):
    """Up to numbers of determinants that no integer of the core would hold."""
    n = 400
    huge = np.broadcast_to(0j, (n, n, n, n))
    c = SimpleNamespace(
        one_body_electron=np.eye(n), one_body_hole=np.eye(n), ee=huge, hh=huge, eh=huge
    )
    tracemalloc.start()
    try:
        with pytest.raises(MemoryEstimateError, match=r"spinors make \d+ determinants"):
            hd.ci(c, *particles, roots=1, excitations=2 if particles[0] == 8 else None)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_interruption_reaches_the_user(monkeypatch):
    """Ctrl-C between two products ends the iteration; the next one works."""
    c = integrals(2)
    monkeypatch.setattr(solve, "_DENSE", 20)
    original = solve.SolverBar.report

    def interrupted(self, *values):
        raise KeyboardInterrupt

    monkeypatch.setattr(solve.SolverBar, "report", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hd.ci(c, 2, 2, roots=2, progress=False)
    monkeypatch.setattr(solve.SolverBar, "report", original)
    assert len(hd.ci(c, 2, 2, roots=2, progress=False)) == 2
