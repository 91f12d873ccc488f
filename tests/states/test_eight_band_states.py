"""Electrons and holes of eight-band models: against a sparse eigensolver, and on to the optics."""

import numpy as np
import pytest
from scipy.sparse.linalg import eigsh

import heterodot as hd

CUBIC = hd.Material(
    "cubic",
    phase="zincblende",
    conduction_edge=1.84,
    valence_edge=0.0,
    electron_mass=0.13,
    kane_energy=12.0,
    luttinger=(5.51, 1.24, 2.14),
    spin_orbit=0.42,
    permittivity=6.0,
    refractive_index=2.45,
)
HEXAGONAL = hd.Material(
    "hexagonal",
    phase="wurtzite",
    conduction_edge=1.8,
    valence_edge=0.0,
    electron_mass=0.2,
    kane_energy=14.0,
    rashba_sheka_pikus=(-7.21, -0.44, 6.68, -3.46, -3.4, -4.9, 0.0),
    crystal_field=0.02,
    spin_orbit=0.05,
)


def reference(ham, count, shift):
    matrix = ham.tocsr().tocsc()
    found = eigsh(
        matrix, k=count, sigma=shift, v0=np.ones(matrix.shape[0]), return_eigenvectors=False
    )
    return np.sort(found[found > shift]), np.sort(found[found < shift])[::-1]


@pytest.mark.parametrize(
    ("model", "of"),
    [(hd.kp.Zincblende8(), CUBIC), (hd.kp.Wurtzite8(), HEXAGONAL)],
    ids=["zincblende", "wurtzite"],
)
def test_levels_agree_with_shift_and_invert(model, of):
    dot = hd.Nanocrystal([(of, hd.Ellipsoid((1.3, 1.4, 1.6)))], environment=hd.HardWall())
    ham = hd.Hamiltonian(dot, model=model, spacing=0.5)
    states = hd.solve(ham, electrons=4, holes=8, progress=False)
    electrons, holes = reference(ham, 40, 0.9)
    count = min(4, len(electrons))
    assert count >= 2
    assert states.electrons.energies[:count] == pytest.approx(electrons[:count], abs=1e-7)
    assert states.holes.energies == pytest.approx(holes[:8], abs=1e-7)
    assert states.electrons.complete
    assert states.holes.complete
    for carrier in (states.electrons, states.holes):
        assert carrier.residuals.max() < 1e-5
        spinors = carrier.envelopes.reshape(len(carrier), -1)
        overlaps = spinors.conj() @ spinors.T * ham.grid.cell_volume
        assert np.abs(overlaps - np.eye(len(carrier))).max() < 1e-12


def test_carriers_alone_and_in_a_potential():
    dot = hd.Nanocrystal([(CUBIC, hd.Sphere(1.5))], environment=hd.HardWall())
    ham = hd.Hamiltonian(dot, model=hd.kp.Zincblende8(), spacing=0.5)
    both = hd.solve(ham, electrons=2, holes=4, progress=False)
    alone = hd.solve(ham, electrons=0, holes=4, progress=False)
    assert alone.holes.energies == pytest.approx(both.holes.energies, abs=1e-8)
    assert len(alone.electrons) == 0
    lift = np.full(ham.grid.shape, 0.2)
    moved = hd.solve(ham.with_potential(electron=lift, hole=lift), 2, 4, progress=False)
    assert moved.electrons.energies == pytest.approx(both.electrons.energies + 0.2, abs=1e-8)
    apart = hd.solve(ham.with_potential(electron=lift, hole=-lift), 2, 4, progress=False)
    assert apart.electrons.energies == pytest.approx(both.electrons.energies + 0.2, abs=1e-8)
    assert apart.holes.energies == pytest.approx(both.holes.energies - 0.2, abs=1e-8)
    x = ham.grid.axes()[0][:, None, None] + lift
    with pytest.raises(ValueError, match="no energy lies in the gap everywhere"):
        hd.solve(ham.with_potential(electron=x, hole=x), 2, 0, progress=False)


def test_a_finite_barrier_lies_on_the_grid():
    dot = hd.Nanocrystal([(CUBIC, hd.Sphere(1.5))], environment="toluene")
    ham = hd.Hamiltonian(dot, model=hd.kp.Zincblende8(), spacing=0.4, margin=0.8)
    states = hd.solve(ham, electrons=2, holes=4, progress=False)
    assert 1.84 < states.electrons.energies[0] < 3.0
    assert -0.8 < states.holes.energies[-1] < 0.0
    assert np.ptp(states.holes.energies[:4]) < 2e-3  # F = 3/2


