"""States of structures that repeat: closed forms, factorisations, and what has no meaning there."""

import matplotlib
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.sparse.linalg import eigsh
from scipy.special import jn_zeros

import heterodot as hd
from heterodot.errors import HeterodotError, PeriodicStructureError
from heterodot.units import HBAR2_OVER_2M0

MASS = 0.1
ONE = hd.Material(
    "one",
    conduction_edge=0.0,
    valence_edge=-2.0,
    electron_mass=MASS,
    hole_mass=0.5,
    permittivity=6.0,
)
DOT = hd.Material(
    "dot",
    phase="zincblende",
    conduction_edge=1.84,
    valence_edge=0.0,
    electron_mass=0.13,
    hole_mass=0.6,
    kane_energy=12.0,
    luttinger=(5.51, 1.24, 2.14),
    spin_orbit=0.42,
    permittivity=6.0,
)
AROUND = DOT.replace(name="around", conduction_edge=2.2, valence_edge=-0.3)


def wire(radius=2.0, period=3.2):
    """A cylinder without ends between hard walls."""
    return hd.Nanocrystal(
        [(ONE, hd.Cylinder(radius, 2.5 * period))],
        environment=hd.HardWall(),
        period=(None, None, period),
    )


def test_levels_of_a_wire_with_free_motion():
    """ħ²/2m [(j_mn/R)² + (2πn/L)²], the Bessel zeros j_mn."""
    radius, period = 2.0, 6.4
    ham = hd.Hamiltonian(wire(radius, period), spacing=0.25)
    assert ham.grid.periodic == (False, False, True)
    assert ham.grid.period == pytest.approx((0.0, 0.0, period))
    states = hd.solve(ham, 12, 2, progress=False).electrons
    across = [jn_zeros(0, 1)[0] / radius] * 3 + [jn_zeros(1, 1)[0] / radius] * 6
    along = [0, 1, 1, 0, 0, 1, 1, 1, 1]
    exact = np.sort(
        [
            HBAR2_OVER_2M0 / MASS * (q**2 + (2 * np.pi * n / period) ** 2)
            for q, n in zip(across, along, strict=True)
        ]
    )
    assert states.complete
    assert states.energies[::2] == pytest.approx(exact[:6], rel=3e-3)
    # A plane wave along the wire has the same density everywhere along it.
    density = states.densities()[0]
    assert np.ptp(density, axis=2).max() < 1e-6 * density.max()
    assert states.angular_momenta is None


def test_levels_of_a_well_with_free_motion():
    """ħ²/2m [(πp/d)² + (2πn/L)²] of a well between hard walls."""
    width, period = 4.0, 3.2
    well = hd.Nanocrystal(
        [(ONE, hd.Box((7.0, 7.0, width)))],
        environment=hd.HardWall(),
        period=(period, period, None),
    )
    states = hd.solve(hd.Hamiltonian(well, spacing=0.2), 14, 0, progress=False).electrons
    levels = [(np.pi * p / width) ** 2 for p in (1, 2, 3)]
    free = (2 * np.pi / period) ** 2
    exact = HBAR2_OVER_2M0 / MASS * np.sort([*levels, *4 * [levels[0] + free]])
    assert states.energies[::2] == pytest.approx(exact[:7], rel=2e-3)


def kronig_penney(wave_vector, well, barrier, height, mass, outer):
    """Lowest miniband, Bastard, Wave Mechanics Applied to Semiconductor Heterostructures, II."""

    def mismatch(energy):
        k = np.sqrt(energy * mass / HBAR2_OVER_2M0)
        q = np.sqrt((height - energy) * outer / HBAR2_OVER_2M0)
        ratio = q * mass / (k * outer)
        return (
            np.cos(k * well) * np.cosh(q * barrier)
            + 0.5 * (ratio - 1 / ratio) * np.sin(k * well) * np.sinh(q * barrier)
            - np.cos(wave_vector * (well + barrier))
        )

    energies = np.linspace(1e-4, height - 1e-4, 4001)
    values = mismatch(energies)
    first = np.flatnonzero(values[1:] * values[:-1] < 0)[0]
    return brentq(mismatch, energies[first], energies[first + 1])


