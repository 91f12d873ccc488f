"""Natural spinors as active ones, against full configuration interaction (tests/data)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from ci_core_shell import RUNS, core_shell, name, series

import heterodot as hd
from heterodot.configuration_interaction.integrals import rotated
from heterodot.configuration_interaction.shells import shell_ends

MEV = 1e-3
NL = (2, 2, 2)  # (36, 36) spinors


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS, ids=name)
@pytest.mark.filterwarnings("ignore:active")
def test_they_are_closer_to_full_diagonalisation(run):
    coulomb = core_shell(run["model"], run["R"], run["T"], NL)
    full = series(run, NL)["dXX"]
    for active in ((8, 8), (18, 18)):
        natural = hd.xx_shift(coulomb, active=active, natural=True)
        lowest = hd.xx_shift(coulomb, active=natural.active)
        assert abs(natural.ci - full) <= abs(lowest.ci - full)
        if active == (8, 8):
            assert abs(natural.ci - full) < 0.8 * abs(lowest.ci - full)
        assert natural.interval[0] < full < natural.interval[1]
        assert natural.first_order == pytest.approx(lowest.first_order, abs=1e-9)
        assert natural.J_eh == lowest.J_eh
    assert natural.ci_pt2 == pytest.approx(full, abs=0.5 * MEV)


@pytest.mark.parametrize(
    ("dot", "nl"),
    [
        ("D-2.0-2.0", (2, 2)),
        *[
            pytest.param(dot, NL, marks=pytest.mark.slow)
            for dot in ("U-1.5-2.0", "D-2.0-2.0", "DS-2.0-1.0")
        ],
    ],
)
@pytest.mark.parametrize("charge", [-1, 1])
@pytest.mark.filterwarnings("ignore:active")
def test_trions_in_natural_spinors(dot, nl, charge):
    """Those of X and the trion itself; the carrier alone is taken exactly."""
    run = next(run for run in RUNS if name(run) == dot)
    coulomb = core_shell(run["model"], run["R"], run["T"], nl)
    alone = (coulomb.one_body_electron if charge < 0 else coulomb.one_body_hole)[0, 0].real
    if nl == NL:
        expected = series(run, nl)
        full = expected["E_X"] + alone - expected["E_Xm" if charge < 0 else "E_Xp"]
    else:
        full = hd.trion_binding(coulomb, charge).ci
    natural = hd.trion_binding(coulomb, charge, active=(8, 8), natural=True)
    lowest = hd.trion_binding(coulomb, charge, active=natural.active)
    assert natural.carrier == pytest.approx(alone, abs=1e-12)
    assert natural.first_order == pytest.approx(lowest.first_order, abs=1e-9)
    # Both complexes of the difference lie lower, so nearer to their limits.
    assert natural.exciton < lowest.exciton
    assert natural.trion < lowest.trion
    assert natural.ci_pt2 == pytest.approx(full, abs=0.5 * MEV)
    assert natural.interval[0] < full < natural.interval[1]


def test_all_spinors_make_no_difference():
    coulomb = core_shell("U", 2.0, 2.0, (1, 1))
    natural = hd.xx_shift(coulomb, natural=True)
    assert natural.active == natural.spinors == (8, 8)
    assert natural.ci == pytest.approx(hd.xx_shift(coulomb).ci, abs=1e-9)
    for charge in (-1, 1):
        natural = hd.trion_binding(coulomb, charge, natural=True)
        assert natural.active == natural.spinors == (8, 8)
        assert natural.ci == pytest.approx(hd.trion_binding(coulomb, charge).ci, abs=1e-9)


def test_occupations_and_integrals():
    coulomb = core_shell("U", 2.0, 2.0, (2, 1))
    found = hd.natural_spinors(coulomb, (4, 8))
    for occupations in (found.electron_occupations, found.hole_occupations):
        assert occupations.sum() == pytest.approx(1.0)
        assert np.all(np.diff(occupations) < 1e-12)
    assert found.active == (8, 8)  # whole shells of 2 and 6
    c = found.integrals
    for one_body in (c.one_body_electron, c.one_body_hole):
        np.testing.assert_allclose(one_body[:8, :8], np.diag(np.diag(one_body[:8, :8])), atol=1e-12)
        assert 8 in shell_ends(one_body)
    energies = [hd.ci(which, 2, 1).energies[:5] for which in (coulomb, c)]
    np.testing.assert_allclose(*energies, atol=1e-9)


def test_they_do_not_depend_on_the_choice_within_shells():
    coulomb = core_shell("D", 2.0, 2.0, (2, 1))
    random = np.random.default_rng(3)
    turns = []
    for one_body in (coulomb.one_body_electron, coulomb.one_body_hole):
        turn = np.zeros(one_body.shape, complex)
        ends = [0, *shell_ends(one_body)]
        for begin, end in pairwise(ends):
            square = random.standard_normal((end - begin, end - begin, 2)) @ [1, 1j]
            turn[begin:end, begin:end] = np.linalg.qr(square)[0]
        turns.append(turn)
    shifts = [
        hd.xx_shift(which, active=(8, 8), natural=True)
        for which in (coulomb, rotated(coulomb, *turns))
    ]
    assert shifts[1].ci == pytest.approx(shifts[0].ci, abs=1e-7)
    assert shifts[1].ci_pt2 == pytest.approx(shifts[0].ci_pt2, abs=1e-6)
