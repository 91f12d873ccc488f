"""Auger recombination by Fermi's golden rule.

An electron and a hole recombine and pass their energy on to a third carrier. With the potential
``U_ik(r)`` of the transition density of electron i and hole k (`TransitionDensities`), screened at
optical frequencies, a correlated state Ψ of energy E turns into a hot electron a and spectators s at

    Γ = 2π/ħ Σ_s Σ_a |⟨a|φ_s⟩|² δ(E - E_s - E_a),   φ_s = Σ_ijk ⟨s|e_j h_k e_i|Ψ⟩ U_ik ψ_j,

and likewise into a hot hole. The sum over hot states is the spectral density ⟨φ|δ(E - H)|φ⟩ of the
Hamiltonian (`SpectralDensity`): nothing is left out that the grid can hold, and no hot state has to be found.

References
----------
G. G. Zegrya, V. A. Kharchenko, Sov. Phys. JETP 74, 173 (1992); L.-W. Wang, M. Califano, A. Zunger,
A. Franceschetti, Phys. Rev. Lett. 91, 056404 (2003), for states of a width.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from heterodot import _checks
from heterodot._blas import single_threaded_blas
from heterodot._memory import require_memory
from heterodot.configuration_interaction import ManyBodyStates, ci
from heterodot.configuration_interaction.transitions import auger_amplitudes
from heterodot.electrostatics.screened_interaction import ScreenedInteraction
from heterodot.electrostatics.solver import chosen_solver
from heterodot.electrostatics.transition_densities import TransitionDensities
from heterodot.electrostatics.volume_interaction import VolumeInteraction
from heterodot.envelopes.bloch_functions import kane_momentum
from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.kinetics.hot_carrier_functions import compressed, field_products
from heterodot.kp.model import Carrier
from heterodot.linalg.spectral_density import SpectralDensity, spectral_bounds
from heterodot.optics.spectra import thermal_populations
from heterodot.units import HBAR

__all__ = ["AugerRates", "auger_rates"]

_RARE = 1e-7  # population below which an initial state is left out
_CARRIERS: tuple[Carrier, Carrier] = ("electron", "hole")


@dataclass(frozen=True)
class AugerRates:
    """Auger rates of thermally populated states, in 1/ns.

    Attributes
    ----------
    name : str
        Of the complex: XX, X-, ...
    electron, hole : float
        Rates of the channels with a hot electron and a hot hole.
    widths : (3,) array
        Standard deviations of energy conservation in eV: the one asked for, half and twice as much.
    by_width : (3, 2) array
        Rates of both channels with these widths.
    hot_energies : (2,) array
        Mean energies of the hot electron and of the hot hole above the lowest level of its kind, in eV;
        nan without that channel.
    temperature : float
        In K.
    """

    name: str
    electron: float
    hole: float
    widths: NDArray[np.float64] = field(repr=False)
    by_width: NDArray[np.float64] = field(repr=False)
    hot_energies: NDArray[np.float64] = field(repr=False)
    temperature: float

    @property
    def rate(self) -> float:
        """Sum of both channels in 1/ns."""
        return self.electron + self.hole

    @property
    def lifetime(self) -> float:
        """Auger lifetime in ns, inf where nothing recombines."""
        return 1 / self.rate if self.rate > 0 else float("inf")

    @property
    def lifetimes_by_width(self) -> NDArray[np.float64]:
        """Lifetimes in ns with half, all and twice of the width: what the hot levels' places decide."""
        with np.errstate(divide="ignore"):
            return np.asarray(1 / self.by_width[[1, 0, 2]].sum(axis=1))

    def __repr__(self) -> str:
        low, high = sorted(self.lifetimes_by_width)[:: len(self.lifetimes_by_width) - 1]
        return (
            f"Auger lifetime of {self.name} at {self.temperature:g} K: {1e3 * self.lifetime:.3g} ps "
            f"({1e3 * low:.3g} … {1e3 * high:.3g} ps for half to twice the width of {self.widths[0]:g} "
            f"eV); hot electron {self.electron:.3g}/ns, hot hole {self.hole:.3g}/ns"
        )


