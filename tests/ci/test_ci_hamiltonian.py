"""The CI Hamiltonian against second quantisation by brute force, and its invariances."""

from __future__ import annotations

from types import SimpleNamespace

import ci_brute_force as brute_force
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heterodot import _core
from heterodot._blas import single_threaded_blas
from heterodot.configuration_interaction import (
    ConfigurationSpace,
    ci,
    pair_transition,
    solve,
    xx_shift,
)
from heterodot.configuration_interaction.transitions import auger_amplitudes
from heterodot.errors import ConvergenceError, MemoryEstimateError
from heterodot.linalg.davidson import davidson

SECTORS = [
    *[(0, 0), (1, 0), (0, 2), (1, 1), (2, 1), (1, 2), (2, 2)],
    *[(3, 2), (2, 3), (3, 3), (0, 3), (3, 1), (4, 2), (1, 4), (4, 4)],
]


def hamiltonian(c, electrons, holes):
    return _core.CIHamiltonian(
        electrons, holes, c.one_body_electron, c.one_body_hole, c.ee, c.hh, c.eh
    )


def dense(c, electrons, holes):
    h = hamiltonian(c, electrons, holes)
    return h.apply(np.eye(h.size, dtype=complex)).T


@pytest.mark.parametrize(("electrons", "holes"), SECTORS)
def test_matrix_is_that_of_second_quantisation(electrons, holes):
    c = brute_force.random_integrals(4, 5, seed=electrons + 4 * holes)
    expected = brute_force.matrix(c, electrons, holes)
    np.testing.assert_allclose(dense(c, electrons, holes), expected, atol=1e-12)
    h = hamiltonian(c, electrons, holes)
    np.testing.assert_allclose(h.diagonal, expected.diagonal().real, atol=1e-12)
    some = np.random.default_rng(0).permutation(h.size)[: h.size // 2 + 1]
    np.testing.assert_allclose(h.block(some), expected[np.ix_(some, some)], atol=1e-12)
    with pytest.raises(IndexError, match="below the size"):
        h.block(np.array([h.size]))


@pytest.mark.parametrize(
    ("electrons", "holes"), [(1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (2, 2), (3, 2), (3, 3)]
)
def test_holes_are_missing_electrons(electrons, holes):
    """Electrons alone, with exchange between conduction and valence spinors and no conserved spin.

    Holes are missing valence electrons: the attraction is that of conjugate valence densities, less
    the exchange (c_i v_k|v_l c_j); the filled valence band adds its field to the one-body energies.
    """
    nc, nv = 3, 3
    random = np.random.default_rng(electrons + 7 * holes)
    densities = random.standard_normal((12, nc + nv, nc + nv, 2)) @ [1.0, 1.0j]
    densities = (densities + densities.conj().swapaxes(1, 2)) / 2
    weights = random.standard_normal(12)
    v = np.einsum("x,xij,xkl->ijkl", weights, densities, densities)
    h = densities[0] + np.diag([2.0] * nc + [0.0] * nv)
    expected = brute_force.electrons_only(nc, nv, h, v, electrons, holes)
    up, low = slice(nc), slice(nc, None)
    # The mean field of the filled valence band.
    field = np.einsum("pqvv->pq", v[:, :, low, low]) - np.einsum("pvvq->pq", v[:, low, low, :])
    one_body = h + field
    exchange = v[up, low, low, up].transpose(0, 3, 1, 2)
    c = SimpleNamespace(
        one_body_electron=one_body[up, up],
        one_body_hole=-one_body[low, low].T,
        ee=v[up, up, up, up],
        hh=v[low, low, low, low].transpose(1, 0, 3, 2),
        eh=v[up, up, low, low].transpose(0, 1, 3, 2) - exchange,
    )
    found = ci(c, electrons, holes).energies
    np.testing.assert_allclose(found, expected, atol=1e-10)


@settings(max_examples=20, deadline=None)
@given(sector=st.sampled_from(SECTORS), seed=st.integers(0, 2**31))
def test_hermitian(sector, seed):
    h = dense(brute_force.random_integrals(4, 4, seed), *sector)
    np.testing.assert_allclose(h, h.conj().T, atol=1e-12)


@settings(max_examples=15, deadline=None)
@given(sector=st.sampled_from(SECTORS), seed=st.integers(0, 2**31))
def test_energies_do_not_depend_on_the_choice_of_spinors(sector, seed):
    c = brute_force.random_integrals(4, 5, seed)
    random = np.random.default_rng(seed)
    u, v = (np.linalg.qr(random.standard_normal((n, n, 2)) @ [1, 1j])[0] for n in (4, 5))
    rotated = SimpleNamespace(
        one_body_electron=u.conj().T @ c.one_body_electron @ u,
        one_body_hole=v.conj().T @ c.one_body_hole @ v,
        ee=np.einsum("ijkl,ia,jb,kc,ld->abcd", c.ee, u.conj(), u, u.conj(), u, optimize=True),
        hh=np.einsum("ijkl,ia,jb,kc,ld->abcd", c.hh, v.conj(), v, v.conj(), v, optimize=True),
        eh=np.einsum("ijkl,ia,jb,kc,ld->abcd", c.eh, u.conj(), u, v.conj(), v, optimize=True),
    )
    np.testing.assert_allclose(ci(rotated, *sector).energies, ci(c, *sector).energies, atol=1e-11)


@pytest.mark.parametrize(("electrons", "holes"), SECTORS)
def test_a_shift_of_the_bands_counts_the_carriers(electrons, holes):
    c = brute_force.random_integrals(4, 4)
    before = ci(c, electrons, holes).energies
    c.one_body_electron = c.one_body_electron + 0.7 * np.eye(4)
    c.one_body_hole = c.one_body_hole - 0.2 * np.eye(4)
    after = ci(c, electrons, holes).energies
    np.testing.assert_allclose(after, before + 0.7 * electrons - 0.2 * holes, atol=1e-12)


def test_blocks_and_threads_give_the_same_numbers():
    c = brute_force.random_integrals(6, 7)
    h = hamiltonian(c, 3, 2)
    random = np.random.default_rng(3)
    x = random.standard_normal((5, h.size)) + 1j * random.standard_normal((5, h.size))
    together = h.apply(x)
    threads = _core.thread_count()
    try:
        _core.set_thread_count(1)
        alone = np.concatenate([h.apply(x[i : i + 1]) for i in range(5)])
    finally:
        _core.set_thread_count(threads)
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)
    assert np.array_equal(together, h.apply(x))


def test_davidson_finds_every_root_of_blocks_that_never_mix():
    """The trap: guesses of single determinants stay in their symmetry sector."""
    random = np.random.default_rng(0)
    blocks = []
    for offset in (0.0, 0.3, 0.9, 1.5):
        b = 0.25 * random.standard_normal((150, 150, 2)) @ [1, 1j]
        blocks.append(np.diag(offset + np.linspace(0, 8, 150)) + (b + b.conj().T) / 8)
    import scipy.linalg

    matrix = scipy.linalg.block_diag(*blocks, *blocks)  # every level twice
    diagonal = matrix.diagonal().real.copy()
    with single_threaded_blas():
        expected = np.linalg.eigvalsh(matrix)[:20]
        for block in (None, lambda some: matrix[np.ix_(some, some)]):
            values, vectors, residuals = davidson(
                lambda x: x @ matrix.T, diagonal, 20, 1e-8, block=block
            )
            np.testing.assert_allclose(values, expected, atol=1e-10)
            np.testing.assert_allclose(vectors @ vectors.conj().T, np.eye(20), atol=1e-10)
            assert residuals.max() <= 1e-8
        with pytest.raises(ConvergenceError, match="roots have residuals above"):
            davidson(lambda x: x @ matrix.T, diagonal, 20, 1e-8, maximum_iterations=2)


def test_iterative_and_dense_agree(monkeypatch):
    monkeypatch.setattr(solve, "_DENSE", 100)
    c = brute_force.random_integrals(6, 7, seed=5)
    c.one_body_electron = c.one_body_electron + np.diag(np.linspace(0, 20, 6))
    c.one_body_hole = c.one_body_hole + np.diag(np.linspace(0, 20, 7))
    for name in ("ee", "hh", "eh"):
        setattr(c, name, 0.3 * getattr(c, name))
    h = hamiltonian(c, 3, 3)
    states = ci(c, 3, 3, roots=6, progress=False)
    with single_threaded_blas():
        expected = np.linalg.eigvalsh(h.apply(np.eye(h.size, dtype=complex)))[:6]
    np.testing.assert_allclose(states.energies, expected, atol=1e-9)
    assert states.residuals.max() < 1e-7
    assert repr(states).startswith("XXX: 6 states of 3 electrons in 6 and 3 holes in 7 spinors")


@pytest.mark.parametrize(("electrons", "holes"), [(1, 1), (2, 1), (2, 2), (3, 2)])
def test_density_matrices_return_the_one_body_energy(electrons, holes):
    c = brute_force.random_integrals(5, 4, seed=2)
    states = ci(c, electrons, holes)
    no_interaction = SimpleNamespace(
        one_body_electron=c.one_body_electron,
        one_body_hole=c.one_body_hole,
        ee=0 * c.ee,
        hh=0 * c.hh,
        eh=0 * c.eh,
    )
    h = hamiltonian(no_interaction, electrons, holes)
    v = states.vectors[3]
    expected = (v.conj() @ h.apply(v[None])[0]).real
    one_e, one_h = states.density_matrix("electron", 3), states.density_matrix("hole", 3)
    energy = np.sum(one_e * c.one_body_electron) + np.sum(one_h * c.one_body_hole)
    np.testing.assert_allclose(energy, expected, atol=1e-11)
    assert states.natural_occupations("electron", 3).sum() == pytest.approx(electrons)
    assert states.natural_occupations("hole", 3).max() <= 1 + 1e-12


@pytest.mark.parametrize("pairs", [1, 2, 3])
def test_pair_transition_is_that_of_second_quantisation(pairs):
    ne, nh = 4, 5
    c = brute_force.random_integrals(ne, nh, seed=9)
    random = np.random.default_rng(1)
    d = random.standard_normal((3, ne, nh, 2)) @ [1, 1j]
    initial, final = ci(c, pairs, pairs), ci(c, pairs - 1, pairs - 1)
    e, h = brute_force.annihilators(ne), brute_force.annihilators(nh)

    def taken(operators, spinors):
        rows = brute_force.sector(spinors, pairs - 1), brute_force.sector(spinors, pairs)
        return [operator[np.ix_(*rows)] for operator in operators]

    e, h = taken(e, ne), taken(h, nh)
    operator = sum(
        d[:, i, k, None, None] * np.kron(e[i], h[k]) for i in range(ne) for k in range(nh)
    )
    # The library's determinants are c†_i c†_j |0>: an annihilator has the sign of its position.
    expected = final.vectors.conj() @ operator @ initial.vectors.T
    np.testing.assert_allclose(pair_transition(initial, final, d), expected, atol=1e-12)


def test_xx_shift_without_correlation_is_first_order():
    c = brute_force.random_integrals(2, 2)
    spin = np.eye(2)
    j = {"ee": 0.12, "hh": 0.06, "eh": 0.07}
    for name, value in j.items():
        setattr(c, name, value * np.einsum("ij,kl->ijkl", spin, spin).astype(complex))
    c.one_body_electron, c.one_body_hole = 2.0 * spin + 0j, 0.1 * spin + 0j
    shift = xx_shift(c)
    assert shift.first_order == pytest.approx(0.12 + 0.06 - 0.14)
    assert shift.ci == pytest.approx(shift.first_order)
    assert "40.00 meV" in repr(shift)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), electrons=st.integers(1, 3), holes=st.integers(1, 3))
