"""Blocks of any number of vectors: interleaved or not, products and cycles are the same."""

import numpy as np
import pytest

import heterodot as hd
from heterodot import _core

DOT = hd.Nanocrystal([("CdS", hd.Sphere(1.0)), ("ZnSe", hd.Sphere(1.5))], environment=hd.HardWall())
MODELS = {
    "one band": hd.kp.EffectiveMass(),
    "six bands": hd.kp.Luttinger6(),
    "eight bands": hd.kp.Zincblende8(),
}


def block(count, size, real=False):
    random = np.random.default_rng(count)
    vectors = random.standard_normal((count, size))
    return vectors if real else vectors + 1j * random.standard_normal((count, size))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 8, 9, 13, 17])
def test_products_of_blocks(name, count):
    """Every number of lanes against the compressed rows, with a potential and both precisions."""
    ham = hd.Hamiltonian(DOT, MODELS[name], 0.3)
    x = np.linspace(-0.1, 0.2, ham.grid.size).reshape(ham.grid.shape)
    ham = ham.with_potential(x, x)
    operator, matrix = ham.operator("hole"), ham.tocsr("hole")
    active = np.asarray(operator.active(), bool)
    scale = abs(matrix).max()
    vectors = block(count, operator.size) * active
    expected = np.zeros_like(vectors)
    expected[:, active] = (matrix @ vectors[:, active].T).T
    assert np.abs(operator.apply(vectors) - expected).max() < 1e-12 * scale
    single = operator.apply_float(vectors.astype(np.complex64))
    assert np.abs(single - expected).max() < 1e-5 * scale
    if operator.is_real:
        real = block(count, operator.size, real=True) * active
        expected = np.zeros_like(real)
        expected[:, active] = (matrix.real @ real[:, active].T).T
        assert np.abs(operator.apply_real(real) - expected).max() < 1e-12 * scale
        single = operator.apply_real_float(real.astype(np.float32))
        assert np.abs(single - expected).max() < 1e-5 * scale


@pytest.mark.parametrize("name", MODELS)
def test_cycles_of_blocks(name):
    """A vector's cycle knows nothing of the others, whatever block came before."""
    ham = hd.Hamiltonian(DOT, MODELS[name], 0.3)
    levels = list(ham.levels("hole"))
    multigrid = _core.Multigrid(levels, sign=ham.sign("hole"))
    multigrid.set_shifts([-3.0])
    vectors = block(7, levels[0].size).astype(np.complex64)
    together = multigrid.apply(vectors)
    for number in (0, 3, 6):
        own = multigrid.apply(vectors[number : number + 1])[0]
        assert np.abs(own - together[number]).max() < 1e-4 * np.abs(own).max()
    if name != "eight bands":  # no gap
        with pytest.raises(ValueError, match="both sides of a gap"):
            _core.ResidualMultigrid(levels, 0.5)
        return
    residual = _core.ResidualMultigrid(levels, 0.5)
    solved, left = residual.apply(vectors)
    for number in (0, 3, 6):
        own, rest = (part[0] for part in residual.apply(vectors[number : number + 1]))
        assert np.abs(own - solved[number]).max() < 1e-3 * np.abs(own).max()
        assert np.abs(rest - left[number]).max() < 1e-3 * np.abs(rest).max()
