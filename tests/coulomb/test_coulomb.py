"""Coulomb integrals: symmetries, and energies of dots with known envelopes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from coulomb_stand_ins import (
    SHIFT,
    core_shell,
    gaussian,
    hard_sphere,
    material,
    positions,
    shifted,
    spheres,
    states,
)

import heterodot as hd
from heterodot.units import COULOMB_CONSTANT

DATA = Path(__file__).parents[1] / "data"
REFERENCE = json.loads((DATA / "coulomb.json").read_text())
RUNS = json.loads((DATA / "xx_first_order.json").read_text())["runs"]
MEV = 1e-3


def spinor_states(bands=6, pairs=(3, 4), seed=0, spacing=0.35, radius=2.0, permittivity=8.0):
    """1S and 1P functions in random complex spinors of orthonormal pairs, electrons one-band."""
    nanocrystal = spheres([radius], [permittivity])
    grid = shifted(nanocrystal.grid(spacing))
    functions = hard_sphere(grid, radius)
    rng = np.random.default_rng(seed)
    found = []
    for count in pairs:
        coefficients = rng.standard_normal((count, bands, 4, 2)) @ [1, 1j]
        half = bands // 2
        for p in range(count):  # orthogonal to the pairs before and to their time reverses
            for q in range(p):
                before = coefficients[q]
                reversed_ = np.concatenate([before[half:].conj(), -before[:half].conj()])
                for other in (before, reversed_):
                    coefficients[p] -= np.vdot(other, coefficients[p]) * other
            coefficients[p] /= np.linalg.norm(coefficients[p])
        found.append(np.einsum("pbs,sxyz->pbxyz", coefficients, functions))
    result = states(nanocrystal, *found, grid, degenerate=False)
    result.electrons.spin_degenerate = False
    return result


def rotated(carrier, seed):
    """The same Kramers pairs, mixed by a random unitary quaternionic matrix."""
    psi = carrier.representatives
    half = psi.shape[1] // 2
    rng = np.random.default_rng(seed)
    count = len(psi)
    spinors = np.stack(
        [psi, np.concatenate([psi[:, half:].conj(), -psi[:, :half].conj()], axis=1)], axis=1
    )
    rows = np.zeros((count, 2 * count), complex)
    reverse = np.zeros((count, 2 * count), complex)
    for p in range(count):
        row = rng.standard_normal((2 * count, 2)) @ [1, 1j]
        for done in (rows[:p], reverse[:p]):
            row -= (done.conj() @ row) @ done
        rows[p] = row / np.linalg.norm(row)
        # T Σ c_i χ_i = Σ c_i* T χ_i with T χ_2p = χ_2p+1, T χ_2p+1 = -χ_2p
        reverse[p, 1::2], reverse[p, ::2] = rows[p, ::2].conj(), -rows[p, 1::2].conj()
    unitary = np.stack([rows, reverse], axis=1).reshape(2 * count, 2 * count)
    flat = spinors.reshape(2 * count, *psi.shape[1:])
    new = np.tensordot(rows, flat, axes=1)
    return SimpleNamespace(**{**vars(carrier), "representatives": new}), unitary


def first_order_name(run):
    return f"{run['model']}-{run['R']}-{run['T']}"


# Every model in one or two of its dots; the larger the dot, the longer it takes.
QUICK = ("U-1.5-2.0", "U-2.0-1.0", "D-2.0-2.0", "DS-1.5-2.0", "DS-2.0-1.0")


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(
            run,
            id=first_order_name(run),
            marks=[] if first_order_name(run) in QUICK else pytest.mark.slow,
        )
        for run in RUNS
    ],
)
def test_first_order(run):
    dot, _, _ = core_shell(run["model"], run["R"], run["T"], 0.25)
    permittivity = 8.0 if run["model"] == "U" else "static"
    c = hd.coulomb(dot, permittivity, self_polarisation=run["model"] == "DS")
    assert pytest.approx(run["Jee"], abs=0.05 * MEV) == c.J_ee
    assert pytest.approx(run["Jhh"], abs=0.05 * MEV) == c.J_hh
    assert pytest.approx(run["Jeh"], abs=0.05 * MEV) == c.J_eh
    assert hd.xx_shift(c).first_order == pytest.approx(run["dXX"], abs=0.01 * MEV)
    assert np.max(np.abs([c.J_ee - run["Jee"], c.J_hh - run["Jhh"]])) < 10 * c.error + 0.01 * MEV


def test_self_energies_of_a_core_shell_dot():
    dot, radial, levels = core_shell("DS", 2.0, 2.0, 0.25, largest_l=1)
    c = hd.coulomb(dot, cutoff=0.05)
    weight = radial.weights * radial.self_polarisation(8.0, 2.0)
    for shells, matrix, one_body in (
        (levels[0], c.self_energy_electron, c.one_body_electron),
        (levels[1], c.self_energy_hole, c.one_body_hole),
    ):
        exact = np.repeat([weight @ shells[0][2] ** 2] + 3 * [weight @ shells[1][2] ** 2], 2)
        np.testing.assert_allclose(matrix, np.diag(exact), atol=0.1 * MEV)
        np.testing.assert_allclose(
            one_body - matrix, np.diag(np.diag(one_body - matrix).real), atol=1e-15
        )


@pytest.mark.parametrize("case", REFERENCE["dielectric_sphere"]["data"]["cases"])
def test_dielectric_sphere(case):
    radius = 3.0
    nanocrystal = spheres([radius], [case["eps_in"]], case["eps_out"])
    grid = shifted(nanocrystal.grid(0.25))
    function = hard_sphere(grid, radius, 1)[:, None]
    dot = states(nanocrystal, function, function, grid)
    c = hd.coulomb(dot, cutoff=0.05)
    unit = COULOMB_CONSTANT / (case["eps_in"] * radius)
    bare = hd.coulomb(dot, case["eps_in"])
    own = case["self_energy_1S_units_E2_over_epsin_R"] * unit
    assert c.self_energy_electron[0, 0].real == pytest.approx(own, abs=0.2 * MEV)
    assert c.self_energy_hole[1, 1].real == pytest.approx(own, abs=0.2 * MEV)
    image = -case["eh_image_1S1S_units"] * unit
    assert c.J_eh - bare.J_eh == pytest.approx(image, abs=0.05 * MEV)
    assert bare.J_ee == pytest.approx(1.786073168151687 * unit, abs=0.01 * MEV)


def test_slater_integrals():
    """s-p integrals of a hard sphere: multipoles of first and second order."""
    values = REFERENCE["slater"]["data"]["values"]
    nanocrystal = spheres([2.0], [8.0])
    grid = shifted(nanocrystal.grid(0.2))
    functions = hard_sphere(grid, 2.0)[:, None]
    c = hd.coulomb(states(nanocrystal, functions, functions, grid), 8.0)
    unit = COULOMB_CONSTANT / 16
    assert c.direct("ee", 0, 2) == pytest.approx(values["R0(1s,1p;1s,1p)"] * unit, abs=0.05 * MEV)
    exchange = values["R1(1s,1p;1p,1s)"] * unit / 3
    assert c.exchange("ee", 0, 2) == pytest.approx(exchange, abs=0.05 * MEV)
    assert c.exchange("ee", 0, 3) == pytest.approx(0, abs=1e-12)  # spins differ
    parallel = (values["R0(1p,1p;1p,1p)"] + 4 / 25 * values["R2(1p,1p;1p,1p)"]) * unit
    assert c.direct("hh", 4, 5) == pytest.approx(parallel, abs=0.05 * MEV)


def test_equal_densities_do_not_interact_at_first_order():
    nanocrystal = spheres([1.2, 2.0], [9.0, 6.0])
    grid = shifted(nanocrystal.grid(0.25))
    function = hard_sphere(grid, 2.0, 1)[:, None]
    c = hd.coulomb(states(nanocrystal, function, function, grid))
    assert c.J_ee + c.J_hh - 2 * c.J_eh == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("permittivity", [7.0, "static"])
def test_symmetries_of_spinors(permittivity):
    c = hd.coulomb(spinor_states(), permittivity)
    for v in (c.ee, c.hh):
        np.testing.assert_allclose(v, v.transpose(2, 3, 0, 1), atol=1e-12)
        np.testing.assert_allclose(v, v.transpose(1, 0, 3, 2).conj(), atol=1e-12)
    np.testing.assert_allclose(c.eh, c.eh.transpose(1, 0, 3, 2).conj(), atol=1e-12)
    for v in (c.ee, c.hh):  # (Ti Tj|kl) = (j i|kl), with T on spinors 2p, 2p + 1
        n = len(v)
        t = np.zeros((n, n))
        t[np.arange(1, n, 2), np.arange(0, n, 2)] = 1  # T ψ_2p = ψ_2p+1
        t[np.arange(0, n, 2), np.arange(1, n, 2)] = -1
        reversed_ = np.einsum("ai,bj,abkl->ijkl", t, t, v)
        np.testing.assert_allclose(reversed_, v.transpose(1, 0, 2, 3), atol=1e-12)
        assert (
            np.min(
                np.linalg.eigvalsh(
                    v.reshape(n * n, -1)
                    .reshape(n, n, n, n)
                    .transpose(0, 1, 3, 2)
                    .reshape(n * n, n * n)
                )
            )
            > -1e-9
        )
    for matrix in (c.self_energy_electron, c.self_energy_hole):
        np.testing.assert_allclose(matrix, matrix.conj().T, atol=1e-15)
        np.testing.assert_allclose(matrix[::2, ::2], matrix[1::2, 1::2].T, atol=1e-15)


def test_integrals_of_spinors_are_those_of_their_densities():
    """A few integrals by summing pair densities directly."""
    dot = spinor_states(bands=2, pairs=(2, 2))
    c = hd.coulomb(dot, 8.0)
    from heterodot.electrostatics.poisson import FreeSpacePoisson

    def spinors(carrier):
        up = carrier.representatives
        down = np.concatenate([up[:, 1:].conj(), -up[:, :1].conj()], axis=1)
        return np.stack([up, down], axis=1).reshape(2 * len(up), *up.shape[1:])

    grid = dot.electrons.grid
    e, h = spinors(dot.electrons), spinors(dot.holes)
    pairs_e = np.einsum("ibxyz,jbxyz->ijxyz", e.conj(), e)
    pairs_h = np.einsum("ibxyz,jbxyz->ijxyz", h, h.conj())
    poisson = FreeSpacePoisson(grid)
    for i, j, k, l in ((0, 2, 1, 3), (0, 1, 2, 3), (3, 0, 0, 1)):
        for density, integral in (
            (pairs_e[k, l], c.ee[i, j, k, l]),
            (pairs_h[k, l], c.eh[i, j, k, l]),
        ):
            real, imaginary = poisson.solve(np.stack([density.real, density.imag]))
            potential = real + 1j * imaginary
            exact = np.sum(pairs_e[i, j] * potential) * grid.cell_volume * COULOMB_CONSTANT / 8
            assert integral == pytest.approx(exact, abs=1e-8)


def test_mixing_of_pairs():
    """Integrals transform as those of the mixed spinors."""
    dot = spinor_states(bands=2, pairs=(2, 3))
    c = hd.coulomb(dot)
    holes, u = rotated(dot.holes, 5)
    mixed = hd.coulomb(
        SimpleNamespace(nanocrystal=dot.nanocrystal, electrons=dot.electrons, holes=holes)
    )
    # hole pair densities are conjugate: (h_i h_j) -> Σ u_i u_j*
    expected = np.einsum("ia,jb,kc,ld,abcd->ijkl", u, u.conj(), u, u.conj(), c.hh)
    np.testing.assert_allclose(mixed.hh, expected, atol=1e-9)
    own = u @ c.self_energy_hole @ u.conj().T
    np.testing.assert_allclose(mixed.self_energy_hole, own, atol=1e-9)
    np.testing.assert_allclose(
        mixed.eh, np.einsum("kc,ld,ijcd->ijkl", u, u.conj(), c.eh), atol=1e-9
    )


def test_one_band_and_two_bands_agree():
    nanocrystal = spheres([2.0], [8.0])
    grid = shifted(nanocrystal.grid(0.4))
    functions = hard_sphere(grid, 2.0, 3)[:, None]
    one = hd.coulomb(states(nanocrystal, functions, functions, grid))
    spinors = np.concatenate([functions, np.zeros_like(functions)], axis=1).astype(complex)
    dot = states(nanocrystal, spinors, spinors, grid, degenerate=False)
    dot.electrons.spin_degenerate = False
    two = hd.coulomb(dot)
    for name in ("ee", "hh", "eh", "one_body_electron", "one_body_hole"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), atol=1e-12)


@pytest.mark.parametrize("moved", [0.5, pytest.param(0.17, marks=pytest.mark.slow)])
def test_translated_grids(moved):
    energies = []
    for fraction in (0.0, moved):
        shift = (0.25 * fraction, -0.2 * fraction, 0.11 * fraction)
        dot, _, _ = core_shell("DS", 1.5, 2.0, 0.25, shift=shift)
        c = hd.coulomb(dot)
        energies.append([c.J_ee, c.J_hh, c.J_eh, c.self_energy_hole[0, 0].real])
    np.testing.assert_allclose(energies[1], energies[0], atol=0.1 * MEV)


def test_ellipsoid_keeps_its_symmetry():
    """Gaussians at mirror positions in an ellipsoid, on a grid without its symmetry."""
    solid = hd.Ellipsoid((2.0, 2.0, 3.0))
    nanocrystal = hd.Nanocrystal([(material("m", 9.0), solid)], environment=hd.HardWall(2.0))
    grid = shifted(nanocrystal.grid(0.2))
    centers = [(0.9, 0, 0.5), (-0.9, 0, 0.5), (0, 0.9, 0.5), (0, -0.9, -0.5)]
    functions = np.stack([gaussian(grid, c, 0.25) for c in centers])[:, None]
    c = hd.coulomb(states(nanocrystal, functions, functions, grid))
    direct = [c.direct("ee", 2 * n, 2 * n + 1) for n in range(4)]
    own = [c.self_energy_electron[2 * n, 2 * n].real for n in range(4)]
    assert np.ptp(direct) < 0.1 * MEV
    assert np.ptp(own) < 0.2 * MEV


def test_coarser_coulomb_grid():
    dot, _, _ = core_shell("D", 1.5, 1.0, 0.125)
    fine = hd.coulomb(dot, self_polarisation=False, spacing=0.125)
    coarse = hd.coulomb(dot, self_polarisation=False)
    assert (fine.spacing, coarse.spacing) == (0.125, 0.25)
    for name in ("J_ee", "J_hh", "J_eh"):
        assert getattr(coarse, name) == pytest.approx(getattr(fine, name), abs=0.05 * MEV)


def test_density_in_a_finite_barrier():
    """Charge on both sides of an interface: two wide Gaussians of the same total density."""
    radius, permittivities = 2.0, (8.0, 2.0)
    nanocrystal = spheres([radius], permittivities[:1], permittivities[1], wall=False)
    energies = []
    for spacing in (0.25, 0.2):
        grid = shifted(nanocrystal.grid(spacing, margin=3.5))
        width = 1.0
        function = gaussian(grid, (0, 0, 0), width)[None, None]
        c = hd.coulomb(states(nanocrystal, function, function, grid), self_polarisation=False)
        energies.append(c.J_ee)
    # Gauss: E = ½ ∫ (Q(r)/r)² /(ε r²) dr ... the interaction is twice that of the field
    from scipy.special import erf

    r = np.linspace(1e-6, 60, 600001)
    x = r / (width * np.sqrt(2))
    charge = erf(x) - 2 / np.sqrt(np.pi) * x * np.exp(-(x**2))
    inverse = np.where(r < radius, 1 / permittivities[0], 1 / permittivities[1])
    exact = np.trapezoid(charge**2 / r**2 * inverse, r) + inverse[-1] / r[-1]
    for energy, tolerance in zip(energies, (0.15, 0.1), strict=True):
        assert energy == pytest.approx(exact * COULOMB_CONSTANT, abs=tolerance * MEV)


@pytest.mark.parametrize(
    "solid", [hd.Box((3.0, 3.0, 4.0)), hd.Cylinder(1.5, 4.0)], ids=["box", "cylinder"]
)
def test_edged_solids(solid):
    nanocrystal = hd.Nanocrystal([(material("m", 8.0), solid)], environment=hd.HardWall(2.0))
    grid = nanocrystal.grid(0.25)
    function = gaussian(grid, (0.2, 0, 0.3), 0.4)[None, None]
    c = hd.coulomb(states(nanocrystal, function, function, grid))
    bare = hd.coulomb(states(nanocrystal, function, function, grid), 8.0)
    assert 0.05 < c.J_ee - bare.J_ee < 0.4
    assert 0.02 < c.self_energy_electron[0, 0].real < 0.3


def test_permittivities_are_named():
    nanocrystal = hd.Nanocrystal([("CdS", hd.Sphere(1.2)), ("ZnSe", hd.Sphere(2.0))])
    grid = nanocrystal.grid(0.4)
    function = gaussian(grid, (0, 0, 0), 0.5)[None, None]
    dot = states(nanocrystal, function, function, grid)
    static, optical = hd.coulomb(dot), hd.coulomb(dot, "optical")
    assert static.permittivity == "static: CdS 8.6, ZnSe 9.2, toluene 2.38"
    assert optical.permittivity.startswith("optical: CdS 5.4, ZnSe 5.9, toluene")
    assert optical.J_ee > static.J_ee
    assert hd.coulomb(dot, 6.0).permittivity == "6 everywhere"
    text = repr(static)
    for part in ("J_ee", "J_hh", "J_eh", "self-energies", "meV", "static"):
        assert part in text
    dataset = static.to_xarray()
    assert dataset.ee.attrs["units"] == "eV"
    assert dataset.eh.shape == (2, 2, 2, 2)


def test_errors():
    nanocrystal = hd.Nanocrystal([(hd.Material("bare"), hd.Sphere(2.0))])
    grid = nanocrystal.grid(0.4)
    function = gaussian(grid, (0, 0, 0), 0.5)[None, None]
    dot = states(nanocrystal, function, function, grid)
    with pytest.raises(ValueError, match=r"'bare' lacks permittivity.*replace"):
        hd.coulomb(dot)
    with pytest.raises(ValueError, match="permittivity must be"):
        hd.coulomb(dot, "dynamic")
    with pytest.raises(ValueError, match="at least 1"):
        hd.coulomb(dot, 0.5)
    dot.holes.grid = shifted(grid, SHIFT)
    with pytest.raises(ValueError, match="share a grid"):
        hd.coulomb(dot, 6.0)


def test_memory_is_estimated(monkeypatch):
    monkeypatch.setattr("heterodot._memory.available_memory", lambda: 1e6)
    dot, _, _ = core_shell("U", 2.0, 1.0, 0.3)
    with pytest.raises(hd.errors.MemoryEstimateError, match="use fewer states"):
        hd.coulomb(dot)


def test_grid_positions_are_shifted():
    """The stand-ins really are off-centre."""
    grid = shifted(hd.Grid((3, 3, 3), (-0.2,) * 3, (0.2,) * 3))
    assert np.min(np.abs(positions(grid))) > 0.02