def test_exact_zeros(seed, electrons, holes):
    """Equal densities: no interaction at first order; no interaction: sums of levels."""
    random = np.random.default_rng(seed)
    orbital = random.standard_normal((3, 2, 2, 2)) @ [1.0, 1.0j]
    density = np.kron(orbital + orbital.conj().swapaxes(1, 2), np.eye(2))
    levels = np.repeat(np.sort(random.uniform(0, 2, (2, 2))), 2, axis=1)
    same = np.einsum("x,xij,xkl->ijkl", random.uniform(0, 1, 3), density, density)
    c = SimpleNamespace(
        one_body_electron=np.diag(levels[0]) + 0j,
        one_body_hole=np.diag(levels[1]) + 0j,
        **dict.fromkeys(("ee", "hh", "eh"), same),
    )
    shift = xx_shift(c)
    assert shift.first_order == pytest.approx(0.0, abs=1e-11)
    assert shift.J_ee == shift.J_hh == shift.J_eh
    for kind in ("ee", "hh", "eh"):
        setattr(c, kind, np.zeros_like(same))
    shift = xx_shift(c)
    assert (shift.first_order, shift.mean_field, shift.ci) == pytest.approx((0, 0, 0), abs=1e-11)
    energy = ci(c, electrons, holes, roots=1).energies[0]
    expected = levels[0, :electrons].sum() + levels[1, :holes].sum()
    assert energy == pytest.approx(expected, abs=1e-11)


