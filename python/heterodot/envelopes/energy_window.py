"""All states within a window of energies, however many there are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.envelopes.solve import solve
from heterodot.envelopes.states import CarrierStates, States
from heterodot.kp.model import Carrier

__all__ = ["solve_window"]

_FIRST, _MOST = 8, 400  # spinors asked for at first and at most


def solve_window(
    hamiltonian: Hamiltonian,
    low: float,
    high: float,
    *,
    bound: bool = True,
    most: int = _MOST,
    progress: bool = True,
    **options: Any,
) -> States:
    """Return all electron states below an energy and all valence states above another.

    More and more states are asked for until the last one lies outside.

    Parameters
    ----------
    hamiltonian : Hamiltonian
    low, high : float
        The window in eV on the scale of electron energies: valence states down to ``low``, electron
        states up to ``high``.
    bound : bool
        Leave out states in the continuum of the environment, even if they lie in the window.
    most : int
        Spinors of a carrier beyond which the window is refused as too wide.
    progress : bool
        Show progress bars.
    **options
        Others of :func:`heterodot.solve`: ``tolerance``, ``engine``.

    Returns
    -------
    States
        A level within the tolerance of an end of the window counts as inside.

    Raises
    ------
    ValueError
        If the window is empty or not finite, or holds more than ``most`` spinors of a carrier.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"the window must be finite with low < high (eV), got {low}, {high}")
    for name in ("spacings", "guess"):
        if name in options:
            raise ValueError(f"solve_window does not take {name}")
    tolerance = float(options.get("tolerance", 1e-5))
    counts: dict[Carrier, int] = dict.fromkeys(hamiltonian.carriers(), _FIRST)
    ends: dict[Carrier, float] = {"electron": high, "hole": low}
    if bound:
        for carrier in counts:
            edge = hamiltonian.continuum_edge(carrier)
            if edge is not None:
                nearer = min if carrier == "electron" else max
                ends[carrier] = nearer(ends[carrier], edge)
    states: States | None = None
    while True:
        asked = {
            carrier: min(count, 2 * (hamiltonian.unknowns(carrier) // 4))
            for carrier, count in counts.items()
        }
        states = solve(
            hamiltonian,
            asked.get("electron", 0),
            asked.get("hole", 0),
            bound=False,
            guess=states,
            progress=progress,
            **options,
        )
        short = [
            carrier
            for carrier, own in _by_carrier(states).items()
            if carrier in counts and _inside(own, ends[carrier], tolerance).all()
        ]
        if not short or all(asked[carrier] < counts[carrier] for carrier in short):
            break
        for carrier in short:
            if counts[carrier] >= most:
                raise ValueError(
                    f"more than {most} {carrier} spinors lie in the window from {low:g} to {high:g} "
                    "eV; choose a narrower one, or allow for more with most"
                )
            counts[carrier] = min(2 * counts[carrier], most)
    cut = {
        carrier: _chosen(own, _inside(own, ends[carrier], tolerance))
        for carrier, own in _by_carrier(states).items()
    }
    return replace(states, electrons=cut["electron"], holes=cut["hole"])


def _by_carrier(states: States) -> dict[Carrier, CarrierStates]:
    return {"electron": states.electrons, "hole": states.holes}


def _inside(states: CarrierStates, end: float, tolerance: float) -> NDArray[np.bool_]:
    sign = 1.0 if states.carrier == "electron" else -1.0
    return np.asarray(sign * (states.energies - end) <= tolerance)


def _chosen(states: CarrierStates, inside: NDArray[np.bool_]) -> CarrierStates:
    """Return the states inside; that the last level asked for was cut matters no more."""
    return replace(
        states,
        energies=states.energies[inside],
        representatives=states.representatives[inside[::2]],
        residuals=states.residuals[inside],
        errors=states.errors[inside],
        spurious=states.spurious[inside],
        discretisation=states.discretisation[inside],
        remark="" if states.complete else states.remark,
    )
