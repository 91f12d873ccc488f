"""The cut of a plane through a box against exact rational arithmetic and its polygon."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heterodot._core import plane_box_fraction, plane_box_moment, plane_box_polygon

slopes = st.integers(-50, 50).filter(lambda n: n != 0)


def simplices(offset: Fraction, gradient: list[Fraction], lengths: list[Fraction]):
    """Corner, slopes, height and volume of what inclusion-exclusion adds (Gueziec and Hummel 1995)."""
    m = [abs(g) * h for g, h in zip(gradient, lengths, strict=True)]
    alpha = sum(m) / 2 - offset
    for corner in product((0, 1), repeat=3):
        height = max(alpha - sum(c * mi for c, mi in zip(corner, m, strict=True)), Fraction(0))
        yield corner, m, height, (-1) ** sum(corner) * height**3 / (6 * m[0] * m[1] * m[2])


def exact_fraction(offset: Fraction, gradient: list[Fraction], lengths: list[Fraction]) -> float:
    """Free of rounding."""
    return float(sum(volume for *_, volume in simplices(offset, gradient, lengths)))


@settings(deadline=None, max_examples=200)
@given(
    gradient=st.tuples(slopes, slopes, slopes),
    lengths=st.tuples(*[st.integers(1, 9)] * 3),
    position=st.integers(-60, 60),
    tilt=st.sampled_from([1, 10**3, 10**6, 10**9]),
)
def test_fraction_is_exact_even_for_tiny_slopes(gradient, lengths, position, tilt):
    g = [Fraction(gradient[0], tilt), Fraction(gradient[1], 7), Fraction(gradient[2])]
    h = [Fraction(n, 5) for n in lengths]
    reach = sum(abs(a) * b for a, b in zip(g, h, strict=True)) / 2
    offset = reach * position / 50
    found = plane_box_fraction(float(offset), [float(a) for a in g], [float(b) for b in h])
    assert found == pytest.approx(exact_fraction(offset, g, h), abs=2e-9)


@settings(deadline=None, max_examples=100)
@given(
    gradient=st.tuples(slopes, slopes, slopes),
    lengths=st.tuples(*[st.floats(0.1, 2.0)] * 3),
    position=st.floats(-0.45, 0.45),
)
def test_polygon_area_is_the_derivative_of_the_volume(gradient, lengths, position):
    g = np.array(gradient) / np.linalg.norm(gradient)
    offset = position * float(np.abs(g) @ lengths)
    polygon = np.array(plane_box_polygon(offset, g, lengths))
    assert 3 <= len(polygon) <= 6
    assert np.abs(polygon @ g + offset).max() < 1e-12
    edges = polygon - polygon[0]
    area = 0.5 * np.abs(np.cross(edges[1:-1], edges[2:]).sum(axis=0) @ g)
    step = 1e-5
    slope = plane_box_fraction(offset - step, g, lengths) - plane_box_fraction(
        offset + step, g, lengths
    )
    assert area == pytest.approx(slope * np.prod(lengths) / (2 * step), rel=1e-3, abs=1e-4)


def exact_moment(
    offset: Fraction, gradient: list[Fraction], lengths: list[Fraction]
) -> list[float]:
    """∫x/(volume edge) where offset + gradient·x < 0."""
    total = [Fraction(0)] * 3
    for corner, m, height, volume in simplices(offset, gradient, lengths):
        for d in range(3):
            total[d] += volume * (corner[d] - Fraction(1, 2) + height / (4 * m[d]))
    return [float(t if g > 0 else -t) for t, g in zip(total, gradient, strict=True)]


@settings(deadline=None, max_examples=200)
@given(
    gradient=st.tuples(slopes, slopes, slopes),
    lengths=st.tuples(*[st.integers(1, 9)] * 3),
    position=st.integers(-49, 49),
    tilt=st.sampled_from([1, 10**3, 10**6, 10**9]),
)
def test_moment_from_the_fraction(gradient, lengths, position, tilt):
    """Of a part and, reversed, of the rest, 10⁻⁵ even for tiny slopes."""
    g = [Fraction(gradient[0], tilt), Fraction(gradient[1], 7), Fraction(gradient[2])]
    h = [Fraction(n, 5) for n in lengths]
    offset = sum(abs(a) * b for a, b in zip(g, h, strict=True)) / 2 * Fraction(position, 50)
    fraction = exact_fraction(offset, g, h)
    normal, edges = np.array(g, float), np.array(h, float)
    found = np.array(plane_box_moment(fraction, normal, edges))
    assert found == pytest.approx(np.array(exact_moment(offset, g, h)), abs=2e-5)
    assert plane_box_moment(1 - fraction, -normal, edges) == pytest.approx(-found, abs=2e-5)


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5, 0.8])
@pytest.mark.parametrize("normal", [(1, 2, 3), (-1, 0.2, 0.7), (0.3, -1, 0.01)])
def test_moment_by_counting_points(fraction, normal):
    lengths = np.array([1.0, 0.5, 2.0])
    axis = (np.arange(64) + 0.5) / 64 - 0.5
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    height = points @ (np.array(normal) * lengths)
    below = points[np.argsort(height)[: round(fraction * len(points))]]
    found = plane_box_moment(fraction, normal, lengths)
    assert found == pytest.approx(below.sum(axis=0) / len(points), abs=1e-3)


def test_moment_of_a_slab_and_of_nothing():
    assert plane_box_moment(0.3, (0, 0, 2.0), (1, 2, 3)) == pytest.approx([0, 0, -0.105], abs=1e-7)
    assert plane_box_moment(0.0, (1, 1, 1), (1, 1, 1)) == [0, 0, 0]
    assert plane_box_moment(1.0, (1, 1, 1), (1, 1, 1)) == [0, 0, 0]


def test_plane_in_a_face_belongs_to_one_box_only():
    # The plane z = 1/2 is the upper face of one unit cube and the lower face of the next.
    assert len(plane_box_polygon(-0.5, (0, 0, 1), (1, 1, 1))) == 4
    assert len(plane_box_polygon(0.5, (0, 0, 1), (1, 1, 1))) == 0
