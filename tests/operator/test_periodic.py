"""Operators of structures that repeat: plane waves, seams that nobody sees, Bloch's theorem."""

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose
from operator_problems import CORE, MODELS, SHELL, dispersion
from scipy.sparse import csr_array

import heterodot as hd
from heterodot import _core
from heterodot.envelopes.discretisation import discretised

CUBIC = CORE.replace(kane_energy=12.0, electron_mass=0.13)
OUTER = SHELL.replace(kane_energy=10.0, electron_mass=0.15)
BARRIER = SHELL.replace(conduction_edge=4.0, valence_edge=-2.0, kane_energy=8.0)
ALL = MODELS | {"Zincblende8": (hd.kp.Zincblende8(), "electron")}
CENTER = (0.03, -0.05, 0.07)


def filled(model, steps, period=None, spacing=0.4, **more):
    """Return a box full of one material; without a period a finite one of its size."""
    size = tuple(2.2 * n * spacing for n in steps)
    crystal = hd.Nanocrystal(
        [(CUBIC, hd.Box(size))],
        environment=hd.HardWall(),
        period=None if period is None else tuple(n * spacing for n in steps),
    )
    return hd.Hamiltonian(crystal, model, spacing, **more)


@cache
def voxels(period, shift=(0.0, 0.0, 0.0)):
    """Return a core and a shell at 0.5 nm; with a period of 3 nm the shells overlap."""
    center = tuple(c + s for c, s in zip(CENTER, shift, strict=True))
    crystal = hd.Nanocrystal(
        [(CUBIC, hd.Sphere(1.0, center)), (OUTER, hd.Sphere(1.6, center))],
        environment=hd.HardWall(),
        period=period,
    )
    return crystal.voxelise(crystal.grid(0.5))


def operator_on(of, name, wall=True, wave_vector=(0.0, 0.0, 0.0)):
    model, carrier = ALL[name]
    materials = (CUBIC, OUTER) if wall else (CUBIC, OUTER, BARRIER)
    polynomials = [model.polynomial(material, carrier) for material in materials]
    return discretised(
        of,
        polynomials,
        range(len(polynomials[0].orbitals)),
        spins=True,
        interface="laminate",
        order=4,
        wall=wall,
        tail=None,
        wave_vector=wave_vector,
    )


def compressed(operator):
    count = int(operator.active().sum())
    start, columns, values = operator.compressed_rows(0, count)
    return csr_array((values, columns, start), shape=(count, count))


def plane_wave_symbol(ham, carrier, k):
    """Apply the operator to exp(ik·r) of every band; the image must be plane waves as well."""
    operator = ham.operator(carrier)
    bands, *shape = operator.shape
    waves = []
    for place in operator.places:
        mesh = np.meshgrid(*ham.grid.axes(place), indexing="ij")
        waves.append(np.exp(1j * np.tensordot(k, mesh, axes=1)))
    symbol = np.zeros((bands, bands), complex)
    for b in range(bands):
        vector = np.zeros((bands, *shape), complex)
        vector[b] = waves[b]
        image = operator.apply(vector.reshape(1, -1)).reshape(bands, *shape)
        for a in range(bands):
            ratio = image[a] / waves[a]
            assert np.ptp(ratio.real) + np.ptp(ratio.imag) < 1e-9
            symbol[a, b] = ratio.flat[0]
    return symbol


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("steps", [(8, 8, 8), (4, 8, 12)])
def test_plane_waves_fit_into_an_empty_box(name, steps):
    """The symbol is that of the finite operator's bulk, and that of the model up to the order."""
    model, carrier = ALL[name]
    ham = filled(model, steps, period=steps)
    assert ham.grid.shape == steps
    assert ham.operator(carrier).active().all()
    finite = filled(model, (12, 12, 12), margin=0.5)
    n = np.array([1, -1, 1])
    k = 2 * np.pi * n / np.array(ham.grid.period)
    symbol = plane_wave_symbol(ham, carrier, k)
    assert_allclose(symbol, dispersion(finite, carrier, k), atol=1e-9)
    # Bloch vectors lie between those that fit into the box.
    bloch = np.array([0.4, 0.15, -0.25])
    moved = plane_wave_symbol(ham.at_wave_vector(bloch), carrier, np.zeros(3))
    assert_allclose(moved, dispersion(finite, carrier, bloch), atol=1e-9)
    bands = np.linalg.eigvalsh(moved)
    exact = model.polynomial(CUBIC, carrier).energies(bloch)
    assert_allclose(bands, np.sort(exact), atol=2e-3)


