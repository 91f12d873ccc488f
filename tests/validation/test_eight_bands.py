"""Core/shell and hard spheres of four, six and eight bands against radial equations.

Levels are told apart by parity and ⟨F²⟩. CdS/ZnSe: 1.6 and 3.6 nm, hard wall at the outside.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from validation_cases import errors_of_kinds

import heterodot as hd
from heterodot.envelopes.extrapolation import extrapolated_levels
from heterodot.units import HBAR2_OVER_2M0

REFERENCE = {
    name: target["data"]
    for name, target in json.loads(
        (Path(__file__).parents[1] / "data" / "multiband_levels.json").read_text("utf-8")
    )["targets"].items()
}
HETERO = "hetero_8band_CdS1.6_ZnSe2.0_"
ORDERS = {"BF": "burt-foreman", "SYM": "symmetrised"}


def material(name, p, edge=0.0):
    valence = p.get("Ev", edge)
    return hd.Material(
        name,
        phase="zincblende",
        valence_edge=valence,
        conduction_edge=valence + p["Eg"],
        spin_orbit=p["D"],
        luttinger=(p["g1"], p["g"], p["g"]),
        electron_mass=p["me"],
        kane_energy=p["Ep"],
    )


def core_shell(order, spacing):
    parameters = REFERENCE[HETERO + order]["params"]
    dot = hd.Nanocrystal(
        [(material(n, parameters[n]), hd.Sphere(r)) for n, r in (("CdS", 1.6), ("ZnSe", 3.6))],
        environment=hd.HardWall(),
    )
    model = hd.kp.Zincblende8(kane="published", order=ORDERS[order])
    return hd.Hamiltonian(dot, model, spacing)


def level(carrier, total, parity):
    """Mean energy in meV of the pairs with F and parity that lie nearest to the gap."""
    fits = (carrier.parities == parity) & (
        np.abs(carrier.angular_momenta - total * (total + 1)) < 1.6
    )
    energies = 1e3 * carrier.energies[0::2][fits]
    return energies[: round(total + 0.5)].mean()


@cache
def core_shell_levels(order, spacing):
    """Levels in meV, and what the grid splits the holes with F = 5/2 by, as far as all are there."""
    states = hd.solve(core_shell(order, spacing), 8, 14, progress=False)
    assert states.electrons.spurious.max() < 0.2
    assert states.holes.spurious.max() < 0.2
    five = np.abs(states.holes.angular_momenta - 8.75) < 1.0
    return {
        "e F=1/2,par=+": level(states.electrons, 0.5, 1),
        "e F=1/2,par=-": level(states.electrons, 0.5, -1),
        "e F=3/2,par=-": level(states.electrons, 1.5, -1),
        "h F=3/2,par=+": level(states.holes, 1.5, 1),
        "h F=3/2,par=-": level(states.holes, 1.5, -1),
        "splitting": 1e3 * np.ptp(states.holes.energies[0::2][five]) if five.sum() == 3 else np.nan,
    }


def exact(order):
    levels = REFERENCE[HETERO + order]["levels"]
    return {
        name: 1e3 * levels[name[2:]]["h1_h2_e1_e2_eV"][2 if name[0] == "e" else 0]
        for name in ("e F=1/2,par=+", "e F=1/2,par=-", "e F=3/2,par=-")
        + ("h F=3/2,par=+", "h F=3/2,par=-")
    }


@pytest.mark.slow
def test_core_shell_sphere_on_a_coarse_grid():
    """h = 0.4 nm: electron within 8 meV, holes within 3, P₃/₂ above S₃/₂.

    (At 0.45 nm S₃/₂ and P₅/₂ lie within 1 meV, and the grid mixes them.)
    """
    states = hd.solve(core_shell("BF", 0.4), 2, 14, progress=False)
    levels = exact("BF")
    assert level(states.electrons, 0.5, 1) == pytest.approx(levels["e F=1/2,par=+"], abs=8.0)
    upper, lower = level(states.holes, 1.5, 1), level(states.holes, 1.5, -1)
    assert upper == pytest.approx(levels["h F=3/2,par=+"], abs=3.0)
    assert lower == pytest.approx(levels["h F=3/2,par=-"], abs=3.0)
    assert upper > lower


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
def test_core_shell_sphere(order):
    """Two meV at h = 0.2 nm (1.3 meV seen); order at least 1.8 where errors exceed 1 meV."""
    coarse, fine = (core_shell_levels(order, h) for h in (0.4, 0.2))
    for name, energy in exact(order).items():
        assert fine[name] == pytest.approx(energy, abs=2.0), name
        if abs(coarse[name] - energy) > 3.0:
            assert abs(coarse[name] - energy) > 2**1.8 * abs(fine[name] - energy), name


@pytest.mark.slow
def test_holes_of_a_core_shell_sphere_extrapolated():
    """With the square of the spacing from 0.2 and 0.15 nm: 0.2 meV (0.05 seen)."""
    coarse, fine = (core_shell_levels("BF", h) for h in (0.2, 0.15))
    factor = (0.2 / 0.15) ** 2
    for name, energy in exact("BF").items():
        if name[0] == "h":
            limit = (factor * fine[name] - coarse[name]) / (factor - 1.0)
            assert limit == pytest.approx(energy, abs=0.2), name


@pytest.mark.slow
@pytest.mark.parametrize("order", ORDERS)
def test_core_shell_sphere_extrapolated(order):
    """With the square of the spacing from 0.12 and 0.1 nm: 0.2 meV (0.1 seen)."""
    coarse, fine = (core_shell_levels(order, h) for h in (0.12, 0.1))
    factor = (0.12 / 0.1) ** 2
    assert all(abs(fine[name] - energy) < 0.3 for name, energy in exact(order).items())
    for name, energy in exact(order).items():
        limit = (factor * fine[name] - coarse[name]) / (factor - 1.0)
        assert limit == pytest.approx(energy, abs=0.2), name


@pytest.mark.slow
def test_the_cubic_grid_splits_multiplets_little():
    """The holes with F = 5/2 (γ2 = γ3): below 0.3 meV at 0.1 nm."""
    assert core_shell_levels("BF", 0.1)["splitting"] < 0.3


@pytest.mark.slow
def test_what_the_operator_order_does():
    """Burt–Foreman minus symmetrised, sign and size: 10 %, or 0.2 meV of 2 meV."""
    found = {order: core_shell_levels(order, 0.2) for order in ORDERS}
    for name, energy in exact("BF").items():
        shift = energy - exact("SYM")[name]
        assert found["BF"][name] - found["SYM"][name] == pytest.approx(shift, rel=0.1, abs=0.2)


@pytest.mark.slow
def test_extrapolated_core_shell_sphere_lies_within_its_error():
    states = hd.solve(core_shell("BF", 0.3), 8, 14, spacings=(0.4, 0.3), progress=False)
    levels = exact("BF")
    for carrier, side in ((states.electrons, "e"), (states.holes, "h")):
        for name, energy in levels.items():
            if name[0] == side:
                total, parity = (0.5 if "1/2" in name else 1.5), (1 if "+" in name else -1)
                error = 1e3 * carrier.discretisation.max()
                assert level(carrier, total, parity) == pytest.approx(energy, abs=error), name


TOP_HOLES = (("h1", 1.5, 1), ("h1", 1.5, -1))
LOWEST = (
    *(("e1", 0.5, 1), ("e1", 0.5, -1), ("e1", 1.5, -1)),
    *(("h1", 0.5, 1), ("h1", 0.5, -1), *TOP_HOLES),
)


def solved_sphere(name, radius, spacing, electrons=8, holes=14, tolerance=1e-5):
    """States of a hard sphere, and the reference levels in eV by kind."""
    data = REFERENCE[name]
    dot = hd.Nanocrystal([(material("dot", data["input"]), hd.Sphere(radius))], hd.HardWall())
    ham = hd.Hamiltonian(dot, hd.kp.Zincblende8(kane="published"), spacing)
    states = hd.solve(ham, electrons, holes, tolerance=tolerance, progress=False)
    return states, next(c for c in data["cases"] if c["R_nm"] == radius)["levels_eV"]


@cache
def hard_sphere(name, radius, spacing, kinds):
    """Errors in meV of the first levels of some kinds: side of the gap, F and parity."""
    states, exact_levels = solved_sphere(name, radius, spacing)
    errors = {}
    for side, total, parity in kinds:
        carrier = states.electrons if side == "e1" else states.holes
        kind = f"{side}:F={round(2 * total)}/2,parity={'+' if parity > 0 else '-'}"
        errors[kind] = level(carrier, total, parity) - 1e3 * exact_levels[kind][0]
    return errors


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "radius", "electrons", "holes", "levels", "tolerance"),
    [
        ("kp_8band_CdS_S1", 1.5, 24, 110, 15, 0.8),
        ("kp_8band_CdSe_Ep17p5", 1.5, 24, 140, 15, 2.0),
        ("kp_8band_CdS_S1", 3.0, 24, 40, 13, 0.2),
        ("kp_8band_CdSe_Ep17p5", 3.0, 24, 40, 11, 0.7),
    ],
)
def test_all_levels_of_a_hard_sphere(name, radius, electrons, holes, levels, tolerance):
    """0.1 nm, down to holes of 2.2 eV: 0.73, 1.80, 0.11 and 0.58 meV seen."""
    errors = errors_of_kinds(*solved_sphere(name, radius, 0.1, electrons, holes, 1e-4))
    assert len(errors) == levels
    assert max(abs(error) for error in errors.values()) < tolerance


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "spacing", "tolerance"),
    [
        ("kp_8band_CdS_S1", 0.2, 10.0),
        ("kp_8band_CdS_S1", 0.1, 2.0),
        ("kp_8band_CdSe_Ep17p5", 0.2, 10.0),
        ("kp_8band_CdSe_Ep17p5", 0.1, 2.0),
    ],
)
def test_hard_sphere(name, spacing, tolerance):
    """R = 1.5 nm, though the layer at the wall is 0.12 (CdS) and 0.03 nm (CdSe) thick."""
    errors = hard_sphere(name, 1.5, spacing, LOWEST)
    assert max(abs(error) for error in errors.values()) < tolerance


HARD_SPHERES = ("kp_8band_CdS_S1", "kp_8band_CdSe_Ep17p5")


def extrapolated_errors(name, coarse, fine):
    """With the square of the spacing, in meV."""
    at_coarse, at_fine = (hard_sphere(name, 1.5, h, LOWEST) for h in (coarse, fine))
    factor = 1.0 / ((coarse / fine) ** 2 - 1.0)
    return [error + factor * (error - at_coarse[kind]) for kind, error in at_fine.items()]


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD_SPHERES)
def test_hard_sphere_extrapolated(name):
    assert np.abs(extrapolated_errors(name, 0.15, 0.1)).max() < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD_SPHERES)
def test_hard_sphere_extrapolated_from_fine_grids(name):
    assert np.abs(extrapolated_errors(name, 0.1, 0.06)).max() < 0.2


COARSE, FINE = (0.15, 0.12, 0.09, 0.075), (0.1, 0.09, 0.075, 0.06)
MISSED = pytest.mark.xfail(reason="0.38 meV: the wall layer is 0.03 nm thick", strict=True)


def four_spacings(name, spacings):
    """Limits of least squares and the errors that they state, in eV."""
    levels = [list(hard_sphere(name, 1.5, h, LOWEST).values()) for h in spacings]
    return extrapolated_levels(spacings, [1e-3 * np.array(e) for e in levels])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "spacings"),
    [
        (HARD_SPHERES[0], COARSE),
        (HARD_SPHERES[0], FINE),
        pytest.param(HARD_SPHERES[1], COARSE, marks=MISSED),
        (HARD_SPHERES[1], FINE),
    ],
)
def test_hard_sphere_of_four_spacings(name, spacings):
    """Least squares: within 0.2 meV (0.12 and 0.15 seen)."""
    assert np.abs(four_spacings(name, spacings)[0]).max() < 2e-4


@pytest.mark.slow
@pytest.mark.parametrize("spacings", [COARSE, FINE])
@pytest.mark.parametrize("name", HARD_SPHERES)
def test_hard_sphere_lies_within_the_error_of_four_spacings(name, spacings):
    limits, errors = four_spacings(name, spacings)
    assert np.all(np.abs(limits) <= errors)


@pytest.mark.slow
def test_hole_of_a_hard_sphere_has_the_right_parity():
    """S₃/₂ above P₃/₂ in CdSe of 2 nm, within 6 % on a coarse grid."""
    errors = hard_sphere("kp_8band_CdSe_Ep17p5", 2.0, 0.25, TOP_HOLES)
    case = REFERENCE["kp_8band_CdSe_Ep17p5"]["cases"]
    levels = next(c for c in case if c["R_nm"] == 2.0)["levels_eV"]
    s, p = (1e3 * levels[f"h1:F=3/2,parity={sign}"][0] for sign in "-+")
    assert s + errors["h1:F=3/2,parity=-"] > p + errors["h1:F=3/2,parity=+"]
    assert abs(errors["h1:F=3/2,parity=-"]) < 0.06 * abs(s)


@cache
def luttinger_sphere(ratio, radius, spacing):
    """Errors in meV of S₃/₂ and P₃/₂ of γ1 = 5, μ = 2γ/γ1, and the exact levels."""
    gamma = 5.0
    side = float(ratio) * gamma / 2
    of = hd.Material("m", valence_edge=0.0, luttinger=(gamma, side, side), spin_orbit=1.0)
    dot = hd.Nanocrystal([(of, hd.Sphere(radius))], environment=hd.HardWall())
    holes = hd.solve(hd.Hamiltonian(dot, hd.kp.Luttinger4(), spacing), 0, 8, progress=False).holes
    unit = 1e3 * HBAR2_OVER_2M0 * gamma / radius**2
    levels, errors = [], []
    for name, parity in (("S3/2", -1), ("P3/2", 1)):
        levels.append(unit * REFERENCE["luttinger4_sphere"][ratio][name][0])
        pairs = -1e3 * holes.energies[0::2][holes.parities == parity]
        assert np.ptp(pairs[:2]) < 0.01
        assert pairs[:2] == pytest.approx([levels[-1]] * 2, rel=0.01)
        errors.append(pairs[:2].mean() - levels[-1])
    return np.array(errors), np.array(levels)


@pytest.mark.slow
@pytest.mark.parametrize("ratio", ["0.0", "0.4", "0.6", "0.8", "0.95"])
def test_luttinger_sphere(ratio):
    """Hard sphere of four bands, R/h = 20: 1 % and at 2 nm 1 meV (0.69 seen)."""
    errors, levels = luttinger_sphere(ratio, 2.0, 0.1)
    assert np.all(np.abs(errors) < 0.01 * levels)
    assert np.abs(errors).max() < 1.0


@pytest.mark.slow
@pytest.mark.parametrize("radius", [3.0, 5.0])
def test_luttinger_spheres_of_other_sizes(radius):
    """They are the same in units of ħ²γ1/2m₀R²."""
    small, large = (luttinger_sphere("0.8", r, r / 20)[0] * r**2 for r in (2.0, radius))
    assert large == pytest.approx(small, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("ratio", ["0.0", "0.4", "0.6", "0.8", "0.95"])
def test_luttinger_sphere_extrapolated(ratio):
    """With the cube of the spacing from R/h = 20 and 27: 0.1 meV (0.08 seen)."""
    spacings = (0.1, 0.075)
    errors = [1e-3 * luttinger_sphere(ratio, 2.0, h)[0] for h in spacings]
    limits, _ = extrapolated_levels(spacings, errors, 3)
    assert np.abs(limits).max() < 1e-4