def test_minibands_of_a_superlattice():
    well, barrier, height, mass, outer = 4.1, 2.3, 0.4, 0.08, 0.12
    period = well + barrier
    inner = hd.Material("well", conduction_edge=0.0, electron_mass=mass)
    beside = hd.Material("barrier", conduction_edge=height, electron_mass=outer)
    lattice = hd.Nanocrystal(
        [(inner, hd.Box((3.0, 3.0, well))), (beside, hd.Box((3.0, 3.0, 2 * period)))],
        environment=hd.HardWall(),
        period=(0.8, 0.8, period),
    )
    points = np.array([0.0, 0.2, 0.5]) * 2 * np.pi / period
    path = np.outer(points, (0, 0, 1))
    bands = hd.solve_bands(hd.Hamiltonian(lattice, spacing=0.2), path, 2, 0, progress=False)
    exact = [kronig_penney(k, well, barrier, height, mass, outer) for k in points]
    assert np.ptp(exact) > 0.02
    assert bands.electrons[:, 0] == pytest.approx(exact, abs=2e-4)
    assert bands.electrons[:, 1] == pytest.approx(bands.electrons[:, 0], abs=1e-12)
    assert bands.complete
    assert bands.residuals.max() < 1e-5
    assert "3 wave vectors" in repr(bands)
    assert bands.to_xarray().electron_energy.attrs["units"] == "eV"
    matplotlib.use("Agg")
    assert bands.plot().get_xlabel() == "K (1/nm)"


def nanowire(spacing, model):
    """A dot-chain of two materials: cut voxels on both sides of the seam, and across it."""
    layers = [
        (DOT, hd.Sphere(1.3, (0.1, 0.0, 1.4))),
        (AROUND, hd.Cylinder(1.8, 8.0, (0.1, 0.0, 0.0))),
    ]
    crystal = hd.Nanocrystal(layers, environment=hd.HardWall(), period=(None, None, 3.6))
    return hd.Hamiltonian(crystal, model, spacing)


def beside(matrix, shift, count):
    start = np.ones(matrix.shape[0])
    found = eigsh(matrix.tocsc(), k=count, sigma=shift, v0=start, return_eigenvectors=False)
    return np.sort(found[found > shift]), np.sort(found[found < shift])[::-1]


