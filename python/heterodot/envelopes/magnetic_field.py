"""A uniform magnetic field: Peierls phases for the motion, local terms for what moves not.

k becomes −i∇ + eA/ħ (electrons carry −e). Every element H(r, r′) of the operator takes the phase
exp[−i(e/ħ)∫A·dl] along the straight line from r′ to r (Peierls, Z. Phys. 80, 763 (1933)), exact for
a uniform field, so that levels do not depend on the gauge. Products of k no longer commute,
[k_i, k_j] = −i(e/ħ) ε_ijk B_k: the antisymmetric parts of D_ij, which cancel without a field, leave

    ½ Σ_{i<j} (D_ij − D_ji) [k_i, k_j],

in zincblende −(3κ + 1) µ_B L·B with N₊ − N₋ = −2(3κ + 1): the remote bands' share of the g-factor
(Luttinger, Phys. Rev. 102, 1030 (1956)). Spin adds ½ g µ_B σ·B.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from heterodot import _checks, _core
from heterodot.errors import PeriodicStructureError
from heterodot.geometry.grid import Grid
from heterodot.kp import MatrixPolynomial
from heterodot.kp.luttinger4 import J_BANDS, THREE_HALVES
from heterodot.materials import Material
from heterodot.nanocrystal import Nanocrystal
from heterodot.units import BOHR_MAGNETON, ELECTRON_G_FACTOR, FLUX_QUANTUM_INVERSE

__all__ = [
    "MagneticField",
    "PeierlsOperator",
    "conduction_g_factor",
    "field_around",
    "in_field",
    "peierls_memory",
    "spin_g_factor",
]

_PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_ROWS = 100_000  # whose phases are computed together
_ENTRIES = 55  # of a row, at most on average; 20 bytes each
_AXES = ((0, 1, 2), (1, 2, 0), (2, 0, 1))  # i, j, k with ε_ijk = 1


@dataclass(frozen=True)
class MagneticField:
    """A uniform field.

    Attributes
    ----------
    tesla : tuple of float
        B.
    origin : tuple of float
        Where A = ½ B × (r − origin) vanishes, in nm.
    g_factors : dict
        g of one band by material name and carrier, where not derived.
    """

    tesla: tuple[float, float, float]
    origin: tuple[float, float, float]
    g_factors: dict[tuple[str, str], float]


def conduction_g_factor(of: Material) -> float:
    """Return g of a conduction electron, Roth's formula; the free electron's without its parameters.

    g = g0 − (2Ep/3) [1/Eg − 1/(Eg + Δ)]. Roth, Lax and Zwerdling, Phys. Rev. 114, 90 (1959).
    """
    if of.kane_energy is None or of.spin_orbit is None:
        return ELECTRON_G_FACTOR
    gap, split = of.scalar("gap"), float(of.spin_orbit)
    kane = float(np.mean(of.kane_energy))
    return ELECTRON_G_FACTOR - 2.0 * kane / 3.0 * (1.0 / gap - 1.0 / (gap + split))


def spin_g_factor(
    field: MagneticField, of: Material, carrier: str, polynomial: MatrixPolynomial
) -> float:
    """Return g of the spin in a material's bands.

    What was given; else Roth's formula for electrons of one band, and the free electron's for holes of
    one band and where several bands make up the rest of it themselves.
    """
    if (of.name, carrier) in field.g_factors:
        return field.g_factors[of.name, carrier]
    if carrier == "electron" and polynomial.spin_degenerate:
        return conduction_g_factor(of)
    return ELECTRON_G_FACTOR


def in_field(
    polynomial: MatrixPolynomial, tesla: NDArray[np.float64], g: float
) -> MatrixPolynomial:
    """Return a polynomial with the local terms of a magnetic field; its bands carry spin then.

    Parameters
    ----------
    polynomial : MatrixPolynomial
    tesla : (3,) array
        B.
    g : float
        Of the spin: the free electron's where bands make up the rest of it themselves.
    """
    second = polynomial.second
    m = len(polynomial.orbitals)
    local = np.zeros((m, m), complex)
    for i, j, k in _AXES:
        commutator = -1j * FLUX_QUANTUM_INVERSE * tesla[k]
        local += 0.5 * (second[i, j] - second[j, i]) * commutator
    spin = 0.5 * g * BOHR_MAGNETON * np.einsum("i,iab->ab", tesla, _PAULI)
    if polynomial.orbitals == J_BANDS:
        whole = np.kron(spin, np.eye(3))
        local = local + THREE_HALVES.conj().T @ whole @ THREE_HALVES
        return polynomial.with_local(local)
    if polynomial.spinful:
        raise ValueError(
            f"bands {polynomial.bands} carry their spin in themselves, and nothing says how they "
            "split in a magnetic field; use a model on orbitals with spins=2"
        )
    both = np.zeros((2 * m, 2 * m), np.complex128)
    if polynomial.spin_orbit is not None:
        both += polynomial.spin_orbit
    both += np.kron(np.eye(2), local) + np.kron(spin, np.eye(m))
    return replace(polynomial, spins=2, spin_orbit=both)


class PeierlsOperator:
    """An operator on a grid with the phases of a magnetic field, kept as a sparse matrix.

    Parameters
    ----------
    operator : _core.StencilOperator
        Without the phases.
    grid : Grid
    field : MagneticField
    """

    is_real = False

    def __init__(self, operator: _core.StencilOperator, grid: Grid, field: MagneticField) -> None:
        self.size = operator.size
        self.spins, self.orbitals = operator.spins, operator.orbitals
        self.places, self.shape = operator.places, operator.shape
        self._mask = operator.active()
        count = int(np.count_nonzero(self._mask))
        start, columns, values = operator.compressed_rows(0, count)
        points = _points(operator, grid)[self._mask] - np.array(field.origin)
        for begin in range(0, count, _ROWS):
            end = min(begin + _ROWS, count)
            rows = np.repeat(np.arange(begin, end), np.diff(start[begin : end + 1]))
            part = slice(start[begin], start[end])
            # (B × m)·d = B·(m × d) with d = r − r′, m = (r + r′)/2: B·(r′ × r).
            flux = np.cross(points[columns[part]], points[rows]) @ np.array(field.tesla)
            values[part] *= np.exp(-0.5j * FLUX_QUANTUM_INVERSE * flux)
        self.matrix = csr_array((values, columns, start), shape=(count, count))
        self._diagonal = operator.diagonal()

    def apply(self, block: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Apply to a (count, size) block of row vectors."""
        result = np.zeros((len(block), self.size), complex)
        result[:, self._mask] = (self.matrix @ np.asarray(block)[:, self._mask].T).T
        return result

    def active(self) -> NDArray[np.bool_]:
        """Mask of the degrees of freedom that exist."""
        return self._mask

    def diagonal(self) -> NDArray[np.float64]:
        """Return the diagonal, one value a degree of freedom."""
        return self._diagonal


