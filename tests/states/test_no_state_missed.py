"""Every level of a sparse factorisation is among the states found: shapes times models."""

import numpy as np
import pytest
from scipy.sparse.linalg import eigsh

import heterodot as hd
from heterodot.envelopes.gap_states import common_gap

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
SHELL = hd.Material(
    "shell",
    phase="zincblende",
    conduction_edge=2.3,
    valence_edge=-0.4,
    electron_mass=0.16,
    hole_mass=0.7,
    kane_energy=12.0,
    luttinger=(4.3, 1.1, 1.7),
    spin_orbit=0.42,
)
SHAPES = {
    "sphere": [(MATERIAL, hd.Sphere(1.5))],
    "core and shell": [(MATERIAL, hd.Sphere(1.0)), (SHELL, hd.Sphere(1.7))],
    "ellipsoid": [(MATERIAL, hd.Ellipsoid((1.2, 1.5, 1.9)))],
    "cube": [(MATERIAL, hd.Box(2.4))],
    "platelet": [(MATERIAL, hd.Box((3.2, 2.8, 1.3)))],
    "rod": [(MATERIAL, hd.Cylinder(1.1, 3.6))],
    "capsule": [(MATERIAL, hd.Capsule(1.1, 3.8))],
    "dot in rod": [(MATERIAL, hd.Sphere(0.9, (0.0, 0.0, 0.5))), (SHELL, hd.Capsule(1.5, 4.2))],
    "two dots": [
        (MATERIAL, hd.Sphere(1.1, (0.0, 0.0, -1.2)) | hd.Sphere(1.1, (0.0, 0.0, 1.2))),
    ],
    "cut sphere": [(MATERIAL, hd.Sphere(1.8) & hd.Box((4.0, 4.0, 2.2)))],
    "rotated cube": [(MATERIAL, hd.Box(2.4).rotate(40.0, (1.0, 1.0, 0.0)))],
}
# Model, spinors of electrons and holes, spacing, margin.
MODELS = {
    "one band": (hd.kp.EffectiveMass(), 12, 12, 0.35, 0.9),
    "four bands": (hd.kp.Luttinger4(), 0, 10, 0.5, 0.6),
    "six bands": (hd.kp.Luttinger6(), 0, 10, 0.55, 0.6),
    "eight bands": (hd.kp.Zincblende8(), 4, 8, 0.6, 0.6),
}
QUICK = {("sphere", "four bands"), ("two dots", "one band"), ("rod", "one band")}


def outwards(hamiltonian, carrier, count):
    """Levels from the band edge outwards, each spinor once, by shift-invert."""
    matrix = hamiltonian.tocsr(carrier).tocsc()
    sign = hamiltonian.sign(carrier)
    copies = 2 if hamiltonian.spin_degenerate(carrier) else 1
    if hamiltonian.polynomials(carrier)[0].below_gap:
        edges = common_gap(hamiltonian, carrier)
        shift = edges[1] if carrier == "electron" else edges[0]
    else:
        shift = sign * min(sign * p.edge(sign) for p in hamiltonian.polynomials(carrier))
        shift -= 0.05 * sign
    start = np.random.default_rng(3).standard_normal(matrix.shape[0])
    wanted, beyond, reached = count // copies + 8, np.zeros(0), shift
    while len(beyond) * copies < count:
        values = eigsh(matrix, k=wanted, sigma=shift, v0=start, return_eigenvectors=False)
        # All up to the farthest one; levels on the other side may be nearer to the shift.
        more = values[sign * values > sign * reached + 1e-9]
        beyond = np.sort(np.concatenate([beyond, sign * more]))
        shift = reached = shift + sign * np.abs(values - shift).max()
    # What is found is nearest to the shift: nothing within reach is left out.
    return sign * np.repeat(beyond, copies)[:count]


def cases():
    for shape in SHAPES:
        for model in MODELS:
            marks = () if (shape, model) in QUICK else (pytest.mark.slow,)
            yield pytest.param(shape, model, marks=marks)


def check(hamiltonian, electrons, holes):
    states = hd.solve(hamiltonian, electrons, holes, bound=False, progress=False)
    for own in (states.electrons, states.holes):
        if not len(own):
            continue
        expected = outwards(hamiltonian, own.carrier, len(own))
        assert own.residuals.max() <= 1e-5
        assert np.abs(own.energies - expected).max() < 1e-7
        assert np.all(np.abs(own.energies - expected) <= own.errors + 1e-9)
        yield own


@pytest.mark.parametrize(("shape", "model"), list(cases()))
def test_no_state_is_missed(shape, model):
    kp, electrons, holes, spacing, margin = MODELS[model]
    hamiltonian = hd.Hamiltonian(
        hd.Nanocrystal(SHAPES[shape]), kp, spacing, margin=margin, barrier="grid"
    )
    for own in check(hamiltonian, electrons, holes):
        assert own.complete


def graded(model):
    """An interface that is spread over two nodes."""
    dot = hd.Nanocrystal(SHAPES["core and shell"], graded=0.6)
    kp, electrons, holes, spacing, margin = MODELS[model]
    return hd.Hamiltonian(dot, kp, spacing, margin=margin, barrier="grid"), electrons, holes


def tilted(model):
    """An electric field along no axis, which lifts all degeneracies but Kramers'."""
    kp, electrons, holes, spacing, margin = MODELS[model]
    dot = hd.Nanocrystal(SHAPES["platelet"])
    plain = hd.Hamiltonian(dot, kp, spacing, margin=margin, barrier="grid")
    return plain.with_electric_field((0.06, -0.03, 0.02)), electrons, holes


def narrow_gap(model):
    """InAs: a gap of 0.35 eV, light electrons, strong coupling across the gap."""
    kp, electrons, holes, spacing, _ = MODELS[model]
    dot = hd.Nanocrystal([("InAs", hd.Ellipsoid((1.6, 1.8, 2.1)))], environment=hd.HardWall())
    return hd.Hamiltonian(dot, kp, spacing), electrons, holes


def narrow_gap_in_barrier(model):
    """InAs in GaAs, its band offset and all."""
    kp, electrons, holes, spacing, margin = MODELS[model]
    dot = hd.Nanocrystal([("InAs", hd.Sphere(1.3)), ("GaAs", hd.Sphere(2.0))])
    return hd.Hamiltonian(dot, kp, spacing, margin=margin, barrier="grid"), electrons, holes


def fine(model):
    """Half the spacing in a smaller nanocrystal: another size, another depth of levels."""
    kp, electrons, holes, spacing, _ = MODELS[model]
    dot = hd.Nanocrystal([(MATERIAL, hd.Box((1.0, 1.2, 1.5)))], environment=hd.HardWall())
    return hd.Hamiltonian(dot, kp, 0.5 * spacing, margin=0.3), electrons, holes


FURTHER = {
    "graded": graded,
    "electric field": tilted,
    "InAs": narrow_gap,
    "InAs in GaAs": narrow_gap_in_barrier,
    "finer and smaller": fine,
}


def further():
    for problem in FURTHER:
        for model in MODELS:
            quick = (problem, model) == ("electric field", "one band")
            yield pytest.param(problem, model, marks=() if quick else (pytest.mark.slow,))


@pytest.mark.parametrize(("problem", "model"), list(further()))
def test_no_state_is_missed_in_other_conditions(problem, model):
    """A block may say that it is not certain to be complete; it must not be wrong."""
    for own in check(*FURTHER[problem](model)):
        assert own.complete or own.remark
