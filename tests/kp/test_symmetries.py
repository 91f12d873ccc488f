"""What every model obeys: hermiticity, time reversal, rotations; and notation in k."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from kp_materials import quasi_cubic, wurtzite, zincblende
from scipy.spatial.transform import Rotation

import heterodot as hd
from heterodot.kp import MatrixPolynomial, kx, ky, kz, spin_turn

CUBIC = {"ac": -5.0, "av": 1.0, "b": -1.8, "d": -3.6}
MODELS = {
    "Luttinger4": hd.kp.Luttinger4(),
    "Luttinger6": hd.kp.Luttinger6(),
    "Zincblende8": hd.kp.Zincblende8(),
    "Wurtzite6": hd.kp.Wurtzite6(),
    "Wurtzite8": hd.kp.Wurtzite8(),
}
wave_vectors = st.tuples(*[st.floats(-3, 3)] * 3)
rotations = st.tuples(*[st.floats(-3, 3)] * 3).map(lambda v: Rotation.from_rotvec(v).as_matrix())
gammas = st.tuples(st.floats(3, 9), st.floats(0.2, 0.9), st.floats(0.2, 0.9))
strains = st.lists(st.floats(-0.03, 0.03), min_size=6, max_size=6).map(
    lambda e: np.array([[e[0], e[3], e[4]], [e[3], e[1], e[5]], [e[4], e[5], e[2]]])
)


def material(name, g=(5.5, 0.8, 0.9)):
    if name.startswith("Wurtzite"):
        deformation = {"a1": -4.9, "a2": -11.3} | {f"D{i}": (-1.0) ** i * i for i in range(1, 7)}
        return wurtzite(A=quasi_cubic(*g), cr=0.03, so=0.3, deformation=deformation)
    return zincblende(
        "zb", 1.8, 0.4, me=0.12, Ep=12.0, g1=g[0], g2=g[1], g3=g[2], deformation=CUBIC
    )


def time_reversed(matrix):
    """T H T⁻¹ for the spin-major T(F₁, F₂) = (F₂*, −F₁*)."""
    m = len(matrix) // 2
    u = np.block([[np.zeros((m, m)), np.eye(m)], [-np.eye(m), np.zeros((m, m))]])
    return u @ matrix.conj() @ u.T


@pytest.mark.parametrize("name", MODELS)
@given(k=wave_vectors, g=gammas, strain=strains)
@settings(max_examples=20, deadline=None)
def test_hermitian_and_symmetric_under_time_reversal(name, k, g, strain):
    polynomial = MODELS[name].polynomial(material(name, g), "hole", strain=strain)
    h = polynomial.hamiltonian(k)
    scale = 1 + np.abs(h).max()
    assert np.abs(h - h.conj().T).max() < 1e-14 * scale
    assert np.abs(time_reversed(polynomial.hamiltonian(-np.array(k))) - h).max() < 1e-13 * scale


@pytest.mark.parametrize("name", MODELS)
@given(k=wave_vectors, strain=strains)
@settings(max_examples=20, deadline=None)
def test_every_level_is_a_kramers_pair(name, k, strain):
    """The models have inversion: Kramers and inversion together pair the levels at every k."""
    levels = MODELS[name].bands(material(name), k, strain=strain)
    assert levels[0::2] == pytest.approx(levels[1::2], abs=1e-10)


@pytest.mark.parametrize("name", MODELS)
@given(k=wave_vectors, turn=rotations)
@settings(max_examples=20, deadline=None)
def test_turned_crystal_has_the_bands_of_turned_k(name, k, turn):
    polynomial = MODELS[name].polynomial(material(name), "hole")
    turned = polynomial.rotated(turn)
    expected = polynomial.energies(np.array(k))
    assert turned.energies(turn @ np.array(k)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["Luttinger4", "Luttinger6", "Zincblende8"])
@given(turn=rotations)
@settings(max_examples=10, deadline=None)
def test_equal_gammas_make_zincblende_isotropic(name, turn):
    """γ2 = γ3: turning the crystal changes nothing, operator order included."""
    polynomial = MODELS[name].polynomial(material(name, (5.5, 0.9, 0.9)), "hole")
    assert polynomial.rotated(turn).form() == pytest.approx(polynomial.form(), abs=1e-10)


@given(turn=rotations)
@settings(max_examples=20, deadline=None)
def test_spins_turn_as_their_expectation_values(turn):
    paulis = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    u = spin_turn(turn)
    turned = np.einsum("ab,ibc,dc->iad", u, paulis, u.conj())
    assert turned == pytest.approx(np.einsum("ji,jab->iab", turn, paulis), abs=1e-12)


def test_four_bands_know_their_spin():
    polynomial = MODELS["Luttinger4"].polynomial(material("Luttinger4"), "hole")
    assert polynomial.bands == ("+3/2", "+1/2", "-3/2", "-1/2")
    assert not polynomial.spin_degenerate
    assert hd.kp.EffectiveMass().polynomial(hd.material("CdS"), "electron").spin_degenerate


def test_edges_of_both_carriers():
    of = material("Zincblende8")
    both = MODELS["Zincblende8"].polynomial(of, "electron")
    assert both.edge(+1) == pytest.approx(of.conduction_edge)
    assert both.edge(-1) == pytest.approx(of.valence_edge)
    assert MODELS["Luttinger6"].polynomial(of, "hole").edge(-1) == pytest.approx(of.valence_edge)


def test_coefficients_stay_where_they_are_written():
    matrix = [[2.0 + kx * 3.0 * kx, 1j * 0.5 * kz], [kz * (-1j * 0.5), ky * 1.5 * ky]]
    polynomial = MatrixPolynomial.from_matrix(("a", "b"), matrix)
    assert polynomial.second[0, 0, 0, 0] == 3.0
    assert polynomial.second[1, 1, 1, 1] == 1.5
    assert polynomial.first[2, 0, 1] == 0.5j  # A k
    assert polynomial.first[2, 1, 0] == 0.0
    same = MatrixPolynomial.from_matrix("ab", [[0, 1j * 0.5 * kz], [-1j * kz * 0.5, 0]])
    assert np.array_equal(same.first[2, 0], polynomial.first[2, 0])
    assert ((2.0 * kx) * 1j).terms == {((), (0,)): 2j}
    mixed = MatrixPolynomial.from_matrix(
        "ab", [[0, kx * 2 * ky], [ky * 2 * kx, kz * np.float64(1) * kz]]
    )
    assert mixed.second[0, 1, 0, 1] == 2
    assert mixed.second[1, 0, 1, 0] == 2
    assert mixed.second[0, 1, 1, 0] == 0


def test_what_cannot_be_written_is_explained():
    with pytest.raises(ValueError, match="at most one k may stand on either side"):
        2.0 * kx * ky + 0.0
    with pytest.raises(ValueError, match="put factors together"):
        (2.0 * kx) * (3.0 * ky)
    with pytest.raises(ValueError, match="linear in k are not Hermitian"):
        MatrixPolynomial.from_matrix("ab", [[0, 1j * kx], [1j * kx, 0]])
    with pytest.raises(ValueError, match="square"):
        MatrixPolynomial.from_matrix("ab", [[0, 1]])
    with pytest.raises(TypeError, match="numbers, kx, ky and kz"):
        kx * "2"
    with pytest.raises(ValueError, match="spinful orbitals"):
        MatrixPolynomial.from_matrix(("a",), [[kx * kx]], spinful=True)
