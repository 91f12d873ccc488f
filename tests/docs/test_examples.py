"""The examples run, on coarser grids than they have themselves."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

import heterodot as hd

EXAMPLES = Path(__file__).parents[2] / "examples"

# arguments that make an example small, and words it must print
ARGUMENTS = {
    "biexciton_binding.py": (
        ["--spacing", "0.5", "--states", "8", "8", "--active", "8", "8", "--offsets", "0", "-0.4"],
        "type II",
    ),
    "core_shell_gain.py": (
        ["--spacing", "0.5", "--states", "2", "2", "--shells", "1"],
        "threshold",
    ),
    "nanorod_six_bands.py": (["--spacing", "0.65", "--length", "8"], "polarisation"),
    "nanowire_subbands.py": (
        ["--spacing", "0.5", "--states", "2", "2", "--points", "3"],
        "mass along the wire",
    ),
    "rod_polarisation.py": (
        ["--spacing", "0.6", "--aspects", "1.5", "--holes", "4"],
        "electronic",
    ),
    "own_material_graded.py": (["--spacing", "0.5", "--widths", "0.6", "--steps", "2"], "0.6 nm"),
    "read_with_xarray.py": (["small.nc"], "mean distance from the centre"),
    "lead_salt.py": ([], "masses along the valley"),
    "type_two_shapes.py": (["--spacing", "0.5", "--states", "2", "4"], "X-X shift"),
    "klimov2007/figure1_concept.py": ([], "0.7598"),
    "klimov2007/figure2_core_and_shell.py": (
        ["--spacing", "0.5", "--states", "2", "2", "--shell", "1"],
        "CdS/ZnSe",
    ),
    "klimov2007/figure3_localisation_map.py": (
        ["--points", "2", "--spacing", "0.5", "--shells", "1.0", "2.0", "--workers", "0"],
        "type II",
    ),
    "klimov2007/figure4_interaction_map.py": (
        [
            "--points",
            "1",
            "--spacing",
            "0.5",
            "--cores",
            "1.5",
            "1.5",
            "--shells",
            "1",
            "1",
            "--states",
            "4",
            "4",
            "--active",
            "2",
            "2",
            "--workers",
            "0",
        ],
        "optical",
    ),
    "klimov2007/figure5_gain.py": (
        ["--spacing", "0.5", "--states", "2", "2", "--shell", "1"],
        "Single excitons give",
    ),
}
# These take longest; others like them run in any case.
SLOW = {
    "klimov2007/figure2_core_and_shell.py",
    "klimov2007/figure4_interaction_map.py",
    "type_two_shapes.py",
}
MAPS = [name for name in ARGUMENTS if name.endswith("_map.py")]  # minutes at their full size


def test_every_example_is_tested():
    assert {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.py")} == set(
        ARGUMENTS
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    core = hd.Material("core", gap=2.0, valence_edge=0.0, electron_mass=0.2, hole_mass=0.6)
    dot = hd.Nanocrystal([(core, hd.Sphere(1.5))], environment=hd.HardWall())
    states = hd.solve(hd.Hamiltonian(dot, spacing=0.5), electrons=2, holes=2, progress=False)
    hd.Results(states=states, title="small").save(tmp_path / "small.nc")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in ARGUMENTS],
)
def test_example(name, folder, monkeypatch, capsys):
    arguments, words = ARGUMENTS[name]
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert words in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["barbell", "core_crown_platelet", "tetrapod"])
def test_other_shapes(shape, folder, monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["shapes", shape, "--spacing", "0.5", "--states", "2", "4", "--out", "it.png"]
    )
    runpy.run_path(str(EXAMPLES / "type_two_shapes.py"), run_name="__main__")
    assert "type II: " in capsys.readouterr().out
    assert Path("it.png").stat().st_size > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in ARGUMENTS if name not in ("read_with_xarray.py", *MAPS)]
)
def test_example_at_full_size(name, folder, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert ARGUMENTS[name][1] in capsys.readouterr().out
