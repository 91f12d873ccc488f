"""Momentum between electrons and holes of eight bands: all of ∂H/∂k."""

import numpy as np
import pytest

import heterodot as hd
from heterodot.optics.transitions import interband_momentum


@pytest.fixture(scope="module")
def dot():
    nanocrystal = hd.Nanocrystal([("CdSe", hd.Sphere(1.6))], environment=hd.HardWall())
    ham = hd.Hamiltonian(nanocrystal, hd.kp.Zincblende8(), spacing=0.25)
    return ham, hd.solve(ham, electrons=2, holes=8, progress=False)


def spinors(carrier):
    psi = carrier.representatives
    up, down = psi[:, :4], psi[:, 4:]
    return np.stack([psi, np.concatenate([down.conj(), -up.conj()], axis=1)], 1).reshape(
        -1, 8, *psi.shape[2:]
    )


def strengths(momentum, holes):
    """Σ |p|² between the electrons and each level of holes, which do not depend on how it is mixed."""
    squares = np.sum(np.abs(momentum) ** 2, axis=(0, 1))
    ends = np.flatnonzero(np.diff(holes.energies) < -1e-5) + 1
    return np.array([part.sum() for part in np.split(squares, ends)])


def derivative(ham, states):
    """∂H/∂k from the polynomial of the one material, with k = −i∇ by central differences."""
    polynomial = ham.polynomials("electron")[0]
    first, second = (np.kron(np.eye(2), part) for part in (polynomial.first, polynomial.second))
    electrons, holes = spinors(states.electrons), spinors(states.holes)
    gradients = [
        -1j * np.gradient(electrons, step, axis=2 + i)
        for i, step in enumerate(states.electrons.grid.spacing)
    ]
    result = []
    for j in range(3):
        image = np.einsum("ab,nbxyz->naxyz", first[j] + first[j].conj().T, electrons)
        for i in range(3):
            image += np.einsum("ab,nbxyz->naxyz", second[j, i] + second[i, j], gradients[i])
        result.append(np.einsum("qaxyz,paxyz->pq", holes.conj(), image, optimize=True))
    return np.array(result) * states.electrons.grid.cell_volume


def test_it_is_the_derivative_of_the_polynomial(dot):
    """Within what envelopes on the nodes and central differences are good for."""
    ham, states = dot
    found = strengths(interband_momentum(states), states.holes)
    expected = strengths(derivative(ham, states), states.holes)
    bright = expected > 0.01 * expected.max()
    assert found[bright] == pytest.approx(expected[bright], rel=0.05)
    assert found[~bright].max(initial=0.0) < 0.02 * expected.max()


def test_remote_bands_are_in_it(dot):
    """The Kane terms alone, with the Hamiltonian's own Kane energy, leave something out."""
    ham, states = dot
    kane = float(np.abs(ham.polynomials("electron")[0].first).max())
    whole = strengths(interband_momentum(states), states.holes)
    terms = strengths(
        interband_momentum(states, kane_energy=kane**2 / hd.units.HBAR2_OVER_2M0), states.holes
    )
    assert whole[0] == pytest.approx(terms[0], rel=0.15)
    assert abs(whole[0] / terms[0] - 1.0) > 0.005


def test_time_reversal_turns_it_around(dot):
    """⟨Θv|p|Θe⟩ = −⟨v|p|e⟩*."""
    p = interband_momentum(dot[1])
    assert p[:, 1::2, 1::2] == pytest.approx(-p[:, 0::2, 0::2].conj(), abs=1e-12)
    assert p[:, 1::2, 0::2] == pytest.approx(p[:, 0::2, 1::2].conj(), abs=1e-12)
