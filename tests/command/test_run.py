"""``heterodot run`` from a file to results on disk, at a coarse spacing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import heterodot as hd
from heterodot.cli import main
from heterodot.runs.demo import demo_task
from heterodot.runs.run_file import FIGURES, parse_run

SMALL = """
title = "a small core/shell dot"
[[layers]]
material = "core"
solid = { shape = "Sphere", radius = 1.2 }
[[layers]]
material = "shell"
solid = "Sphere(radius=2.0)"
[environment]
hard_wall = true
permittivity = 2.0
[materials.core]
source = "made up"
gap = 2.0
valence_edge = 0.0
electron_mass = 0.15
hole_mass = 0.6
permittivity = 8.0
[materials.shell]
base = "core"
source = "made up"
gap = 2.6
[hamiltonian]
spacing = 0.4
[states]
electrons = 2
holes = 8
[gain]
occupancy = { distribution = "Poisson", mean = 2.5 }
[transient_absorption]
occupancy = { distribution = "Poisson", mean = 0.5 }
[dynamics]
pump = { kind = "Pulse", mean = 2.0, width = 1e-3 }
auger = 0.1
"""

PICTURES = {f"{name}.png" for name in FIGURES}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (folder / "small.toml").write_text(SMALL, encoding="utf-8")
    command = [sys.executable, "-c", "import sys; from heterodot.cli import main; sys.exit(main())"]
    finished = subprocess.run(
        [*command, "run", str(folder / "small.toml"), "--threads", "1"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    return folder / "small", finished


def test_the_summary_is_printed_and_everything_is_written(done):
    folder, finished = done
    assert finished.returncode == 0, finished.stderr
    assert {entry.name for entry in folder.iterdir()} == PICTURES | {
        "results.nc",
        "summary.txt",
        "input.toml",
    }
    assert finished.stdout == (folder / "summary.txt").read_text(encoding="utf-8")
    for words in (
        "a small core/shell dot",
        "exciton ",
        "Δ_XX",
        "lifetime X",
        "Δs",
        "threshold",
        "gain lasts",
    ):
        assert words in finished.stdout
    assert (folder / "input.toml").read_text(encoding="utf-8") == SMALL
    assert "Coulomb integrals" in finished.stderr  # progress
    for name in PICTURES:
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


def test_what_was_saved_goes_on_computing(done):
    results = hd.load(done[0] / "results.nc")
    assert results.input == SMALL
    assert results.summary() + "\n" == done[1].stdout
    assert results.x.coulomb is results.coulomb
    assert results.coulomb.states is results.states
    again = hd.gain((results.x, results.xx), hd.Poisson(2.5))
    assert np.array_equal(again.spectrum.values, results.gain.spectrum.values)
    assert again.threshold == results.gain.threshold
    assert results.dynamics.gain is results.gain
    pump = hd.Pulse(2.0, width=1e-3)
    assert (
        hd.dynamics(results.gain, pump, auger=0.1).mean.tobytes() == results.dynamics.mean.tobytes()
    )
    light = hd.transient_absorption((results.x, results.xx), occupancy=hd.Poisson(0.5))
    change = results.transient_absorption.change
    assert light.change.values.tobytes() == change.values.tobytes()
    shift = hd.xx_shift(results.coulomb)
    assert shift.ci == pytest.approx(results.shift.ci, abs=1e-9)


def test_stages_quiet_and_out(tmp_path, capsys):
    file = tmp_path / "part.toml"
    text = SMALL.replace("[gain]\n", '[output]\nuntil = "coulomb"\nfigures = ["levels"]\n[gain]\n')
    file.write_text(text.replace("holes = 8", "holes = 2"), encoding="utf-8")
    assert main(["run", str(file), "--quiet", "--out", str(tmp_path / "here")]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "gap " in printed.out
    assert "exciton" not in printed.out
    assert {entry.name for entry in (tmp_path / "here").iterdir()} == {
        "levels.png",
        "results.nc",
        "summary.txt",
        "input.toml",
    }
    loaded = hd.load(tmp_path / "here" / "results.nc")
    assert loaded.x is None
    assert loaded.coulomb.ee.shape == (2, 2, 2, 2)


def test_control_c_stops_a_running_calculation(tmp_path):
    file = tmp_path / "long.toml"
    file.write_text(SMALL.replace("spacing = 0.4", "spacing = 0.06"), encoding="utf-8")
    # A background job of a shell starts with SIGINT ignored, and its children inherit that.
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from heterodot.cli import main; sys.exit(main())"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code, "run", str(file), "--threads", "1"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert running.stderr is not None
    for line in running.stderr:
        if "Hamiltonian" in line:  # the eigensolver begins
            running.send_signal(signal.SIGINT)
            break
    _, printed = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "interrupted" in printed
    assert "Traceback" not in printed


def test_the_demo_describes_what_it_says():
    task = demo_task()
    assert [region.solid for region in task.nanocrystal.regions] == [
        hd.Sphere(1.6),
        hd.Sphere(3.6),
    ]
    assert task.nanocrystal.environment.name == "toluene"
    assert (task.states.electrons, task.states.holes) == (8, 18)


@pytest.mark.parametrize(
    ("text", "check"),
    [
        (
            (
                '[[layers]]\nmaterial = { alloy = ["CdSe", "CdS"], x = 0.5 }\n'
                'solid = "Capsule(2, 8) - Sphere(1).translate((0, 0, 3))"'
            ),
            lambda run: run.nanocrystal.layers[0].material == hd.alloy("CdSe", "CdS", 0.5),
        ),
        (
            (
                'environment = { name = "toluene", electron_barrier = 2.0 }\n'
                '[[layers]]\nmaterial = "InP"\nsolid = "Sphere(2)"'
            ),
            lambda run: (
                run.nanocrystal.environment.electron_barrier == 2.0
                and run.nanocrystal.environment.permittivity == 2.38
            ),
        ),
        (
            (
                '[[layers]]\nmaterial = "CdSe"\nsolid = "Sphere(2)"\n'
                '[[layers]]\nmaterial = "CdS"\nsolid = "Sphere(4)"\n'
                '[[layers]]\nmaterial = "ZnS"\nsolid = "Sphere(5)"\n'
                '[interfaces]\nwidth = [0.5, "abrupt"]\nsteps = 4'
            ),
            lambda run: len(run.nanocrystal.regions) == 7 and run.nanocrystal.graded == (0.5, None),
        ),
        (
            (
                '[[layers]]\nmaterial = "CdSe wurtzite"\nsolid = "Sphere(2)"\n'
                '[hamiltonian]\nmodel = "Wurtzite6"\ncrystal_z = [0, 1, 0]\ncrystal_x = [1, 0, 0]'
            ),
            lambda run: (
                isinstance(run.hamiltonian.model, hd.kp.Wurtzite6)
                and np.allclose(np.array(run.hamiltonian.orientation) @ [0, 1, 0], [0, 0, 1])
                and np.linalg.det(run.hamiltonian.orientation) == pytest.approx(1.0)
            ),
        ),
        (
            (
                '[[layers]]\nmaterial = "CdSe"\nsolid = "Sphere(2)"\n[coulomb]\npermittivity = 6.2\n'
                '[gain]\noccupancy = { distribution = "Given", probabilities = [0.5, 0.5] }\n'
                '[output]\nfigures = false\ndata = false\nuntil = "states"'
            ),
            lambda run: (
                run.coulomb.permittivity == 6.2
                and run.gain.occupancy == hd.Given((0.5, 0.5))
                and run.output.figures == ()
            ),
        ),
    ],
    ids=["alloy and solids", "environment", "graded", "crystal axes", "options"],
)
def test_what_files_can_say(text, check):
    assert check(parse_run(text))


def test_materials_of_ones_own(tmp_path: Path):
    (tmp_path / "mine.toml").write_text(
        '[mySe]\nsource = "fit"\ngap = 1.7\nvalence_edge = 0.5\n', encoding="utf-8"
    )
    text = (
        'material_files = "mine.toml"\n[[layers]]\nmaterial = "mine2"\nsolid = "Sphere(2)"\n'
        '[materials.mine2]\nbase = "mySe"\nsource = "guess"\nelectron_mass = 0.1\n'
    )
    found = parse_run(text, tmp_path).nanocrystal.layers[0].material
    assert (found.name, found.gap, found.electron_mass) == ("mine2", 1.7, 0.1)
    assert found.sources["gap"].source == "fit"
    assert found.sources["electron_mass"].source == "guess"


def test_auger_lifetimes_by_the_golden_rule(tmp_path, capsys):
    text = SMALL.replace("auger = 0.1", 'auger = "golden-rule"').replace("holes = 8", "holes = 2")
    text += '[output]\nfigures = ["dynamics"]\n'
    (tmp_path / "golden.toml").write_text(text, encoding="utf-8")
    assert main(["run", str(tmp_path / "golden.toml")]) == 0
    assert "Auger lifetime of XX at 300 K" in capsys.readouterr().err
    results = hd.load(tmp_path / "golden" / "results.nc")
    hamiltonian = hd.Hamiltonian(results.states.nanocrystal, spacing=0.4)
    expected = hd.auger_rates(results.xx, hamiltonian, permittivity="static")
    assert results.dynamics.recombination.auger == pytest.approx(expected.lifetime, rel=1e-9)
