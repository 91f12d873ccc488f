"""Wrong run files are refused before any work, with the place in the file and a way out."""

from __future__ import annotations

import pytest

from heterodot.cli import main

GOOD = """
environment = "toluene"
[[layers]]
material = "CdS"
solid = { shape = "Sphere", radius = 1.6 }
[[layers]]
material = "ZnSe"
solid = { shape = "Sphere", radius = 3.0 }
[hamiltonian]
spacing = 0.4
[states]
electrons = 2
holes = 2
"""

# name: (what is replaced, by what, what the message must contain)
BAD = {
    "negative radius": ("radius = 3.0", "radius = -1", "[[layers]][1].solid.radius: must be positive"),
    "nan radius": ("radius = 1.6", "radius = nan", "[[layers]][0].solid.radius: must be finite, got nan"),
    "text radius": ("radius = 1.6", 'radius = "big"', "[[layers]][0].solid.radius: must be a number"),
    "missing radius": (", radius = 1.6", "", "[[layers]][0].solid.radius: is missing; a Sphere needs"),
    "unknown argument": ("radius = 1.6", "radus = 1.6", "solid.radus: unknown key (did you mean radius?)"),
    "unknown shape": ('shape = "Sphere", radius = 1.6', 'shape = "Sfere"', "(did you mean Sphere?)"),
    "unknown material": ('"ZnSe"', '"ZnSee"', "[[layers]][1].material: unknown material 'ZnSee'; did you mean ZnSe"),
    "material number": ('"ZnSe"', "3", "[[layers]][1].material: must be a table"),
    "empty region": (
        '{ shape = "Sphere", radius = 3.0 }',
        '"Sphere(1.0) & Sphere(1.0).translate((5, 0, 0))"',
        "[[layers]][1]: layer 1",
    ),
    "shell inside core": ("radius = 3.0", "radius = 1.2", "[[layers]][1]: layer 1 (ZnSe in Sphere(radius=1.2)) has no volume"),
    "spacing": ("spacing = 0.4", "spacing = 2.0", "spacing 2 nm is too coarse for the smallest feature"),
    "zero spacing": ("spacing = 0.4", "spacing = 0", "[hamiltonian].spacing: must be positive, got 0"),
    "unknown key": ("spacing = 0.4", "spaceing = 0.4", "[hamiltonian].spaceing: unknown key (did you mean spacing"),
    "unknown table": ("[states]", "[state]", "[state]: unknown key (did you mean states"),
    "odd spinors": ("electrons = 2", "electrons = 3", "[states].electrons: must be an even number"),
    "fractional spinors": ("electrons = 2", "electrons = 2.5", "must be a whole number, got 2.5"),
    "unknown environment": ('"toluene"', '"tolune"', "environment: unknown environment 'tolune'; did you mean toluene"),
    "too many states": ("electrons = 2", "electrons = 400", "electron spinors are bound"),
    "memory": ("spacing = 0.4", "spacing = 0.004", "GB are free"),
    "expression": (
        '{ shape = "Sphere", radius = 1.6 }',
        '"Sphere(1.6).explode()"',
        "[[layers]][0].solid: unknown operation 'explode'; known: grow, rotate, scale, translate",
    ),
    "no layers": ("[[layers]]", "[[parts]]", "[[layers]] tables, one or more"),
    "not toml": ("[states]", "[states", "not valid TOML"),
    "occupancy": (
        "[states]",
        '[gain]\noccupancy = { distribution = "Poison" }\n[states]',
        "[gain].occupancy.distribution: must be one of Poisson, AugerCollapsed, Fixed, Given, got 'Poison' (did you mean Poisson?)",
    ),
    "mean": (
        "[states]",
        "[gain]\noccupancy = { mean = -1.0 }\n[states]",
        "[gain].occupancy.mean: the number of excitons must not be negative",
    ),
    "figures": ("[states]", '[output]\nfigures = ["gian"]\n[states]', "[output].figures: must be true, false or a list"),
    "model": ("spacing = 0.4", 'model = "Luttinger"', "did you mean Luttinger6"),
    "orientation": ("spacing = 0.4", "crystal_z = [0, 0, 1]\ncrystal_x = [1, 0, 1]", "must be perpendicular to crystal_z"),
    "graded": ("[states]", "[interfaces]\nwidth = 9.0\n[states]", "[interfaces].width: "),
    "own material": (
        "[states]",
        "[materials.mine]\ngap = 2.0\n[states]",
        "[materials].mine: [materials]: mine.gap: a number without a source does not load",
    ),
}  # fmt: skip


def refused(text, tmp_path, capsys, arguments=()):
    file = tmp_path / "run.toml"
    file.write_text(text, encoding="utf-8")
    status = main(["run", str(file), "--quiet", "--out", str(tmp_path / "out"), *arguments])
    printed = capsys.readouterr()
    assert not (tmp_path / "out").exists()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert printed.err.startswith("heterodot: ")
    return status, printed.err


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name, tmp_path, capsys):
    old, new, message = BAD[name]
    assert old in GOOD
    count = -1 if name == "no layers" else 1
    status, printed = refused(GOOD.replace(old, new, count), tmp_path, capsys)
    assert message in printed
    assert status == 2


def test_the_message_names_the_file(tmp_path, capsys):
    _, printed = refused(GOOD.replace("1.6", "-1.6"), tmp_path, capsys)
    assert printed.strip() == (
        f"heterodot: {tmp_path / 'run.toml'}: [[layers]][0].solid.radius: "
        "must be positive (nm), got -1.6"
    )


def test_missing_file_and_wrong_options(tmp_path, capsys):
    assert main(["run", str(tmp_path / "none.toml")]) == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err
    status, printed = refused(GOOD, tmp_path, capsys, ["--threads", "0"])
    assert status == 2
    assert "threads must be at least 1, got 0" in printed
    with pytest.raises(SystemExit) as stopped:
        main(["run"])
    assert stopped.value.code == 2


def test_traceback_on_request(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text(GOOD.replace("1.6", "-1.6"), encoding="utf-8")
    with pytest.raises(ValueError, match="must be positive"):
        main(["run", str(file), "--traceback"])


def test_no_convergence_is_not_bad_input(tmp_path, capsys, monkeypatch):
    from heterodot.errors import ConvergenceError

    def stuck(*_, **__):
        raise ConvergenceError("2 of 8 roots above 1e-8 eV after 200 iterations")

    monkeypatch.setattr("heterodot.solve", stuck)
    status, printed = refused(GOOD, tmp_path, capsys)
    assert status == 1
    assert "2 of 8 roots" in printed


def test_control_c_is_130(tmp_path, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("heterodot.solve", interrupted)
    status, printed = refused(GOOD, tmp_path, capsys)
    assert status == 130
    assert "interrupted" in printed
