"""Uniform fields against closed forms: Stark, Fock–Darwin, Landau, Zeeman; gauge invariance."""

import numpy as np
import pytest

import heterodot as hd
from heterodot.envelopes.magnetic_field import PeierlsOperator, conduction_g_factor, in_field
from heterodot.units import (
    BOHR_MAGNETON,
    ELECTRON_G_FACTOR,
    FLUX_QUANTUM_INVERSE,
    HBAR2_OVER_2M0,
)

MASS = 0.1


def one_band(**more):
    return hd.Material(
        "m", conduction_edge=0.0, valence_edge=-3.0, electron_mass=MASS, hole_mass=0.5, **more
    )


def box(*lengths, **more):
    return hd.Nanocrystal([(one_band(**more), hd.Box(lengths))], environment=hd.HardWall())


def test_units():
    # ħω_c = 2 µ_B B / m and 1/l² = eB/ħ belong together: ħω_c = (ħ²/m)/l².
    assert pytest.approx(2 * BOHR_MAGNETON, rel=1e-9) == 2 * HBAR2_OVER_2M0 * FLUX_QUANTUM_INVERSE


def test_stark_shift_of_a_cuboid():
    """ΔE = −(1/24π²)(15/π² − 1) m e²F²L⁴/ħ² along a side L; a hole's level rises as much."""
    length, field = 6.0, 0.003
    ham = hd.Hamiltonian(box(length, 4.0, 4.0), spacing=0.25)
    options = {"tolerance": 1e-6, "progress": False}
    without = hd.solve(ham, 2, 2, **options)
    inside = hd.solve(ham.with_electric_field((field, 0.0, 0.0)), 2, 2, **options)
    for carrier, mass, sign in (("electrons", MASS, 1), ("holes", 0.5, -1)):
        expected = -(15 / np.pi**2 - 1) / (24 * np.pi**2)
        expected *= mass * field**2 * length**4 / (2 * HBAR2_OVER_2M0)
        shift = getattr(inside, carrier).energies[0] - getattr(without, carrier).energies[0]
        assert sign * shift == pytest.approx(expected, rel=0.01)
    # The electron moves against the field, the hole with it.
    x = ham.grid.axes()[0]
    mean = [np.sum(c.densities()[0] * x[:, None, None]) for c in (inside.electrons, inside.holes)]
    assert mean[0] < 0 < mean[1]


def fock_darwin(confinement, tesla, count):
    """E = ħΩ(2n + |l| + 1) + ħω_c l/2, Ω² = ω0² + ω_c²/4."""
    cyclotron = 2 * BOHR_MAGNETON * tesla / MASS
    omega = np.sqrt(confinement**2 + cyclotron**2 / 4)
    levels = [
        omega * (2 * n + abs(l) + 1) + 0.5 * cyclotron * l for n in range(9) for l in range(-9, 10)
    ]
    return np.sort(levels)[:count]


def parabolic(confinement, side, height, spacing):
    """A flat box with the potential ½ m ω0² (x² + y²)."""
    ham = hd.Hamiltonian(box(side, side, height), spacing=spacing)
    x, y, _ = np.meshgrid(*ham.grid.axes(), indexing="ij")
    stiffness = MASS * confinement**2 / (4 * HBAR2_OVER_2M0)
    return ham.with_potential(electron=stiffness * (x**2 + y**2))


@pytest.mark.parametrize("tesla", [5.0, 40.0])
def test_fock_darwin_levels(tesla):
    """Diamagnetic shift and orbital Zeeman splitting of a parabolic dot, ħω0 = 0.1 eV."""
    ham = parabolic(0.1, 24.0, 3.0, 0.75)
    field = ham.with_magnetic_field((0.0, 0.0, tesla), g_factors={"m": 0.0})
    z = hd.solve(ham, 2, 0, progress=False).electrons.energies[0] - 0.1
    found = hd.solve_in_field(field, 12, 0, progress=False).electrons
    expected = np.repeat(fock_darwin(0.1, tesla, 6), 2)
    assert found.energies - z == pytest.approx(expected, abs=2e-4)
    assert found.residuals.max() < 1e-5


