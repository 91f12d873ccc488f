"""An interrupted solution goes on from its file; other Hamiltonians are refused."""

import h5py
import numpy as np
import pytest

import heterodot as hd
from heterodot.linalg.checkpoint import Checkpoint, Reached, fingerprint
from heterodot.linalg.eigensolver import lowest_eigenpairs
from heterodot.progress import SolverBar

MATERIAL = hd.Material(
    "dot",
    phase="zincblende",
    conduction_edge=1.84,
    valence_edge=0.0,
    electron_mass=0.13,
    hole_mass=0.6,
    kane_energy=12.0,
    luttinger=(5.51, 1.24, 2.14),
    spin_orbit=0.42,
)
DOT = hd.Nanocrystal([(MATERIAL, hd.Ellipsoid((1.5, 1.6, 1.8)))], environment=hd.HardWall())
CASES = {
    "one band": (hd.kp.EffectiveMass(), 6, 4, 0.2),
    "four bands": (hd.kp.Luttinger4(), 0, 6, 0.4),
    "six bands": (hd.kp.Luttinger6(), 0, 6, 0.4),
    "eight bands": (hd.kp.Zincblende8(), 2, 4, 0.45),
}


@pytest.fixture
def reports(monkeypatch):
    """Iterations reported to the progress bar; the list's `limit` is where Ctrl-C is pressed."""

    class Reports(list):
        limit = None

    seen = Reports()

    def report(_, iteration, converged, residual):
        seen.append((iteration, converged, residual))
        if seen.limit is not None and len(seen) == seen.limit:
            raise KeyboardInterrupt

    monkeypatch.setattr(SolverBar, "report", report)
    return seen


@pytest.mark.parametrize("case", CASES)
def test_interrupted_and_resumed(case, reports, tmp_path):
    model, electrons, holes, spacing = CASES[case]
    ham = hd.Hamiltonian(DOT, model, spacing)
    plain = hd.solve(ham, electrons, holes, bound=False, progress=False)
    iterations = len(reports)
    file = tmp_path / "states.h5"
    reports.clear()
    reports.limit = iterations - 3
    with pytest.raises(KeyboardInterrupt):
        hd.solve(ham, electrons, holes, bound=False, progress=False, checkpoint=file)
    assert file.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["states.h5"]
    reports.clear()
    reports.limit = None
    resumed = hd.solve(ham, electrons, holes, bound=False, progress=False, checkpoint=file)
    assert len(reports) < 0.7 * iterations
    for own, other in ((plain.electrons, resumed.electrons), (plain.holes, resumed.holes)):
        assert own.energies == pytest.approx(other.energies, abs=1e-8)
        assert np.all(other.residuals <= 1e-5)
        assert own.complete == other.complete
    # Once more from what has converged: there is nothing left to do.
    reports.clear()
    again = hd.solve(ham, electrons, holes, bound=False, progress=False, checkpoint=file)
    assert len(reports) <= 3
    assert again.holes.energies == pytest.approx(plain.holes.energies, abs=1e-8)


@pytest.mark.parametrize(
    "case", ["one band", "eight bands", pytest.param("six bands", marks=pytest.mark.slow)]
)
def test_interrupted_and_resumed_in_a_magnetic_field(case, reports, tmp_path):
    model, electrons, holes, spacing = CASES[case]
    ham = hd.Hamiltonian(DOT, model, max(spacing, 0.4)).with_magnetic_field((3.0, 0.0, 8.0))
    options = {"tolerance": 1e-7, "progress": False}
    plain = hd.solve_in_field(ham, electrons, holes, **options)
    iterations = len(reports)
    file = tmp_path / "states.h5"
    reports.clear()
    reports.limit = iterations - 1
    with pytest.raises(KeyboardInterrupt):
        hd.solve_in_field(ham, electrons, holes, **options, checkpoint=file)
    last = "hole" if holes else "electron"
    with h5py.File(file) as kept:
        done = int(kept[f"{last} in the field/iterations"][0])
    assert done > 2
    reports.clear()
    reports.limit = None
    resumed = hd.solve_in_field(ham, electrons, holes, **options, checkpoint=file)
    assert done in [iteration for iteration, *_ in reports]
    # That carrier does not begin anew (the other one, if there is one, has converged).
    assert min(iteration for iteration, *_ in reports) > 2
    for own, other in ((plain.electrons, resumed.electrons), (plain.holes, resumed.holes)):
        assert own.energies == pytest.approx(other.energies, abs=1e-8)
        assert np.all(other.residuals <= 1e-7)
    stronger = hd.Hamiltonian(DOT, model, max(spacing, 0.4)).with_magnetic_field((3.0, 0.0, 9.0))
    with pytest.raises(ValueError, match="another Hamiltonian"):
        hd.solve_in_field(stronger, electrons, holes, **options, checkpoint=file)


