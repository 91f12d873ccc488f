"""Zincblende models in the bulk: Γ energies, masses, limits, strain; reference bulk_zb, strain."""

import numpy as np
import pytest
from kp_materials import REFERENCE, zincblende

import heterodot as hd
from heterodot.kp.ellipticity import principal_symbol
from heterodot.units import HBAR2_OVER_2M0

SETS = REFERENCE["bulk_zb"]["data"]
PUBLISHED = hd.kp.Zincblende8(kane="published", force=True)
AXES = {"001": (0, 0, 1), "110": (1, 1, 0), "111": (1, 1, 1)}


@pytest.mark.parametrize("name", SETS)
def test_eight_bands_have_the_reference_energies_and_masses(name):
    entry, of = SETS[name], zincblende(name, **SETS[name]["input"])
    assert PUBLISHED.bands(of, (0, 0, 0)) == pytest.approx(entry["Gamma_eV"], abs=1e-12)
    exact = entry["analytic"]
    for axis, direction in AXES.items():
        split, _, light, _, heavy, _, electron, _ = PUBLISHED.masses(of, direction)
        assert electron == pytest.approx(entry["input"]["me"], rel=1e-10)
        assert -split == pytest.approx(exact["so"], rel=1e-8)
        if axis != "110":
            assert -heavy == pytest.approx(exact[f"hh{axis}"], rel=1e-8)
            assert -light == pytest.approx(exact[f"lh{axis}"], rel=1e-8)
        numeric = entry[f"m_{axis}"]  # from differences of bands: good to 1e-6
        assert -heavy == pytest.approx(numeric["hh"], rel=5e-6)
        assert -light == pytest.approx(numeric["lh"], rel=5e-6)


@pytest.mark.parametrize("name", SETS)
def test_coefficients_and_ellipticity_are_those_of_the_reference(name):
    entry, of = SETS[name], zincblende(name, **SETS[name]["input"])
    verdict = PUBLISHED.verdict(of)
    p, flags = verdict.parameters, entry["ellipticity"]
    assert p["A'"] == pytest.approx(entry["A_prime"], rel=1e-12)
    found = [p["L'"], p["M'"], p["N'₊"] + p["N'₋"]]
    assert found == pytest.approx(entry["LMN_prime"], rel=1e-12)
    assert p["N'₋"] == pytest.approx(p["M'"] - 1)
    assert (p["A'"] > 0, p["L'"] < 0) == (flags["A_prime_positive"], flags["Lp_negative"])
    # The reference samples its own directions, this sample holds those of high symmetry.
    assert verdict.symbol == pytest.approx(flags["max_eig_bulk_principal_symbol"], abs=1.2e-3)
    elliptic = flags["A_prime_positive"] and flags["max_eig_bulk_principal_symbol"] < 1e-9
    assert verdict.elliptic == elliptic


@pytest.mark.parametrize("name", REFERENCE["derived"])
def test_derived_coefficients_of_the_reference_spheres(name):
    entry = REFERENCE["derived"][name]
    derived = entry["derived"]
    p = PUBLISHED.verdict(zincblende(name, **entry["input"])).parameters
    found = [p["A'"], p["L'"], p["M'"], p["N'₊"] + p["N'₋"]]
    assert found == pytest.approx([derived[key] for key in "ALMN"], rel=1e-12)


def test_strained_zincblende_has_the_reference_levels():
    entry = REFERENCE["strain"]["data"]
    strain = np.diag([entry["exx"], entry["exx"], entry["ezz"]])
    for av, key in ((-1.0, "valence_levels_eV"), (1.0, "valence_levels_eV_VMR_sign")):
        of = hd.Material(
            "InAs", phase="zincblende", valence_edge=0.0, gap=0.417, spin_orbit=0.39,
            luttinger=(20.0, 8.5, 9.2), electron_mass=0.026, kane_energy=21.5,
            deformation={"ac": -5.08, "av": av, "b": -1.8, "d": -3.6},
        )  # fmt: skip
        levels = hd.kp.Luttinger6().bands(of, (0, 0, 0), strain=strain)
        assert levels == pytest.approx(entry[key], abs=1e-9)
        eight = hd.kp.Zincblende8().bands(of, (0, 0, 0), strain=strain)
        assert eight[:6] == pytest.approx(entry[key], abs=1e-9)
        assert eight[6] == pytest.approx(0.417 + entry["dEc"], abs=1e-9)


def test_shear_splits_the_four_band_edge_by_the_deformation_potential_d():
    of = zincblende(
        "s", 1.5, 0.3, g1=6.0, g=2.0, deformation={"ac": -7.0, "av": 1.0, "b": -2.0, "d": -4.8}
    )
    e = 0.01
    strain = e * (np.ones((3, 3)) - np.eye(3))  # along [111]
    levels = hd.kp.Luttinger4().bands(of, (0, 0, 0), strain=strain)
    assert np.ptp(levels) == pytest.approx(2 * np.sqrt(3) * 4.8 * e)  # 2√3 |d| ε_xy
    assert np.mean(levels) == pytest.approx(0.0, abs=1e-12)


