"""Dots of models with few bands around a gap: lead salts, and two bands that know nothing of spin."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.linalg import eigsh

import heterodot as hd

EXAMPLE = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "lead_salt.py"))


def check(hamiltonian, count, middle):
    """Levels of hd.solve against those of the matrix nearest to the middle of the gap."""
    states = hd.solve(hamiltonian, count, count, progress=False)
    near = eigsh(hamiltonian.tocsr().tocsc(), k=6 * count, sigma=middle, return_eigenvectors=False)
    twice = 2 if states.electrons.spin_degenerate else 1
    for carrier, expected in (
        (states.electrons, np.sort(near[near > middle])),
        (states.holes, np.sort(near[near < middle])[::-1]),
    ):
        assert carrier.complete
        assert np.repeat(expected, twice)[:count] == pytest.approx(carrier.energies, abs=1e-7)


def test_lead_salt():
    dot = hd.Nanocrystal([(EXAMPLE["PBSE"], hd.Sphere(1.6))], environment=hd.HardWall())
    check(hd.Hamiltonian(dot, EXAMPLE["MODEL"], spacing=0.4), 4, EXAMPLE["GAP"] / 2)


def test_two_bands_without_spin():
    """Their operator is real, and each of its states stands for two."""
    kx, ky, kz = hd.kp.kx, hd.kp.ky, hd.kp.kz
    square = kx * 0.08 * kx + ky * 0.08 * ky + kz * 0.08 * kz  # eV nm²
    bands = {
        name: hd.kp.MatrixPolynomial.from_matrix(
            ("c", "v"),
            [[0.2 + step + square, 0.3j * kx], [kx * -0.3j, -0.2 - step - square]],
            below_gap=1,
        )
        for name, step in (("inside", 0.0), ("outside", 1.0))
    }
    model = hd.kp.Polynomial(
        electron=lambda material: bands[material.name], hole=lambda material: bands[material.name]
    )
    dot = hd.Nanocrystal(
        [(hd.Material("inside"), hd.Sphere(1.6)), (hd.Material("outside"), hd.Box(4.8))],
        environment=hd.HardWall(),
    )
    check(hd.Hamiltonian(dot, model, spacing=0.4), 4, 0.0)