def test_landau_levels_and_zeeman_splitting():
    """Wide box, 150 T: ħω_c/2 at the bottom, many times; one spin lower by g µ_B B/2."""
    tesla, g = 150.0, 1.5
    ham = hd.Hamiltonian(box(22.0, 22.0, 3.0), spacing=0.75)
    plain, split = (
        hd.solve_in_field(
            ham.with_magnetic_field((0.0, 0.0, tesla), g_factors={"m": value}), 6, 0, tolerance=1e-4
        ).electrons.energies
        for value in (0.0, g)
    )
    flat = hd.solve(ham, 2, 0, progress=False).electrons.energies[0]
    z = flat - 2 * HBAR2_OVER_2M0 / MASS * (np.pi / 22.0) ** 2
    cyclotron = 2 * BOHR_MAGNETON * tesla / MASS
    assert plain - z == pytest.approx(np.full(6, cyclotron / 2), abs=3e-4)
    assert split[:3] - plain[::2] == pytest.approx([-g * BOHR_MAGNETON * tesla / 2] * 3, abs=1e-6)


def test_roth_formula():
    """g of GaAs near −0.3 with the parameters of two bands."""
    gaas = hd.Material(
        "GaAs", conduction_edge=1.519, valence_edge=0.0, electron_mass=0.067, hole_mass=0.5,
        kane_energy=28.8, spin_orbit=0.341,
    )  # fmt: skip
    assert conduction_g_factor(gaas) == pytest.approx(-0.32, abs=0.02)
    assert conduction_g_factor(one_band()) == ELECTRON_G_FACTOR


def test_remote_bands_give_the_valence_bands_their_moment():
    """−(3κ + 1) µ_B L·B with 3κ + 2 = −γ1 + 2γ2 + 3γ3 and ½ g0 µ_B σ·B."""
    g1, g2, g3 = 5.0, 1.2, 1.7
    of = hd.Material("m", valence_edge=0.0, luttinger=(g1, g2, g3), spin_orbit=0.0)
    plain = hd.kp.Luttinger6().polynomial(of, "hole")
    tesla = np.array([3.0, -4.0, 12.0])
    inside = in_field(plain, tesla, ELECTRON_G_FACTOR)
    found = np.linalg.eigvalsh(inside.hamiltonian(np.zeros(3)))
    orbital = (-g1 + 2 * g2 + 3 * g3 - 1) * BOHR_MAGNETON * 13.0
    spin = 0.5 * ELECTRON_G_FACTOR * BOHR_MAGNETON * 13.0
    expected = np.sort([-orbital * l + spin * s for l in (-1, 0, 1) for s in (-1, 1)])
    assert found == pytest.approx(expected, abs=1e-12)


CUBIC = hd.Material(
    "cubic", phase="zincblende", conduction_edge=1.84, valence_edge=0.0, electron_mass=0.13,
    hole_mass=0.5, kane_energy=12.0, luttinger=(5.51, 1.24, 2.14), spin_orbit=0.42,
)  # fmt: skip
MODELS = {
    "one band": (hd.kp.EffectiveMass(), "electron"),
    "four bands": (hd.kp.Luttinger4(), "hole"),
    "six bands": (hd.kp.Luttinger6(), "hole"),
    "eight bands": (hd.kp.Zincblende8(), "electron"),
}


@pytest.mark.parametrize("name", MODELS)
def test_levels_do_not_depend_on_the_gauge(name):
    model, carrier = MODELS[name]
    dot = hd.Nanocrystal([(CUBIC, hd.Sphere(1.0))], environment=hd.HardWall())
    ham = hd.Hamiltonian(dot, model, spacing=0.5)
    levels = []
    for origin in ((0.0, 0.0, 0.0), (3.1, -0.7, 11.0)):
        inside = ham.with_magnetic_field((20.0, -31.0, 44.0), origin=origin)
        matrix = PeierlsOperator(
            inside.operator(carrier), inside.grid, inside.magnetic_field
        ).matrix.toarray()
        assert np.abs(matrix - matrix.conj().T).max() < 1e-12
        levels.append(np.linalg.eigvalsh(matrix))
    assert levels[0] == pytest.approx(levels[1], abs=1e-10)
    assert np.diff(levels[0]).min() > 0  # no Kramers pairs