@pytest.mark.parametrize("wall", [True, False], ids=["wall", "barrier"])
@pytest.mark.parametrize("name", ["EffectiveMass", "Luttinger6", "Zincblende8"])
def test_no_seam_is_seen(name, wall):
    """Shifted by whole steps across all faces, the structure has the same operator."""
    period, steps = (4.0, 4.0, 4.0), (3, 4, -2)
    there = voxels(period, tuple(0.5 * s for s in steps))
    one, other = (operator_on(of, name, wall) for of in (voxels(period), there))
    rolled = {"shift": steps, "axis": (1, 2, 3)}
    active = np.roll(one.active().reshape(one.shape), **rolled)
    assert np.array_equal(active, other.active().reshape(one.shape))
    x = np.random.default_rng(3).standard_normal(one.shape) + 0j
    moved = np.roll(one.apply(x.reshape(1, -1)).reshape(one.shape), **rolled)
    image = other.apply(np.roll(x, **rolled).reshape(1, -1)).reshape(one.shape)
    assert_allclose(image, moved, atol=1e-10 * np.abs(moved).max())


@pytest.mark.parametrize("period", [(2.4, None, None), (None, None, 3.0), (4.0, 4.0, 4.0)])
@pytest.mark.parametrize("name", ["EffectiveMass", "Luttinger6", "Zincblende8"])
def test_rows_are_hermitian_and_the_product_is_theirs(name, period):
    """Of dots that overlap or nearly touch: the product, its single precision and CSR."""
    for wave_vector in ((0.0, 0.0, 0.0), tuple(0.3 * (p is not None) for p in period)):
        operator = operator_on(voxels(period), name, wave_vector=wave_vector)
        matrix = compressed(operator)
        assert abs(matrix - matrix.conj().T).max() < 1e-12 * abs(matrix).max()
        active = operator.active()
        x = np.random.default_rng(5).standard_normal((2, operator.size)) * active + 0j
        image = operator.apply(x)[:, active]
        assert_allclose(image, (matrix @ x[:, active].T).T, atol=1e-11 * np.abs(image).max())
        single = operator.apply_float(x.astype(np.complex64))[:, active]
        assert_allclose(single, image, atol=1e-5 * np.abs(image).max())


def test_no_seam_is_seen_by_a_tail():
    """The same with a barrier as a boundary condition at the surface, whose rows reach farthest."""
    rows = []
    # Whole steps of the coarse grid for the tail's reference energy as well.
    for shift in (0.0, 2.0):
        dot = hd.Sphere(1.6, (CENTER[0], CENTER[1], CENTER[2] + shift))
        crystal = hd.Nanocrystal([(CUBIC, dot)], "toluene", period=(None, None, 4.0))
        ham = hd.Hamiltonian(crystal, hd.kp.EffectiveMass(), 0.5, barrier="tail")
        assert ham.has_tail("electron")
        rows.append(ham.tocsr("electron"))
    one, other = (np.linalg.eigvalsh(matrix.toarray()) for matrix in rows)
    assert_allclose(other, one, atol=1e-9)


def test_rows_may_be_shared_near_seams():
    model, carrier = ALL["Luttinger6"]
    crystal = hd.Nanocrystal(
        [(CUBIC, hd.Sphere(1.0, CENTER)), (OUTER, hd.Box((20.0, 20.0, 14.0)))],
        environment=hd.HardWall(),
        period=(None, 10.0, 7.0),
    )
    of = crystal.voxelise(
        hd.Grid((13, 20, 14), (-3.1, -4.5, -3.0), (0.5,) * 3, (False, True, True))
    )
    polynomials = [model.polynomial(material, carrier) for material in (CUBIC, OUTER)]
    first = polynomials[0]
    options = {
        "orbitals": len(first.orbitals),
        "spins": first.spins,
        "places": list(first.places),
        "forms": [p.form() for p in polynomials],
        "spin_orbit": [p.spin_orbit for p in polynomials],
        "wall": True,
    }
    shared = _core.discretise(of.compiled, **options)
    alone = _core.discretise(of.compiled, share_rows=False, **options)
    assert shared.row_classes == alone.row_classes < 0.7 * np.prod(shared.shape[1:])
    x = np.random.default_rng(7).standard_normal((1, shared.size)) + 0j
    assert_allclose(shared.apply(x), alone.apply(x), atol=1e-10)