def test_bad_input_is_refused():
    c = brute_force.random_integrals(4, 4)
    with pytest.raises(ValueError, match="electrons: must be between 0 and the 4 spinors"):
        ci(c, 5, 1)
    with pytest.raises(ValueError, match="holes: must be between"):
        ci(c, 1, -1)
    with pytest.raises(ValueError, match="roots: must be between 1 and 16"):
        ci(c, 1, 1, roots=17)
    with pytest.raises(ValueError, match="tolerance"):
        ci(c, 1, 1, tolerance=float("nan"))
    x = ci(c, 1, 1)
    with pytest.raises(ValueError, match="one electron and one hole less"):
        pair_transition(x, x, np.ones((4, 4)))
    with pytest.raises(ValueError, match="d: must have shape"):
        pair_transition(x, ci(c, 0, 0), np.ones((3, 4)))
    with pytest.raises(ValueError, match="hh has the wrong shape"):
        _core.CIHamiltonian(1, 1, c.one_body_electron, c.one_body_hole, c.ee, c.hh[:2], c.eh)


def test_a_problem_that_will_not_fit_says_so():
    n = 60
    huge = np.broadcast_to(0j, (n, n, n, n))
    c = SimpleNamespace(
        one_body_electron=np.eye(n), one_body_hole=np.eye(n), ee=huge, hh=huge, eh=huge
    )
    with pytest.raises(MemoryEstimateError, match=r"determinants; 10 roots.* GB"):
        ci(c, 3, 3, roots=10)
    assert ConfigurationSpace(3, 3, n, n).size == 34220**2


