"""SLEPc on 1, 2 and 4 ranks against the built-in engine; skipped where slepc4py is missing."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from slepc_problems import PROBLEMS

import heterodot as hd
from heterodot.envelopes.slepc_matrix import slabs

HERE = Path(__file__).parent
# The launcher of a wheel lies beside its Python; a site's is on the path.
LAUNCHER = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
needs_slepc = pytest.mark.skipif(
    importlib.util.find_spec("slepc4py") is None or LAUNCHER is None,
    reason="slepc4py or mpiexec is not installed",
)


def run(problem, ranks):
    """Return what a run under mpiexec gave."""
    assert LAUNCHER is not None
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # Open MPI asks for these in containers; others do not know them.
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "OMPI_MCA_rmaps_base_oversubscribe": "1",
    }
    # mpi4py ends all ranks when one of them fails; else the others wait for it for ever.
    guard = ["-m", "mpi4py"] if importlib.util.find_spec("mpi4py") else []
    script = [sys.executable, *guard, str(HERE / "slepc_ranks.py"), problem]
    command = [LAUNCHER, "-n", str(ranks), *script]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, env=environment, timeout=600
    )


def solved(problem, ranks):
    done = run(problem, ranks)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))


@pytest.fixture(scope="module")
def references():
    known = {}

    def reference(problem):
        if problem not in known:
            hamiltonian, electrons, holes, _ = PROBLEMS[problem]()
            known[problem] = hd.solve(hamiltonian, electrons, holes, bound=False, progress=False)
        return known[problem]

    return reference


@needs_slepc
@pytest.mark.parametrize(
    ("problem", "ranks"),
    [(p, n) for p in ("one_band", "six_bands", "eight_bands") for n in (1, 2, 4)]
    + [(p, 2) for p in ("eight_bands_in_a_field", "one_band_iterated", "six_bands_iterated")]
    + [(p, n) for p in ("eight_bands_iterated", "eight_bands_in_a_wire") for n in (1, 2, 4)],
)
def test_both_engines_find_the_same_states(problem, ranks, references):
    expected, found = references(problem), solved(problem, ranks)
    assert found["ranks"] == ranks
    for own in (expected.electrons, expected.holes):
        theirs = found[own.carrier]
        assert len(theirs["energies"]) == len(own)
        if not len(own):
            continue
        assert np.abs(np.array(theirs["energies"]) - own.energies).max() < 1e-8
        assert max(theirs["residuals"]) <= 1e-5
        assert theirs["complete"]
        assert theirs["norms"] == pytest.approx(np.ones(len(own) // 2), abs=1e-3)
        assert theirs["dtype"] == str(own.representatives.dtype)


@needs_slepc
def test_every_rank_needs_a_plane_of_nodes():
    done = run("eight_bands_in_a_wire", 5)
    assert done.returncode != 0
    assert "5 ranks for 4 planes of nodes" in done.stderr


@needs_slepc
def test_what_to_do_where_petsc_stops_is_named():
    done = run("eight_bands_too_few_steps", 2)
    assert done.returncode != 0
    assert "ConvergenceError" in done.stderr
    assert "heterodot_st_ksp_max_it" in done.stderr


@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
def test_slabs_have_equal_shares_and_none_is_empty(ranks):
    equal = slabs(np.full(12, 7), ranks)
    assert np.array_equal(np.diff(equal), np.full(ranks, 12 // ranks))
    # A plane with more than its share, and planes outside the wall.
    planes = np.array([0, 90, 5, 0, 3, 2, 0])
    bounds = slabs(planes, ranks)
    assert (bounds[0], bounds[-1]) == (0, len(planes))
    assert all(planes[a:b].sum() > 0 for a, b in pairwise(bounds))


def test_what_cannot_be_asked_of_an_engine():
    hamiltonian = PROBLEMS["one_band"]()[0]
    with pytest.raises(ValueError, match="engine must be"):
        hd.solve(hamiltonian, engine="petsc")
    if importlib.util.find_spec("slepc4py") is None:
        with pytest.raises(ImportError, match="dolfinx-solver-complex"):
            hd.solve(hamiltonian, engine="slepc", progress=False)
