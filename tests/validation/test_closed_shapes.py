"""Hard boxes, cylinders, spheroids and a separable finite box against closed forms."""

import numpy as np
import pytest
from validation_cases import REFERENCE, energies, one_band

import heterodot as hd

UNIT = 1e3 * hd.units.HBAR2_OVER_2M0  # meV nm²


def hard(mass, solid, spacing):
    nanocrystal = hd.Nanocrystal([(one_band("m", mass), solid)], environment=hd.HardWall())
    return hd.Hamiltonian(nanocrystal, spacing=spacing)


def nearest(found, reference):
    return found[np.argmin(np.abs(found - reference))]


@pytest.mark.parametrize("spacing", [0.5, 0.4])
def test_cuboid(spacing):
    """Relative error below that of second-order differences, (π n h/L)²/12."""
    case = REFERENCE["cuboid_hard"][0]
    found = energies(hard(case["m"], hd.Box(tuple(case["L_nm"])), spacing), "electron", 10)
    for label, level in case["levels_eV"].items():
        error = abs(nearest(found, 1e3 * level) / (1e3 * level) - 1.0)
        highest = max(int(n) for n in label)
        assert error < (np.pi * highest * spacing / case["L_nm"][0]) ** 2 / 12


def test_cylinder():
    """Zeros of J_m and half waves along the axis; 0.5 % (asked at h = R/20) at h = R/10."""
    case = REFERENCE["cylinder_hard"]["cases"][0]
    solid = hd.Cylinder(case["R_nm"], case["L_nm"])
    found = energies(hard(case["m"], solid, 0.2), "electron", 24)
    for label in ("m0n1p1", "m0n1p2", "m0n1p3", "m1n1p1"):
        level = 1e3 * case["levels_eV"][label]
        assert nearest(found, level) == pytest.approx(level, rel=5e-3)


@pytest.mark.parametrize("aspect", [1, 1.5, 0.5])
def test_spheroid(aspect):
    """Lowest spheroidal levels, m = 0 and |m| = 1; 0.5 % at h = a/20 (a = 2 nm)."""
    case = next(c for c in REFERENCE["spheroid_hard"]["cases"] if c["c"] == aspect)
    radius, mass = 2.0, 0.13
    solid = hd.Ellipsoid((radius, radius, radius * aspect))
    found = energies(hard(mass, solid, radius / 20), "electron", 4)
    for label in ("m0_evenz", "m1_evenz"):
        level = UNIT * case["lam_times_a2"][label][0] / mass / radius**2
        assert nearest(found, level) == pytest.approx(level, rel=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("aspect", [1, 1.5, 3, 0.5])
def test_lowest_spheroidal_level_of_every_symmetry(aspect):
    cases = REFERENCE["spheroid_hard"]["cases"]
    levels = next(c for c in cases if c["c"] == aspect)["lam_times_a2"]
    radius, mass = 2.0, 0.13
    solid = hd.Ellipsoid((radius, radius, radius * aspect))
    found = energies(hard(mass, solid, radius / 20), "electron", 30)
    for label in ("m0_evenz", "m0_oddz", "m1_evenz", "m1_oddz", "m2_evenz"):
        level = UNIT * levels[label][0] / mass / radius**2
        assert nearest(found, level) == pytest.approx(level, rel=5e-3), label


@pytest.mark.slow
def test_every_level_of_the_cylinder():
    """0.5 % at h = R/20."""
    case = REFERENCE["cylinder_hard"]["cases"][0]
    solid = hd.Cylinder(case["R_nm"], case["L_nm"])
    found = energies(hard(case["m"], solid, case["R_nm"] / 20), "electron", 40)
    for label, level in case["levels_eV"].items():
        assert nearest(found, 1e3 * level) == pytest.approx(1e3 * level, rel=5e-3), label


@pytest.mark.slow
def test_separable_finite_box():
    """V = V0 [θ(|x| > a) + θ(|y| > b) + θ(|z| > c)]: sums of one-dimensional wells, to 1 meV."""
    case = REFERENCE["separable_finite_box"][0]
    a, b, c = case["L_nm"]
    far = 15.0
    steps = [
        hd.Box((a, b, c)),
        hd.Box((far, b, c)) | hd.Box((a, far, c)) | hd.Box((a, b, far)),
        hd.Box((far, far, c)) | hd.Box((far, b, far)) | hd.Box((a, far, far)),
        hd.Box((far, far, far)),
    ]
    layers = [
        (one_band(f"{n} V0", case["m"], n * case["V0_eV"]), solid) for n, solid in enumerate(steps)
    ]
    nanocrystal = hd.Nanocrystal(layers, environment=hd.HardWall())
    found = energies(hd.Hamiltonian(nanocrystal, spacing=0.2), "electron", 4)
    for label, level in zip(("000", "100", "010", "001"), found, strict=True):
        assert level == pytest.approx(1e3 * case["levels_eV"][label], abs=1.0)