@pytest.mark.parametrize("carrier", ["electron", "hole"])
@pytest.mark.parametrize("numbers", [(2, 2), (3, 2), (2, 3)])
def test_auger_amplitudes_are_those_of_second_quantisation(carrier, numbers):
    ne, nh = 4, 5
    c = brute_force.random_integrals(ne, nh, seed=4)
    electrons, holes = numbers
    lost = (2, 1) if carrier == "electron" else (1, 2)
    initial, final = ci(c, electrons, holes), ci(c, electrons - lost[0], holes - lost[1])
    e, h = brute_force.annihilators(ne), brute_force.annihilators(nh)

    def within(operator, spinors, before, after):
        return operator[
            np.ix_(brute_force.sector(spinors, after), brute_force.sector(spinors, before))
        ]

    found = auger_amplitudes(initial, final, carrier)
    for i, k, j in np.ndindex(*found.shape[2:]):
        electron = e[j] @ e[i] if carrier == "electron" else e[i]
        hole = h[k] if carrier == "electron" else h[j] @ h[k]
        operator = np.kron(
            within(electron, ne, electrons, electrons - lost[0]),
            within(hole, nh, holes, holes - lost[1]),
        )
        expected = final.vectors.conj() @ operator @ initial.vectors.T
        np.testing.assert_allclose(found[:, :, i, k, j], expected, atol=1e-12)
    with pytest.raises(ValueError, match="less than initial"):
        auger_amplitudes(initial, initial, carrier)
