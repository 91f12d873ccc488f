"""Multigrid: symmetric, positive definite, as good on fine grids as on coarse ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linalg_problems import build_levels, cube_grid, one_band, six_bands
from numpy.testing import assert_allclose

import heterodot as hd
from heterodot import _core
from heterodot.linalg.eigensolver import lowest_eigenpairs


def random_block(operator, count, seed):
    random = np.random.default_rng(seed)
    block = random.standard_normal((count, operator.size))
    if not operator.is_real:
        block = block + 1j * random.standard_normal(block.shape)
    return block * operator.active()


def cycle(multigrid, operator, block):
    if operator.is_real:
        return multigrid.apply_real(block.astype(np.float32)).astype(float)
    return multigrid.apply(block.astype(np.complex64)).astype(complex)


@pytest.mark.parametrize(
    ("levels", "sign", "shift"),
    [
        (one_band(nodes=15, spacing=0.6), 1.0, 0.1),
        (one_band(nodes=15, spacing=0.6, wall=True), 1.0, 0.1),
        (six_bands(), -1.0, 0.0),
        (six_bands(wall=True), -1.0, 0.0),
    ],
    ids=["one band", "one band, wall", "six bands", "six bands, wall"],
)
def test_symmetric_and_positive_definite(levels, sign, shift):
    operator = levels[0]
    multigrid = _core.Multigrid(levels, sign=sign)
    multigrid.set_shifts([shift])
    block = random_block(operator, 12, seed=4)
    # Smooth vectors too: the lowest ones are the most delicate.
    block = np.concatenate([block, cycle(multigrid, operator, cycle(multigrid, operator, block))])
    block /= np.linalg.norm(block, axis=1, keepdims=True)
    image = cycle(multigrid, operator, block)
    gram = block.conj() @ image.T
    assert np.abs(gram - gram.conj().T).max() < 2e-5 * np.abs(gram).max()
    overlap = block.conj() @ block.T
    values = np.linalg.eigvals(np.linalg.solve(overlap, gram))
    assert values.real.min() > 0.0
    assert np.all(image[:, ~operator.active()] == 0.0)


def lowest(operator, sign):
    pairs = lowest_eigenpairs(operator, 1, sign=sign, tolerance=1e-2, check=False)
    return sign * pairs.values[0]


def convergence_factor(levels, sign, below, cycles=6):
    operator = levels[0]
    multigrid = _core.Multigrid(levels, sign=sign)
    multigrid.set_shifts([lowest(op, sign) - below for op in levels])
    shift = multigrid.shifts[0]
    right = random_block(operator, 1, seed=7)
    solution, residual = np.zeros_like(right), right
    norms = []
    for _ in range(cycles):
        solution = solution + cycle(multigrid, operator, residual)
        image = operator.apply_real(solution) if operator.is_real else operator.apply(solution)
        residual = right - (sign * image - shift * solution)
        norms.append(np.linalg.norm(residual))
    return (norms[-1] / norms[1]) ** (1 / (cycles - 2))


@pytest.mark.parametrize("nodes", [15, 31, pytest.param(47, marks=pytest.mark.slow)])
@pytest.mark.parametrize("wall", [False, True], ids=["barrier", "hard wall"])
def test_convergence_does_not_depend_on_the_grid(wall, nodes):
    assert convergence_factor(one_band(nodes, 9.0 / (nodes + 1), wall=wall), 1.0, 0.2) < 0.4


def test_convergence_with_six_bands():
    for nodes in (11, 23):
        assert convergence_factor(six_bands(nodes, 8.0 / (nodes + 1)), -1.0, 0.1) < 0.7


@settings(max_examples=15, deadline=None)
@given(
    place=st.integers(0, 7),
    seed=st.integers(0, 1000),
    shape=st.tuples(*(st.sampled_from([5, 6, 9]) for _ in range(3))),
)
def test_interpolation_keeps_cubic_functions(place, seed, shape):
    """Away from the box, a cubic function on the coarse grid is the same on the fine one."""
    cubics = np.random.default_rng(seed).standard_normal((3, 4))
    fine_grid = hd.Grid(tuple(2 * n + 1 for n in shape), (0.1, -0.2, 0.3), (0.3, 0.4, 0.5))
    coarse_grid = fine_grid.coarsened()
    material = hd.Material("any", conduction_edge=0.0, electron_mass=0.2)
    crystal = hd.Nanocrystal([(material, hd.Sphere(50.0))], environment=hd.HardWall())
    form = hd.kp.EffectiveMass().polynomial(material, "electron").form()

    def operator(grid):
        return _core.discretise(
            crystal.voxelise(grid).compiled,
            orbitals=1,
            spins=1,
            places=[place],
            forms=[form, form],
            spin_orbit=[],
        )

    def cubic(grid):
        x, y, z = map(np.polyval, cubics, grid.axes(place))
        return x[:, None, None] * y[:, None] + z

    fine, coarse = operator(fine_grid), operator(coarse_grid)
    result = _core.prolong_real(coarse, fine, cubic(coarse_grid).reshape(1, -1))
    inner = (slice(4, -4),) * 3
    assert_allclose(result.reshape(fine_grid.shape)[inner], cubic(fine_grid)[inner], atol=1e-12)
    doubled = _core.prolong(coarse, fine, 2j * cubic(coarse_grid).reshape(1, -1))
    assert_allclose(doubled, 2j * result, atol=1e-14)


def test_coarse_operators_must_fit():
    levels = one_band(nodes=15, spacing=0.6)
    with pytest.raises(ValueError, match="coarsened grid"):
        _core.Multigrid([levels[0], levels[0]])
    other = build_levels(
        [(hd.Material("m", valence_edge=0.0, luttinger=(4, 1, 1), spin_orbit=0.0), hd.Sphere(2))],
        hd.kp.Luttinger6(),
        "hole",
        cube_grid(7, 1.2),
    )
    with pytest.raises(ValueError, match="same model"):
        _core.Multigrid([levels[0], other[0]])
    holes = six_bands(nodes=7, spacing=1.0)
    with pytest.raises(ValueError, match="complex64"):
        _core.Multigrid(holes).apply_real(np.zeros((1, holes[0].size), np.float32))
