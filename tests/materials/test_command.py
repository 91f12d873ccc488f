"""The command ``heterodot materials``."""

from __future__ import annotations

import pytest

from heterodot.materials.listing import describe, overview


def test_overview_lists_everything() -> None:
    text = overview()
    assert "CdS " in text
    assert "CdS wurtzite" in text
    assert "toluene" in text


def test_describe_shows_sources_and_alternatives() -> None:
    text = describe("CdS")
    assert "electron_mass = 0.18 m0" in text
    assert "yungkuo/QD" in text
    assert "not used: 0.14 m0" in text
    assert "conduction_edge = 2.46 eV" in text
    assert "also: heterodot materials 'CdS wurtzite'" in text
    assert "permittivity = 2.38" in describe("toluene")
    assert describe("CdS wurtzite").startswith("CdS (wurtzite)")
    assert "crystal_field = 0.027 eV" in describe("CdS wurtzite")


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    from heterodot.cli import main

    assert main(["materials"]) == 0
    assert "ZnSe" in capsys.readouterr().out
    assert main(["materials", "ZnSe"]) == 0
    assert "kane_energy = 24.2 eV" in capsys.readouterr().out
    assert main(["materials", "ZnSee"]) == 2
    assert "did you mean ZnSe" in capsys.readouterr().err
