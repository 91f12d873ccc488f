"""Extrapolation to vanishing spacing: closed forms, matching, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

import heterodot as hd
from heterodot.envelopes.extrapolation import convergence_order, extrapolated_levels, matched
from heterodot.units import HBAR2_OVER_2M0

DOT = hd.Material(
    "dot", conduction_edge=2.0, valence_edge=0.0, electron_mass=0.15, hole_mass=0.6,
    luttinger=(4.0, 1.0, 1.3), spin_orbit=0.3,
)  # fmt: skip
SPHERE = hd.Nanocrystal([(DOT, hd.Sphere(2.0))], environment=hd.HardWall())
EXACT = 2.0 + HBAR2_OVER_2M0 / 0.15 * (np.array([np.pi, 4.493409457909064]) / 2.0) ** 2


@pytest.mark.parametrize("assumed", [2, 3])
def test_its_order_is_taken_out_and_first_order_lies_within_the_error(assumed):
    h, limit = np.array([0.3, 0.2]), np.array([1.0, 2.0, -0.5])
    for order in (1, 2, 3):
        on_grids = [limit + np.array([0.02, -0.01, 0.03]) * x**order for x in h]
        energies, errors = extrapolated_levels(h, on_grids, assumed)
        if order == assumed:
            assert energies == pytest.approx(limit, abs=1e-12)
        assert np.all(np.abs(energies - limit) <= errors)
    # A state whose levels agree by accident is not more certain than the others.
    _, errors = extrapolated_levels(h, [np.array([1.0, 1.0, 1.0]), np.array([1.01, 1.0, 0.99])])
    assert errors[1] >= 0.01


def test_only_a_hard_wall_leaves_the_third_order():
    other = replace(DOT, name="other", electron_mass=0.3, conduction_edge=2.5, gap=None)
    orders = []
    for layers, environment, order in (
        ([(DOT, hd.Sphere(2.0))], hd.HardWall(), 4),
        ([(DOT, hd.Sphere(2.0))], hd.HardWall(), 2),
        ([(DOT, hd.Sphere(2.0))], "toluene", 4),
        ([(DOT, hd.Sphere(1.2)), (other, hd.Sphere(2.0))], hd.HardWall(), 4),
    ):
        ham = hd.Hamiltonian(
            hd.Nanocrystal(layers, environment=environment), None, 0.4, order=order
        )
        orders.append(convergence_order(ham, "electron"))
    assert orders == [3, 2, 2, 2]
    staggered = hd.Hamiltonian(
        hd.Nanocrystal([("CdSe", hd.Sphere(2.0))], environment=hd.HardWall()),
        hd.kp.Zincblende8(),
        0.4,
    )
    assert convergence_order(staggered, "hole") == 2


def test_three_spacings_show_what_does_not_converge():
    h = (0.3, 0.2, 0.1)
    energies, smooth = extrapolated_levels(h, [np.array([1.0 + 0.5 * x**2]) for x in h])
    assert energies[0] == pytest.approx(1.0, abs=1e-12)
    _, rough = extrapolated_levels(h, [np.array([1.0]), np.array([1.05]), np.array([1.0])])
    assert rough[0] > 0.05 > smooth[0]


FOUR = np.array([0.16, 0.135, 0.115, 0.1])


@pytest.mark.parametrize("power", [2, 3])
def test_four_spacings_take_out_two_powers(power):
    limit, slope, bend = np.array([1.0, -2.0]), np.array([0.5, -1.0]), np.array([-8.0, 3.0])
    levels = [limit + slope * h**power + bend * h ** (power + 2) for h in FOUR]
    energies, errors = extrapolated_levels(FOUR, levels, power)
    assert energies == pytest.approx(limit, abs=1e-10)
    # No more certain than what the two finest spacings say.
    finest, _ = extrapolated_levels(FOUR[2:], levels[2:], power)
    assert np.all(errors >= np.abs(energies - finest))


@pytest.mark.parametrize("count", [4, 6])
def test_least_squares_average_over_scatter(count):
    """200 states that scatter by 0.2 meV around a law of second order."""
    rng = np.random.default_rng(count)
    h = 0.16 / 1.16 ** np.arange(count)
    levels = [2.0 + 0.3 * x**2 + 2e-4 * rng.standard_normal(200) for x in h]
    energies, errors = extrapolated_levels(h, levels)
    finest, _ = extrapolated_levels(h[-2:], levels[-2:])
    weights = np.linalg.pinv(h[:, None] ** np.array([0, 2]))[0]
    assert energies == pytest.approx(weights @ np.array(levels), abs=1e-12)
    assert np.std(energies - 2.0) < 0.5 * np.std(finest - 2.0)
    assert np.mean(np.abs(energies - 2.0) <= errors) > 0.95


def test_hard_sphere():
    ham = hd.Hamiltonian(SPHERE, spacing=0.3)
    states = hd.solve(ham, 8, 0, spacings=(0.3, 0.4), progress=False)
    e = states.electrons
    assert e.grid.spacing == (0.3, 0.3, 0.3)
    assert np.abs(e.energies[0] - EXACT[0]) < e.discretisation[0] < 0.04
    assert np.all(np.abs(e.energies[2:] - EXACT[1]) < e.discretisation[2:])
    assert np.all(np.diff(e.energies) >= 0)
    assert " ± 0.0" in repr(e)
    assert len(states.holes) == 0


def test_states_are_matched_by_overlap_whatever_their_order():
    ham = hd.Hamiltonian(SPHERE, hd.kp.Luttinger6(), spacing=0.4)
    fine = hd.solve(ham, 0, 8, progress=False).holes
    coarse = hd.solve(ham.at_spacing(0.5), 0, 12, progress=False).holes
    shuffle = np.array([3, 0, 5, 2, 1, 4])
    spinors = (2 * shuffle[:, None] + np.arange(2)).ravel()
    mixed = replace(
        coarse, representatives=coarse.representatives[shuffle], energies=coarse.energies[spinors]
    )
    straight, overlap = matched(coarse, fine)
    order, again = matched(mixed, fine)
    assert overlap.min() > 0.9
    assert again == pytest.approx(overlap)
    assert mixed.energies[0::2][order] == pytest.approx(coarse.energies[0::2][straight], abs=1e-4)


def test_the_other_grid_keeps_everything_else():
    ham = hd.Hamiltonian(SPHERE, spacing=0.4, margin=1.0, order=2, interface="average")
    x = ham.grid.axes()[0][:, None, None] + np.zeros(ham.grid.shape)
    other = ham.with_potential(electron=0.1 * x).at_spacing(0.3)
    assert (other.order, other.interface) == (2, "average")
    there = other.grid.axes()[0][:, None, None] + np.zeros(other.grid.shape)
    assert other.potential("electron") == pytest.approx(0.1 * there, abs=1e-12)
    assert other.potential("hole") is None


@pytest.mark.parametrize("spacings", [(0.3,), (0.3, 0.3), (0.3, 0.28), (0.3, -0.2)])
def test_spacings_that_tell_nothing(spacings):
    with pytest.raises(ValueError, match="spacings"):
        hd.solve(hd.Hamiltonian(SPHERE, spacing=0.3), 2, 0, spacings=spacings, progress=False)
