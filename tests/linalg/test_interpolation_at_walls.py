"""Factors of interpolation beside a hard wall against the rows of the assembled matrix."""

import numpy as np
import pytest

import heterodot as hd
from heterodot import _core

DOT = hd.Nanocrystal(
    [("CdSe", hd.Sphere(1.1)), ("CdS", hd.Capsule(1.6, 4.0))], environment=hd.HardWall()
)


def factors(operator):
    """|off-diagonal| / |diagonal| of every row, at most 1; 0 where there is none."""
    active = np.asarray(operator.active(), bool)
    start, column, value = operator.compressed_rows(0, int(active.sum()))
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    size = np.abs(value.real) + np.abs(value.imag)  # spin–orbit coupling counts by itself
    diagonal, whole = (
        np.bincount(row, weights, len(start) - 1)
        for weights in (np.where(row == column, size, 0.0), size)
    )
    result = np.zeros(active.size)
    result[active] = np.minimum(1.0, (whole - diagonal) / diagonal)
    return result


@pytest.mark.parametrize(
    ("model", "carrier"),
    [
        (hd.kp.EffectiveMass(), "electron"),
        (hd.kp.Luttinger6(), "hole"),
        (hd.kp.Zincblende8(), "electron"),
    ],
    ids=["one band", "six bands", "eight bands"],
)
def test_a_potential_changes_factors_as_it_changes_rows(model, carrier):
    """The same interpolation with and without: what differs are the factors."""
    fine, coarse = hd.Hamiltonian(DOT, model, 0.4).levels(carrier)[:2]
    nodes = fine.size // fine.bands
    shifted = fine.with_potential(
        np.random.default_rng(1).uniform(-0.5, 0.5, (fine.orbitals, nodes))
    )
    block = np.random.default_rng(0).standard_normal((1, coarse.size)) + 0j
    plain, moved = (_core.prolong(coarse, operator, block)[0] for operator in (fine, shifted))
    before, after = factors(fine), factors(shifted)
    assert np.all(plain[before == 0] == 0)
    assert np.sum((before > 0) & (before < 1)) > 100  # of cut legs
    # Factors are in single precision.
    np.testing.assert_allclose(moved * before, plain * after, rtol=1e-5, atol=1e-6)
    assert np.abs(moved - plain).max() > 1e-3
