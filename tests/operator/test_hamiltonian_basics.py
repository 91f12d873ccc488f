"""The Hamiltonian's face: grids, carriers, rows, errors before heavy work."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse

import heterodot as hd

CORE = hd.Material(
    "core", conduction_edge=2.0, valence_edge=-0.5, electron_mass=0.20, hole_mass=0.70
)
SHELL = hd.Material(
    "shell", conduction_edge=2.8, valence_edge=0.0, electron_mass=0.16, hole_mass=0.60
)


def core_shell(environment=None):
    return hd.Nanocrystal(
        [(CORE, hd.Sphere(1.2)), (SHELL, hd.Sphere(2.0))],
        environment=hd.HardWall() if environment is None else environment,
    )


def test_levels_are_on_repeatedly_coarsened_grids():
    ham = hd.Hamiltonian(core_shell(), spacing=0.2)
    levels = ham.levels("electron")
    assert len(levels) >= 3
    assert levels[0] is ham.operator("electron")
    for fine, coarse in pairwise(levels):
        assert tuple((n - 1) // 2 for n in fine.shape[1:]) == coarse.shape[1:]


def test_rows_concatenate_to_the_whole():
    ham = hd.Hamiltonian(core_shell(), model=hd.kp.Luttinger6(), spacing=0.5)
    whole = ham.tocsr()
    n = whole.shape[0]
    parts = [ham.tocsr(rows=(a, b)) for a, b in ((0, 7), (7, n // 2), (n // 2, n))]
    assert (scipy.sparse.vstack(parts) != whole).nnz == 0


def test_continuum_starts_at_the_barrier():
    ham = hd.Hamiltonian(core_shell("toluene"), spacing=0.4)
    assert ham.continuum_edge("electron") == pytest.approx(5.8)
    assert ham.continuum_edge("hole") == pytest.approx(-3.5)
    assert hd.Hamiltonian(core_shell(), spacing=0.4).continuum_edge("hole") is None


def test_repr_says_the_physics():
    ham = hd.Hamiltonian(core_shell(), spacing=0.2)
    assert repr(ham) == (
        "Hamiltonian: EffectiveMass, 23×23×23 at 0.2 nm, 12167 unknowns, laminate, hard wall"
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"spacing": 3.0}, ValueError, "too coarse"),
        ({"spacing": -0.1}, ValueError, "spacing must be positive"),
        ({"spacing": 0.4, "order": 3}, ValueError, "order must be one of"),
        ({"spacing": 0.4, "interface": "mean"}, ValueError, "interface must be one of"),
        ({"spacing": 0.4, "orientation": np.diag([1, 1, -1])}, ValueError, "proper 3×3 rotation"),
        ({"spacing": 0.4, "model": hd.kp.EffectiveMass}, TypeError, "model must be a k·p model"),
    ],
)
def test_bad_arguments_are_explained(options, error, message):
    with pytest.raises(error, match=message):
        hd.Hamiltonian(core_shell(), **options)


def test_wrong_carriers_are_explained():
    ham = hd.Hamiltonian(core_shell(), spacing=0.4)
    with pytest.raises(ValueError, match="carrier must be 'electron' or 'hole', got 'e'"):
        ham.operator("e")


def test_missing_parameters_are_named_before_heavy_work():
    bare = hd.Material("bare", conduction_edge=2.0, electron_mass=0.2)
    ham = hd.Hamiltonian(
        hd.Nanocrystal([(bare, hd.Sphere(1.0))], environment=hd.HardWall()), spacing=0.2
    )
    assert ham.carriers() == ("electron",)
    with pytest.raises(ValueError, match=r"'bare' lacks valence_edge, hole_mass"):
        ham.operator("hole")
    with pytest.raises(ValueError, match="'x' lacks luttinger"):
        hd.Hamiltonian(
            hd.Nanocrystal([(hd.Material("x", valence_edge=0.0), hd.Sphere(1.0))]),
            model=hd.kp.Luttinger6(),
        )


def test_memory_is_estimated_first():
    ham = hd.Hamiltonian(core_shell(), spacing=0.002)
    with pytest.raises(hd.errors.MemoryEstimateError, match=r"takes about .* GB.*coarser spacing"):
        ham.operator("electron")


def test_a_uniform_potential_shifts_all_levels_of_one_carrier():
    ham = hd.Hamiltonian(core_shell(), spacing=0.4)
    shifted = ham.with_potential(electron=np.full(ham.grid.shape, 0.3))
    difference = (shifted.tocsr("electron") - ham.tocsr("electron")).toarray()
    assert np.abs(difference - 0.3 * np.eye(len(difference))).max() < 1e-12
    assert (shifted.tocsr("hole") - ham.tocsr("hole")).nnz == 0
    assert shifted.potential("hole") is None
    assert "potential for electrons" in repr(shifted)
    twice = shifted.with_potential(electron=np.full(ham.grid.shape, -0.3))
    assert np.abs((twice.tocsr("electron") - ham.tocsr("electron")).toarray()).max() < 1e-12
    for level, operator in enumerate(shifted.levels("electron")):
        plain = ham.levels("electron")[level]
        inside = plain.active()
        assert operator.diagonal()[inside] == pytest.approx(plain.diagonal()[inside] + 0.3)


def test_a_wrong_potential_is_refused():
    ham = hd.Hamiltonian(core_shell(), spacing=0.4)
    with pytest.raises(ValueError, match="shape of the grid"):
        ham.with_potential(hole=np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match="finite"):
        ham.with_potential(hole=np.full(ham.grid.shape, np.nan))