def test_from_eight_bands_to_the_spectrum():
    dot = hd.Nanocrystal([(CUBIC, hd.Sphere(1.5))], environment=hd.HardWall(permittivity=2.0))
    ham = hd.Hamiltonian(dot, model=hd.kp.Zincblende8(), spacing=0.4)
    states = hd.solve(ham, electrons=2, holes=8, progress=False)
    integrals = hd.coulomb(states)
    ground = hd.ci(integrals, electrons=1, holes=1, roots=4, progress=False).energies[0]
    gap = states.gap + integrals.self_energy_electron[0, 0] + integrals.self_energy_hole[0, 0]
    assert 0.0 < gap.real - ground < 1.2  # bound by the Coulomb attraction
    assert integrals.eh[0, 0, 0, 0].real > 0.1
    p = hd.interband_momentum(states)
    # S-like and P-like holes: one of the two F = 3/2 levels is dark, the other bright in all axes.
    strength = np.sum(np.abs(p) ** 2, axis=1)
    per_level = [strength[:, :4].sum(axis=1), strength[:, 4:].sum(axis=1)]
    dark, bright = sorted(per_level, key=np.sum)
    assert np.sum(dark) < 1e-6 * np.sum(bright)
    assert np.ptp(bright) < 1e-3 * bright.mean()


INP = hd.Material(
    "InP",
    phase="zincblende",
    conduction_edge=1.4236,
    valence_edge=0.0,
    electron_mass=0.0795,
    kane_energy=20.7,
    luttinger=(5.08, 1.60, 2.10),
    spin_orbit=0.108,
)


def test_full_kane_energy_floods_the_gap_of_inp():
    """Ep = 20.7 eV makes L' = +3.06: Vurgaftman, Meyer and Ram-Mohan, J. Appl. Phys. 89, 5815 (2001)."""
    dot = hd.Nanocrystal([(INP, hd.Sphere(1.5))], environment=hd.HardWall())
    forced = hd.Hamiltonian(dot, hd.kp.Zincblende8(kane="published", force=True), spacing=0.5)
    assert "NOT elliptic" in repr(forced)
    flooded = hd.solve(forced, electrons=8, holes=8, progress=False)
    energies = np.concatenate([flooded.electrons.energies, flooded.holes.energies])
    assert np.all((energies > 0.0) & (energies < 1.4236))
    scores = np.concatenate([flooded.electrons.spurious, flooded.holes.spurious])
    assert np.all(scores > 0.35)
    assert "8 spinors look spurious" in repr(flooded)
    with pytest.raises(ValueError, match="not elliptic"):
        hd.Hamiltonian(dot, hd.kp.Zincblende8(kane="published"), spacing=0.5)

    clean = hd.solve(hd.Hamiltonian(dot, hd.kp.Zincblende8(), spacing=0.3), 8, 8, progress=False)
    assert clean.electrons.energies[0] > 1.4236
    assert clean.holes.energies[0] < 0.0
    assert clean.electrons.spurious.max() < 0.15
    assert clean.holes.spurious.max() < 0.15
    assert "spurious" not in repr(clean)


def test_too_large_grids_are_refused_where_nothing_bounds_the_bands():
    dot = hd.Nanocrystal([(INP, hd.Sphere(1.5))], environment=hd.HardWall())
    forced = hd.Hamiltonian(dot, hd.kp.Zincblende8(kane="published", force=True), spacing=0.15)
    with pytest.raises(ValueError, match="coarser spacing"):
        hd.solve(forced, electrons=2, holes=2, progress=False)


def test_labels_of_a_sphere():
    """F, parity and bands of 1S electrons and of P₃/₂, S₃/₂ holes; γ₂ = γ₃."""
    of = hd.Material(
        "spherical",
        conduction_edge=1.84,
        valence_edge=0.0,
        electron_mass=0.13,
        kane_energy=12.0,
        luttinger=(5.51, 1.78, 1.78),
        spin_orbit=0.42,
    )
    dot = hd.Nanocrystal([(of, hd.Sphere(1.5))], environment=hd.HardWall())
    states = hd.solve(hd.Hamiltonian(dot, hd.kp.Zincblende8(), spacing=0.25), 8, 8, progress=False)
    e, h = states.electrons, states.holes
    assert list(e.parities) == [1, -1, -1, -1]
    assert e.angular_momenta == pytest.approx([0.75, 0.75, 3.75, 3.75], abs=0.25)
    assert sorted(h.parities) == [-1, -1, 1, 1]
    assert h.angular_momenta == pytest.approx([3.75] * 4, abs=0.35)
    assert e.band_weights["S"].min() > 0.85
    for carrier in (e, h):
        total = sum(carrier.band_weights.values())
        assert total == pytest.approx(np.ones(4), abs=1e-12)
    # Over a multiplet of a sphere no axis is preferred.
    heavy, light = (h.band_weights[key][:2].sum() for key in ("HH", "LH"))
    assert heavy == pytest.approx(light, abs=0.02)
    assert "(+, F² 0.8, S 9" in repr(e)
