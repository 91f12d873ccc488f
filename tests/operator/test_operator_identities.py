"""What every discretised k·p Hamiltonian must satisfy, whatever the shape and the model."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from operator_problems import CORE, MODELS, SHELL

import heterodot as hd
from heterodot import _core
from heterodot.geometry.voxels import Voxels

TURN_Z_TO_X = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])


def tilted(angle, axis=(1.0, 1.0, 0.0)):
    from scipy.spatial.transform import Rotation

    return Rotation.from_rotvec(angle * np.array(axis) / np.linalg.norm(axis)).as_matrix()


SOLIDS = st.one_of(
    st.builds(hd.Sphere, st.floats(0.5, 0.7)),
    st.builds(lambda a, b, c: hd.Box((a, b, c)), *[st.floats(0.8, 1.2)] * 3),
    st.builds(
        lambda r, length: hd.Capsule(r, 2 * r + length), st.floats(0.45, 0.55), st.floats(0, 0.5)
    ),
    st.builds(
        lambda a, c, angle: hd.Ellipsoid((a, a, c)).rotate(angle, (1.0, 0.5, 0.2)),
        st.floats(0.45, 0.55),
        st.floats(0.45, 0.8),
        st.floats(0, 180),
    ),
)


def dense(ham, carrier):
    matrix = ham.tocsr(carrier)
    return matrix.toarray()


@settings(deadline=None, max_examples=6)
@given(
    solid=SOLIDS,
    name=st.sampled_from(sorted(MODELS)),
    environment=st.sampled_from(["hard", "grid", "tail"]),
    interface=st.sampled_from(["laminate", "average", "staircase"]),
    order=st.sampled_from([2, 4]),
    spacing=st.floats(0.3, 0.4),
)
def test_hermitian_and_the_same_as_its_matrix(solid, name, environment, interface, order, spacing):
    model, carrier = MODELS[name]
    nanocrystal = hd.Nanocrystal(
        [(CORE, solid), (SHELL, solid.grow(0.4))],
        environment=hd.HardWall() if environment == "hard" else hd.Environment("out", 2.0),
    )
    ham = hd.Hamiltonian(
        nanocrystal,
        model,
        spacing,
        interface=interface,
        order=order,
        barrier="auto" if environment == "hard" else environment,
    )
    matrix = ham.tocsr(carrier)
    largest = abs(matrix).max()
    assert abs(matrix - matrix.conj().T).max() <= 1e-13 * largest
    operator = ham.operator(carrier)
    active = operator.active()
    rng = np.random.default_rng(0)
    block = rng.standard_normal((2, active.size)) + 1j * rng.standard_normal((2, active.size))
    block[:, ~active] = 0.0
    applied = operator.apply(block)
    assert_allclose(applied[:, active], (matrix @ block[:, active].T).T, atol=1e-12 * largest * 9)
    assert not np.any(applied[:, ~active])
    assert_allclose(operator.diagonal()[active], matrix.diagonal().real, atol=1e-12 * largest)


@pytest.mark.parametrize("wall", [True, False])
def test_moves_with_the_nanocrystal_by_whole_voxels(wall):
    """Discretised on one fixed grid, a solid moved by two steps along x moves the matrix."""
    grid = hd.Grid((15, 11, 11), (-1.4, -1.0, -1.0), (0.2, 0.2, 0.2))
    polynomials = [hd.kp.Luttinger6().polynomial(m, "hole") for m in (CORE, SHELL, SHELL)]
    count = 2 if wall else 3

    def matrix(shift):
        solids = [hd.Sphere(r).translate((shift, 0, 0)) for r in (0.37, 0.63)]
        operator = _core.discretise(
            Voxels(grid, solids).compiled,
            orbitals=3,
            spins=2,
            places=[0, 0, 0],
            forms=[p.form() for p in polynomials[:count]],
            spin_orbit=[p.spin_orbit for p in polynomials[:count]],
            wall=wall,
        )
        block = np.zeros((6 * 5, 6, *grid.shape), complex)
        for n in range(30):  # a line of nodes through both interfaces, moved along
            block[n, n // 5, 7 + round(shift / 0.2) - n % 5, 5, 4] = 1.0
        return operator.apply(block.reshape(30, -1)).reshape(block.shape)

    assert_allclose(matrix(0.4)[:, :, 4:], matrix(0.0)[:, :, 2:-2], atol=1e-10)


def levels(ham, carrier, count=12):
    values = np.linalg.eigvalsh(dense(ham, carrier))
    return values[-count:] if carrier == "hole" else values[:count]


def oblique(solid):
    return solid.rotate(40.0, (1.0, 0.5, 0.2))


@pytest.mark.parametrize(
    ("core", "shell"),
    [
        (oblique(hd.Capsule(0.45, 1.2)), oblique(hd.Capsule(0.9, 2.1))),
        # Boxes that ellipsoids cut take ten times as long.
        pytest.param(
            hd.Ellipsoid((0.6, 0.7, 0.9)),
            hd.Ellipsoid((1.0, 1.1, 1.3)),
            marks=pytest.mark.slow,
        ),
    ],
    ids=["capsules", "ellipsoids"],
)
def test_turns_with_the_nanocrystal_by_90_degrees(core, shell):
    """A cubic crystal is the same after 90°: so are the levels of a core and a shell."""

    def spectrum(turn):
        layers = [(CORE, turn(core)), (SHELL, turn(shell))]
        nanocrystal = hd.Nanocrystal(layers, environment=hd.HardWall())
        return levels(hd.Hamiltonian(nanocrystal, hd.kp.Luttinger6(), 0.4), "hole")

    straight = spectrum(lambda solid: solid)
    turned = spectrum(lambda solid: solid.rotate(90.0, (0.0, 1.0, 0.0)))
    assert_allclose(turned, straight, atol=1e-9)


@pytest.fixture(scope="module")
def core_shell():
    return hd.Nanocrystal(
        [(CORE, hd.Sphere(0.7)), (SHELL, hd.Ellipsoid((1.1, 1.0, 1.3)))], environment=hd.HardWall()
    )


@pytest.fixture(scope="module")
def hole_levels(core_shell):
    return levels(hd.Hamiltonian(core_shell, hd.kp.Luttinger6(), 0.5), "hole", 20)


def test_orientation_does_not_matter_for_isotropic_parameters():
    """γ2 = γ3 makes the six-band model spherical (Luttinger, Phys. Rev. 102, 1030 (1956))."""
    isotropic = [m.replace(luttinger=(4.0, 1.1, 1.1)) for m in (CORE, SHELL)]
    layers = list(zip(isotropic, (hd.Sphere(0.7), hd.Box((2.0, 2.2, 2.4))), strict=True))
    nanocrystal = hd.Nanocrystal(layers, environment=hd.HardWall())
    model = hd.kp.Luttinger6()
    straight = hd.Hamiltonian(nanocrystal, model, 0.35).tocsr()
    turned = hd.Hamiltonian(nanocrystal, model, 0.35, orientation=tilted(0.7)).tocsr()
    assert abs(turned - straight).max() < 1e-12 * abs(straight).max()


def test_orientation_of_a_cubic_crystal_turns_its_levels(core_shell, hole_levels):
    """Turning crystal and shape together by 90° changes nothing; the crystal alone does."""
    model = hd.kp.Luttinger6()
    straight = hole_levels[-12:]
    quarter = levels(hd.Hamiltonian(core_shell, model, 0.5, orientation=TURN_Z_TO_X), "hole")
    tilt = levels(hd.Hamiltonian(core_shell, model, 0.5, orientation=tilted(0.6)), "hole")
    assert_allclose(quarter, straight, atol=1e-10)
    assert np.abs(tilt - straight).max() > 1e-3


def test_kramers_degeneracy(hole_levels):
    """Time reversal T = iσ_y K commutes with H, so every level is double."""
    assert_allclose(hole_levels[::2], hole_levels[1::2], atol=1e-11)
    assert np.diff(hole_levels[1::2]).max() > 1e-3


@pytest.mark.parametrize(
    ("barrier", "name"),
    [
        # Each barrier with one band and with several; the others repeat what these pass through.
        pytest.param(
            barrier,
            name,
            marks=[]
            if name in ("EffectiveMass", "Luttinger6" if barrier == "tail" else "staggered")
            else pytest.mark.slow,
        )
        for barrier in ("hard", "grid", "tail")
        for name in sorted(MODELS)
    ],
)
def test_a_shift_of_all_edges_shifts_the_operator(name, barrier):
    model, carrier = MODELS[name]
    shift = 0.37

    def matrix(by):
        layers = [
            (
                m.replace(
                    conduction_edge=m.conduction_edge + by,
                    valence_edge=m.valence_edge + by,
                ),
                hd.Sphere(r),
            )
            for m, r in ((CORE, 0.5), (SHELL, 0.9))
        ]
        environment = hd.HardWall() if barrier == "hard" else hd.Environment("out", 2.0)
        ham = hd.Hamiltonian(
            hd.Nanocrystal(layers, environment=environment),
            model if name != "two bands" else hd.kp.EffectiveMass(),
            0.4,
            barrier="auto" if barrier == "hard" else barrier,
        )
        return ham.tocsr(carrier)

    before, after = matrix(0.0), matrix(shift)
    identity = scipy.sparse.identity(before.shape[0])
    assert abs(after - before - shift * identity).max() < 1e-9


def test_coarse_levels_survive_features_smaller_than_their_cells():
    nanocrystal = hd.Nanocrystal(
        [(CORE, hd.Sphere(0.5)), (SHELL, hd.Sphere(0.6))], environment=hd.HardWall()
    )
    ham = hd.Hamiltonian(nanocrystal, hd.kp.Luttinger6(), 0.1)
    for operator in ham.levels("hole"):
        x = np.ones((1, operator.size), complex)
        assert np.all(np.isfinite(operator.apply(x)))