def test_an_interruption_inside_an_operator_product_is_kept(tmp_path, monkeypatch):
    """Not between two steps: vectors are whole there, and are saved."""
    ham = hd.Hamiltonian(DOT, hd.kp.EffectiveMass(), 0.2)
    levels = ham.levels("electron")

    class Interrupted:
        def __init__(self, operator, after):
            self._operator, self._left = operator, after

        def __getattr__(self, name):
            return getattr(self._operator, name)

        def _count(self):
            self._left -= 1
            if self._left == 0:
                raise KeyboardInterrupt

        def apply_real(self, block):
            self._count()
            return self._operator.apply_real(block)

        def apply_real_float(self, block):
            self._count()
            return self._operator.apply_real_float(block)

    file = tmp_path / "states.h5"
    with pytest.raises(KeyboardInterrupt):
        lowest_eigenpairs(
            Interrupted(levels[0], 60), 4, checkpoint=Checkpoint(file, "e"), max_iterations=300
        )
    with h5py.File(file) as kept:
        vectors = np.asarray(kept["e/vectors"])
        count = int(kept["e/iterations"][0])
    assert count > 2
    # Steps are in single precision: vectors are made orthonormal again when the iteration goes on.
    assert np.abs(vectors @ vectors.T - np.eye(len(vectors))).max() < 1e-6
    seen = []
    found = lowest_eigenpairs(
        Interrupted(levels[0], 10**9),
        4,
        checkpoint=Checkpoint(file, "e"),
        max_iterations=300,
        progress=lambda *report: seen.append(report[0]),
    )
    assert seen[0] == count
    expected = lowest_eigenpairs(levels[0], 4, coarse=levels[1:])
    assert found.values == pytest.approx(expected.values, abs=1e-8)


@pytest.mark.parametrize("model", [hd.kp.EffectiveMass(), hd.kp.Zincblende8()])
def test_another_hamiltonian_is_refused(model, tmp_path):
    ham = hd.Hamiltonian(DOT, model, 0.5)
    file = tmp_path / "states.h5"
    hd.solve(ham, 2, 0, bound=False, progress=False, checkpoint=file)
    lifted = ham.with_potential(*2 * [np.full(ham.grid.shape, 1e-7)])
    turned = hd.Hamiltonian(
        hd.Nanocrystal([(MATERIAL, hd.Ellipsoid((1.6, 1.5, 1.8)))], environment=hd.HardWall()),
        model,
        0.5,
    )
    for other, count in ((lifted, 2), (turned, 2), (ham, 4)):
        with pytest.raises(ValueError, match="another Hamiltonian or to other numbers"):
            hd.solve(other, count, 0, bound=False, progress=False, checkpoint=file)


def test_what_is_no_checkpoint(tmp_path):
    ham = hd.Hamiltonian(DOT, hd.kp.EffectiveMass(), 0.5)
    text = tmp_path / "notes.txt"
    text.write_text("precious", encoding="utf-8")
    with pytest.raises(ValueError, match="no checkpoint"):
        hd.solve(ham, 2, 0, bound=False, progress=False, checkpoint=text)
    assert text.read_text("utf-8") == "precious"
    results = tmp_path / "results.h5"
    with h5py.File(results, "w") as file:
        file["energies"] = np.ones(3)
    with pytest.raises(ValueError, match="no checkpoint"):
        hd.solve(ham, 2, 0, bound=False, progress=False, checkpoint=results)
    with pytest.raises(ValueError, match="no folder"):
        hd.solve(ham, 2, 0, bound=False, progress=False, checkpoint=tmp_path / "none" / "a.h5")
    with pytest.raises(ValueError, match="slepc"):
        hd.solve(ham, 2, 0, engine="slepc", checkpoint=tmp_path / "a.h5")


def test_several_problems_share_a_file(tmp_path):
    file = tmp_path / "states.h5"
    vectors = {name: np.random.default_rng(n).random((2, 5)) for n, name in enumerate("ab")}
    for name, block in vectors.items():
        checkpoint = Checkpoint(file, name)
        assert checkpoint.resume(np.ones(3)) is None
        checkpoint.write(Reached(1, block, (np.arange(2.0),), (3,), (True,)))
    for name, block in vectors.items():
        reached = Checkpoint(file, name).resume(np.ones(3))
        assert np.array_equal(reached.vectors, block)
        assert (reached.level, reached.iterations, reached.complete) == (1, (3,), (True,))


def test_fingerprints_do_not_depend_on_threads():
    from heterodot import _core

    operator = hd.Hamiltonian(DOT, hd.kp.Luttinger6(), 0.4).operator("hole")
    before = _core.thread_count()
    try:
        _core.set_thread_count(1)
        one = fingerprint([operator], 3.0)
        _core.set_thread_count(2)
        two = fingerprint([operator], 3.0)
    finally:
        _core.set_thread_count(before)
    assert one == pytest.approx(two, rel=1e-12)