def auger_rates(
    states: ManyBodyStates,
    hamiltonian: Hamiltonian,
    temperature: float = 300.0,
    width: float = 0.05,
    *,
    permittivity: str | float = "optical",
    gap: float | None = None,
    kane_energy: float | None = None,
    axis: Sequence[float] = (0.0, 0.0, 1.0),
    spacing: float | None = None,
    progress: bool = False,
) -> AugerRates:
    """Return the Auger rates of X-, X+, XX or more carriers.

    Parameters
    ----------
    states : ManyBodyStates
        From `ci` of few spinors, ``hd.ci(coulomb, 2, 2, roots=...)``, with all thermally populated
        states.
    hamiltonian : Hamiltonian
        What the spinors are states of; its hot states take the energy. One band, J = 3/2 or
        X, Y, Z for each carrier, not eight bands together.
    temperature : float
        Of the initial states, in K.
    width : float
        Standard deviation of energy conservation in eV: the lifetime of hot carriers and the spread of
        sizes, which smear levels that lie less than this apart.
    permittivity : "optical", "static" or float
        What screens the transition dipoles, which oscillate at the gap; see `coulomb`.
    gap, kane_energy, axis, spacing
        See `electron_hole_exchange`.
    progress : bool
        Show a progress bar.

    Raises
    ------
    TypeError
        `states` or `hamiltonian` are something else.
    ValueError
        Fewer than three carriers, electrons and holes of one eight-band Hamiltonian, or a grid that is
        not that of the states.
    MemoryEstimateError
        If the calculation would not fit into memory.

    Warns
    -----
    UserWarning
        Hot carriers lie beyond the barrier of the environment, whose continuum the grid does not hold.

    Notes
    -----
    The transition density is that of first order in k·p, the hot states are those of the given model:
    carriers two volts up in a parabolic band are slower in momentum than real ones. Rates are orders
    of magnitude, and trends with size and shape more certain than values. The hot carrier moves in
    the dot's potential alone, without the charges of the spectators.
    """
    spinors = _spinors(states, hamiltonian)
    width = _checks.number("width", width)
    if width <= 0:
        raise ValueError(f"width: must be positive (eV), got {width:g}")
    energy = spinors.gap if gap is None else _checks.number("gap", gap)
    if energy <= 0:
        raise ValueError(f"gap: must be positive (eV), got {energy:g}")
    populations = thermal_populations(states.energies, temperature)
    kept = np.flatnonzero(populations > _RARE)
    initial = _Initial(
        ManyBodyStates(
            states.n_electrons,
            states.n_holes,
            states.energies[kept],
            states.vectors[kept],
            states.space,
            states.residuals[kept],
            states.coulomb,
        ),
        populations[kept],
    )
    transitions = TransitionDensities(_Used(spinors, states.space), axis)
    functions = transitions.count * max(transitions.pairs) * _numbers(spinors)
    require_memory(
        8.0 * (3 * transitions.count + 2 * functions) * spinors.electrons.grid.size,
        f"the potentials of {transitions.count} transition densities times the orbitals",
        "use fewer spinors (hd.ci(..., active=...)) or a coarser grid",
    )
    length = kane_momentum(spinors.nanocrystal, spinors.electrons.grid, kane_energy) / energy
    dielectric, solver = chosen_solver(spinors.nanocrystal, permittivity, "auto")
    kind = VolumeInteraction if solver == "volume" else ScreenedInteraction
    interaction = kind(dielectric, spinors.electrons.grid, spacing)
    charges = interaction.place.moved(transitions.charges(length)).reshape(transitions.count, -1)
    potentials = interaction.potentials(charges).reshape(-1, *interaction.grid.shape)
    fields = interaction.place.returned(potentials).reshape(transitions.count, -1)
    widths = np.array([width, 0.5 * width, 2.0 * width])
    by_width, hot = np.zeros((3, 2)), np.full(2, np.nan)
    with (
        tqdm(total=2.0, desc="Auger", disable=not progress, leave=False) as bar,
        single_threaded_blas(),
    ):
        for channel, carrier in enumerate(_CARRIERS):
            if _spectators(states, carrier) is not None:
                found = _channel(
                    initial, carrier, hamiltonian, spinors, transitions, fields, widths, bar.update
                )
                by_width[:, channel], hot[channel] = found
    electron, hole = (float(rate) for rate in by_width[0])
    return AugerRates(states.name, electron, hole, widths, by_width, hot, float(temperature))


def _numbers(spinors: Any) -> int:
    """Return the most real numbers that a node holds of both partners of a Kramers pair."""
    carriers = (spinors.electrons, spinors.holes)
    return max(int(c.representatives.shape[1]) * (1 if c.spin_degenerate else 4) for c in carriers)


@dataclass(frozen=True)
class _Initial:
    """Populated initial states."""

    states: ManyBodyStates
    populations: NDArray[np.float64]


class _Used:
    """The orbitals that a configuration space is made of."""

    def __init__(self, spinors: Any, space: Any) -> None:
        self.electrons = _First(spinors.electrons, space.electron_spinors)
        self.holes = _First(spinors.holes, space.hole_spinors)


