"""The guard against spurious states: verdicts, the rules for Ep, refusals."""

import numpy as np
import pytest
from kp_materials import wurtzite, zincblende

import heterodot as hd
from heterodot.kp.ellipticity import MARGIN, largest_share, principal_symbol
from heterodot.kp.luttinger6 import valence_polynomial

INP = zincblende("InP", 1.4236, 0.108, me=0.0795, Ep=20.7, g1=5.08, g2=1.6, g3=2.1)
CDSE = zincblende("CdSe", 1.84, 0.42, me=0.11, Ep=17.5, g1=5.51, g2=1.24, g3=2.14)
SHIPPED = [name for name in hd.materials.material_names() if hd.material(name).luttinger]
# γ1 + γ2 < 3γ3: the heavy-hole band along [110] bends up at large k, with or without Kane terms.
BENT = {"CdTe", "ZnTe"}


def test_published_set_that_is_not_elliptic_is_refused():
    with pytest.raises(ValueError, match=r"'InP' are not elliptic .*at most 16\.2 eV; force=True"):
        hd.kp.Zincblende8(kane="published").polynomial(INP, "electron")
    forced = hd.kp.Zincblende8(kane="published", force=True)
    assert not forced.verdict(INP).elliptic
    assert forced.polynomial(INP, "electron").masses()[6] == pytest.approx(0.0795)


def test_elliptic_set_is_left_alone():
    assert hd.kp.Zincblende8().verdict(CDSE.replace(kane_energy=15.0)).kane_energy == (15.0, 15.0)
    published = hd.kp.Zincblende8(kane="published").verdict(CDSE)
    assert published.elliptic
    assert published.parameters["A'"] == pytest.approx(0.16920843681136333)


@pytest.mark.parametrize("name", SHIPPED)
def test_default_keeps_the_masses_of_every_material(name):
    of = hd.material(name)
    model = hd.kp.Zincblende8()
    if name in BENT:
        with pytest.raises(ValueError, match="six-band parameters are not elliptic"):
            model.polynomial(of, "electron")
        return
    verdict = model.verdict(of)
    assert verdict.elliptic
    assert verdict.kane_energy[0] <= verdict.published[0]
    g1, g2, _ = of.luttinger
    assert verdict.masses["me"] == pytest.approx(of.electron_mass)
    assert verdict.masses["hh"] == pytest.approx(1 / (g1 - 2 * g2))
    assert verdict.masses["lh"] == pytest.approx(1 / (g1 + 2 * g2))
    assert verdict.parameters["A'"] >= MARGIN * (1 - 1e-9)
    # Nothing bends back into the gap, however large k is.
    for direction in ((0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 2, 3)):
        k = np.linspace(0, 60, 200)[:, None] * np.array(direction) / np.linalg.norm(direction)
        bands = model.bands(of, k)
        assert bands[:, 5].max() <= of.valence_edge + 1e-9
        assert bands[:, 6].min() >= of.conduction_edge - 1e-9


def test_forced_set_bends_back_through_the_gap():
    of = zincblende("InAs", 0.417, 0.39, me=0.026, Ep=21.5, g1=20.0, g2=8.5, g3=9.2)
    forced = hd.kp.Zincblende8(kane="published", force=True)
    assert forced.bands(of, (0.0, 0.0, 60.0))[-1] < 0.0  # A' < 0
    assert hd.kp.Zincblende8().bands(of, (0.0, 0.0, 60.0))[-2] > 0.417


def test_largest_share_is_exact_along_the_axes():
    """Isotropic bands: the longitudinal coefficient is γ1 + 4γ in every direction."""
    second = valence_polynomial((5.0, 1.5, 1.5), 0.0, 0.0).second
    assert principal_symbol(second) == pytest.approx(-(5.0 - 3.0))
    assert largest_share(second, np.full(3, 2.0), 0.0) == pytest.approx(11.0 / 2.0)
    assert largest_share(second, np.full(3, 2.0), 0.5) == pytest.approx(10.5 / 2.0)


def test_unit_a_is_foremans_choice():
    of = zincblende("CdS", 2.5, 0.07, me=0.18, Ep=21.0, g1=4.11, g=1.226)
    verdict = hd.kp.Zincblende8(kane="unit-A").verdict(of)
    assert verdict.kane_energy[0] == pytest.approx(11.493237347294938)  # reference kp_8band_CdS_S1
    assert verdict.parameters["A'"] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="not elliptic"):  # L' = +0.38: A' = 1 is not enough
        hd.kp.Zincblende8(kane="unit-A").polynomial(INP, "electron")


def test_energies_of_the_users_choice():
    assert hd.kp.Zincblende8(kane=14.0).verdict(INP).kane_energy == (14.0, 14.0)
    with pytest.raises(ValueError, match="largest admissible 16.2"):
        hd.kp.Zincblende8(kane=18.0).polynomial(INP, "hole")
    with pytest.raises(ValueError, match="kane must be one of"):
        hd.kp.Zincblende8(kane="rescaled")
    with pytest.raises(ValueError, match="at least 0 eV"):
        hd.kp.Zincblende8(kane=-1.0)
    with pytest.raises(ValueError, match="lacks kane_energy"):
        hd.kp.Zincblende8().polynomial(CDSE.replace(kane_energy=None), "hole")


def test_barriers_with_one_band_masses_couple_nothing():
    of = hd.Material(
        "oil", conduction_edge=4.0, valence_edge=-4.0, electron_mass=1.0, hole_mass=1.0
    )
    for model in (hd.kp.Zincblende8(), hd.kp.Wurtzite8()):
        polynomial = model.polynomial(of, "electron")
        assert polynomial.masses()[6:] == pytest.approx([1.0, 1.0])
        assert polynomial.masses()[:6] == pytest.approx([-1.0] * 6)
        assert np.abs(polynomial.first).max() == 0.0
        assert model.verdict(of).elliptic


def test_wurtzite_scales_both_kane_energies():
    of = wurtzite(kane_energy=(17.292, 16.265), gap=3.51, electron_mass=np.diag([0.18, 0.18, 0.2]))
    model = hd.kp.Wurtzite8()
    verdict = model.verdict(of)
    along, across = verdict.kane_energy
    assert along / across == pytest.approx(17.292 / 16.265)
    assert verdict.elliptic
    k = np.linspace(0, 60, 100)[:, None]
    for direction in ((0, 0, 1), (1, 0, 0), (0.6, 0, 0.8)):
        bands = model.bands(of, k * np.array(direction))
        assert bands[:, 5].max() <= of.valence_edge + 1e-9
        assert bands[:, 6].min() >= of.conduction_edge - 1e-9


def test_verdicts_read_as_sentences():
    text = hd.kp.Zincblende8().verdicts([hd.material("CdS"), hd.material("ZnSe")])
    first, second = text.splitlines()
    assert first.startswith("CdS: elliptic; Ep 13.45 eV (published 21, largest admissible 13.45)")
    assert "A' 0.1" in first
    assert "me 0.18" in first
    assert second.startswith("ZnSe: elliptic")
    assert hd.kp.Luttinger6().verdict(hd.material("CdTe")).elliptic is False
    assert hd.kp.EffectiveMass().verdicts([hd.material("CdS")]) == ""
