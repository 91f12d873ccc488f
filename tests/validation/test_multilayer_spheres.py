"""One-band spheres with mass jumps against transcendental equations (sphere_multilayer_BDD).

BenDaniel and Duke, Phys. Rev. 152, 683 (1966); the roots are known to 1e-12 eV.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from validation_cases import MULTILAYER, extrapolated, multilayer_errors

# Tail √(ħ²/2mV) of the barrier: 0.138, 0.92, none, 0.113, 0.113 nm. Below 0.15 nm: 2 meV at 0.2 nm.
AT_02 = {
    "finite_well_massjump": 2.0,
    "CdS_ZnSe_hole_R1.6_H2.0_hard": 1.0,
    "CdS_ZnSe_hole_R1.6_H2.0_matrix3eV_m1": 2.0,
    "three_layer_QDQW": 2.0,
}


# The largest sphere is extrapolated in the slow tests; the others have all of its interfaces.
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "three_layer_QDQW" else [])
        for name in sorted(AT_02)
    ],
)
def test_levels_at_two_tenths_of_a_nanometre(name):
    errors = multilayer_errors(MULTILAYER[name], 0.2)
    for level, error in errors.items():
        assert np.abs(error).max() < AT_02[name], level
    assert np.ptp(errors["1p"]) < 0.1


@pytest.mark.parametrize(
    "spacings",
    [
        pytest.param(
            (0.4, 0.2),
            marks=pytest.mark.xfail(reason="1.6 (1s): 0.33 meV at a quarter of the core's radius"),
        ),
        (0.3, 0.2),
        pytest.param((0.15, 0.1), marks=pytest.mark.slow),
    ],
)
def test_order_is_two_where_the_mass_jumps(spacings):
    coarse, fine = (
        multilayer_errors(MULTILAYER["CdS_ZnSe_hole_R1.6_H2.0_hard"], h) for h in spacings
    )
    for level in ("1s", "1p", "1d"):
        ratio = coarse[level].mean() / fine[level].mean()
        assert np.log(ratio) / np.log(spacings[0] / spacings[1]) > 1.8, level


def test_deep_well_with_a_heavy_barrier():
    """A barrier of 0.3 eV, into which the envelope reaches 1 nm: resolved on the grid."""
    errors = multilayer_errors(MULTILAYER["deep_well_heavy_barrier"], 0.4, margin=6.0)
    assert np.abs(errors["1s"]).max() < 1.0
    assert np.abs(errors["1p"]).max() < 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("CdS_ZnSe_hole_R1.6_H2.0_hard", 0.05),
        ("deep_well_heavy_barrier", 0.05),
        ("CdS_ZnSe_hole_R1.6_H2.0_matrix3eV_m1", 0.3),
        ("three_layer_QDQW", 0.3),
        ("finite_well_massjump", 0.3),
    ],
)
def test_extrapolated_levels(name, tolerance):
    """Richardson, second order, from 0.2 and 0.1 nm (0.4 and 0.2 nm in the large deep well)."""
    spacings = (0.4, 0.2) if name == "deep_well_heavy_barrier" else (0.2, 0.1)
    coarse, fine = (multilayer_errors(MULTILAYER[name], h) for h in spacings)
    for level in coarse:
        assert_allclose(extrapolated(coarse[level], fine[level]), 0.0, atol=tolerance)