@pytest.mark.parametrize(
    "name", [pytest.param("EffectiveMass", marks=pytest.mark.slow), "Zincblende8"]
)
def test_two_periods_hold_the_states_of_both_their_wave_vectors(name):
    """Bloch's theorem: K = 0 and π/L of one period are K = 0 of two."""
    model, carrier = ALL[name]
    layers = [(CUBIC, hd.Sphere(0.9)), (OUTER, hd.Box((8.0, 8.0, 8.0)))]
    length = 2.0
    one = hd.Nanocrystal(layers, environment=hd.HardWall(), period=(2.0, 2.0, length))
    # Two dots, half a period of the pair away from its middle each.
    ends = hd.Sphere(0.9, (0.0, 0.0, -0.5 * length))
    pair = ends | hd.Sphere(0.9, (0.0, 0.0, 0.5 * length))
    two = hd.Nanocrystal(
        [(CUBIC, pair), layers[1]], environment=hd.HardWall(), period=(2.0, 2.0, 2 * length)
    )
    single, double = (hd.Hamiltonian(crystal, model, 0.5) for crystal in (one, two))
    levels = [
        np.linalg.eigvalsh(single.at_wave_vector((0.0, 0.0, K)).tocsr(carrier).toarray())
        for K in (0.0, np.pi / length)
    ]
    both = np.linalg.eigvalsh(double.tocsr(carrier).toarray())
    assert np.abs(levels[0] - levels[1]).max() > 1e-2
    assert_allclose(both, np.sort(np.concatenate(levels)), atol=1e-9)


@pytest.mark.parametrize("place", [0, 1, 4, 7])
def test_transfers_go_around(place):
    """Interpolation across the seam is that elsewhere, and restriction its adjoint."""
    fine_grid = hd.Grid((8, 7, 4), (0.0, 0.0, 0.0), (0.3, 0.3, 0.3), (True, False, True))
    coarse_grid = fine_grid.coarsened()
    assert coarse_grid.shape == (4, 3, 2)
    material = hd.Material("any", conduction_edge=0.0, electron_mass=0.2)
    crystal = hd.Nanocrystal(
        [(material, hd.Box((9.0, 9.0, 9.0)))], environment=hd.HardWall(), period=(2.4, None, 1.2)
    )
    form = hd.kp.EffectiveMass().polynomial(material, "electron").form()
    fine, coarse = (
        _core.discretise(
            crystal.voxelise(grid).compiled,
            orbitals=1,
            spins=1,
            places=[place],
            forms=[form, form],
            spin_orbit=[],
        )
        for grid in (fine_grid, coarse_grid)
    )
    x = np.random.default_rng(1).standard_normal(coarse_grid.shape)
    expected = x
    for axis in range(3):
        beyond = (2, 2)
        mode = "wrap" if fine_grid.periodic[axis] else "constant"
        padded = np.pad(expected, [beyond if d == axis else (0, 0) for d in range(3)], mode=mode)
        half = 0.5 * (place >> axis & 1)
        lines = []
        for f in range(fine_grid.shape[axis]):
            # Fine f + half (in fine steps) among the coarse c + half (in coarse ones, at 2c + 1).
            at = (f + half - 1.0) / 2.0 - half
            near = int(np.floor(at)) + np.arange(-1, 3)
            line = 0.0
            for n in near[(at != np.floor(at)) | (near == at)]:
                others = near[near != n] if at != n else []
                weight = np.prod([(at - other) / (n - other) for other in others])
                line = line + weight * np.take(padded, n + 2, axis=axis)
            lines.append(line)
        expected = np.stack(lines, axis=axis)
    result = _core.prolong_real(coarse, fine, x.reshape(1, -1)).reshape(fine_grid.shape)
    assert_allclose(result, expected, atol=1e-12)
    multigrid = _core.Multigrid([fine, coarse])
    multigrid.set_shifts([-1.0])
    a, b = np.random.default_rng(2).standard_normal((2, fine.size)).astype(np.float32)
    left, right = (multigrid.apply_real(v[None])[0] for v in (a, b))
    assert b @ left == pytest.approx(a @ right, rel=1e-4)
    assert abs(b @ left) > 1e-2


def test_coarse_voxels_hold_what_the_fine_ones_do():
    fine = voxels((2.4, None, None), (0.9, 0.0, 0.0))
    coarse = fine.coarsened()
    assert coarse.grid.periodic == (True, False, False)
    assert_allclose(coarse.volumes()[:2], fine.volumes()[:2], rtol=1e-4)
    # Dots overlap: two caps less than a sphere, wherever the centre is.
    height = 1.6 - 1.2
    volume = 4 / 3 * np.pi * 1.6**3 - 2 * np.pi * height**2 * (1.6 - height / 3)
    for own in (fine, voxels((2.4, None, None))):
        assert own.volumes()[:2].sum() == pytest.approx(volume, rel=2e-3)
