"""Interband momentum matrix elements between electron and hole spinors.

Electrons are ``Σ_s E_s(r) |S s⟩``, valence states ``Σ_js F_js(r) |j s⟩`` with j = X, Y, Z. To leading
order the momentum acts on the Bloch functions alone. With the Kane term ``H_Sj = iP k_j`` of the
same basis, ``(ħ/m0) ⟨j|p_j|S⟩ = -iP``, so that

    (ħ/m0) ⟨v|p_j|e⟩ = -i ∫ P(r) Σ_s F*_js E_s,    P² = Ep ħ²/2m0 .

A hole h is the missing valence state v_h: the operator of recombination is ``Σ p[:, e, h] h_h e_e``
(see `heterodot.pair_transition`).

Electrons and holes of eight bands belong to one Hamiltonian: their momentum is all of ∂H/∂k, the Kane
terms and those of the remote bands (`heterodot.optics.position`), with the Kane energy that the
Hamiltonian has. With a Kane energy of one's own only its terms are taken, both parts: components on S
and on X, Y, Z exchange roles, ``(ħ/m0) ⟨S|p_j|j⟩ = iP``.

A one-band hole (EffectiveMass) has no orbital character of its own. It is taken to be a *heavy hole*
|3/2, ±3/2⟩, quantised along z or any given axis: of the four states of a 1S-1S exciton two are
bright, with σ± dipoles perpendicular to the axis and ``Σ_j |p_j|² = P²|K|²`` (K the overlap integral),
and two are dark. The average over the four, P²|K|²/2, is the same as that over the eight states of a
fourfold J = 3/2 hole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heterodot.envelopes.bloch_functions import (
    electron_spins,
    kane_momentum,
    valence_bloch_functions,
)
from heterodot.optics.position import momentum_elements

if TYPE_CHECKING:
    from heterodot.geometry.grid import Grid

__all__ = ["interband_momentum"]

Complex = NDArray[np.complex128]


class Carriers(Protocol):
    """What is needed of the states of one carrier."""

    @property
    def grid(self) -> Grid:
        """Grid of the envelopes."""

    @property
    def energies(self) -> NDArray[np.float64]:
        """Energies of the spinors in eV."""

    @property
    def representatives(self) -> NDArray[Any]:
        """One envelope of each Kramers pair, (pairs, bands, nx, ny, nz)."""

    @property
    def spin_degenerate(self) -> bool:
        """Whether the bands are orbitals only."""


class PairOfCarriers(Protocol):
    """Electrons and holes of one nanocrystal."""

    @property
    def electrons(self) -> Carriers:
        """Electron states."""

    @property
    def holes(self) -> Carriers:
        """Hole states (valence states)."""

    @property
    def nanocrystal(self) -> Any:
        """The nanocrystal."""


def interband_momentum(
    states: PairOfCarriers,
    kane_energy: float | None = None,
    axis: Sequence[float] = (0.0, 0.0, 1.0),
) -> Complex:
    """Return (ħ/m0) times the momentum matrix elements between electrons and valence states.

    Parameters
    ----------
    states : States
        Electrons with the band S, holes with one band or with X, Y, Z (times spin).
    kane_energy : float, optional
        Kane energy Ep in eV everywhere. By default that of the material at each point, see
        `kane_momentum`; for eight bands, ∂H/∂k of their Hamiltonian.
    axis : sequence of three floats
        Axis along which the heavy holes of one-band models are quantised.

    Returns
    -------
    (3, Ne, Nh) complex array
        ``(ħ/m0) ⟨v_h|p_j|e⟩`` in eV nm, over spinors.

    Raises
    ------
    ValueError
        For other bands, or electrons and holes on different grids.
    """
    electrons, holes = states.electrons, states.holes
    e, h = electrons.representatives, holes.representatives
    if e.shape[2:] != h.shape[2:]:
        raise ValueError(
            f"states: electrons and holes must share a grid, got {e.shape[2:]} and {h.shape[2:]}"
        )
    eight = not electrons.spin_degenerate and e.shape[1] == h.shape[1] == 8
    if eight and kane_energy is None:
        return momentum_elements(holes, electrons).swapaxes(1, 2)
    weight = kane_momentum(states.nanocrystal, electrons.grid, kane_energy)
    if eight:
        return _kane_terms(e, h, weight * electrons.grid.cell_volume)
    spins = electron_spins(e.shape[1], electrons.spin_degenerate)
    bloch = valence_bloch_functions(h.shape[1], holes.spin_degenerate, axis)
    weight = weight.reshape(-1)
    fields_e = e.reshape(e.shape[0] * e.shape[1], -1)
    fields_h = h.reshape(h.shape[0] * h.shape[1], -1)
    weighted = (fields_e * (weight * electrons.grid.cell_volume)).T
    shape = (h.shape[0], h.shape[1], e.shape[0], e.shape[1])
    direct = (fields_h.conj() @ weighted).reshape(shape)
    # F → T F = (F↓*, -F↑*): its conjugate is made of the unconjugated fields.
    crossed = direct if np.isrealobj(h) else (fields_h @ weighted).reshape(shape)
    same = np.einsum("cjs,ds,qcpd->jpq", bloch.conj(), spins, direct)
    up, down = bloch[:, :, 0], bloch[:, :, 1]
    flipped = np.einsum("cj,d,qcpd->jpq", down, spins[:, 0], crossed)
    flipped -= np.einsum("cj,d,qcpd->jpq", up, spins[:, 1], crossed)
    result = np.empty((3, 2 * e.shape[0], 2 * h.shape[0]), complex)
    result[:, 0::2, 0::2] = same
    result[:, 1::2, 1::2] = same.conj()
    result[:, 0::2, 1::2] = flipped
    result[:, 1::2, 0::2] = -flipped.conj()
    return -1j * result


def _kane_terms(e: NDArray[Any], h: NDArray[Any], weight: NDArray[np.float64]) -> Complex:
    """Return the Kane terms between spinors on {S, X, Y, Z} ⊗ {↑, ↓}, spin-major."""
    nodes = weight.size
    electrons, holes = (psi.reshape(len(psi), 2, 4, nodes) for psi in (e, h))
    weighted = electrons * weight.reshape(-1)
    result = np.empty((3, 2 * len(e), 2 * len(h)), complex)
    # The second spinor of a pair is (F↓*, −F↑*).
    reverse = np.stack([holes[:, 1].conj(), -holes[:, 0].conj()], axis=1)
    for partner, valence in enumerate((holes, reverse)):
        for j in range(3):
            direct = np.einsum("qsn,psn->pq", valence[:, :, 1 + j].conj(), weighted[:, :, 0])
            crossed = np.einsum("qsn,psn->pq", valence[:, :, 0].conj(), weighted[:, :, 1 + j])
            result[j, 0::2, partner::2] = -1j * (direct - crossed)
    # Time reversal turns p around: ⟨Θv|p|Θe⟩ = −⟨v|p|e⟩*, ⟨v|p|Θe⟩ = ⟨Θv|p|e⟩*.
    result[:, 1::2, 1::2] = -result[:, 0::2, 0::2].conj()
    result[:, 1::2, 0::2] = result[:, 0::2, 1::2].conj()
    return result