class _First:
    def __init__(self, carrier: Any, count: int) -> None:
        self.grid, self.spin_degenerate = carrier.grid, carrier.spin_degenerate
        self.representatives = carrier.representatives[: (count + 1) // 2]


def _spinors(states: ManyBodyStates, hamiltonian: Hamiltonian) -> Any:
    """Return the single-particle states after checking that all fits together."""
    if not isinstance(states, ManyBodyStates):
        raise TypeError(f"states: must come from hd.ci(coulomb, 2, 2, ...), got {states!r}")
    if not isinstance(hamiltonian, Hamiltonian):
        raise TypeError(
            f"hamiltonian: must be the Hamiltonian that the states were solved for, got {hamiltonian!r}"
        )
    if states.n_electrons < 1 or states.n_holes < 1 or states.n_electrons + states.n_holes < 3:
        raise ValueError(
            f"states: Auger recombination needs an electron, a hole and a third carrier, got {states!r}"
        )
    spinors = getattr(states.coulomb, "states", None)
    if spinors is None:
        raise ValueError("states: must come from integrals that know their single-particle states")
    if hamiltonian.joint:
        raise ValueError(
            "hamiltonian: Auger rates need electrons and holes with Hamiltonians of their own "
            f"(one, four or six bands), got {hamiltonian.model!r}"
        )
    if hamiltonian.grid != spinors.electrons.grid or hamiltonian.grid != spinors.holes.grid:
        raise ValueError(
            f"hamiltonian: its grid, {hamiltonian.grid!r}, must be that of the states, "
            f"{spinors.electrons.grid!r}"
        )
    if states.space.electron_spinors % 2 or states.space.hole_spinors % 2:
        raise ValueError(f"states: must be made of whole Kramers pairs, got {states!r}")
    return spinors


def _spectators(states: ManyBodyStates, carrier: Carrier) -> tuple[int, int] | None:
    """Return how many electrons and holes look on, None if there is no third carrier of a kind."""
    electrons = states.n_electrons - (2 if carrier == "electron" else 1)
    holes = states.n_holes - (1 if carrier == "electron" else 2)
    return None if min(electrons, holes) < 0 else (electrons, holes)


def _channel(
    initial: _Initial,
    carrier: Carrier,
    hamiltonian: Hamiltonian,
    spinors: Any,
    transitions: TransitionDensities,
    fields: NDArray[np.float64],
    widths: NDArray[np.float64],
    report: Any,
) -> tuple[NDArray[np.float64], float]:
    """Return the rates of a channel in 1/ns for each width, and the mean energy of the hot carrier."""
    states = initial.states
    spectators = _spectators(states, carrier)
    assert spectators is not None
    space = states.space
    final = ci(
        states.coulomb,  # type: ignore[arg-type]
        *spectators,
        active=(space.electron_spinors, space.hole_spinors),
    )
    amplitudes = auger_amplitudes(states, final, carrier)
    # Of v_k† c_i on the real fields; a hot hole sees the complex conjugate of both.
    onto = transitions.coefficients().conj()
    rows = np.tensordot(amplitudes, onto, axes=([2, 3], [0, 1]))  # (final, initial, j, fields)
    if carrier == "hole":
        rows = rows.conj()
    hot = states.energies[None, :] - final.energies[:, None]
    sign = hamiltonian.sign(carrier)
    orbitals = getattr(spinors, f"{carrier}s")
    vectors, coefficients = field_products(orbitals, fields, rows)
    weights = np.repeat(initial.populations[None], len(final), axis=0)
    if orbitals.spin_degenerate:
        hot, weights = np.repeat(hot[None], 2, axis=0), np.repeat(weights[None], 2, axis=0)
    _warn_of_continuum(hamiltonian, carrier, float((hot * weights).sum() / weights.sum()))
    vectors, coefficients = compressed(
        vectors, coefficients.reshape(-1, len(vectors)), weights.reshape(-1)
    )
    operator = hamiltonian.operator(carrier)
    real = bool(operator.is_real and np.isrealobj(vectors))
    product = operator.apply_real if real else operator.apply
    if not real:
        vectors = vectors.astype(complex)

    def apply(block: NDArray[Any]) -> NDArray[Any]:
        image: NDArray[Any] = product(np.ascontiguousarray(block))
        return image if sign > 0 else np.negative(image, out=image)

    start = np.asarray(operator.active()).astype(vectors.dtype)
    energies = hot.reshape(-1)
    density = SpectralDensity(
        apply,
        vectors,
        float(energies.max()),
        float(widths.min()),
        spectral_bounds(apply, start),
        report,
    )
    volume = spinors.electrons.grid.cell_volume
    rates = np.empty(len(widths))
    for number, width in enumerate(widths):
        matrices = density(energies, float(width))
        spectra = np.einsum(
            "ra,rab,rb->r", coefficients.conj(), matrices, coefficients, optimize=True
        ).real
        rates[number] = 2e-9 * np.pi / HBAR * volume * float(weights.reshape(-1) @ spectra)
    lowest = sign * orbitals.energies[0]
    return rates, float((energies @ weights.reshape(-1)) / weights.sum() - lowest)


def _warn_of_continuum(hamiltonian: Hamiltonian, carrier: Carrier, energy: float) -> None:
    edge = hamiltonian.continuum_edge(carrier)
    sign = hamiltonian.sign(carrier)
    if edge is not None and energy > sign * edge:
        warnings.warn(
            f"hot {carrier}s lie {energy - sign * edge:.2f} eV beyond the barrier of "
            f"{hamiltonian.nanocrystal.environment.name}: the grid holds no continuum outside, and the "
            "rate of this channel is rough",
            UserWarning,
            stacklevel=4,
        )
