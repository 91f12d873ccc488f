"""Exchange between electrons and holes: what splits an exciton into bright and dark states.

An electron and a hole that can annihilate each other interact through their transition density
``c†(r) v(r)``. A hole being a missing valence electron, the Hamiltonian gains

    + Σ X[i, j, k, l] e†_i e_j h†_k h_l,    X[i, j, k, l] = (c_i v_k|v_l c_j),

which has the indices of the attraction and is taken off it: configuration interaction costs the same
with exchange as without. On scales above the unit cell the transition density is a density of
dipoles. With ``T_α(r) = Σ_s F*_c,s(r) F_v,αs(r)`` (electron S, hole X, Y, Z) it has two parts.

Long range: the charges ``∇·(d T)`` of the dipoles, ``d = P/E_gap`` with the Kane momentum P, interact
through the screened Coulomb interaction. Short range: what happens inside a cell adds the contact
interaction ``C ∫ T · T*``.

Electrons and valence states of one eight-band Hamiltonian know their dipoles themselves. Slow charges
have no matrix elements between different Bloch functions at Γ (J. M. Luttinger, W. Kohn, Phys. Rev. 97,
869 (1955), eq. II.13), so the transition density is ``Σ_n F*_c,n F_v,n``; to first order in k·p the
admixture of the other band makes it ``∇·(d T)``. The contact part gains the S of holes and X, Y, Z of
electrons, ``T_α = Σ_s (F*_c,Ss F_v,αs + F*_c,αs F_v,Ss)``.

References
----------
G. E. Pikus, G. L. Bir, Sov. Phys. JETP 33, 108 (1971); S. V. Goupalov, E. L. Ivchenko, Acta Phys.
Pol. A 94, 341 (1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks
from heterodot._memory import require_memory
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.screened_interaction import ScreenedInteraction
from heterodot.electrostatics.transition_densities import TransitionDensities
from heterodot.envelopes.bloch_functions import kane_momentum

__all__ = ["ElectronHoleExchange", "electron_hole_exchange"]

Complex = NDArray[np.complex128]

_NEGLIGIBLE = 1e-9  # share of the charges on nodes that are left out


@dataclass(frozen=True, eq=False, repr=False)
class ElectronHoleExchange:
    """Exchange of electrons and holes over spinors, in eV.

    Attributes
    ----------
    long_range, short_range : (Ne, Ne, Nh, Nh) arrays
        ``X[i, j, k, l] = (c_i v_k|v_l c_j)``, Hermitian and positive as a matrix of the pairs (i, k)
        and (j, l).
    gap : float
        Energy in eV that turned momentum into dipoles.
    permittivity : str
        What screens the long-range part, if there is one.
    """

    long_range: Complex
    short_range: Complex
    gap: float
    permittivity: str

    @property
    def total(self) -> Complex:
        """Long and short range together in eV, (Ne, Ne, Nh, Nh)."""
        return self.long_range + self.short_range

    def __repr__(self) -> str:
        parts = []
        for name, tensor in (("long", self.long_range), ("short", self.short_range)):
            pairs = tensor[:2, :2, :2, :2].transpose(0, 2, 1, 3).reshape(4, 4)
            parts.append(f"{1e3 * float(np.linalg.eigvalsh(pairs)[-1]):.3f} meV ({name} range)")
        return (
            f"Electron-hole exchange of {len(self.long_range)} electron and "
            f"{self.long_range.shape[2]} hole spinors: up to {' + '.join(parts)} in the ground "
            f"pairs{self.permittivity and f'; permittivity {self.permittivity}'}"
        )


def electron_hole_exchange(
    states: Any,
    short_range: float = 0.0,
    long_range: bool = True,
    *,
    permittivity: str | float = "optical",
    gap: float | None = None,
    kane_energy: float | None = None,
    axis: Sequence[float] = (0.0, 0.0, 1.0),
    spacing: float | None = None,
) -> ElectronHoleExchange:
    """Return the exchange between electrons and holes.

    Use it with `CoulombIntegrals.with_exchange`.

    Parameters
    ----------
    states : States
        Electrons with the band S, holes with one band, J = 3/2, or X, Y, Z (times spin); or both with
        the eight bands of one Hamiltonian.
    short_range : float
        C in eV nm³. In a bulk exciton with J = 3/2 holes it splits the states of total angular
        momentum 1 and 2 by ``(4/3) C |φ(0)|²``; with the ``-(2/3) ε a³ δ(r) σ·J`` of Al. L. Efros et
        al., Phys. Rev. B 54, 4843 (1996), it is ``2 ε a³``. By default none.
    long_range : bool
        Whether to compute the interaction of the transition dipoles.
    permittivity : "optical", "static" or float
        As for `heterodot.coulomb`. The dipoles oscillate with the frequency of the gap: those above
        the phonons.
    gap : float, optional
        Energy E_gap in eV; by default the gap of the states. Not used with eight bands.
    kane_energy : float, optional
        Kane energy in eV everywhere; by default that of the materials. Not used with eight bands.
    axis : sequence of three floats
        Axis along which the heavy holes of one-band models are quantised.
    spacing : float, optional
        As for `heterodot.coulomb`.

    Raises
    ------
    ValueError
        For other bands, or electrons and holes on different grids.
    MemoryEstimateError
        If the calculation would not fit into memory.
    """
    strength = _checks.number("short_range", short_range)
    if strength < 0:
        raise ValueError(f"short_range: must not be negative (eV nm³), got {strength:g}")
    if states.electrons.grid != states.holes.grid:
        raise ValueError(
            f"states: electrons and holes must share a grid, got {states.electrons.grid!r} and "
            f"{states.holes.grid!r}"
        )
    energy = states.gap if gap is None else _checks.number("gap", gap)
    if energy <= 0:
        raise ValueError(f"gap: must be positive (eV), got {energy:g}")
    transitions = TransitionDensities(states, axis)
    grid = states.electrons.grid
    require_memory(
        8.0 * transitions.count * (grid.size + transitions.count)
        + 16.0 * 3 * transitions.spinor_pairs**2,
        f"the exchange of {transitions.spinor_pairs} pairs of spinors on {grid!r}",
        "use fewer states or a coarser grid",
    )
    near, far = np.zeros((2, transitions.count, transitions.count))
    screened = ""
    if strength > 0:
        near = strength * transitions.contact() * grid.cell_volume
    if long_range:
        length = np.zeros(0)
        if not transitions.eight_bands:
            length = kane_momentum(states.nanocrystal, grid, kane_energy) / energy
        dielectric = read_dielectric(states.nanocrystal, permittivity)
        screened = dielectric.description
        interaction = ScreenedInteraction(dielectric, grid, spacing)
        charges = interaction.place.moved(transitions.charges(length))
        charges = charges.reshape(len(charges), -1)
        support = _support(charges)
        far = interaction.energies(charges[:, support], support).energies
    return ElectronHoleExchange(transitions.tensor(far), transitions.tensor(near), energy, screened)


def _support(charges: NDArray[np.float64]) -> NDArray[np.intp]:
    """Nodes that hold all but a negligible part of the charges."""
    total = np.abs(charges).sum(axis=0)
    order = np.argsort(total)
    charge = np.cumsum(total[order])
    return np.sort(order[np.searchsorted(charge, _NEGLIGIBLE * charge[-1]) :])