@pytest.mark.parametrize(
    ("model", "spacing", "electrons", "holes", "shifts"),
    [
        (hd.kp.EffectiveMass(), 0.45, 8, 8, (0.0, 3.0)),
        # Most of the time goes into factorising, hence the coarser grid.
        (hd.kp.Luttinger6(), 0.6, 0, 8, (None, 0.5)),
        (hd.kp.Zincblende8(), 0.6, 2, 6, (1.85, 0.0)),
    ],
    ids=["one band", "six bands", "eight bands"],
)
def test_levels_agree_with_factorisations(model, spacing, electrons, holes, shifts):
    """At K = 0 (Kramers pairs) and beside it (one by one)."""
    ham = nanowire(spacing, model)
    states = hd.solve(ham, electrons, holes, progress=False)
    wave_vector = (0.0, 0.0, 0.4)
    bands = hd.solve_bands(ham, [wave_vector], electrons, holes, progress=False)
    bent = ham.at_wave_vector(wave_vector)
    for carrier, own, at_k, shift, side in (
        ("electron", states.electrons, bands.electrons, shifts[0], 0),
        ("hole", states.holes, bands.holes, shifts[1], 1),
    ):
        if not len(own):
            continue
        each = 2 if ham.spin_degenerate(carrier) else 1
        for operator, found in ((ham, own.energies), (bent, at_k[0])):
            exact = beside(operator.tocsr(carrier), shift, 24)[side]
            assert found[::each] == pytest.approx(exact[: len(found) // each], abs=1e-7)
        assert own.complete
    assert bands.complete
    # Without a wave vector the same levels come one by one.
    still = hd.solve_bands(ham, [0.0], electrons, holes, progress=False)
    assert still.holes[0] == pytest.approx(states.holes.energies, abs=1e-7)


@pytest.mark.parametrize("model", [hd.kp.Luttinger6(), hd.kp.Zincblende8()])
def test_bulk_like_boxes_have_the_bands_of_the_material(model):
    """At any wave vector, to the fourth order of the spacing."""
    box = hd.Nanocrystal(
        [(DOT, hd.Box((3.0, 3.0, 3.0)))], environment=hd.HardWall(), period=(1.2, 1.2, 1.2)
    )
    ham = hd.Hamiltonian(box, model, 0.15)
    points = np.array([(0.0, 0.0, 0.0), (0.3, 0.2, 0.0), (0.1, -0.3, 0.4)])
    bands = hd.solve_bands(ham, points, 0, 6, progress=False)
    bulk = np.sort(model.bands(DOT, points, carrier="hole"), axis=1)[:, :6][:, ::-1]
    assert bands.holes == pytest.approx(bulk, abs=2e-4)


def test_no_state_of_a_bulk_like_box_is_missed():
    """Heavy holes along [110] lie far too deep on the coarser grid, and no other state mixes in."""
    box = hd.Nanocrystal(
        [(DOT, hd.Box((6.0, 6.0, 6.0)))], environment=hd.HardWall(), period=(3.0, 3.0, 3.0)
    )
    ham = hd.Hamiltonian(box, hd.kp.Luttinger6(), 0.4)
    states = hd.solve(ham, 0, 10, tolerance=1e-3, progress=False)
    # All rows are alike: a matrix of six bands for every plane wave that fits into the box.
    matrix, count = ham.tocsr("hole"), np.prod(ham.grid.shape)
    assert matrix.shape[0] == 6 * count
    columns = matrix[:, ::count].toarray().reshape(6, *ham.grid.shape, 6)
    waves = np.fft.fftn(columns, axes=(1, 2, 3)).reshape(6, count, 6).swapaxes(0, 1)
    exact = np.sort(np.linalg.eigvalsh(waves), axis=None)[::-1]
    assert exact[4] > -0.3
    assert states.holes.energies == pytest.approx(exact[:10], abs=1e-5)


def test_envelopes_of_eight_bands_are_the_same_on_both_sides_of_a_seam():
    """What lives on faces goes to the nodes across it, too."""
    ham = nanowire(0.45, hd.kp.Zincblende8())
    moved = hd.Nanocrystal(
        [(layer.material, layer.solid.translate((0, 0, 1.8))) for layer in ham.nanocrystal.layers],
        environment=hd.HardWall(),
        period=ham.nanocrystal.period,
    )
    there = hd.Hamiltonian(moved, hd.kp.Zincblende8(), 0.45)
    one, other = (hd.solve(h, 2, 0, progress=False).electrons for h in (ham, there))
    steps = round(1.8 / ham.grid.spacing[2])
    density, image = one.densities()[0], other.densities()[0]
    assert np.abs(np.roll(density, steps, axis=2) - image).max() < 1e-4 * density.max()
    assert density.sum() * ham.grid.cell_volume == pytest.approx(1.0, abs=1e-9)
    weights = one.region_weights(ham.nanocrystal)
    assert weights == pytest.approx(other.region_weights(moved), abs=1e-4)


def test_what_repeats_has_no_coulomb_energy_and_no_position():
    ham = hd.Hamiltonian(wire(), spacing=0.4)
    states = hd.solve(ham, 2, 2, progress=False)
    for ask in (
        lambda: hd.coulomb(states, progress=False),
        lambda: hd.coulomb(states, permittivity=4.0, progress=False),
        lambda: hd.electron_hole_exchange(states),
        lambda: hd.self_polarisation_potential(ham.nanocrystal, ham.grid),
        lambda: hd.local_field(ham.nanocrystal),
        lambda: hd.intraband_momentum(states.electrons),
        lambda: ham.with_electric_field((0.0, 0.0, 0.01)),
        lambda: ham.with_magnetic_field((0.0, 0.0, 1.0)),
    ):
        with pytest.raises(PeriodicStructureError):
            ask()
    assert issubclass(PeriodicStructureError, (HeterodotError, ValueError))
    # A field across the wire is fine.
    tilted = ham.with_electric_field((0.02, 0.0, 0.0))
    assert (
        hd.solve(tilted, 2, 0, progress=False).electrons.energies[0]
        < (states.electrons.energies[0])
    )


def test_what_cannot_be_a_period_or_a_wave_vector():
    layers = [(ONE, hd.Cylinder(2.0, 4.0))]
    with pytest.raises(ValueError, match="ends just where its image begins"):
        hd.Nanocrystal(layers, period=(None, None, 4.0))
    two = [(ONE, hd.Cylinder(1.0, 2.4)), (ONE.replace(name="two"), hd.Cylinder(2.0, 4.0))]
    with pytest.raises(ValueError, match="ends just where its image begins"):
        hd.Nanocrystal(two, graded=0.4, period=(None, None, 2.0))
    with pytest.raises(ValueError, match="more than 12 periods"):
        hd.Nanocrystal(layers, period=(None, None, 0.3))
    with pytest.raises(ValueError, match="for each of x, y and z"):
        hd.Nanocrystal(layers, period=(4.0,))
    with pytest.raises(ValueError, match=r"period\[2\]"):
        hd.Nanocrystal(layers, period=(None, None, -1.0))
    assert hd.Nanocrystal(layers, period=(None, None, None)).period is None
    ham = hd.Hamiltonian(wire(), spacing=0.4)
    with pytest.raises(ValueError, match="does not repeat"):
        ham.at_wave_vector((0.1, 0.0, 0.0))
    with pytest.raises(ValueError, match="solve_bands"):
        hd.solve(ham.at_wave_vector((0.0, 0.0, 0.1)), 2, 0)
    with pytest.raises(ValueError, match="shape"):
        hd.solve_bands(ham, [(0.0, 0.1)], 2, 0)
    with pytest.raises(ValueError, match="at least one"):
        hd.solve_bands(ham, [0.0], 0, 0)
    with pytest.raises(ValueError, match="divide the period"):
        hd.solve(ham, 2, 0, spacings=(0.4, 0.3), progress=False)


def test_sizes_of_a_graded_wire():
    """Ends of a wire are no surface: neither layers nor their thickness know of them."""
    graded = hd.Nanocrystal(
        [("CdSe", hd.Cylinder(1.5, 4.0)), ("CdS", hd.Cylinder(2.2, 4.0))],
        graded=0.4,
        period=(None, None, 2.0),
    )
    assert len(graded.regions) == 8
    assert graded.smallest_feature == pytest.approx(0.7, abs=1e-3)
    volumes = graded.volumes(0.1)
    assert volumes[0] == pytest.approx(2.0 * np.pi * 1.3**2, rel=1e-4)
    assert volumes.sum() == pytest.approx(2.0 * np.pi * 2.2**2, rel=1e-4)


def test_extrapolation_along_a_period():
    """Spacings that divide the period are extrapolated like those of a dot."""
    states = hd.solve(
        hd.Hamiltonian(wire(), spacing=0.2), 2, 0, spacings=(0.4, 0.2), progress=False
    )
    exact = HBAR2_OVER_2M0 / MASS * (jn_zeros(0, 1)[0] / 2.0) ** 2
    assert states.electrons.energies[0] == pytest.approx(exact, abs=2e-4)


def test_structures_that_repeat_are_saved(tmp_path):
    states = hd.solve(hd.Hamiltonian(wire(), spacing=0.5), 2, 0, progress=False)
    loaded = hd.load(hd.save(tmp_path / "wire.nc", states))
    assert loaded.electrons.grid == states.electrons.grid
    assert loaded.electrons.grid.periodic == (False, False, True)
    assert loaded.nanocrystal.period == (None, None, 3.2)
    assert "repeating after 3.2 nm along z" in repr(loaded.nanocrystal)
    # Files from before know nothing of periods.
    grid = states.electrons.grid
    assert hd.Grid(grid.shape, grid.origin, grid.spacing, ()).periodic == (False, False, False)


def test_potentials_go_around():
    """A potential with the period of the structure, on another grid and on staggered places."""
    ham = nanowire(0.45, hd.kp.Zincblende8())
    z = ham.grid.axes()[2]
    wave = np.broadcast_to(0.05 * np.cos(2 * np.pi * z / 3.6), ham.grid.shape)
    driven = ham.with_potential(wave, wave)
    finer = driven.at_spacing(0.3)
    moved = finer.potential("electron")
    expected = 0.05 * np.cos(2 * np.pi * finer.grid.axes()[2] / 3.6)
    assert np.abs(moved[0, 0] - expected).max() < 0.004
    half = z + 0.5 * ham.grid.spacing[2]
    diagonal = (
        driven.operator("electron").diagonal() - ham.operator("electron").diagonal()
    ).reshape(ham.operator("electron").shape)
    on_z_faces = diagonal[3, ham.grid.shape[0] // 2, ham.grid.shape[1] // 2]
    assert on_z_faces == pytest.approx(0.05 * np.cos(2 * np.pi * half / 3.6), abs=0.008)
