"""The Hamiltonian of a nanocrystal on a grid."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from heterodot import _checks, _core
from heterodot._memory import require_memory
from heterodot.envelopes.barrier import Barrier
from heterodot.envelopes.discretisation import GridLevels, InterfaceRule
from heterodot.envelopes.hamiltonian_summary import in_words, rows_memory
from heterodot.envelopes.magnetic_field import MagneticField, field_around
from heterodot.envelopes.operator_levels import OperatorLevels, OperatorRecipe
from heterodot.envelopes.potentials import same_potentials, uniform_field_energy, with_added
from heterodot.envelopes.region_polynomials import RegionPolynomials, check_carrier
from heterodot.envelopes.sparse_matrix import sparse_matrix
from heterodot.envelopes.surroundings import BarrierRule, Surroundings
from heterodot.geometry.interpolation import interpolated
from heterodot.geometry.voxels import Voxels
from heterodot.kp import EffectiveMass, MatrixPolynomial, Model
from heterodot.kp.model import Carrier
from heterodot.nanocrystal import Nanocrystal

__all__ = ["Hamiltonian"]


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
        self._polynomials = RegionPolynomials(nanocrystal, model, self.orientation)
        self._surroundings = Surroundings(nanocrystal, self._polynomials, self._spacing, barrier)
        self._potentials: dict[Carrier, NDArray[np.float64]] = {}
        self.polynomials(model.multiband)  # names missing parameters before anything heavy
        nanocrystal.grid(spacing, margin=0.0)  # and says if the spacing is too coarse
        if margin is None:
            margin = self._surroundings.margin()
        self.grid = nanocrystal.grid(spacing, margin)
        self._operators = OperatorLevels(GridLevels(nanocrystal, self.grid), interface, order)

    # Carriers and models -------------------------------------------------------------------------

    def carriers(self) -> tuple[Carrier, ...]:
        """Return the carriers for which the model and the materials have what is needed."""
        return tuple(self._polynomials.available())

    def polynomials(self, carrier: Carrier) -> tuple[MatrixPolynomial, ...]:
        """Return the matrix polynomials of all regions, turned with the crystal.

        From the inside out; that of the environment comes last unless it is a hard wall.

        Raises
        ------
        ValueError
            If a material lacks a parameter, or the regions' polynomials do not fit together.
        """
        return self._polynomials.of(carrier)

    def sign(self, carrier: Carrier) -> float:
        """Return +1 for electrons (lowest states of H), −1 for holes (highest states of H)."""
        check_carrier(carrier)
        return 1.0 if carrier == "electron" else -1.0

    def spin_degenerate(self, carrier: Carrier) -> bool:
        """Return whether the orbitals carry no spin, so that every state counts twice."""
        return self.polynomials(carrier)[0].spin_degenerate

    @property
    def joint(self) -> bool:
        """Whether electrons and holes are states of one operator, on both sides of its gap."""
        if not self.polynomials(self.model.multiband)[0].below_gap:
            return False
        return same_potentials(self._potentials)

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
        result._operators = self._operators.for_other_potentials()
        result._potentials = with_added(
            self._potentials, {"electron": electron, "hole": hole}, self.grid.shape
        )
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
        energy = uniform_field_energy(_checks.vector("field", field), self.grid)
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
        return self._in_field(
            field_around(self.nanocrystal, tesla, origin, g_factors, hole_g_factors)
        )

    def _in_field(self, field: MagneticField | None) -> Hamiltonian:
        result = copy.copy(self)
        result._operators = self._operators.for_other_recipes()
        result._polynomials = self._polynomials.in_field(field)
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
        result._operators = self._operators.for_other_recipes()
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
            barrier=self._surroundings.rule,
        )
        potentials = {
            carrier: interpolated(values, self.grid, result.grid, outside="continue")
            for carrier, values in self._potentials.items()
        }
        result = result.with_potential(**potentials) if potentials else result
        return result._in_field(self.magnetic_field).at_wave_vector(self.wave_vector)

    def potential(self, carrier: Carrier) -> NDArray[np.float64] | None:
        """Return the local potential added for a carrier in eV, (nx, ny, nz), or None."""
        check_carrier(carrier)
        return self._potentials.get(carrier)

    # Surroundings --------------------------------------------------------------------------------

    def continuum_edge(self, carrier: Carrier) -> float | None:
        """Return the energy in eV beyond which states are not bound; None for a hard wall."""
        barrier = self.barrier(carrier)
        return None if barrier is None else barrier.edge

    def barrier(self, carrier: Carrier) -> Barrier | None:
        """Return the environment's barrier for a carrier, None for a hard wall."""
        return self._surroundings.barrier(carrier)

    def has_tail(self, carrier: Carrier) -> bool:
        """Return whether the barrier is a boundary condition at the surface instead of a region."""
        return self._surroundings.has_tail(carrier)

    # Operators -----------------------------------------------------------------------------------

    @property
    def voxels(self) -> Voxels:
        """The regions of the nanocrystal on the grid."""
        return self._operators.grids.voxels(0)

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
        return tuple(self._operator(carrier, level) for level in range(len(self._operators)))

    def _operator(self, carrier: Carrier, level: int) -> _core.StencilOperator:
        if self.joint:
            carrier = self.model.multiband
        if level == 0 and not self._operators.has_operator(carrier, 0):
            require_memory(
                self.memory_estimate(carrier),
                f"the {carrier} operator of {self!r}",
                "choose a coarser spacing, a smaller margin or a model with fewer bands",
            )
        return self._operators.operator(carrier, level, self._recipe(carrier))

    def _recipe(self, carrier: Carrier) -> OperatorRecipe:
        return OperatorRecipe(
            self.polynomials(carrier),
            self.barrier(carrier),
            self.has_tail(carrier),
            self.wave_vector,
            self._potentials.get(carrier),
        )

    def parts(
        self, carrier: Carrier, orbitals: Sequence[int], finest: int = 0
    ) -> tuple[_core.StencilOperator, ...]:
        """Return some orbitals' part of the operators of all levels, without spin–orbit coupling.

        What preconditions an operator that has a gap inside its spectrum. ``finest`` is the first of
        the levels.
        """
        recipe = self._recipe(carrier)
        return tuple(
            self._operators.part(carrier, level, recipe, orbitals, spins=False)
            for level in range(finest, len(self._operators))
        )

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
        return sparse_matrix(operator, rows)

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
