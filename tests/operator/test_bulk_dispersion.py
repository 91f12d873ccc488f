"""Plane waves inside a material: what the grid makes of the polynomial in k."""

import numpy as np
import pytest
from operator_problems import CORE, MODELS, dispersion

import heterodot as hd


@pytest.mark.parametrize("name", sorted(MODELS))
def test_bulk_dispersion_is_that_of_the_polynomial(name):
    """Plane waves inside a material: the error falls as h⁴ (nodes) and at least as h² (faces)."""
    model, carrier = MODELS[name]
    k = np.array([0.9, -0.5, 0.4])
    errors = []
    for spacing in (0.2, 0.1):
        nanocrystal = hd.Nanocrystal([(CORE, hd.Sphere(8 * spacing))], environment=hd.HardWall())
        ham = hd.Hamiltonian(nanocrystal, model, spacing)
        exact = ham.polynomials(carrier)[0].hamiltonian(k)
        errors.append(np.abs(dispersion(ham, carrier, k) - exact).max())
    assert errors[1] < 2e-4
    assert np.log2(errors[0] / errors[1]) > 3.9


def test_second_order_differences_are_of_second_order():
    k = np.array([0.9, -0.5, 0.4])
    errors = []
    for spacing in (0.2, 0.1):
        nanocrystal = hd.Nanocrystal([(CORE, hd.Sphere(8 * spacing))], environment=hd.HardWall())
        ham = hd.Hamiltonian(nanocrystal, hd.kp.Luttinger6(), spacing, order=2)
        exact = ham.polynomials("hole")[0].hamiltonian(k)
        errors.append(np.abs(dispersion(ham, "hole", k) - exact).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.03)


def along_one_hundred_and_ten(spacing, order):
    """By how much the symbol along [110] is off the polynomial at the k̃ of one axis, in eV."""
    nanocrystal = hd.Nanocrystal([(CORE, hd.Sphere(8 * spacing))], environment=hd.HardWall())
    ham = hd.Hamiltonian(nanocrystal, hd.kp.Luttinger6(), spacing, order=order)
    k = np.array([2.0, 2.0, 0.0])
    part = np.sin(0.5 * spacing * k) ** 2
    on_grid = np.sqrt(4.0 * part * (1.0 + part / 3.0 if order == 4 else 1.0)) / spacing
    exact = ham.polynomials("hole")[0].hamiltonian(on_grid)
    return np.abs(dispersion(ham, "hole", k) - exact).max()


@pytest.mark.parametrize("order", [2, 4])
def test_pure_and_mixed_parts_agree_along_a_diagonal(order):
    """To sixth order, whatever the order of both: heavy holes are what little they differ by."""
    coarse, fine = (along_one_hundred_and_ten(h, order) for h in (0.2, 0.1))
    assert coarse > 1e-5
    assert np.log2(coarse / fine) == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("order", [2, 4])
def test_barely_elliptic_parameters_stay_so(order):
    """Heavy holes along [110] whose mass is all but infinite: no wave turns to lower energies."""
    gamma = (4.0, 0.5, 1.5 * (1.0 - 1e-5))  # (L + M − N)/2 ∝ γ1 + γ2 − 3γ3
    barely = hd.Material("m", valence_edge=0.0, luttinger=gamma, spin_orbit=0.0)
    dot = hd.Nanocrystal([(barely, hd.Sphere(1.6))], environment=hd.HardWall())
    ham = hd.Hamiltonian(dot, hd.kp.Luttinger6(), 0.2, order=order)
    angles = np.concatenate([np.linspace(0.1, 1.2, 12), np.linspace(1.5, np.pi, 5)])
    waves = [(a, b, c) for a in angles for b in (a, -0.97 * a, 0.6) for c in (0.0, 0.1, a)]
    energies = [
        np.linalg.eigvalsh(-dispersion(ham, "hole", np.array(wave) / 0.2)) for wave in waves
    ]
    assert np.min(energies) > 0.0
