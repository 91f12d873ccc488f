"""Cells that an interface cuts, where the mass jumps by a large factor."""

import numpy as np
import pytest
from scipy.optimize import brentq

import heterodot as hd
from heterodot.linalg.eigensolver import lowest_eigenpairs
from heterodot.units import HBAR2_OVER_2M0

CORE, RADIUS = 1.5, 3.0


def exact_1s(inner_mass, outer_mass):
    """Lowest s level between hard walls: ψ and (1/m) dψ/dr continuous, ψ = sin(kr)/r (eV)."""

    def mismatch(energy):
        k, q = (np.sqrt(energy * m / HBAR2_OVER_2M0) for m in (inner_mass, outer_mass))
        inside = (k * CORE / np.tan(k * CORE) - 1.0) / inner_mass
        outside = (-q * CORE / np.tan(q * (RADIUS - CORE)) - 1.0) / outer_mass
        return inside - outside

    energies = np.linspace(1e-3, 1.0, 4000)
    values = np.array([mismatch(e) for e in energies])
    # A root is where the mismatch falls through zero; poles rise.
    first = np.flatnonzero((values[:-1] > 0) & (values[1:] < 0) & (np.diff(values) > -50.0))[0]
    return brentq(mismatch, energies[first], energies[first + 1], xtol=1e-12)


def found_1s(inner_mass, outer_mass, spacing):
    materials = [
        hd.Material(name, conduction_edge=0.0, valence_edge=-9.0, electron_mass=m, hole_mass=1.0)
        for name, m in (("inner", inner_mass), ("outer", outer_mass))
    ]
    solids = (hd.Sphere(CORE), hd.Sphere(RADIUS))
    dot = hd.Nanocrystal(list(zip(materials, solids, strict=True)), environment=hd.HardWall())
    fine, *coarse = hd.Hamiltonian(dot, spacing=spacing).levels("electron")
    return lowest_eigenpairs(fine, 1, coarse=coarse, tolerance=1e-6).values[0]


@pytest.mark.parametrize("masses", [(0.05, 0.5), (0.5, 0.05)])
def test_second_order_at_a_tenfold_mass(masses):
    """With laminates on faces alone the light core shows an order of 0.6."""
    exact = exact_1s(*masses)
    coarse, fine = (found_1s(*masses, h) - exact for h in (0.25, 0.125))
    assert np.log2(coarse / fine) > 1.8
    assert abs(4.0 * fine - coarse) / 3.0 < 5e-4 * exact
