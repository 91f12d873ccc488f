"""Spectral densities against dense diagonalisation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heterodot.linalg.spectral_density import SpectralDensity, spectral_bounds


def problem(seed, kind, size=60):
    random = np.random.default_rng(seed)

    def numbers(*shape):
        real = random.standard_normal(shape)
        return real if kind is float else real + 1j * random.standard_normal(shape)

    matrix = numbers(size, size)
    return (matrix + matrix.conj().T) / 2, numbers(3, size)


@pytest.mark.parametrize("kind", [float, complex])
@given(seed=st.integers(0, 1000), place=st.floats(0.0, 1.0), width=st.floats(0.1, 2.0))
@settings(max_examples=15, deadline=None)
def test_density_is_that_of_the_eigenstates(kind, seed, place, width):
    matrix, vectors = problem(seed, kind)
    values, columns = np.linalg.eigh(matrix)

    def apply(block):
        return block @ matrix.T

    bounds = spectral_bounds(apply, vectors[0])
    assert bounds[0] < values[0]
    assert bounds[1] > values[-1]
    energy = float(values[0] + place * (values[-1] - values[0]))
    density = SpectralDensity(apply, vectors, energy, width, bounds)
    on_states = vectors.conj() @ columns
    for wide in (width, 1.7 * width):
        gaussian = np.exp(-0.5 * ((values - energy) / wide) ** 2) / (wide * np.sqrt(2 * np.pi))
        expected = (on_states * gaussian) @ on_states.conj().T
        found = density([energy], wide)[0]
        np.testing.assert_allclose(found, expected, atol=1e-8 * np.abs(on_states).max() ** 2 / wide)


def test_integral_is_the_overlap():
    """∫ ⟨a|δ(E - H)|b⟩ dE = ⟨a|b⟩."""
    matrix, vectors = problem(3, complex)

    def apply(block):
        return block @ matrix.T

    bounds = spectral_bounds(apply, vectors[0])
    density = SpectralDensity(apply, vectors, 0.0, 0.5, bounds)
    energies = np.linspace(bounds[0] - 4.0, bounds[1] + 4.0, 400)
    total = np.sum(density(energies), axis=0) * (energies[1] - energies[0])
    np.testing.assert_allclose(total, vectors.conj() @ vectors.T, atol=1e-8 * 60)
    with pytest.raises(ValueError, match="at least"):
        density([0.0], 0.1)
