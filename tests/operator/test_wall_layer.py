"""Two bands between hard walls, a slab in closed form: S on the nodes, X half a step on.

E solves (Ec + A k² − E)(Ev − L k² − E) = P²k² for a slow and an evanescent k, and a combination of
both vanishes at the walls. The evanescent one lives in a layer of ℓ = √(AL)/P.
"""

from functools import cache

import numpy as np
import pytest
from operator_problems import levels_along_x, two_orbitals
from scipy.optimize import brentq

import heterodot as hd

P, GAP, RATIO = 0.75, 2.0, 0.3  # eV nm, eV, √(A/L)
LAYERS = (0.01, 0.03, 0.06, 0.1, 0.2, 0.4)  # nm


def exact(layer, half, even, energies):
    """The first level along the energies (eV) whose S is even or odd."""
    A, L = P * RATIO * layer, P * layer / RATIO

    def determinant(energy):
        squares = np.roots(
            [-A * L, -A * energy - L * (GAP - energy) - P**2, (energy - GAP) * energy]
        )
        columns = []
        for k in np.sqrt(np.sort(squares).astype(complex)):
            growth = np.exp(-abs(k.imag) * half)
            sin, cos = (f(k * half) * growth for f in (np.sin, np.cos))
            ratio = (GAP + A * k**2 - energy) / (P * k)  # of X to S
            columns.append((cos, -ratio * sin) if even else (sin / k, ratio * cos / k))
        return float(np.linalg.det(np.array(columns)).real)

    values = [determinant(energy) for energy in energies]
    first = next(n for n in range(len(values)) if values[n] * values[n + 1] < 0.0)
    return brentq(determinant, energies[first], energies[first + 1], xtol=1e-12)


LEVELS = {  # whether S is even, energies, edge of the band
    "1": (True, np.linspace(2.001, 4.0, 200), 2.0),
    "2": (False, np.linspace(2.001, 5.0, 200), 2.0),
    "hole": (False, np.linspace(-0.001, -4.0, 200), 0.0),
}


def found(layer, half, spacing, shift=0.0):
    """All levels in eV."""
    two = two_orbitals(P * RATIO * layer, P * layer / RATIO, P, GAP + shift, shift)
    model = hd.kp.Polynomial(electron=lambda of: two)
    slab = hd.Nanocrystal([(hd.Material("slab"), hd.Box((2 * half, 1.0, 1.0)))], hd.HardWall())
    return levels_along_x(hd.Hamiltonian(slab, model, spacing))


@cache
def errors(layer, spacing):
    """Relative errors of the distance from the edge: by wall position and level."""
    result = []
    for half in 1.0 + np.array([0.0, 0.13, 0.27, 0.4]) * 0.1:
        levels = found(layer, half, spacing)
        result.append([])
        for even, energies, edge in LEVELS.values():
            level = exact(layer, half, even, energies)
            error = levels[np.argmin(np.abs(levels - level))] - level
            result[-1].append(error / abs(level - edge))
    return np.array(result)


@pytest.mark.parametrize("layer", LAYERS)
def test_walls_are_right_however_thin_the_layer(layer):
    """h = 0.1 nm, ℓ from h/10 to 4h: without the condition on slow envelopes it is up to 130 %."""
    found = errors(layer, 0.1)
    assert np.abs(found.mean(axis=0)).max() < 0.004
    assert np.abs(found).max() < 0.01


@pytest.mark.parametrize("layer", [0.006, 0.004])
def test_layers_far_thinner_than_the_spacing(layer):
    """h = 0.1 nm, 17 and 25 times as much."""
    assert np.abs(errors(layer, 0.1)).max() < 0.02


@pytest.mark.parametrize("layer", LAYERS[1:])
def test_errors_fall_with_the_square_of_the_spacing(layer):
    """Wherever the walls lie between the nodes."""
    coarse, fine = (np.abs(errors(layer, h)).max(axis=0) for h in (0.1, 0.05))
    assert np.all((coarse > 3.0 * fine) | (fine < 1e-3))


@pytest.mark.parametrize("layer", [0.01, 0.1])
def test_levels_follow_a_shift_of_all_edges(layer):
    """The condition depends on energies, but on those from the edges alone."""
    shifted = found(layer, 1.03, 0.1, shift=0.7) - 0.7
    assert np.abs(shifted - found(layer, 1.03, 0.1)).max() < 1e-10
