"""A user's model, written in examples/lead_salt.py: the four bands of Kang and Wise."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from heterodot.units import HBAR2_OVER_2M0

PATH = Path(__file__).parents[2] / "examples" / "lead_salt.py"
SPEC = importlib.util.spec_from_file_location("lead_salt", PATH)
example = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(example)


def closed_form(k):
    """E = (c + v)/2 ± √[((c − v)/2)² + P∥²kz² + P⊥²(kx² + ky²)], each twice."""
    z, t = k[..., 2] ** 2, k[..., 0] ** 2 + k[..., 1] ** 2
    c = 0.28 + HBAR2_OVER_2M0 * (3.1 * z + 4.3 * t)
    v = -HBAR2_OVER_2M0 * (3.3 * z + 8.7 * t)
    root = np.sqrt((c - v) ** 2 / 4 + HBAR2_OVER_2M0 * (1.7 * z + 3.0 * t))
    return np.stack([(c + v) / 2 - root, (c + v) / 2 + root], axis=-1)


def test_bands_follow_the_closed_form_in_every_direction():
    k = np.random.default_rng(0).uniform(-1.5, 1.5, (40, 3))
    found = example.MODEL.bands(example.PBSE, k)
    assert found == pytest.approx(np.repeat(closed_form(k), 2, axis=1), abs=1e-12)


@pytest.mark.parametrize(
    ("direction", "remote", "kane"), [((0, 0, 1), 3.1, 1.7), ((1, 0, 0), 4.3, 3.0)]
)
def test_masses_are_those_of_two_bands(direction, remote, kane):
    electron = example.MODEL.masses(example.PBSE, direction)[2]
    assert 1 / electron == pytest.approx(remote + kane / 0.28, rel=1e-10)


def test_valley_turns_with_the_crystal():
    polynomial = example.four_bands(example.PBSE)
    turn = Rotation.from_rotvec([0.3, -0.8, 0.5]).as_matrix()
    k = np.array([0.4, -0.2, 0.7])
    assert polynomial.rotated(turn).energies(turn @ k) == pytest.approx(polynomial.energies(k))


def test_spins_are_time_reverses():
    h = example.four_bands(example.PBSE).hamiltonian
    u = np.kron([[0, 1], [-1, 0]], np.eye(2))
    k = np.array([0.4, -0.2, 0.7])
    assert u @ h(-k).conj() @ u.T == pytest.approx(h(k))
