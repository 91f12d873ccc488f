"""The code in README and documentation runs as written."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import heterodot as hd
from heterodot.cli import _parser
from heterodot.runs.run_file import parse_run

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))
BEGINNING = ("README.md", "docs/quickstart.md")  # complete calculations


def blocks(file: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / file).read_text("utf-8"), re.DOTALL)


def run(code: str, where: str, namespace: dict[str, object]) -> None:
    exec(compile(code, where, "exec"), namespace)  # noqa: S102 - our own documentation


@pytest.fixture(scope="module")
def small():
    """What pages take as computed, on a coarse grid."""
    core = hd.Material(
        "core",
        gap=2.0,
        valence_edge=0.0,
        electron_mass=0.2,
        hole_mass=0.6,
        permittivity=8.0,
        permittivity_optical=6.0,
    )
    nc = hd.Nanocrystal([(core, hd.Sphere(2.0))], environment=hd.HardWall(2.0))
    ham = hd.Hamiltonian(nc, spacing=0.4)
    states = hd.solve(ham, electrons=2, holes=8, progress=False)
    coulomb = hd.coulomb(states)
    x, xx = hd.ci(coulomb, 1, 1), hd.ci(coulomb, 2, 2)
    return SimpleNamespace(
        nc=nc, crystal=nc, ham=ham, states=states, coulomb=coulomb, coul=coulomb, x=x, xx=xx
    )


@pytest.fixture
def tidy(tmp_path, monkeypatch):
    """An empty folder to run in, with the file of materials that pages read."""
    from matplotlib import pyplot

    monkeypatch.chdir(tmp_path)
    pyplot.switch_backend("agg")
    (tmp_path / "mine.toml").write_text('[mine]\nsource = "fit"\ngap = 1.7\n', encoding="utf-8")
    yield
    pyplot.close("all")


@pytest.mark.parametrize("page", [page for page in PAGES if page != "quickstart.md"])
def test_pages_run_in_order(page, small, tidy):
    namespace = {"hd": hd, "np": np, **vars(small), "hamiltonian": small.ham}
    namespace |= dict.fromkeys("ijkl", 0)
    # Fragments about symbols of a formula (written with capital letters) are not programs.
    for block in blocks(f"docs/{page}", "python"):
        if "Ec + kz" not in block:
            run(block, page, namespace)


def reduced(code: str) -> str:
    """The same lines on a coarser grid and with fewer states."""
    code = code.replace("spacing=0.2", "spacing=0.5").replace("spacing=0.3", "spacing=0.6")
    return code.replace("electrons=8, holes=18", "electrons=2, holes=8")


@pytest.mark.parametrize("file", BEGINNING)
def test_first_lines_run_on_a_coarse_grid(file, tidy):
    namespace: dict[str, object] = {}
    for block in blocks(file, "python"):
        run(reduced(block), file, namespace)
    assert 0.3 < namespace["g"].threshold < 3
    assert hd.xx_shift(namespace["coul"]).first_order > 0


@pytest.mark.slow
@pytest.mark.parametrize("file", BEGINNING)
def test_first_lines_run_as_written(file, tidy):
    namespace: dict[str, object] = {}
    for block in blocks(file, "python"):
        run(block, file, namespace)
    shift = hd.xx_shift(namespace["coul"])
    assert 0 < shift.ci < shift.first_order


def test_run_files_in_the_documentation_are_valid():
    found = blocks("docs/run_file.md", "toml")
    assert found
    for text in found:
        assert parse_run(text).output.until == "states"


def test_the_reference_lists_every_key_of_run_files():
    """Each key the reader knows stands in the reference, and the other way round."""
    text = (ROOT / "docs/run_file.md").read_text("utf-8")
    for table in ("hamiltonian", "states", "coulomb", "excitons", "spectra", "gain", "output"):
        row = next(line for line in text.splitlines() if line.startswith(f"| `[{table}]`"))
        with pytest.raises(ValueError, match="unknown key") as refused:
            parse_run(f'[[layers]]\nmaterial = "CdS"\nsolid = "Sphere(1)"\n[{table}]\nnone = 1\n')
        for key in str(refused.value).split("known: ")[1].split(", "):
            assert f"`{key}`" in row or f"`{key} =" in row, f"{table}.{key}"


def test_options_in_the_documentation_exist():
    text = (ROOT / "docs/command_line.md").read_text("utf-8")
    options = set(re.findall(r"--[a-z]+", text))
    arguments = ["run", "a.toml", "--out", "b", "--threads", "1", "--quiet", "--traceback"]
    assert options == {word for word in arguments if word.startswith("--")}
    assert _parser().parse_args(arguments).threads == 1
