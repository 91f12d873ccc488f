"""A dielectric prolate ellipsoid against its closed form in spheroidal harmonics.

E. W. Hobson, The Theory of Spherical and Ellipsoidal Harmonics (1931), § 251. Between the points (ξ, η, φ)
and (ξ', η', φ') of foci at ±f the free Green function is

    1/|r - r'| = 1/f Σ_lm (2l+1) (2 - δ_m0) (l-m)!/(l+m)! P(η) P(η') cos m(φ-φ') P(ξ<) Q(ξ>)

with P Q' - P' Q = -1/(ξ²-1); in an ellipsoid Q gains a multiple of P.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from coulomb_stand_ins import material, shifted, states
from test_numbers_of_nodes import ball, ball_energy

import heterodot as hd
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.interface_charges import InterfaceCharges, find_interfaces
from heterodot.electrostatics.self_polarisation import SelfPolarisation
from heterodot.units import COULOMB_CONSTANT

MEV = 1e-3
SHORT, LONG, INSIDE, OUTSIDE = 2.0, 3.0, 8.0, 2.0
FOCUS = math.sqrt(LONG**2 - SHORT**2)
LARGEST = 40


def legendre(m, x):
    """P_l^m(x), l = m … LARGEST, for |x| <= 1 or x > 1, without the sign (-1)^m."""
    values = np.zeros(LARGEST + 2)
    values[m] = math.prod(range(1, 2 * m, 2)) * abs(x * x - 1) ** (m / 2)
    for l in range(m, LARGEST + 1):
        values[l + 1] = ((2 * l + 1) * x * values[l] - (l + m) * values[l - 1] * (l > 0)) / (
            l - m + 1
        )
    return values


def slope(l, m, x, at_l, before):
    """Derivative of P or Q from its values at l and l - 1."""
    return (l * x * at_l - (l + m) * before) / (x * x - 1)


def ratio(l, m, x):
    """Q_l/Q_(l-1), by continued fraction."""
    value = 0.0
    for n in range(l + 400, l - 1, -1):
        value = (n + m) / ((2 * n + 1) * x - (n - m + 1) * value)
    return value


def spheroidal(point):
    x, y, z = point
    to = [math.sqrt(x * x + y * y + (z + s * FOCUS) ** 2) for s in (1, -1)]
    return sum(to) / (2 * FOCUS), (to[0] - to[1]) / (2 * FOCUS), math.atan2(y, x)


def series(first, second, inside, outside):
    """Free (inside = outside = 1) or induced part of the Green function (1/nm)."""
    (xi, eta, phi), (other, eta2, phi2) = sorted((spheroidal(first), spheroidal(second)))
    surface = LONG / FOCUS
    total = 0.0
    for m in range(LARGEST + 1):
        p, q, a, b = (legendre(m, x) for x in (xi, other, eta, eta2))
        s = legendre(m, surface)
        for l in range(m, LARGEST + 1):
            weight = (2 * l + 1) * (2 - (m == 0)) * math.cos(m * (phi - phi2))
            weight *= math.exp(math.lgamma(l - m + 1) - math.lgamma(l + m + 1)) * a[l] * b[l]

            def second_kind(x, values, l=l, m=m):
                """Q and Q' by Wronskian."""
                if l == m == 0:
                    return math.atanh(1 / x), -1 / (x * x - 1)
                logarithmic = slope(l, m, x, 1.0, 1 / ratio(l, m, x))
                own = slope(l, m, x, values[l], values[l - 1])
                q = -1 / (x * x - 1) / (values[l] * logarithmic - own)
                return q, logarithmic * q

            if inside == outside:
                total += weight * p[l] * second_kind(other, q)[0]
                continue
            value, derivative = second_kind(surface, s)
            own = slope(l, m, surface, s[l], s[l - 1]) if l else 0.0
            image = (outside - inside) * derivative
            image /= inside * own - outside * s[l] * derivative / value
            total += weight * image * p[l] * q[l] / inside
    return total / FOCUS


def ellipsoid():
    solid = hd.Ellipsoid((SHORT, SHORT, LONG))
    return hd.Nanocrystal([(material("m", INSIDE), solid)], environment=hd.HardWall(OUTSIDE))


POINTS = [np.array(p) for p in ((0.4, -0.5, 0.9), (-0.3, 0.6, -1.4), (0.0, 0.001, 1.6))]


def test_the_series_is_that_of_a_point_charge():
    first, second = np.array([0.3, -0.2, 0.4]), np.array([-0.9, 0.7, 2.4])
    found = series(first, second, 1.0, 1.0)
    assert found == pytest.approx(1 / np.linalg.norm(first - second), rel=1e-5)


def test_charges_off_centre():
    dot = ellipsoid()
    grid = shifted(dot.grid(0.16))
    radius = 1.0
    functions = np.stack([ball(grid, radius, point) for point in POINTS])
    coulomb = hd.coulomb(states(dot, functions, functions, grid), self_polarisation=False)
    for i, first in enumerate(POINTS):
        for j, second in enumerate(POINTS):
            direct = ball_energy(radius) if i == j else 1 / np.linalg.norm(first - second)
            if i != j and np.linalg.norm(first - second) < 2 * radius:
                continue  # charges that overlap
            exact = direct / INSIDE + series(first, second, INSIDE, OUTSIDE)
            found = coulomb.direct("eh", 2 * i, 2 * j)
            assert found == pytest.approx(exact * COULOMB_CONSTANT, abs=0.05 * MEV), (i, j)


@pytest.mark.parametrize(
    "point",
    [*POINTS, (1.2, 0.0, 0.3), (1.6, 0.0, 0.0), (0.0, 0.0, 2.4), (0.0, 0.0, 2.6)],
)
def test_self_potential(point):
    """Down to 0.4 nm from the surface, nearly three cells; (0, 0, 2.6) lies at the sharp tip."""
    dielectric = read_dielectric(ellipsoid(), "static")
    charges = InterfaceCharges(find_interfaces(dielectric))
    grid = hd.Grid((33, 33, 45), (-2.4, -2.4, -3.3), (0.15,) * 3)
    found = SelfPolarisation(dielectric, charges, grid).at(np.array([point]))
    exact = 0.5 * series(point, point, INSIDE, OUTSIDE) * COULOMB_CONSTANT
    np.testing.assert_allclose(found, exact, atol=0.2 * MEV)