def test_strained_kane_term_is_that_of_bahder():
    of = zincblende("k", 1.5, 0.3, Ep=15.0, g1=6.0, g2=2.0, g3=2.5).replace(
        deformation={"ac": -7.0, "av": 1.0, "b": -2.0, "d": -4.8}
    )
    rng = np.random.default_rng(1)
    strain = 0.02 * rng.standard_normal((3, 3))
    strain += strain.T
    model = hd.kp.Zincblende8()
    k = np.array([0.3, -0.2, 0.5])
    with_strain = model.polynomial(of, "electron", strain=strain).hamiltonian(k)
    without = model.polynomial(of, "electron").hamiltonian(k)
    kane = without[0, 1:4] / k
    assert with_strain[0, 1:4] == pytest.approx(kane * ((np.eye(3) - strain) @ k))


def test_missing_deformation_potentials_are_named():
    of = hd.material("CdSe")
    hydrostatic = hd.kp.Luttinger6().bands(of, (0, 0, 0), strain=0.01 * np.eye(3))
    assert hydrostatic[-1] == pytest.approx(of.valence_edge - 1.81 * 0.03)
    with pytest.raises(ValueError, match="lacks the deformation potential 'b'"):
        hd.kp.Luttinger6().bands(of, (0, 0, 0), strain=np.diag([0.01, 0.01, -0.01]))
    with pytest.raises(ValueError, match="strain must be symmetric"):
        hd.kp.Luttinger6().bands(of, (0, 0, 0), strain=np.triu(np.ones((3, 3))))


def test_without_kane_energy_eight_bands_are_six_and_one():
    of = zincblende("x", 1.84, 0.42, me=0.11, Ep=0.0001, g1=5.51, g2=1.24, g3=2.14)
    k = np.random.default_rng(2).uniform(-1, 1, (20, 3))
    eight = hd.kp.Zincblende8(kane=0.0).bands(of, k)
    assert eight[:, :6] == pytest.approx(hd.kp.Luttinger6().bands(of, k), abs=1e-12)
    electron = 1.84 + HBAR2_OVER_2M0 / 0.11 * np.sum(k**2, axis=1)
    assert eight[:, 6] == pytest.approx(electron)


def test_for_large_splitting_six_bands_become_four():
    k = np.random.default_rng(3).uniform(-0.5, 0.5, (20, 3))
    difference = []
    for split in (1e3, 1e4):
        of = zincblende("x", 1.84, split, g1=5.51, g2=1.24, g3=2.14)
        four = hd.kp.Luttinger4().bands(of, k)
        difference.append(np.abs(hd.kp.Luttinger6().bands(of, k)[:, 2:] - four).max())
    assert difference[1] < 1e-5
    assert difference[1] == pytest.approx(difference[0] / 10, rel=0.02)  # ∝ 1/Δ


def test_four_bands_follow_luttingers_closed_form():
    """E = −γ1 k² ± √(4γ2²k⁴ + 12(γ3² − γ2²)(kx²ky² + …)), Luttinger, Phys. Rev. 102, 1030."""
    g1, g2, g3 = 6.98, 2.06, 2.93
    of = zincblende("x", 1.5, 0.34, g1=g1, g2=g2, g3=g3)
    k = np.random.default_rng(4).uniform(-1, 1, (50, 3))
    x, y, z = (k**2).T
    square = x + y + z
    root = np.sqrt(4 * g2**2 * square**2 + 12 * (g3**2 - g2**2) * (x * y + y * z + z * x))
    expected = HBAR2_OVER_2M0 * np.stack([-g1 * square - root, -g1 * square + root], axis=1)
    for order in ("burt-foreman", "symmetrised"):
        found = hd.kp.Luttinger4(order).bands(of, k)
        assert found == pytest.approx(np.repeat(expected, 2, axis=1), abs=1e-12)


def test_two_band_limit_is_kanes():
    """Without remote bands and spin–orbit: E = Eg/2 ± √(Eg²/4 + P²k²), one flat pair."""
    of = zincblende("x", 1.0, 0.0, me=1 / 15.0, Ep=15.0, g1=5.0, g2=2.5, g3=2.5)
    k = 0.4
    levels = hd.kp.Zincblende8(kane=15.0, force=True).bands(of, (0.0, 0.0, k))
    root = np.sqrt(0.25 + HBAR2_OVER_2M0 * 15.0 * k**2)
    assert levels == pytest.approx([0.5 - root] * 2 + [0.0] * 4 + [0.5 + root] * 2, abs=1e-12)


@pytest.mark.parametrize("order", ["burt-foreman", "symmetrised"])
def test_bulk_does_not_know_the_operator_order(order):
    of = zincblende("x", 1.84, 0.42, Ep=16.0, me=0.11, g1=5.51, g2=1.24, g3=2.14)
    k = np.random.default_rng(5).uniform(-1, 1, (10, 3))
    for model in (hd.kp.Luttinger6, hd.kp.Luttinger4, hd.kp.Zincblende8):
        assert model(order=order).bands(of, k) == pytest.approx(model().bands(of, k), abs=1e-12)
    first = hd.kp.Luttinger6("burt-foreman").polynomial(of, "hole").second
    second = hd.kp.Luttinger6("symmetrised").polynomial(of, "hole").second
    assert np.abs(first - second).max() > 0.01
    assert principal_symbol(first) == pytest.approx(principal_symbol(second))