@pytest.mark.parametrize("name", ["six bands", "eight bands"])
def test_solved_states_are_those_of_the_matrix(name):
    model, carrier = MODELS[name]
    dot = hd.Nanocrystal([(CUBIC, hd.Sphere(1.2))], environment=hd.HardWall())
    inside = hd.Hamiltonian(dot, model, spacing=0.4).with_magnetic_field((0.0, 10.0, 20.0))
    counts = {"electrons": 3, "holes": 5} if name == "eight bands" else {"electrons": 0, "holes": 5}
    states = hd.solve_in_field(inside, **counts, progress=False)
    matrix = PeierlsOperator(
        inside.operator(carrier), inside.grid, inside.magnetic_field
    ).matrix.toarray()
    exact = np.linalg.eigvalsh(matrix)
    if name == "eight bands":
        assert states.electrons.energies == pytest.approx(exact[exact > 0.9][:3], abs=1e-8)
        assert states.holes.energies == pytest.approx(exact[exact < 0.9][:-6:-1], abs=1e-8)
    else:
        assert states.holes.energies == pytest.approx(exact[:-6:-1], abs=1e-8)
    flat = states.holes.envelopes.reshape(5, -1)
    overlaps = flat.conj() @ flat.T * inside.grid.cell_volume
    assert np.abs(overlaps - np.eye(5)).max() < 1e-10
    assert "B = (0, 10, 20) T" in repr(states)


def test_a_problem_too_large_for_memory_is_refused():
    ham = hd.Hamiltonian(box(30.0, 30.0, 30.0), spacing=0.02).with_magnetic_field((0, 0, 1))
    with pytest.raises(hd.errors.MemoryEstimateError, match=r"2 electron states.* GB"):
        hd.solve_in_field(ham, 2, 0, progress=False)


def test_the_two_ways_to_solve_know_each_other():
    ham = hd.Hamiltonian(box(3.0, 3.0, 3.0), spacing=0.5)
    with pytest.raises(ValueError, match="solve_in_field"):
        hd.solve(ham.with_magnetic_field((0, 0, 1)), 2, 0, progress=False)
    with pytest.raises(ValueError, match="with_magnetic_field"):
        hd.solve_in_field(ham, 2, 0)
    with pytest.raises(ValueError, match="at least one"):
        hd.solve_in_field(ham.with_magnetic_field((0, 0, 1)), 0, 0)


def test_a_field_goes_along_to_another_grid():
    ham = hd.Hamiltonian(box(3.0, 3.0, 3.0), spacing=0.5)
    inside = ham.with_magnetic_field((0.0, 0.0, 30.0), g_factors={"m": 5.0})
    other, expected = inside.at_spacing(0.4), hd.Hamiltonian(box(3.0, 3.0, 3.0), spacing=0.4)
    expected = expected.with_magnetic_field((0.0, 0.0, 30.0), g_factors={"m": 5.0})
    levels = [
        hd.solve_in_field(h, 2, 0, progress=False).electrons.energies for h in (other, expected)
    ]
    assert levels[0] == pytest.approx(levels[1], abs=1e-9)
    assert np.diff(levels[0]) == pytest.approx(5.0 * BOHR_MAGNETON * 30.0, abs=1e-6)


def test_a_magnetic_field_leaves_barriers_as_they_are():
    """Also where the one in the field is asked first."""
    dot = hd.Nanocrystal([(one_band(), hd.Sphere(1.5))], environment="toluene")
    expected = hd.Hamiltonian(dot, spacing=0.4, margin=1.0).barrier("electron")
    plain = hd.Hamiltonian(dot, spacing=0.4, margin=1.0)
    inside = plain.with_magnetic_field((0.0, 0.0, 30.0))
    assert inside.barrier("electron") == expected
    assert plain.barrier("electron") == expected


def test_g_factors_of_unknown_materials_are_refused():
    ham = hd.Hamiltonian(box(3.0, 3.0, 3.0), spacing=0.5)
    with pytest.raises(ValueError, match=r"g_factors: 'CdS' is no material .* \['m'\]"):
        ham.with_magnetic_field((0, 0, 1), g_factors={"CdS": 1.0})
    with pytest.raises(ValueError, match="hole_g_factors"):
        ham.with_magnetic_field((0, 0, 1), hole_g_factors={"CdS": 1.0})
