"""Every model makes a Hamiltonian: barriers, places, verdicts, bands for optics."""

import numpy as np
import pytest
from kp_materials import wurtzite, zincblende
from scipy.sparse.linalg import eigsh

import heterodot as hd
from heterodot.envelopes.bloch_functions import valence_bloch_functions

CUBIC = zincblende("dot", 1.84, 0.42, me=0.11, Ep=20.0, g1=5.51, g2=1.24, g3=2.14)
MODELS = {
    "Luttinger4": (hd.kp.Luttinger4(), CUBIC, 4),
    "Luttinger6": (hd.kp.Luttinger6(), CUBIC, 6),
    "Zincblende8": (hd.kp.Zincblende8(), CUBIC, 8),
    "Wurtzite6": (hd.kp.Wurtzite6(), wurtzite(gap=1.8), 6),
    "Wurtzite8": (hd.kp.Wurtzite8(), wurtzite(gap=1.8), 8),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_model_has_barriers_on_both_sides(name):
    model, of, bands = MODELS[name]
    dot = hd.Nanocrystal([(of, hd.Sphere(1.2))], environment="toluene")
    ham = hd.Hamiltonian(dot, model=model, spacing=0.4, margin=0.8)
    assert ham.continuum_edge("electron") == pytest.approx(of.conduction_edge + 3.0)
    assert ham.continuum_edge("hole") == pytest.approx(of.valence_edge - 3.0)
    assert not ham.spin_degenerate("hole")
    assert ham.operator("hole").bands == bands
    assert ham.tocsr("hole").shape[0] == bands * ham.grid.size


@pytest.mark.parametrize("name", MODELS)
def test_levels_between_walls_come_in_kramers_pairs(name):
    model, of, _ = MODELS[name]
    dot = hd.Nanocrystal([(of, hd.Ellipsoid((1.3, 1.5, 1.7)))], environment=hd.HardWall())
    matrix = hd.Hamiltonian(dot, model=model, spacing=0.65).tocsr("hole")
    assert abs(matrix - matrix.conj().T).max() < 1e-12
    v0 = np.ones(matrix.shape[0])
    levels = np.sort(
        eigsh(matrix.tocsc(), k=6, sigma=of.valence_edge, v0=v0, return_eigenvectors=False)
    )
    assert levels[0::2] == pytest.approx(levels[1::2], abs=1e-9)
    assert levels[-1] < of.valence_edge


def test_hamiltonian_shows_the_verdicts():
    dot = hd.Nanocrystal([(CUBIC, hd.Sphere(1.2))], environment=hd.HardWall())
    text = repr(hd.Hamiltonian(dot, model=hd.kp.Zincblende8(), spacing=0.4))
    assert "\n  dot: elliptic; Ep 17.64 eV (published 20, largest admissible 17.64)" in text
    with pytest.raises(ValueError, match="not elliptic"):
        hd.Hamiltonian(dot, model=hd.kp.Zincblende8(kane="published"), spacing=0.4)


def test_four_bands_have_bloch_functions_for_optics():
    four = valence_bloch_functions(4, False, (0, 0, 1))
    flat = four.reshape(4, 6)
    assert flat.conj() @ flat.T == pytest.approx(np.eye(4))
    for band in range(2):  # the second half: minus the time reverse
        up, down = four[band, :, 0], four[band, :, 1]
        reverse = np.stack([down.conj(), -up.conj()], axis=1)
        assert four[band + 2] == pytest.approx(-reverse)
    heavy = valence_bloch_functions(2, False, (0, 0, 1))
    assert four[[0, 2]] == pytest.approx(heavy)


def test_four_bands_are_solved_like_the_others():
    dot = hd.Nanocrystal([(CUBIC, hd.Sphere(1.5))], environment=hd.HardWall())
    ham = hd.Hamiltonian(dot, model=hd.kp.Luttinger4(), spacing=0.5)
    states = hd.solve(ham, electrons=0, holes=4, progress=False)
    matrix = ham.tocsr("hole").toarray()
    assert states.holes.energies == pytest.approx(np.linalg.eigvalsh(matrix)[:-5:-1], abs=1e-6)
