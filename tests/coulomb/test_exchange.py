"""Electron-hole exchange against closed forms: contact and dipole interactions in spheres."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from coulomb_stand_ins import hard_sphere, material, shifted, spheres, states

import heterodot as hd
from heterodot.units import COULOMB_CONSTANT, HBAR2_OVER_2M0

RADIUS, GAP, KANE = 2.0, 2.1, 18.0
DIPOLE = math.sqrt(KANE * HBAR2_OVER_2M0) / GAP  # nm
CONTACT = 0.07  # eV nm³
# ∫ |φ_1S|⁴ dV of the hard sphere: (1/2πR)² 4π ∫ sin⁴(πr/R)/r² dr
SINES = 0.67165  # R³ times it


def sphere(spacing=0.2, permittivity=6.0, outside=6.0, pairs=1, holes=None):
    """1S (1P) electrons and holes; `holes` are their bands, by default those of one orbital."""
    dot = spheres([RADIUS], [permittivity], outside)
    grid = shifted(dot.grid(spacing))
    orbitals = hard_sphere(grid, RADIUS, pairs)[:, None]
    return states(
        dot, orbitals, orbitals if holes is None else holes(orbitals), grid, holes is None
    )


def fine_structure(tensor, electrons=2, holes=2):
    pairs = tensor[:electrons, :electrons, :holes, :holes].transpose(0, 2, 1, 3)
    return np.linalg.eigvalsh(pairs.reshape(electrons * holes, -1))


def overlap(s):
    density = s.electrons.representatives[0, 0] ** 2
    return np.sum(density**2) * s.electrons.grid.cell_volume


def test_contact_interaction_of_heavy_holes():
    s = sphere()
    found = hd.electron_hole_exchange(s, CONTACT, long_range=False, gap=GAP)
    levels = fine_structure(found.short_range)
    assert levels[:2] == pytest.approx([0.0, 0.0], abs=1e-12)  # dark
    assert levels[2:] == pytest.approx([CONTACT * overlap(s)] * 2, rel=1e-10)
    assert overlap(s) == pytest.approx(SINES / RADIUS**3, rel=1e-3)
    assert np.all(found.long_range == 0.0)
    assert "short range" in repr(found)


def test_contact_interaction_of_j_three_halves():
    """Total angular momentum 1 is pushed up by (4/3) C θ, 2 stays (both pairs of J = 3/2)."""

    def holes(orbitals):
        result = np.zeros((2, 4, *orbitals.shape[2:]))
        result[0, 0] = result[1, 1] = orbitals[0, 0]
        return result

    s = sphere(holes=holes)
    found = hd.electron_hole_exchange(s, CONTACT, long_range=False, gap=GAP)
    levels = fine_structure(found.short_range, 2, 4)
    assert levels[:5] == pytest.approx(0.0, abs=1e-12)
    assert levels[5:] == pytest.approx(4 / 3 * CONTACT * overlap(s), rel=1e-10)


def test_dipoles_in_one_medium():
    """The charges of radial fields: (4π/3) d² θ / ε for each direction of the dipole."""
    s = sphere()
    found = hd.electron_hole_exchange(s, gap=GAP, kane_energy=KANE, permittivity=6.0)
    expected = 4 * math.pi / 3 * COULOMB_CONSTANT / 6.0 * DIPOLE**2 * overlap(s)
    levels = fine_structure(found.long_range)
    assert levels[:2] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert levels[2:] == pytest.approx([expected] * 2, rel=1e-3)
    along = hd.electron_hole_exchange(
        s, gap=GAP, kane_energy=KANE, permittivity=6.0, axis=(1.0, 2.0, -1.0)
    )
    assert fine_structure(along.long_range) == pytest.approx(levels, abs=1e-6)


def test_image_of_a_dipole_in_a_sphere():
    """d² [2 (ε - ε')/(ε (ε + 2ε'))] / R³ more in a sphere of ε amid ε'."""
    inside, outside = 6.0, 2.0
    levels = [
        fine_structure(
            hd.electron_hole_exchange(
                sphere(0.2, inside, e), gap=GAP, kane_energy=KANE, permittivity="static"
            ).long_range
        )[2:].mean()
        for e in (inside, outside)
    ]
    image = 2 * (inside - outside) / (inside * (inside + 2 * outside)) / RADIUS**3
    expected = COULOMB_CONSTANT * DIPOLE**2 * image
    assert levels[1] - levels[0] == pytest.approx(expected, rel=5e-3)


