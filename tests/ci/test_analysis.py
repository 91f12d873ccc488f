"""Densities, natural orbitals, localisation and the parts of the interaction energy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import heterodot as hd
from heterodot.configuration_interaction.natural_orbitals import density_on_nodes
from heterodot.envelopes.localisation import localisation

sys.path.append(str(Path(__file__).parents[1] / "coulomb"))
from coulomb_stand_ins import carrier, gaussian, spheres

MEV = 1e-3


def dot(core=1.6, shell=2.0, spacing=0.4, outside=2.0):
    """CdS/ZnSe-like type II: electrons in the core, holes in the shell."""
    common = {"permittivity": 8.0}
    inner = hd.Material(
        "core", conduction_edge=2.0, valence_edge=-0.5, electron_mass=0.2, hole_mass=0.7, **common
    )
    outer = hd.Material(
        "shell", conduction_edge=2.8, valence_edge=0.0, electron_mass=0.16, hole_mass=0.6, **common
    )
    return hd.Nanocrystal(
        [(inner, hd.Sphere(core)), (outer, hd.Sphere(core + shell))], hd.HardWall(outside)
    )


@pytest.fixture(scope="module")
def coulomb():
    states = hd.solve(hd.Hamiltonian(dot(), spacing=0.4), electrons=8, holes=8, progress=False)
    return hd.coulomb(states)


@pytest.mark.parametrize("particles", [(1, 1), (2, 1), (2, 2), (3, 2)])
def test_densities_hold_the_carriers(coulomb, particles):
    states = hd.ci(coulomb, *particles, roots=2)
    volume = coulomb.states.electrons.grid.cell_volume
    for kind, number in zip(("electron", "hole"), particles, strict=True):
        density = states.density(kind, 1)
        assert density.sum() * volume == pytest.approx(number, abs=1e-10)
        assert density.min() > -1e-12
        orbitals = states.natural_orbitals(kind, 1)
        assert orbitals.occupations.sum() == pytest.approx(number)
        assert np.all(np.diff(orbitals.occupations) <= 0)
        again = sum(n * orbitals.density(k) for k, n in enumerate(orbitals.occupations))
        np.testing.assert_allclose(again, density, atol=1e-12)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31), degenerate=st.booleans(), hole=st.booleans())
def test_density_of_a_determinant_is_that_of_its_orbitals(seed, degenerate, hole):
    """Random complex spinors, by summing the squares of the occupied combination."""
    random = np.random.default_rng(seed)
    grid = hd.Grid((3, 4, 2), (0, 0, 0), (0.5, 0.5, 0.5))
    shape = (2, 1 if degenerate else 4, *grid.shape)
    representatives = random.standard_normal((*shape, 2)) @ [1, 1j]
    own = hd.CarrierStates(
        "hole" if hole else "electron",
        np.zeros(4),
        representatives,
        np.zeros(4),
        np.zeros(4),
        grid,
        tuple("abcd")[: shape[1]],
        degenerate,
    )
    states = carrier("x", grid, [], None)
    states.electrons = states.holes = own
    u = random.standard_normal((4, 2)) @ [1, 1j]
    # A hole spinor is the time reverse of the valence spinor: conjugate coefficients.
    psi = np.tensordot(u.conj() if hole else u, own.envelopes, axes=1)
    found = density_on_nodes(states, own.carrier, np.outer(u.conj(), u))
    np.testing.assert_allclose(found, np.sum(np.abs(psi) ** 2, axis=0), atol=1e-12)


def test_states_without_orbitals_say_so(coulomb):
    from heterodot.configuration_interaction.integrals import rotated

    plain = rotated(coulomb, np.eye(8), np.eye(8))
    with pytest.raises(ValueError, match="do not know their single-particle states"):
        hd.ci(plain, 1, 1, roots=1).density("hole")
    with pytest.raises(ValueError, match="needs electrons and holes"):
        hd.ci(coulomb, 2, 0, roots=1).localisation()


@pytest.mark.parametrize(
    ("electron", "hole", "regime"),
    [
        ((0.0, 0.4), (0.0, 0.5), "type I"),
        ((0.0, 0.4), (3.0, 0.3), "type II"),
        ((0.0, 0.4), (2.0, 0.5), "quasi-type II"),
        ((2.0, 0.5), (2.0, 0.5), "type I"),  # both delocalised
        ((3.0, 0.3), (0.0, 0.4), "type II"),
    ],
)
def test_regimes(electron, hole, regime):
    """Normal densities at a distance from the centre of a core of 2 nm in a shell of 2 nm."""
    nanocrystal = spheres([2.0, 4.0], [8.0, 8.0])
    grid = nanocrystal.grid(0.25)
    e, h = (gaussian(grid, (x, 0.0, 0.0), width) ** 2 for x, width in (electron, hole))
    found = localisation(nanocrystal, grid, e, h)
    assert found.regime == regime
    assert repr(found).startswith(regime)
    # ∫ √(ρ_e ρ_h) of two normal densities
    (a, s), (b, t) = electron, hole
    expected = (2 * s * t / (s**2 + t**2)) ** 1.5 * np.exp(-((a - b) ** 2) / (4 * (s**2 + t**2)))
    assert found.overlap == pytest.approx(expected, abs=2e-3)
    with pytest.raises(ValueError, match="threshold"):
        localisation(nanocrystal, grid, e, h, 0.4)


def test_localisation_of_states_and_excitons(coulomb):
    found = coulomb.states.localisation()
    assert found.regime == "type II"
    assert (found.electron, found.hole) == ("core", "shell")
    assert found.overlap == pytest.approx(coulomb.states.overlap()[0, 0])
    x = hd.ci(coulomb, 1, 1, roots=1)
    assert x.localisation().regime == "type II"
    # Their attraction pulls electron and hole together.
    assert x.overlap() > found.overlap


def test_parts_of_the_interaction(coulomb):
    shift = hd.xx_shift(coulomb)
    parts = shift.parts
    assert sum(parts.values()) == pytest.approx(shift.ci_pt2, abs=1e-12)
    assert parts["exchange"] == pytest.approx(0.0, abs=1e-10)
    # Spherical densities induce charges that do nothing inside but shift all by the same.
    assert parts["polarisation"] == pytest.approx(0.0, abs=0.05 * MEV)
    uniform = hd.coulomb(coulomb.states, 8.0)
    assert parts["J_ee"] == pytest.approx(uniform.J_ee, abs=0.01 * MEV)
    assert parts["-2 J_eh"] == pytest.approx(-2 * uniform.J_eh, abs=0.02 * MEV)
    assert hd.xx_shift(uniform).parts["polarisation"] == pytest.approx(0.0, abs=1e-12)
    assert parts["correlation"] < -1 * MEV
    exchange = hd.electron_hole_exchange(coulomb.states, 0.07, permittivity="static")
    split = hd.xx_shift(coulomb.with_exchange(exchange)).parts
    assert 0.0 < split["exchange"] < 5 * MEV
    assert split["J_ee"] == pytest.approx(parts["J_ee"])
