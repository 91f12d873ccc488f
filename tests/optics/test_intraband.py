"""Transitions within one band against the hard sphere, and the Thomas-Reiche-Kuhn sum rule."""

from __future__ import annotations

import numpy as np
import pytest
from optics_stand_ins import ROOTS, sphere_states
from scipy.integrate import quad
from scipy.special import spherical_jn

import heterodot as hd
from heterodot.optics.position import position_elements
from heterodot.optics.radiation import OpticalMedium
from heterodot.units import HBAR2_OVER_2M0

RADIUS, MASS = 2.0, 0.12


def radial(n, x):
    return spherical_jn(n, ROOTS[n] * x)


def dipole():
    """⟨1S|z|1P_z⟩/R of the hard sphere: radial integrals by quadrature, 1/√3 from the angles."""
    norms = [quad(lambda x, n=n: radial(n, x) ** 2 * x**2, 0, 1)[0] for n in (0, 1)]
    overlap = quad(lambda x: radial(0, x) * radial(1, x) * x**3, 0, 1)[0]
    return overlap / np.sqrt(norms[0] * norms[1] * 3)


def test_dipole_and_strength_of_the_hard_sphere():
    states = sphere_states(RADIUS, spacing=0.2)
    r = position_elements(states.electrons, states.electrons)
    assert abs(r[2, 0, 6]) == pytest.approx(dipole() * RADIUS, rel=2e-3)
    np.testing.assert_allclose(r[2, 0, 2:6], 0, atol=1e-12)
    np.testing.assert_allclose(r[:, 0, 1::2], 0, atol=1e-12)
    levels = HBAR2_OVER_2M0 / MASS * np.array([ROOTS[0], *[ROOTS[1]] * 3]) ** 2 / RADIUS**2
    states.electrons.energies = np.repeat(levels, 2)
    p = hd.intraband_momentum(states.electrons)
    # f = 2|p|²/(m0 E) of 1S → 1P_z in units of m0/m: 97 % of the sum rule
    strength = np.abs(p[2, 0, 6]) ** 2 / (HBAR2_OVER_2M0 * (levels[1] - levels[0])) * MASS
    exact = (ROOTS[1] ** 2 - ROOTS[0] ** 2) * dipole() ** 2
    assert exact == pytest.approx(0.97, abs=0.005)
    assert strength == pytest.approx(exact, rel=5e-3)


def test_solved_states_keep_the_sum_rule():
    """Σ_b f_ab ≤ m0/m, and the computed levels hold nearly all of it."""
    material = hd.Material(
        "dot", gap=2.0, valence_edge=0.0, electron_mass=MASS, hole_mass=0.5, permittivity=6.0
    )
    crystal = hd.Nanocrystal([(material, hd.Sphere(RADIUS))], environment=hd.HardWall(2.0))
    ham = hd.Hamiltonian(crystal, spacing=0.4)
    states = hd.solve(ham, electrons=8, holes=2, progress=False)
    p, e = hd.intraband_momentum(states.electrons), states.electrons.energies
    shares = np.sum(np.abs(p[:, 0, 2:]) ** 2, axis=1) / (HBAR2_OVER_2M0 * (e[2] - e[0])) * MASS
    np.testing.assert_allclose(shares, (ROOTS[1] ** 2 - ROOTS[0] ** 2) * dipole() ** 2, rtol=0.02)


def test_spinors_against_plain_sums():
    states = sphere_states(valence=6, spacing=0.4)
    holes = states.holes
    psi = holes.representatives
    up, down = psi[:, :3], psi[:, 3:]
    spinors = np.stack([psi, np.concatenate([down.conj(), -up.conj()], axis=1)], axis=1)
    spinors = spinors.reshape(-1, *psi.shape[1:])
    x, y, z = np.meshgrid(*holes.grid.axes(), indexing="ij")
    plain = [
        np.einsum("abxyz,xyz,cbxyz->ac", spinors.conj(), w, spinors) * holes.grid.cell_volume
        for w in (x, y, z)
    ]
    found = position_elements(holes, holes)
    np.testing.assert_allclose(found, plain, atol=1e-12)
    np.testing.assert_allclose(found, found.conj().swapaxes(1, 2), atol=1e-12)


def test_absorption_of_one_electron():
    states = sphere_states(RADIUS, spacing=0.4)
    spectrum = hd.intraband_absorption(states, temperature=0.0, medium=OpticalMedium(1.0, 1.0))
    assert spectrum.peak == pytest.approx(0.3, abs=2e-3)
    p = hd.intraband_momentum(states.electrons)
    # from either spin of 1S to all of 1P: ∫σ dE = 4π²α Σ|p|²/(3E)
    expected = 4 * np.pi**2 / 137.035999 * np.sum(np.abs(p[:, 0, 2:]) ** 2) / 0.9
    assert spectrum.lines.strengths.sum() == pytest.approx(expected, rel=1e-6)
    hole = hd.intraband_absorption(states, "hole", medium=OpticalMedium(1.0, 1.0))
    assert hole.lines.centre() == pytest.approx(0.03)
    with pytest.raises(ValueError, match="carrier"):
        hd.intraband_absorption(states, "phonon")
