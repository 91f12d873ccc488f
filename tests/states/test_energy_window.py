"""All states within a window of energies."""

import numpy as np
import pytest

import heterodot as hd


@pytest.fixture(scope="module")
def dot():
    crystal = hd.Nanocrystal([("CdS", hd.Sphere(radius=1.3)), ("ZnSe", hd.Sphere(radius=2.4))])
    return hd.Hamiltonian(crystal, spacing=0.35)


@pytest.fixture(scope="module")
def many(dot):
    return hd.solve(dot, 30, 30, bound=False, progress=False)


def test_the_window_holds_all_its_states_and_no_others(dot, many):
    e, h = many.electrons.energies, many.holes.energies
    # Beyond the 8 spinors asked for at first on one side, within them on the other.
    cut = 1 + int(np.flatnonzero(np.diff(e)[11:] > 0.01)[0]) + 11
    high, low = 0.5 * (e[cut - 1] + e[cut]), h[1] - 1e-3
    found = hd.solve_window(dot, low, high, progress=False)
    assert found.electrons.energies == pytest.approx(e[:cut], abs=1e-8)
    inside = h[h > low]
    assert found.holes.energies == pytest.approx(inside, abs=1e-8)
    assert found.electrons.representatives.shape[0] == cut // 2
    assert len(found.electrons.residuals) == len(found.electrons.spurious) == cut
    assert "cut" not in found.electrons.remark


def test_an_empty_half_of_the_window(dot, many):
    low = many.holes.energies[0] + 0.1
    found = hd.solve_window(dot, low, many.electrons.energies[0] + 1e-3, progress=False)
    assert len(found.holes) == 0
    assert len(found.electrons) == 2


def test_the_continuum_is_left_out():
    shallow = hd.Environment("shallow", 2.0, electron_barrier=0.5, hole_barrier=0.5)
    crystal = hd.Nanocrystal([("CdS", hd.Sphere(radius=1.6))], environment=shallow)
    dot = hd.Hamiltonian(crystal, spacing=0.4)
    edge = dot.continuum_edge("electron")
    assert edge is not None
    found = hd.solve_window(dot, 100.0 - 1e-6, 100.0, progress=False, most=100)
    assert len(found.holes) == 0
    assert len(found.electrons) > 0
    assert found.electrons.energies.max() <= edge


def test_windows_that_cannot_be(dot):
    with pytest.raises(ValueError, match="low < high"):
        hd.solve_window(dot, 1.0, 0.5)
    with pytest.raises(ValueError, match="does not take guess"):
        hd.solve_window(dot, 0.0, 0.5, guess=None)
    with pytest.raises(ValueError, match="more than 8 electron spinors"):
        hd.solve_window(dot, 0.0, 100.0, most=8, progress=False)