def peierls_memory(unknowns: int) -> int:
    """Estimate what a :class:`PeierlsOperator` keeps, in bytes."""
    return 20 * _ENTRIES * unknowns + 150 * _ENTRIES * min(unknowns, _ROWS)


def _points(operator: _core.StencilOperator, grid: Grid) -> NDArray[np.float64]:
    """Where every degree of freedom lives, (size, 3) in nm."""
    meshes: list[NDArray[Any]] = []
    for place in operator.places:
        axes = np.meshgrid(*grid.axes(place), indexing="ij")
        meshes.append(np.stack([axis.ravel() for axis in axes], axis=1))
    return np.concatenate(meshes)


class WithoutField:
    """A multigrid cycle for the operators without phases, to precondition the one with them."""

    def __init__(self, cycle: Callable[[NDArray[np.complex64]], NDArray[np.complex64]]) -> None:
        self._cycle = cycle

    def apply(self, block: NDArray[Any]) -> NDArray[np.complex64]:
        """Return the approximate inverse applied to every row."""
        return self._cycle(np.ascontiguousarray(block, np.complex64))


def field_around(
    nanocrystal: Nanocrystal,
    tesla: Sequence[float],
    origin: Sequence[float],
    electron_g_factors: Mapping[str, float] | None,
    hole_g_factors: Mapping[str, float] | None,
) -> MagneticField:
    """Return a field as :meth:`Hamiltonian.with_magnetic_field` takes it.

    Raises
    ------
    PeriodicStructureError
        If the structure repeats.
    ValueError
        For a g-factor by a name that no material has.
    """
    if any(nanocrystal.periodic):
        raise PeriodicStructureError(
            "structures that repeat have no magnetic field here: its vector potential does not "
            "repeat with them"
        )
    names = {region.material.name for region in nanocrystal.regions}
    return MagneticField(
        _checks.vector("tesla", tesla),
        _checks.vector("origin", origin),
        _g_factors(names, electron_g_factors, hole_g_factors),
    )


def _g_factors(
    names: set[str],
    electrons: Mapping[str, float] | None,
    holes: Mapping[str, float] | None,
) -> dict[tuple[str, str], float]:
    """Return those given for each carrier by material name and carrier."""
    given: dict[tuple[str, str], float] = {}
    for carrier, factors in (("electron", electrons), ("hole", holes)):
        for name, g in (factors or {}).items():
            if name not in names:
                raise ValueError(
                    f"{'hole_' if carrier == 'hole' else ''}g_factors: {name!r} is no material of "
                    f"this nanocrystal, which consists of {sorted(names)}"
                )
            given[name, carrier] = _checks.number(f"g_factors[{name!r}]", g)
    return given
