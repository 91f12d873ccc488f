"""Wurtzite models in the bulk; reference wz_gamma, wz_two_forms and the quasi-cubic map."""

import numpy as np
import pytest
from kp_materials import REFERENCE, quasi_cubic, wurtzite, zincblende
from scipy.spatial.transform import Rotation

import heterodot as hd

GAMMA = REFERENCE["wz_gamma"]["data"]["g"]["cases"]
FORMS = REFERENCE["wz_two_forms"]["data"]


@pytest.mark.parametrize("name", GAMMA)
def test_gamma_levels_are_chuang_and_changs(name):
    case = GAMMA[name]
    of = wurtzite(cr=case["Dcr"], so=case["Dso"])
    expected = sorted([case["E9"], case["E7plus"], case["E7minus"]] * 2)
    for model, kane in ((hd.kp.Wurtzite6(), 0), (hd.kp.Wurtzite8(kane=5.0), 2)):
        levels = model.bands(of, (0, 0, 0))
        assert levels[:6] == pytest.approx(expected, abs=1e-10)
        assert len(levels) == 6 + kane
        assert levels[5] == pytest.approx(of.valence_edge, abs=1e-10)


def test_strained_bands_are_chuang_and_changs():
    p = FORMS["params"]
    potentials = {f"D{i + 1}": value for i, value in enumerate(p["Dpot"])}
    of = wurtzite(A=tuple(p["A"].values()), cr=p["D1"], so=3 * p["D2"], deformation=potentials)
    for case in FORMS["reference"]:
        found = hd.kp.Wurtzite6().bands(of, case["k"], strain=case["e"])
        assert found == pytest.approx(case["eig"], abs=1e-12)


def test_conduction_edge_moves_with_the_interband_potentials():
    of = wurtzite(deformation={"a1": -4.9, "a2": -11.3} | {f"D{i}": 1.0 * i for i in range(1, 7)})
    strain = np.diag([0.01, 0.01, -0.02])
    shift = (-4.9 + 1.0) * -0.02 + (-11.3 + 2.0) * 0.02
    for model in (hd.kp.Wurtzite6(), hd.kp.Wurtzite8(kane=5.0)):
        levels = model.bands(of, (0, 0, 0), carrier="electron", strain=strain)
        assert levels[-1] == pytest.approx(of.conduction_edge + shift)


@pytest.mark.parametrize(("cr", "so"), [(0.026, 0.418), (0.01, 0.017), (-0.169, 0.019)])
def test_eight_bands_give_the_six_band_masses_back(cr, so):
    mass = np.diag([0.14, 0.14, 0.12])
    of = wurtzite(cr=cr, so=so, electron_mass=mass, gap=1.8)
    six, eight = hd.kp.Wurtzite6(), hd.kp.Wurtzite8(kane=6.0)
    energies = six.bands(of, (0, 0, 0))
    levels = hd.kp.wurtzite6.GammaLevels(cr, so / 3)
    nine = int(np.argmin(np.abs(energies - levels.gamma9)))
    seven = int(np.argmin(np.abs(energies - levels.gamma7[0])))
    along, across = (0, 0, 1), (np.cos(0.3), np.sin(0.3), 0)
    assert eight.masses(of, along)[6:] == pytest.approx([0.12] * 2, rel=1e-10)
    assert eight.masses(of, across)[6:] == pytest.approx([0.14] * 2, rel=1e-10)
    for direction, band in ((along, nine), (across, nine), (along, seven)):
        expected = six.masses(of, direction)[band]
        assert eight.masses(of, direction)[band] == pytest.approx(expected, rel=1e-10)
    # What is left over is of the order of the splittings over the gap.
    assert eight.masses(of, across)[seven] == pytest.approx(six.masses(of, across)[seven], rel=0.06)


def test_without_kane_energy_eight_bands_are_six_and_one():
    of = wurtzite()
    k = np.random.default_rng(2).uniform(-1, 1, (20, 3))
    eight = hd.kp.Wurtzite8(kane=0.0).bands(of, k)
    assert eight[:, :6] == pytest.approx(hd.kp.Wurtzite6().bands(of, k), abs=1e-12)


# Rotation that takes [111] to z: the c axis of wurtzite.
C_AXIS = np.array([[1, 1, -2], [-1, 1, 0], [1, 1, 1]]) / np.sqrt([[6.0], [2.0], [3.0]])


@pytest.mark.parametrize("gammas", [(5.51, 1.24, 2.14), (5.51, 1.78, 1.78)])
def test_quasi_cubic_limit_is_zincblende_along_111(gammas):
    g1, g2, g3 = gammas
    split = 0.42
    cubic = zincblende("zb", 1.84, split, me=0.11, Ep=15.0, g1=g1, g2=g2, g3=g3)
    hexagonal = wurtzite(
        A=quasi_cubic(*gammas), cr=0.0, so=split, gap=1.84, electron_mass=0.11, kane_energy=15.0
    ).replace(valence_edge=0.0)
    k = np.linspace(-1.2, 1.2, 9)[:, None] * np.array([0, 0, 1.0])
    if g2 == g3:  # isotropic: equal along every direction
        k = np.random.default_rng(1).uniform(-1, 1, (30, 3))
    for six, eight in (
        (hd.kp.Luttinger6(), hd.kp.Wurtzite6()),
        (hd.kp.Zincblende8(), hd.kp.Wurtzite8()),
    ):
        # k in the axes of the cubic crystal
        assert eight.bands(hexagonal, k) == pytest.approx(six.bands(cubic, k @ C_AXIS), abs=1e-10)
        if g2 == g3:  # and so is the operator order
            turned = six.polynomial(cubic, "hole").rotated(Rotation.from_matrix(C_AXIS).as_matrix())
            mine = eight.polynomial(hexagonal, "hole")
            assert mine.form() == pytest.approx(turned.form(), abs=1e-10)


def test_quasi_cubic_operator_order_is_foremans():
    """N₊ − N₋ is one isotropic number in zincblende, whatever γ3 − γ2."""
    g1, g2, g3 = 5.51, 1.24, 2.14
    second = hd.kp.Wurtzite6().polynomial(wurtzite(A=quasi_cubic(g1, g2, g3)), "hole").second
    expected = hd.units.HBAR2_OVER_2M0 * (2 - 6 * g3 + 2 * g1 - 4 * g2)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert second[i, j, i, j] - second[i, j, j, i] == pytest.approx(expected)


def test_a7_is_refused():
    of = wurtzite().replace(rashba_sheka_pikus=(-7.21, -0.44, 6.68, -3.46, -3.4, -4.9, 0.01))
    with pytest.raises(ValueError, match="A7"):
        hd.kp.Wurtzite6().polynomial(of, "hole")
