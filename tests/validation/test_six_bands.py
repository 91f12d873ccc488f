"""Six- and three-band valence states of spheres against Bessel determinants and radial equations."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from validation_cases import (
    REFERENCE,
    energies,
    errors_of_kinds,
    extrapolated,
    six_band_sphere,
)

import heterodot as hd
from heterodot import _core
from heterodot.geometry.grid import Grid
from heterodot.kp.luttinger6 import valence_polynomial
from heterodot.linalg.eigensolver import lowest_eigenpairs

LOWEST = ("h1:F=3/2,parity=+", "h1:F=3/2,parity=-", "h1:F=1/2,parity=+", "h1:F=1/2,parity=-")


@cache
def hard_sphere_errors(name, radius, spacing, **options):
    """Errors in meV of the lowest levels, each over its F + 1/2 Kramers pairs."""
    target = REFERENCE[name]
    case = next(c for c in target["cases"] if c["R_nm"] == radius)
    ham = hd.Hamiltonian(
        six_band_sphere(target["input"], radius), hd.kp.Luttinger6(), spacing, **options
    )
    found = np.sort(energies(ham, "hole", 8, kramers=True))
    multiplets = np.split(found, np.flatnonzero(np.diff(found) > 0.05) + 1)
    errors = {}
    for label in LOWEST:
        pairs = 2 if "3/2" in label else 1
        level = -1e3 * case["levels_eV"][label][0]
        fitting = [m for m in multiplets if len(m) == pairs]
        errors[label] = min(fitting, key=lambda m: abs(m[0] - level)) - level
    return errors


@pytest.mark.parametrize(
    "name", ["kp_6band_CdSe", pytest.param("kp_6band_CdS", marks=pytest.mark.slow)]
)
def test_hard_sphere_of_the_six_band_model(name):
    """R = 2.5 nm at 0.2 nm: within 3 meV, and the degeneracies 2F + 1 to 0.02 meV."""
    for label, error in hard_sphere_errors(name, 2.5, 0.2).items():
        if "F=1/2" in label and name == "kp_6band_CdSe":
            continue  # above the eight pairs asked for
        assert np.abs(error).max() < 3.0, label
        assert np.ptp(error) < 0.02, label


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kp_6band_CdSe", "kp_6band_CdS"])
def test_small_hard_sphere_of_the_six_band_model(name):
    """R = 1.5 nm: within 2 meV at h = 0.1 nm (0.55 seen)."""
    for label, error in hard_sphere_errors(name, 1.5, 0.1).items():
        assert np.abs(error).max() < 2.0, label


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kp_6band_CdSe", "kp_6band_CdS"])
@pytest.mark.parametrize(
    ("spacings", "tolerance"), [((0.2, 0.1), 0.5), ((0.15, 0.12), 0.5), ((0.1, 0.075), 0.2)]
)
def test_two_grids_of_the_six_band_model(name, spacings, tolerance):
    """R = 1.5 nm, extrapolated with the cube of the spacing (a hard wall): 0.5 and 0.2 meV."""
    coarse, fine = (hard_sphere_errors(name, 1.5, h) for h in spacings)
    factor = (spacings[0] / spacings[1]) ** 3
    for label in LOWEST:
        assert_allclose(
            (factor * fine[label] - coarse[label]) / (factor - 1.0), 0.0, atol=tolerance
        )


@cache
def all_errors(name, spacing):
    """Errors in meV of all ten levels of R = 1.5 nm."""
    target = REFERENCE[name]
    case = next(c for c in target["cases"] if c["R_nm"] == 1.5)["levels_eV"]
    ham = hd.Hamiltonian(six_band_sphere(target["input"], 1.5), hd.kp.Luttinger6(), spacing)
    errors = errors_of_kinds(hd.solve(ham, 0, 140, tolerance=1e-4, progress=False), case)
    assert list(errors) == list(case)
    return np.array(list(errors.values())), 1e3 * np.array([energy for energy, _ in case.values()])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("kp_6band_CdSe", 1.4), ("kp_6band_CdS", 1.1), ("kp_6band_Si_Burdov", 0.8)],
)
def test_all_levels_of_a_hard_sphere(name, tolerance):
    """Down to 2.2 eV: 1.31, 0.99 and 0.68 meV at h = 0.1 nm, 0.2 meV of E + a h³ + b h⁵."""
    spacings = np.array([0.12, 0.1, 0.075])
    errors, levels = zip(*(all_errors(name, h) for h in spacings), strict=True)
    assert np.abs(errors[1]).max() < tolerance
    assert np.all(np.abs(errors[1]) < 1e-3 * np.abs(levels[1]))
    powers = spacings[:, None] ** np.array([0, 3, 5])
    assert np.abs(np.linalg.solve(powers, np.array(errors))[0]).max() < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kp_6band_CdSe", "kp_6band_CdS", "kp_6band_Si_Burdov"])
def test_all_levels_of_a_hard_sphere_from_two_grids(name):
    """The cube of the spacing from 0.075 and 0.06 nm: all ten levels within 0.2 meV."""
    coarse, fine = (all_errors(name, h)[0] for h in (0.075, 0.06))
    factor = (0.075 / 0.06) ** 3
    assert np.abs((factor * fine - coarse) / (factor - 1.0)).max() < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kp_6band_CdSe", "kp_6band_CdS"])
def test_second_order_differences_of_the_six_band_model(name):
    """R = 1.5 nm: errors fall with h², and E + a h² + b h³ of three grids leaves 0.05 meV (0.023)."""
    spacings = np.array([0.1, 0.075, 0.05])
    errors = [hard_sphere_errors(name, 1.5, h, order=2) for h in spacings]
    powers = spacings[:, None] ** np.array([0, 2, 3])
    for label in LOWEST:
        means = [error[label].mean() for error in errors]
        assert np.log2(means[0] / means[2]) == pytest.approx(1.9, abs=0.15), label
        assert np.linalg.solve(powers, means)[0] == pytest.approx(0.0, abs=0.05), label


def core_shell(name, model, spacing):
    data = REFERENCE[name]
    layers = []
    for material, edge, radius in (
        ("CdS", data["Ev_core"], data["R_core"]),
        ("ZnSe", data["Ev_shell"], data["R_out"]),
    ):
        p = data["params"][material]
        layers.append(
            (
                hd.Material(
                    material,
                    valence_edge=edge,
                    luttinger=(p["g1"], p["g"], p["g"]),
                    spin_orbit=p.get("D", 0.4),  # which four bands do not know
                ),
                hd.Sphere(radius),
            )
        )
    return hd.Hamiltonian(hd.Nanocrystal(layers, environment=hd.HardWall()), model, spacing)


@cache
def core_shell_errors(name, model, spacing):
    """Errors in meV of P3/2 and S3/2, told apart from P5/2 by their angular momentum."""
    holes = hd.solve(core_shell(name, model, spacing), 0, 14, progress=False).holes
    errors = []
    for parity, label in ((1, "F=3/2,par=+"), (-1, "F=3/2,par=-")):
        fits = (holes.parities == parity) & (np.abs(holes.angular_momenta - 3.75) < 1.6)
        found = holes.energies[0::2][fits][:2]
        assert np.ptp(found) < 1e-6
        errors.append(1e3 * (found.mean() - REFERENCE[name]["levels"][label]["levels_eV"][0]))
    return np.array(errors)


CORE_SHELL = {
    "hetero_6band_hole_CdS1.6_ZnSe2.0_BF": hd.kp.Luttinger6(),
    "hetero_6band_hole_CdS1.6_ZnSe2.0_SYM": hd.kp.Luttinger6(order="symmetrised"),
    "hetero_4band_hole_CdS1.6_ZnSe2.0_BF": hd.kp.Luttinger4(),
}


def core_shell_orders(name):
    """Observed orders of P3/2 and S3/2."""
    coarse, fine = (core_shell_errors(name, CORE_SHELL[name], h) for h in (0.3, 0.2))
    return np.log(coarse / fine) / np.log(1.5)


@pytest.mark.slow
@pytest.mark.parametrize("name", CORE_SHELL)
def test_core_shell_sphere(name):
    """CdS/ZnSe, B-splines: 1 meV at h = 0.2 nm, second order of the lowest hole."""
    assert np.abs(core_shell_errors(name, CORE_SHELL[name], 0.2)).max() < 1.0
    assert core_shell_orders(name)[0] > 1.8


BELOW_ORDER_TWO = pytest.mark.xfail(reason="1.72: S3/2 is off by 0.38 and 0.19 meV", strict=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[BELOW_ORDER_TWO] if n.endswith("SYM") else []) for n in CORE_SHELL],
)
def test_order_of_the_second_hole_of_a_core_shell_sphere(name):
    assert core_shell_orders(name)[1] > 1.8


@pytest.mark.slow
@pytest.mark.parametrize("name", CORE_SHELL)
def test_core_shell_sphere_extrapolated(name):
    """With the square of the spacing from 0.2 and 0.15 nm: 0.2 meV (0.11 seen)."""
    coarse, fine = (core_shell_errors(name, CORE_SHELL[name], h) for h in (0.2, 0.15))
    factor = (0.2 / 0.15) ** 2
    assert np.abs((factor * fine - coarse) / (factor - 1.0)).max() < 0.2


INSIDE = hd.Material("inside", valence_edge=0.0, luttinger=(6.0, 2.2, 2.2))
OUTSIDE = hd.Material("outside", valence_edge=-0.6, luttinger=(1.8, 0.5, 0.5))
EXACT = (150.55, 191.53)


def three_band(material):
    p = valence_polynomial(material.luttinger, material.valence_edge, 0.0)
    return hd.kp.MatrixPolynomial(p.orbitals, p.second, zeroth=p.zeroth)


def three_band_hamiltonian(spacing, **options):
    """A sphere of 2 nm in one of 3.8 nm."""
    nanocrystal = hd.Nanocrystal(
        [(INSIDE, hd.Sphere(2.0)), (OUTSIDE, hd.Sphere(3.8))], environment=hd.HardWall()
    )
    return hd.Hamiltonian(nanocrystal, hd.kp.Polynomial(hole=three_band), spacing, **options)


def three_band_levels(spacing, **options):
    """Two lowest triplets, meV."""
    found = energies(three_band_hamiltonian(spacing, **options), "hole", 6)
    assert np.ptp(found[:3]) < 0.01
    assert np.ptp(found[3:]) < 0.01
    return found[0], found[3]


def test_three_bands_with_a_large_jump():
    """γ from 6/2.2/2.2 to 1.8/0.5/0.5 in Burt–Foreman order; a staircase is wrong by 25 meV."""
    laminate, staircase = (
        three_band_levels(0.3, interface=rule) for rule in ("laminate", "staircase")
    )
    assert_allclose(laminate, EXACT, atol=5.0)
    assert abs(staircase[1] - EXACT[1]) > 3 * abs(laminate[1] - EXACT[1])


# Levels of an independent implementation of the staggered laminate with second-order differences
# and plain volume fractions.
LAMINATE = {0.4: (155.2, 202.9), 0.3: (153.2, 198.3), 0.2: (151.80, 193.70)}


@pytest.mark.parametrize("spacing", [0.4, 0.3, pytest.param(0.2, marks=pytest.mark.slow)])
def test_three_bands_of_an_independent_laminate(spacing):
    """The same discretisation: 0.5 meV in the mean of two placings of the grid, 1.5 meV apart."""
    ham = three_band_hamiltonian(spacing)
    levels = []
    for nodes in 2 * int(np.ceil(3.8 / spacing)) + np.array([2, 3]):
        origin = -0.5 * (nodes - 1) * spacing
        grids = [Grid((nodes,) * 3, (origin,) * 3, (spacing,) * 3)]
        while (coarser := grids[-1].coarsened()) is not None and min(coarser.shape) >= 3:
            grids.append(coarser)
        fine, *coarse = (
            _core.discretise(
                ham.nanocrystal.voxelise(grid).compiled,
                orbitals=3,
                spins=1,
                places=[0, 0, 0],
                forms=[p.form() for p in ham.polynomials("hole")],
                spin_orbit=[],
                order=2,
                corrected_fractions=False,
                mixed_products=False,
                wall=True,
                cut_cells=False,
            )
            for grid in grids
        )
        pairs = lowest_eigenpairs(fine, 6, sign=-1.0, coarse=coarse, tolerance=5e-5)
        levels.append(-1e3 * pairs.values[[0, 3]])
    assert_allclose(np.mean(levels, axis=0), LAMINATE[spacing], atol=0.5)


@pytest.mark.slow
def test_three_bands_converge():
    """Second order, whatever the differences inside a material: 3 and 5 meV at 0.4 nm."""
    levels = {h: np.array(three_band_levels(h)) for h in (0.4, 0.2, 0.1)}
    errors = {h: np.abs(found - EXACT) for h, found in levels.items()}
    assert np.all(np.log2(errors[0.4] / errors[0.2]) > 1.8)
    assert errors[0.2].max() < 1.0
    assert errors[0.1].max() < 0.25
    assert_allclose(extrapolated(levels[0.2], levels[0.1]), EXACT, atol=0.25)
    coarse, fine = (three_band_levels(h, order=2) for h in (0.2, 0.1))
    assert_allclose(coarse, EXACT, atol=0.5)
    assert_allclose(fine, EXACT, atol=0.25)
