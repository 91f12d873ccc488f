"""Random results of every kind, and an exact comparison of what was loaded with what was saved."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import strategies as st

import heterodot as hd
from heterodot.configuration_interaction import ConfigurationSpace
from heterodot.envelopes.magnetic_states import MagneticCarrierStates
from heterodot.optics.gain_model import GainModel
from heterodot.optics.spectra import Transitions
from heterodot.optics.spectrum import Lines

ODD = st.floats(0.3, 2.0, exclude_min=True)  # lengths with all their digits

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def identical(a, b, where="result"):
    """Assert that two objects agree in type, structure, order in memory and every bit."""
    assert type(a) is type(b), where
    if isinstance(a, np.ndarray):
        assert a.dtype == b.dtype, where
        assert a.shape == b.shape, where
        assert memory_order(a) == memory_order(b), where
        assert np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes(), where
    elif isinstance(a, hd.Nanocrystal):
        identical_nanocrystals(a, b, where)
    elif dataclasses.is_dataclass(a):
        for field in dataclasses.fields(a):
            identical(getattr(a, field.name), getattr(b, field.name), f"{where}.{field.name}")
    else:
        assert repr(a) == repr(b), where


def memory_order(a):
    """Axes from the slowest to the fastest; those with one entry have no order."""
    axes = [axis for axis in range(a.ndim) if a.size and a.shape[axis] > 1]
    return sorted(axes, key=lambda axis: -a.strides[axis])


def identical_nanocrystals(a, b, where):
    assert repr(a) == repr(b), where
    assert a.graded == b.graded
    assert a.graded_steps == b.graded_steps
    assert a.environment == b.environment
    if isinstance(a.environment, hd.Environment):
        assert dict(a.environment.sources) == dict(b.environment.sources)
    assert a.regions == b.regions  # materials by value, solids by their exact expression
    points = np.random.default_rng(0).uniform(-3, 3, (50, 3))
    for one, other in zip(a.layers + a.regions, b.layers + b.regions, strict=True):
        assert dict(one.material.sources) == dict(other.material.sources)
        assert np.array_equal(
            one.solid.signed_distance(points), other.solid.signed_distance(points)
        )


@st.composite
def nanocrystals(draw):
    radius = draw(ODD)
    inner = draw(
        st.sampled_from(
            [
                hd.Sphere(radius),
                hd.Sphere(radius, center=(0.1, 0.0, -0.2)),
                hd.Box((1.0, radius, 0.7)).rotate(33.0, (1, 2, 3)),
                hd.Capsule(0.5, 1.0 + radius) - hd.Sphere(0.3).translate((radius, 0, 0)),
                hd.Implicit(
                    lambda x, y, z: x**2 + y**2 + z**2 - 1,
                    ((-1.2, -1.2, -1.2), (1.2, 1.2, 1.2)),
                    resolution=0.3,
                ).scale(radius),
            ]
        )
    )
    own = hd.Material(
        "own µ",
        gap=draw(ODD),
        valence_edge=draw(st.floats(-1, 1)),
        electron_mass=np.diag([0.1, 0.2, draw(ODD)]),
        hole_mass=draw(ODD),
        permittivity=7.3,
    )
    environment = draw(
        st.sampled_from(
            ["toluene", hd.HardWall(2.0), hd.Environment("own", 2.1, electron_barrier=radius)]
        )
    )
    layers = [(draw(st.sampled_from(["CdSe", "InP", own])), inner), ("CdSe", hd.Sphere(4.5))]
    if draw(st.booleans()) and layers[0][0] is not own:
        return hd.Nanocrystal(layers, environment, graded=0.1, graded_steps=3)
    return hd.Nanocrystal(layers, environment)


@st.composite
def arrays(draw, shape, kind="real"):
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = random.standard_normal(shape)
    if kind == "complex":
        values = values + 1j * random.standard_normal(shape)
    if values.size:
        special = draw(st.sampled_from([0.0, -0.0, np.nan, np.inf, 5e-324, 1.0]))
        values[tuple(random.integers(n) for n in shape)] = special
    return np.asarray(draw(st.sampled_from([np.ascontiguousarray, np.asfortranarray]))(values))


@st.composite
def carriers(draw, name):
    pairs, degenerate = draw(st.integers(0, 3)), draw(st.booleans())
    bands = draw(st.sampled_from([("S",), ("X", "Y", "Z")]))
    if not degenerate:
        bands = tuple(f"{band}{spin}" for spin in "↑↓" for band in bands)
    shape = draw(st.tuples(*[st.integers(1, 5)] * 3))
    origin, spacing = draw(st.tuples(ODD, ODD, ODD)), draw(st.tuples(ODD, ODD, ODD))
    kind = "real" if degenerate else "complex"
    return hd.CarrierStates(
        name,
        draw(arrays((2 * pairs,))),
        draw(arrays((pairs, len(bands), *shape), kind)),
        draw(arrays((2 * pairs,))),
        draw(arrays((2 * pairs,))),
        hd.Grid(shape, origin, spacing),
        bands,
        degenerate,
        draw(st.booleans()),
    )


@st.composite
def states(draw):
    return hd.States(
        draw(carriers("electron")), draw(carriers("hole")), draw(nanocrystals()), draw(words)
    )


@st.composite
def magnetic_states(draw):
    def carrier(name):
        count, shape = draw(st.integers(0, 3)), draw(st.tuples(*[st.integers(1, 5)] * 3))
        return MagneticCarrierStates(
            name,
            draw(arrays((count,))),
            draw(arrays((count, 2, *shape), "complex")),
            draw(arrays((count,))),
            hd.Grid(shape, draw(st.tuples(ODD, ODD, ODD)), draw(st.tuples(ODD, ODD, ODD))),
            ("S↑", "S↓"),
        )

    return hd.MagneticStates(carrier("electron"), carrier("hole"), draw(words))


@st.composite
def auger_rates(draw):
    return hd.AugerRates(
        "XX", draw(ODD), draw(ODD), *(draw(arrays(n)) for n in ((3,), (3, 2), (2,))), draw(ODD)
    )


@st.composite
def many_body(draw, pairs=1):
    space = ConfigurationSpace(pairs, pairs, 4, 6)
    roots = draw(st.integers(1, 3))
    return hd.ManyBodyStates(
        pairs,
        pairs,
        np.sort(np.random.default_rng(roots).random(roots)) + 2.0 * pairs,
        draw(arrays((roots, space.size), "complex")),
        space,
        draw(arrays((roots,))),
    )


def transition_table(lower, upper, seed):
    random = np.random.default_rng(seed)
    return Transitions(lower, upper, random.random((lower.size, upper.size)) + 0.1)


@st.composite
def gains(draw):
    x, xx = np.array([2.0, 2.0, 2.1]), np.array([4.1, 4.3])
    seed = draw(st.integers(0, 100))
    model = GainModel(
        transition_table(np.zeros(1), x, seed),
        transition_table(x, xx, seed + 1),
        temperature=draw(st.floats(10.0, 400.0)),
        linewidth=draw(st.floats(0.02, 0.1)),
        shape=draw(
            st.sampled_from(
                ["gaussian", "lorentzian", hd.Voigt(0.01), hd.SpinBoson(0.3, acoustic=0.01)]
            )
        ),
    )
    occupancy = draw(
        st.sampled_from(
            [hd.Poisson(1.2), hd.AugerCollapsed(0.7), hd.Fixed(1 / 3), hd.Given((0.2, 0.5, 0.3))]
        )
    )
    energies = draw(st.sampled_from([None, np.linspace(1.9, 2.3, 5)]))
    return hd.Gain(model, occupancy, energies)


def spectrum():
    lines = Lines(np.array([2.0, 2.1]), np.array([0.3, 1 / 3]))
    return hd.Spectrum.of(lines, name="test", quantity="σ", unit="nm²", linewidth=0.05)
