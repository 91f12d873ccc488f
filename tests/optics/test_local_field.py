"""Local fields of spheres, ellipsoids and coated spheres against closed forms; polarised light."""

from __future__ import annotations

import numpy as np
import pytest
from optics_stand_ins import integrals, sphere_states
from scipy.special import elliprd

import heterodot as hd
from heterodot.optics.radiation import local_field_sphere


def crystal(*layers, outside=1.5):
    options = {"conduction_edge": 2.0, "valence_edge": 0.0, "permittivity": 9.0}
    made = [
        (hd.Material(f"m{n}", permittivity_optical=eps, **options), solid)
        for n, (eps, solid) in enumerate(layers)
    ]
    return hd.Nanocrystal(made, environment=hd.HardWall(2.25, refractive_index=outside))


def depolarisation(a, b, c):
    """Factors of an ellipsoid: L_a = abc/3 R_D(b², c², a²) (Landau and Lifshitz VIII, §4)."""
    s = a * a, b * b, c * c
    return (
        a
        * b
        * c
        / 3
        * np.array(
            [elliprd(s[1], s[2], s[0]), elliprd(s[0], s[2], s[1]), elliprd(s[0], s[1], s[2])]
        )
    )


def test_sphere():
    field = hd.local_field(crystal((6.2, hd.Sphere(2.0))))
    exact = local_field_sphere(6.2, 2.25)
    np.testing.assert_allclose(field.tensor, exact * np.eye(3), atol=0.005 * exact)
    assert field.mean == pytest.approx(exact, rel=0.005)


@pytest.mark.parametrize("axes", [(1.5, 1.5, 4.5), (3.0, 3.0, 1.2), (1.5, 2.0, 3.0)])
def test_ellipsoids_within_half_a_percent(axes):
    factors = depolarisation(*axes)
    assert factors.sum() == pytest.approx(1)
    field = hd.local_field(crystal((6.2, hd.Ellipsoid(axes))))
    exact = 2.25 / (2.25 + factors * (6.2 - 2.25))
    np.testing.assert_allclose(np.diag(field.tensor), exact, rtol=0.005)
    off = field.tensor - np.diag(np.diag(field.tensor))
    np.testing.assert_allclose(off, 0, atol=0.005)


def test_rotated_ellipsoids_have_rotated_tensors():
    solid = hd.Ellipsoid((1.5, 1.5, 3.0))
    plain = hd.local_field(crystal((6.2, solid)), 0.5).tensor
    turned = hd.local_field(crystal((6.2, solid.rotate(90, (1, 0, 0)))), 0.5).tensor
    np.testing.assert_allclose(np.diag(turned), np.diag(plain)[[0, 2, 1]], rtol=0.01)


def test_coated_sphere():
    """Mean of the core's field 9 ε_s ε_o / D and the shell's 3 ε_o (ε_c + 2ε_s) / D.

    The dipole part of the shell's field averages to zero; Bohren and Huffman, §5.4:
    D = (ε_s+2ε_o)(ε_c+2ε_s) + 2f(ε_s-ε_o)(ε_c-ε_s).
    """
    core, shell, out, a, b = 8.0, 4.0, 1.8, 1.5, 2.5
    f = (a / b) ** 3
    d = (shell + 2 * out) * (core + 2 * shell) + 2 * f * (shell - out) * (core - shell)
    exact = f * 9 * shell * out / d + (1 - f) * 3 * out * (core + 2 * shell) / d
    layers = (core, hd.Sphere(a)), (shell, hd.Sphere(b))
    field = hd.local_field(crystal(*layers, outside=np.sqrt(out)))
    np.testing.assert_allclose(np.diag(field.tensor), exact, rtol=0.005)


def test_nothing_to_see_for_light():
    field = hd.local_field(crystal((2.25, hd.Sphere(2.0))))
    np.testing.assert_array_equal(field.tensor, np.eye(3))


def test_field_and_polarisation_in_spectra():
    states = sphere_states(spacing=0.4)
    states.nanocrystal = crystal((6.2, hd.Sphere(2.0)))
    x = hd.ci(integrals(states, levels=2))
    p = hd.interband_momentum(states)[:, :2, :2]
    field = hd.local_field(states.nanocrystal)
    plain = hd.absorption(x).lines.strengths.sum()
    dressed = hd.absorption(x, momentum=field.dressed(p), medium=field.medium)
    assert dressed.lines.strengths.sum() == pytest.approx(plain, rel=0.01)
    # heavy holes along z: no light polarised along z, half as much again across
    along, across, left, right = (
        hd.absorption(x, momentum=hd.polarised(p, e)).lines.strengths.sum()
        for e in ((0, 0, 1), (1, 0, 0), (1, 1j, 0), (1, -1j, 0))
    )
    assert along == pytest.approx(0, abs=1e-12)
    assert across == pytest.approx(1.5 * plain)
    assert left == pytest.approx(right)
    assert (along + left + right) / 3 == pytest.approx(plain)
    with pytest.raises(ValueError, match="direction"):
        hd.polarised(p, (0, 0, 0))


def test_circular_light_makes_one_bright_exciton_each():
    states = sphere_states(spacing=0.4)
    p = hd.interband_momentum(states)[:, :2, :2]
    for e in ((1, 1j, 0), (1, -1j, 0)):
        strengths = np.sort(np.abs(hd.polarised(p, e)[0]).ravel() ** 2)
        np.testing.assert_allclose(strengths[:3], 0, atol=1e-12)
        assert strengths[3] > 0.1