def test_time_reversal_and_hermiticity():
    """Random spinors: X is Hermitian and positive, and even under time reversal."""
    random = np.random.default_rng(0)

    def holes(orbitals):
        mixing = random.standard_normal((3, 6, len(orbitals), 2)) @ [1, 1j]
        return np.einsum("qbs,sxyz->qbxyz", mixing, orbitals[:, 0])

    s = sphere(0.4, pairs=4, holes=holes)
    found = hd.electron_hole_exchange(s, CONTACT, gap=GAP, kane_energy=KANE, permittivity=6.0)
    for tensor in (found.long_range, found.short_range):
        matrix = tensor.transpose(0, 2, 1, 3).reshape(48, 48)
        assert np.abs(matrix - matrix.conj().T).max() < 1e-12
        assert np.linalg.eigvalsh(matrix).min() > -1e-9
        # K = (spinor 2p → 2p+1, 2p+1 → -2p) with complex conjugation.
        turn = [np.kron(np.eye(n), [[0.0, 1.0], [-1.0, 0.0]]) for n in (4, 3)]
        turned = np.einsum("ai,bj,ck,dl,ijkl->abcd", *[turn[0]] * 2, *[turn[1]] * 2, tensor.conj())
        assert np.abs(turned - tensor).max() < 1e-12


def test_exchange_is_switched_on_and_off():
    s = sphere(0.3, pairs=4)
    plain = hd.coulomb(s, 6.0)
    exchange = hd.electron_hole_exchange(s, CONTACT, gap=GAP, kane_energy=KANE, permittivity=6.0)
    split = plain.with_exchange(exchange)
    assert split.J_eh == pytest.approx(plain.J_eh, abs=1e-14)
    assert "with electron-hole exchange" in repr(split)
    again = split.with_exchange(exchange)
    np.testing.assert_allclose(again.eh, split.eh, atol=1e-14)
    np.testing.assert_allclose(split.with_exchange(None).eh, plain.eh, atol=1e-14)
    x, fine = hd.ci(plain, 1, 1), hd.ci(split, 1, 1)
    assert np.ptp(x.energies[:4]) < 1e-9
    # Dark states stay where they are but for states far away, bright ones rise.
    assert fine.energies[:2] == pytest.approx(x.energies[:2], abs=1e-6)
    bright = fine_structure(exchange.total)[2:]
    assert fine.energies[2:4] - fine.energies[:2] == pytest.approx(bright, rel=0.2)
    # The exchange pushes XX less than two X: Δ_XX is measured from the dark states.
    shift, other = hd.xx_shift(plain), hd.xx_shift(split)
    assert other.J_eh == pytest.approx(shift.J_eh)
    # One electron and one hole of XX are in bright combinations half of the time.
    assert other.first_order - shift.first_order == pytest.approx(2 * bright.mean(), rel=1e-6)
    with pytest.raises(ValueError, match="same states"):
        plain.with_exchange(hd.electron_hole_exchange(sphere(0.3), gap=GAP, permittivity=6.0))


def eight_bands(spacing=0.2, inside=6.0, outside=6.0, orbitals=1):
    """S electrons and X, Y, Z valence states with each other's admixture to first order in k·p."""
    s = sphere(spacing, inside, outside, orbitals)
    s.electrons.spin_degenerate = False
    grid = s.electrons.grid
    r = np.stack(np.meshgrid(*grid.axes(), indexing="ij"))
    x = np.linalg.norm(r, axis=0) / RADIUS
    orbital = s.electrons.representatives[0, 0]
    scale = orbital[x < 1].max() / np.sinc(x[x < 1]).max()
    slope = scale * (np.cos(np.pi * x) - np.sinc(x)) / (x * RADIUS)
    gradient = slope * r / (x * RADIUS) * (x < 1)
    electrons = np.zeros((1, 8, *grid.shape), complex)
    holes = np.zeros((3, 8, *grid.shape), complex)
    electrons[0, 0], electrons[0, 1:4] = orbital, DIPOLE * gradient
    for axis in range(3):
        holes[axis, 1 + axis], holes[axis, 0] = orbital, DIPOLE * gradient[axis]
    s.electrons.representatives, s.holes.representatives = electrons, holes
    return s


@pytest.mark.parametrize("outside", [6.0, 2.0])
def test_eight_bands_know_their_dipoles(outside):
    """The transition density of S and X with first-order admixtures is that of a dipole P/E_gap."""
    s = eight_bands(0.15, outside=outside)
    found = hd.electron_hole_exchange(s, gap=GAP, permittivity="static").long_range
    free = 4 * math.pi / 3 / 6.0 * overlap(sphere(0.15))
    image = 2 * (6.0 - outside) / (6.0 * (6.0 + 2 * outside)) / RADIUS**3
    expected = COULOMB_CONSTANT * DIPOLE**2 * (free + image)
    # S↑ with X↑, Y↑, Z↑, and X↓ of which S↑ has nothing
    diagonal = [found[0, 0, k, k].real for k in range(6)]
    assert diagonal[0::2] == pytest.approx([expected] * 3, rel=5e-3)
    assert diagonal[1::2] == pytest.approx([0.0] * 3, abs=1e-12)
    for k in range(3):  # different directions do not interact
        assert abs(found[0, 0, 2 * k, 2 * ((k + 1) % 3)]) < 1e-4 * expected


