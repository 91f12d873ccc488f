"""The Hamiltonian of a nanocrystal on a grid."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from heterodot import _checks, _core
from heterodot._memory import require_memory
from heterodot.envelopes.barrier import Barrier, coarse_voxels, decay_barrier
from heterodot.envelopes.discretisation import (
    GridLevels,
    InterfaceRule,
    at_places,
    discretised,
)
from heterodot.envelopes.hamiltonian_summary import in_words, rows_memory
from heterodot.envelopes.magnetic_field import MagneticField, given_g_factors
from heterodot.envelopes.region_polynomials import region_polynomials
from heterodot.errors import PeriodicStructureError
from heterodot.geometry.interpolation import interpolated
from heterodot.geometry.voxels import Voxels
from heterodot.kp import EffectiveMass, MatrixPolynomial, Model
from heterodot.kp.model import Carrier
from heterodot.materials import HardWall
from heterodot.nanocrystal import Nanocrystal

__all__ = ["Hamiltonian"]

BarrierRule = Literal["auto", "grid", "tail"]

_CARRIERS: tuple[Carrier, Carrier] = ("electron", "hole")
# A barrier into which the envelope reaches less far than this many steps is a boundary condition.
_RESOLVED = 3.0
# Margin around the nanocrystal in decay lengths: e^(-2·8) of the density is cut off.
_DECAY_LENGTHS = 8.0


class Hamiltonian:
    """The envelope-function Hamiltonian of a nanocrystal on a uniform grid.

    Nothing is computed before it is asked for; operators are kept.

    Parameters
    ----------
    nanocrystal : Nanocrystal
        Geometry and materials.
    model : kp.Model
        The k·p model; by default effective masses.
    spacing : float
        Distance of neighbouring nodes in nm.
    margin : float, optional
        Distance in nm from the nanocrystal to where envelopes vanish at last. By default two steps
        if no envelope leaves the nanocrystal (a hard wall, or barriers treated as boundary
        conditions), else eight decay lengths of the lowest states.
    interface : {"laminate", "average", "staircase"}
        How cut voxels mix materials. The laminate is of second order; the others are there for
        comparison.
    order : {4, 2}
        Order of the differences inside a material.
    orientation : (3, 3) array_like, optional
        Rotation matrix that turns the crystal axes (columns: where [100], [010], [001] point).
    barrier : {"auto", "grid", "tail"}
        How an environment with a finite barrier is treated: resolved on the grid, as a boundary
        condition for the tail exp(−κs) at the surface, or chosen for each carrier by whether the
        tail is shorter than three steps.

    Attributes
    ----------
    nanocrystal : Nanocrystal
    model : kp.Model
    grid : Grid
    interface : str
    order : int
    wave_vector : tuple of float
        Bloch wave vector in 1/nm, see :meth:`at_wave_vector`.

    Raises
    ------
    ValueError
        If the spacing is too coarse, a material lacks a parameter that the model needs, or
        ``orientation`` is no rotation matrix.
    """

    def __init__(
        self,
        nanocrystal: Nanocrystal,
        model: Model | None = None,
        spacing: float = 0.2,
        *,
        margin: float | None = None,
        interface: InterfaceRule = "laminate",
        order: int = 4,
        orientation: ArrayLike | None = None,
        barrier: BarrierRule = "auto",
    ) -> None:
        if not isinstance(nanocrystal, Nanocrystal):
            raise TypeError(f"nanocrystal must be a Nanocrystal, got {nanocrystal!r}")
        model = EffectiveMass() if model is None else model
        if not isinstance(model, Model):
            raise TypeError(
                f"model must be a k·p model such as hd.kp.EffectiveMass(), got {model!r}"
            )
        for name, value, allowed in (
            ("interface", interface, ("laminate", "average", "staircase")),
            ("barrier", barrier, ("auto", "grid", "tail")),
            ("order", order, (2, 4)),
        ):
            if value not in allowed:
                raise ValueError(f"{name} must be one of {allowed}, got {value!r}")
        self.nanocrystal = nanocrystal
        self.model = model
        self.interface: InterfaceRule = interface
        self.order = order
        self.orientation = (
            None if orientation is None else _checks.rotation("orientation", orientation)
        )
        self._spacing = _checks.length("spacing", spacing)
        self._margin = margin
        self.magnetic_field: MagneticField | None = None
        self.wave_vector: tuple[float, float, float] = (0.0, 0.0, 0.0)
        self._barrier_rule: BarrierRule = barrier
        self._polynomials: dict[Carrier, tuple[MatrixPolynomial, ...]] = {}
        self._barriers: dict[Carrier, Barrier | None] = {}
        self._operators: dict[tuple[Carrier, int], _core.StencilOperator] = {}
        self._plain_operators: dict[
            tuple[Carrier, int, tuple[int, ...], bool], _core.StencilOperator
        ] = {}
        self._potentials: dict[Carrier, NDArray[np.float64]] = {}
        self.polynomials(model.multiband)  # names missing parameters before anything heavy
        nanocrystal.grid(spacing, margin=0.0)  # and says if the spacing is too coarse
        self.grid = nanocrystal.grid(spacing, self._default_margin() if margin is None else margin)
        self._levels = GridLevels(nanocrystal, self.grid)

    # Carriers and models -------------------------------------------------------------------------

    def carriers(self) -> tuple[Carrier, ...]:
        """Return the carriers for which the model and the materials have what is needed."""
        able: list[Carrier] = []
        for carrier in _CARRIERS:
            try:
                self.polynomials(carrier)
            except ValueError:
                continue
            able.append(carrier)
        return tuple(able)

    def polynomials(self, carrier: Carrier) -> tuple[MatrixPolynomial, ...]:
        """Return the matrix polynomials of all regions, turned with the crystal.

        From the inside out; that of the environment comes last unless it is a hard wall.

        Raises
        ------
        ValueError
            If a material lacks a parameter, or the regions' polynomials do not fit together.
        """
        _check_carrier(carrier)
        if carrier not in self._polynomials:
            self._polynomials[carrier] = region_polynomials(
                self.nanocrystal, self.model, carrier, self.orientation, self.magnetic_field
            )
        return self._polynomials[carrier]

    def sign(self, carrier: Carrier) -> float:
        """Return +1 for electrons (lowest states of H), −1 for holes (highest states of H)."""
        _check_carrier(carrier)
        return 1.0 if carrier == "electron" else -1.0

    def spin_degenerate(self, carrier: Carrier) -> bool:
        """Return whether the orbitals carry no spin, so that every state counts twice."""
        return self.polynomials(carrier)[0].spin_degenerate

    @property
    def joint(self) -> bool:
        """Whether electrons and holes are states of one operator, on both sides of its gap."""
        if not self.polynomials(self.model.multiband)[0].below_gap:
            return False
        first, second = (self._potentials.get(carrier) for carrier in _CARRIERS)
        return first is second or (
            first is not None and second is not None and np.array_equal(first, second)
        )

    def with_potential(
        self, electron: ArrayLike | None = None, hole: ArrayLike | None = None
    ) -> Hamiltonian:
        """Return this Hamiltonian with a local potential added for one carrier or both.

        Parameters
        ----------
        electron, hole : (nx, ny, nz) array_like, optional
            Potential on the nodes of the grid in eV on the scale of electron energies: a potential
            that repels holes lowers the valence states, ``hole=-V``. It adds to one that is there
            already.

        Raises
        ------
        ValueError
            If a potential has the wrong shape or is not finite.
        """
        result = copy.copy(self)
        result._operators, result._potentials = {}, dict(self._potentials)
        for carrier, values in zip(_CARRIERS, (electron, hole), strict=True):
            if values is None:
                continue
            potential = np.array(values, dtype=float)
            if potential.shape != self.grid.shape or not np.all(np.isfinite(potential)):
                raise ValueError(
                    f"the {carrier} potential must be finite and have the shape of the grid, "
                    f"{self.grid.shape}, got shape {potential.shape}"
                )
            if carrier in result._potentials:
                potential += result._potentials[carrier]
            result._potentials[carrier] = potential
        return result

    def with_electric_field(self, field: Sequence[float]) -> Hamiltonian:
        """Return this Hamiltonian in a uniform electric field.

        The energy of an electron is e F·r, zero at the centre of the grid, for conduction and
        valence states alike. F is the field inside: outside fields are weakened by the dielectric.

        Parameters
        ----------
        field : (3,) sequence of float
            F in V/nm.
        """
        strength = _checks.vector("field", field)
        if any(f and along for f, along in zip(strength, self.grid.periodic, strict=True)):
            raise PeriodicStructureError(
                f"an electric field {strength} V/nm along an axis on which the structure repeats "
                "leaves no period; take its part across"
            )
        axes = [axis - axis.mean() for axis in self.grid.axes()]
        energy = sum(
            f * axis for f, axis in zip(strength, np.meshgrid(*axes, indexing="ij"), strict=True)
        )
        return self.with_potential(electron=energy, hole=energy)

    def with_magnetic_field(
        self,
        tesla: Sequence[float],
        *,
        g_factors: Mapping[str, float] | None = None,
        hole_g_factors: Mapping[str, float] | None = None,
        origin: Sequence[float] = (0.0, 0.0, 0.0),
    ) -> Hamiltonian:
        """Return this Hamiltonian in a uniform magnetic field.

        Solve it with :func:`heterodot.solve_in_field`: there are no Kramers pairs.
        In models of several bands g-factors follow from the bands and the operator order. Electrons of
        one band take Roth's formula, and the free electron's g where parameters are missing; holes of
        one band take the free electron's.

        Parameters
        ----------
        tesla : (3,) sequence of float
            B in T.
        g_factors, hole_g_factors : mapping, optional
            g of one-band electrons and holes by name of the material.
        origin : (3,) sequence of float
            Where the vector potential vanishes, in nm. Levels do not depend on it.
        """
        if any(self.grid.periodic):
            raise PeriodicStructureError(
                "structures that repeat have no magnetic field here: its vector potential does not "
                "repeat with them"
            )
        names = {region.material.name for region in self.nanocrystal.regions}
        return self._in_field(
            MagneticField(
                _checks.vector("tesla", tesla),
                _checks.vector("origin", origin),
                given_g_factors(names, g_factors, hole_g_factors),
            )
        )

    def _in_field(self, field: MagneticField | None) -> Hamiltonian:
        result = copy.copy(self)
        result._operators, result._polynomials, result._plain_operators = {}, {}, {}
        result.magnetic_field = field
        return result

    def at_wave_vector(self, wave_vector: Sequence[float]) -> Hamiltonian:
        """Return this Hamiltonian for states exp(iK·r) u with a period of the structure in u.

        Its vectors are those u. :func:`heterodot.solve_bands` takes a line of wave vectors.

        Parameters
        ----------
        wave_vector : (3,) sequence of float
            K in 1/nm; zero along axes on which the structure does not repeat.
        """
        vector = _checks.vector("wave_vector", wave_vector)
        if any(k and not along for k, along in zip(vector, self.grid.periodic, strict=True)):
            raise ValueError(
                f"wave_vector: {vector} has a part along an axis on which the structure does not "
                "repeat; give the nanocrystal a period there"
            )
        result = copy.copy(self)
        result._operators, result._plain_operators = {}, {}
        result.wave_vector = vector
        return result

    def at_spacing(self, spacing: float) -> Hamiltonian:
        """Return the same Hamiltonian on another grid; potentials are interpolated to it.

        Parameters
        ----------
        spacing : float
            Distance of neighbouring nodes in nm.
        """
        result = Hamiltonian(
            self.nanocrystal,
            self.model,
            spacing,
            margin=self._margin,
            interface=self.interface,
            order=self.order,
            orientation=self.orientation,
            barrier=self._barrier_rule,
        )
        potentials = {
            carrier: interpolated(values, self.grid, result.grid, outside="continue")
            for carrier, values in self._potentials.items()
        }
        result = result.with_potential(**potentials) if potentials else result
        return result._in_field(self.magnetic_field).at_wave_vector(self.wave_vector)

    def potential(self, carrier: Carrier) -> NDArray[np.float64] | None:
        """Return the local potential added for a carrier in eV, (nx, ny, nz), or None."""
        _check_carrier(carrier)
        return self._potentials.get(carrier)

    # Surroundings --------------------------------------------------------------------------------

    def continuum_edge(self, carrier: Carrier) -> float | None:
        """Return the energy in eV beyond which states are not bound; None for a hard wall."""
        barrier = self.barrier(carrier)
        return None if barrier is None else barrier.edge

    def barrier(self, carrier: Carrier) -> Barrier | None:
        """Return the environment's barrier for a carrier, None for a hard wall."""
        polynomials = self.polynomials(carrier)
        if carrier not in self._barriers:
            self._barriers[carrier] = (
                None
                if isinstance(self.nanocrystal.environment, HardWall)
                else decay_barrier(self._coarse_voxels, polynomials[:-1], polynomials[-1], carrier)
            )
        return self._barriers[carrier]

    @cached_property
    def _coarse_voxels(self) -> Voxels:
        return coarse_voxels(self.nanocrystal)

    def has_tail(self, carrier: Carrier) -> bool:
        """Return whether the barrier is a boundary condition at the surface instead of a region."""
        barrier = self.barrier(carrier)
        if barrier is None or self._barrier_rule == "grid":
            return False
        if len(self.polynomials(carrier)[0].orbitals) > 1:
            return False
        return self._barrier_rule == "tail" or barrier.length < _RESOLVED * self._spacing

    def _default_margin(self) -> float:
        margin = 2.0 * self._spacing
        for carrier in self.carriers():
            barrier = self.barrier(carrier)
            if barrier is not None and not self.has_tail(carrier):
                margin = max(margin, _DECAY_LENGTHS * barrier.length)
        return margin

    # Operators -----------------------------------------------------------------------------------

    @property
    def voxels(self) -> Voxels:
        """The regions of the nanocrystal on the grid."""
        return self._levels.voxels(0)

    def operator(self, carrier: Carrier) -> _core.StencilOperator:
        """Return the operator of a carrier, on vectors of shape (bands, x, y, z).

        Raises
        ------
        MemoryEstimateError
            If it would not fit into the memory that is free.
        """
        return self._operator(carrier, 0)

    def levels(self, carrier: Carrier) -> tuple[_core.StencilOperator, ...]:
        """Return the operators on the grid and on ever coarser ones, the finest first.

        Each coarser grid (:meth:`Grid.coarsened`) has every second node of the one before, and voxels
        put together from those of the one before; differences there are of second order.
        """
        return tuple(self._operator(carrier, level) for level in range(len(self._levels)))

    def _operator(self, carrier: Carrier, level: int) -> _core.StencilOperator:
        if self.joint:
            carrier = self.model.multiband
        polynomials = self.polynomials(carrier)
        if (carrier, level) not in self._operators:
            if level == 0:
                require_memory(
                    self.memory_estimate(carrier),
                    f"the {carrier} operator of {self!r}",
                    "choose a coarser spacing, a smaller margin or a model with fewer bands",
                )
            operator = self._discretised(carrier, level, range(len(polynomials[0].orbitals)))
            self._operators[carrier, level] = operator
        return self._operators[carrier, level]

    def parts(
        self, carrier: Carrier, orbitals: Sequence[int], finest: int = 0
    ) -> tuple[_core.StencilOperator, ...]:
        """Return some orbitals' part of the operators of all levels, without spin–orbit coupling.

        What preconditions an operator that has a gap inside its spectrum. ``finest`` is the first of
        the levels.
        """
        return tuple(
            self._discretised(carrier, level, orbitals, spins=False)
            for level in range(finest, len(self._levels))
        )

    def _discretised(
        self, carrier: Carrier, level: int, orbitals: Sequence[int], spins: bool = True
    ) -> _core.StencilOperator:
        operator = self._without_potential(carrier, level, tuple(orbitals), spins)
        if (potential := self._potentials.get(carrier)) is not None:
            coarse = (slice(2**level - 1, None, 2**level),) * 3
            places = [self.polynomials(carrier)[0].places[orbital] for orbital in orbitals]
            operator = operator.with_potential(
                at_places(potential[coarse], places, self.grid.periodic)
            )
        return operator

    def _without_potential(
        self, carrier: Carrier, level: int, orbitals: tuple[int, ...], spins: bool
    ) -> _core.StencilOperator:
        """Return an operator that Hamiltonians with other potentials share."""
        key = (carrier, level, orbitals, spins)
        if key not in self._plain_operators:
            polynomials = self.polynomials(carrier)
            barrier = self.barrier(carrier)
            tail = barrier is not None and self.has_tail(carrier)
            self._plain_operators[key] = discretised(
                self._levels.voxels(level),
                polynomials[:-1] if tail else polynomials,
                orbitals,
                spins=spins,
                interface=self.interface,
                order=self.order if level == 0 else 2,
                wall=barrier is None or tail,
                tail=barrier if tail else None,
                wave_vector=self.wave_vector,
            )
        return self._plain_operators[key]

    def tocsr(
        self, carrier: Carrier | None = None, rows: tuple[int, int] | None = None
    ) -> csr_array:
        """Return the operator as a sparse matrix.

        Parameters
        ----------
        carrier : {"electron", "hole"}, optional
            By default the one that the model is about.
        rows : (int, int), optional
            First row and the one after the last; by default all. Rows and columns count the
            degrees of freedom that exist: outside a hard wall there are none (see
            ``operator(carrier).active()``).

        Returns
        -------
        scipy.sparse.csr_array
            Real where the operator is, else complex; eV.
        """
        operator = self.operator(self.model.multiband if carrier is None else carrier)
        size = int(np.count_nonzero(operator.active()))
        first, last = (0, size) if rows is None else (int(rows[0]), int(rows[1]))
        if not 0 <= first <= last <= size:
            raise ValueError(f"rows must lie between 0 and {size}, got {rows!r}")
        start, columns, values = operator.compressed_rows(first, last)
        data: NDArray[np.float64] | NDArray[np.complex128] = (
            values.real.copy() if operator.is_real else values
        )
        return csr_array((data, columns, start), shape=(last - first, size))

    # Size ----------------------------------------------------------------------------------------

    def unknowns(self, carrier: Carrier | None = None) -> int:
        """Return the number of components of a vector, by default for the model's carrier."""
        first = self.polynomials(self.model.multiband if carrier is None else carrier)[0]
        return self.grid.size * len(first.bands)

    def memory_estimate(self, carrier: Carrier, vectors: int = 0) -> float:
        """Estimate the bytes that the operator and a number of vectors take.

        Only nodes near interfaces and walls have rows of their own.
        """
        rows = rows_memory(self.nanocrystal, self.grid, self._spacing, self.polynomials(carrier)[0])
        parts = 2.0 if any(self.wave_vector) else 1.0  # real, or real and imaginary
        return parts * rows + 16.0 * vectors * self.unknowns(carrier)

    def __repr__(self) -> str:
        return in_words(self)


def _check_carrier(carrier: str) -> None:
    if carrier not in _CARRIERS:
        raise ValueError(f"carrier must be 'electron' or 'hole', got {carrier!r}")
