"""A dot of the lead-salt model, four bands with couplings linear in k around a gap."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.linalg import eigsh

import heterodot as hd

EXAMPLE = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "lead_salt.py"))


def test_levels_are_those_of_the_matrix():
    dot = hd.Nanocrystal([(EXAMPLE["PBSE"], hd.Sphere(1.9))], environment=hd.HardWall())
    hamiltonian = hd.Hamiltonian(dot, EXAMPLE["MODEL"], spacing=0.4)
    states = hd.solve(hamiltonian, 4, 4, progress=False)
    middle = EXAMPLE["GAP"] / 2
    near = eigsh(hamiltonian.tocsr().tocsc(), k=24, sigma=middle, return_eigenvectors=False)
    assert states.electrons.complete
    assert states.holes.complete
    assert np.sort(near[near > middle])[:4] == pytest.approx(states.electrons.energies, abs=1e-7)
    assert np.sort(near[near < middle])[-4:][::-1] == pytest.approx(states.holes.energies, abs=1e-7)