def test_contact_interaction_of_eight_bands():
    """Without admixtures it is that of S and X, Y, Z; a rotation of the spins changes nothing."""
    s = eight_bands(0.3)
    s.electrons.representatives[:, 1:] = 0.0
    s.holes.representatives[:, 0] = 0.0
    found = hd.electron_hole_exchange(s, CONTACT, long_range=False, gap=GAP).short_range
    plain = sphere(0.3)
    plain.holes.representatives = s.holes.representatives[:, [1, 2, 3, 5, 6, 7]]
    plain.holes.spin_degenerate = False
    expected = hd.electron_hole_exchange(plain, CONTACT, long_range=False, gap=GAP).short_range
    np.testing.assert_allclose(found, expected, atol=1e-15)
    full = eight_bands(0.3)
    before = hd.electron_hole_exchange(full, CONTACT, gap=GAP, permittivity=6.0).total
    turn = np.array([[np.cos(0.3), np.sin(0.3) * 1j], [np.sin(0.3) * 1j, np.cos(0.3)]])
    for carrier in (full.electrons, full.holes):
        psi = carrier.representatives
        shape = psi.shape
        turned = np.einsum("st,ptnr->psnr", turn, psi.reshape(shape[0], 2, 4, -1))
        carrier.representatives = turned.reshape(shape)
    after = hd.electron_hole_exchange(full, CONTACT, gap=GAP, permittivity=6.0).total
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_eight_bands_are_hermitian_and_even_under_time_reversal():
    random = np.random.default_rng(4)
    s = eight_bands(0.4)
    basis = np.concatenate([s.electrons.representatives, s.holes.representatives])
    for carrier, count in ((s.electrons, 2), (s.holes, 3)):
        mixing = random.standard_normal((count, 4, 8, 8, 2)) @ [1, 1j]
        carrier.representatives = 0.1 * np.einsum("psab,sbxyz->paxyz", mixing, basis)
    found = hd.electron_hole_exchange(s, CONTACT, gap=GAP, permittivity=6.0)
    for tensor in (found.long_range, found.short_range):
        matrix = tensor.transpose(0, 2, 1, 3).reshape(24, 24)
        size = np.abs(matrix).max()
        assert np.abs(matrix - matrix.conj().T).max() < 1e-12 * size
        assert np.linalg.eigvalsh(matrix).min() > -1e-9 * size
        turn = [np.kron(np.eye(n), [[0.0, 1.0], [-1.0, 0.0]]) for n in (2, 3)]
        turned = np.einsum("ai,bj,ck,dl,ijkl->abcd", *[turn[0]] * 2, *[turn[1]] * 2, tensor.conj())
        assert np.abs(turned - tensor).max() < 1e-12 * size


@pytest.mark.slow
def test_exciton_of_an_eight_band_model():
    """Electron F = 1/2 and hole F = 3/2: five dark states of F = 2, three bright ones of F = 1."""
    dot = hd.Nanocrystal([("CdSe", hd.Sphere(2.0))])
    hamiltonian = hd.Hamiltonian(dot, model=hd.kp.Zincblende8(), spacing=0.35)
    s = hd.solve(hamiltonian, electrons=2, holes=4, progress=False)
    found = hd.electron_hole_exchange(s, CONTACT)
    plain = SimpleNamespace(nanocrystal=dot, gap=s.gap)
    for name, bands in (("electrons", [0, 4]), ("holes", [1, 2, 3, 5, 6, 7])):
        own = getattr(s, name)
        parts = own.representatives[:, bands]
        setattr(plain, name, states_of(own.grid, own.energies, parts))
    dipoles = hd.electron_hole_exchange(plain)
    for tensor in (found.long_range, found.short_range):
        levels = fine_structure(tensor, 2, 4)
        assert np.ptp(levels[5:]) < 1e-3 * levels[5]
        assert levels[4] < 0.01 * levels[5]
    # The dipoles P/E_gap of the S and X, Y, Z parts alone are those of first order in k·p.
    ratio = fine_structure(found.long_range, 2, 4)[5] / fine_structure(dipoles.long_range, 2, 4)[5]
    assert 0.6 < ratio < 1.0


def states_of(grid, energies, representatives):
    return SimpleNamespace(
        grid=grid, energies=energies, representatives=representatives, spin_degenerate=False
    )


def test_bad_input_is_refused():
    s = sphere(0.4)
    with pytest.raises(ValueError, match="short_range"):
        hd.electron_hole_exchange(s, -1.0)
    with pytest.raises(ValueError, match="gap: must be positive"):
        hd.electron_hole_exchange(s, gap=-1.0)
    with pytest.raises(ValueError, match="permittivity_optical"):
        hd.electron_hole_exchange(s, gap=GAP)
    assert material("x", 2.0).kane_energy is None
