"""From a Hamiltonian to states: known levels, pairs, and what is refused before heavy work."""

from __future__ import annotations

import numpy as np
import pytest

import heterodot as hd
from heterodot.units import HBAR2_OVER_2M0

DOT = hd.Material(
    "dot",
    conduction_edge=2.0,
    valence_edge=0.0,
    electron_mass=0.15,
    hole_mass=0.6,
    luttinger=(4.0, 1.0, 1.3),
    spin_orbit=0.3,
)


def sphere(environment, radius=2.0):
    return hd.Nanocrystal([(DOT, hd.Sphere(radius))], environment=environment)


def test_hard_sphere_levels_and_multiplets():
    """E = ħ²x²/2mR² with the zeros of j0 and j1, electrons up and holes down."""
    states = hd.solve(hd.Hamiltonian(sphere(hd.HardWall()), spacing=0.2), 8, 8, progress=False)
    for carrier, edge, mass, sign in (
        (states.electrons, 2.0, 0.15, 1),
        (states.holes, 0.0, 0.6, -1),
    ):
        s, p = (HBAR2_OVER_2M0 / mass * (root / 2.0) ** 2 for root in (np.pi, 4.493409457909064))
        assert carrier.energies[:2] == pytest.approx(edge + sign * s, abs=0.012 * s)
        assert carrier.energies[2:] == pytest.approx(edge + sign * p, abs=0.012 * p)
        assert np.ptp(carrier.energies[2:]) < 1e-4
        assert [count for _, count in carrier.levels()] == [2, 6]
        assert carrier.residuals.max() < 1e-5
        assert carrier.errors.max() < 1e-6
        assert carrier.complete
    assert states.gap == pytest.approx(states.electrons.energies[0] - states.holes.energies[0])
    # The same functions confine both carriers.
    assert states.overlap()[0, 0] == pytest.approx(1.0, abs=1e-6)


def test_six_bands_come_in_kramers_pairs():
    ham = hd.Hamiltonian(sphere(hd.HardWall(), 1.5), model=hd.kp.Luttinger6(), spacing=0.3)
    holes = hd.solve(ham, electrons=0, holes=8, progress=False).holes
    spinors = holes.envelopes.reshape(8, -1)
    overlaps = spinors.conj() @ spinors.T * ham.grid.cell_volume
    assert np.abs(overlaps - np.eye(8)).max() < 1e-9
    applied = ham.operator("hole").apply(spinors)
    assert np.abs(applied - holes.energies[:, None] * spinors).max() < 1e-4
    assert np.array_equal(holes.energies[0::2], holes.energies[1::2])
    assert np.all(np.diff(holes.energies) <= 1e-9)


@pytest.mark.parametrize("count", [3, -2])
def test_odd_and_negative_numbers_are_refused(count):
    ham = hd.Hamiltonian(sphere(hd.HardWall()), spacing=0.4)
    with pytest.raises(ValueError, match="even number of spinors"):
        hd.solve(ham, electrons=count, progress=False)
    with pytest.raises(TypeError, match="whole number"):
        hd.solve(ham, holes=2.0, progress=False)
    with pytest.raises(ValueError, match="at least one"):
        hd.solve(ham, 0, 0, progress=False)


def test_more_states_than_are_bound():
    shallow = hd.Environment("shallow", 2.0, electron_barrier=0.6, hole_barrier=3.0)
    ham = hd.Hamiltonian(sphere(shallow, 1.4), spacing=0.35)
    with pytest.raises(hd.errors.UnboundStatesError, match=r"shallow.*bound=False"):
        hd.solve(ham, electrons=8, holes=2, progress=False)
    kept = hd.solve(ham, electrons=8, holes=2, bound=False, progress=False)
    assert kept.electrons.energies[-1] > ham.continuum_edge("electron")


def test_what_will_not_fit_is_refused_first():
    ham = hd.Hamiltonian(sphere(hd.HardWall()), spacing=0.002)
    with pytest.raises(hd.errors.MemoryEstimateError, match=r"GB.*coarser spacing"):
        hd.solve(ham, progress=False)
