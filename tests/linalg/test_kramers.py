"""Quaternion algebra of Kramers pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from heterodot.linalg.kramers import KramersAlgebra, quaternion_eigh, time_reverse


def random_vectors(count, size, seed):
    random = np.random.default_rng(seed)
    return random.standard_normal((count, size)) + 1j * random.standard_normal((count, size))


def with_partners(block):
    """Interleave vectors and their time reverses."""
    return np.stack([block, time_reverse(block)], axis=1).reshape(-1, block.shape[1])


def test_time_reversal_twice_changes_the_sign():
    block = random_vectors(3, 10, seed=0)
    assert_allclose(time_reverse(time_reverse(block)), -block)
    assert np.abs(np.sum(block.conj() * time_reverse(block), axis=1)).max() < 1e-14


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99))
def test_inner_products_and_combinations_include_the_partners(left, right, seed):
    a, b = random_vectors(left, 24, seed), random_vectors(right, 24, seed + 1)
    algebra = KramersAlgebra()
    table = algebra.inner(a, b)
    assert_allclose(table, with_partners(a).conj() @ with_partners(b).T, atol=1e-12)
    result = np.concatenate([a, np.zeros((right, 24))])
    algebra.recombine(table, result)
    expected = (table.T @ with_partners(a))[0::2]
    assert_allclose(result[:right], expected, atol=1e-11)


@pytest.mark.parametrize("values", [[1, 2, 3, 4], [1, 1, 1, 5], [2, 2, 2, 2], [0, 0, 1, 1], [3]])
def test_eigenvectors_come_in_pairs_whatever_is_degenerate(values):
    n = len(values)
    algebra = KramersAlgebra()
    _, turn = quaternion_eigh(algebra.inner(*2 * [random_vectors(n, 40, seed=n)]))
    matrix = turn @ np.diag(np.repeat(values, 2).astype(complex)) @ turn.conj().T
    found, vectors = quaternion_eigh(matrix)
    assert_allclose(found, values, atol=1e-13)
    assert_allclose(vectors.conj().T @ vectors, np.eye(2 * n), atol=1e-13)
    assert_allclose(matrix @ vectors, vectors * np.repeat(values, 2), atol=1e-12)
    # Column 2k+1 is the time reverse of column 2k in its 2×2 blocks.
    own, partner = vectors[:, 0::2], vectors[:, 1::2]
    assert_allclose(partner[0::2], -own[1::2].conj(), atol=1e-13)
    assert_allclose(partner[1::2], own[0::2].conj(), atol=1e-13)
