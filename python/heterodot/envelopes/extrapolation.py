"""Levels without the error of the grid: the same states on several spacings.

Errors of the discretisation fall with the square of the spacing where interfaces are resolved
(Richardson, Phil. Trans. R. Soc. A 210, 307 (1911)), with its cube where there is nothing but a hard
wall; but not exactly so: the error stated reaches to where convergence of first order would end, and
is no less than what other states of the same grids show. Levels also scatter with the placing of the
grid; four or more spacings are fitted by least squares, which averages over it and measures it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import stdtrit

from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.envelopes.states import CarrierStates
from heterodot.geometry.interpolation import interpolated
from heterodot.kp.model import Carrier
from heterodot.linalg.kramers import time_reverse
from heterodot.materials import HardWall

__all__ = [
    "convergence_order",
    "extrapolated",
    "extrapolated_levels",
    "matched",
    "read_spacings",
]

Array = NDArray[np.float64]

EXTRA = 4
"""Spinors solved for beyond those asked for on coarse grids, where levels may stand in another order."""

_LEAST_OVERLAP = 0.5
# eV/nm², times h²: what is left where two grids agree by accident, measured on the spheres of the
# validation (0.2 meV at 0.2 nm).
_UNSEEN = 5e-3
_ENOUGH_TO_FIT = 4
_SAME = 1e-3  # eV within which states of a level are told apart by nothing but the grid


def read_spacings(spacings: Sequence[float]) -> tuple[float, ...]:
    """Return distinct spacings in nm, the coarsest first."""
    values = tuple(sorted({float(value) for value in spacings}, reverse=True))
    if len(values) < 2 or values[-1] <= 0:
        raise ValueError(f"spacings must be at least two different lengths in nm, got {spacings!r}")
    if min(a / b for a, b in pairwise(values)) < 1.15:
        raise ValueError(
            f"spacings must differ by at least 15 % for an extrapolation, got {spacings!r}"
        )
    return values


def convergence_order(hamiltonian: Hamiltonian, carrier: Carrier) -> int:
    """Return with which power of the spacing errors of energies fall.

    Three inside hard walls if the coefficients of k² are the same everywhere and all orbitals live
    on the nodes: fourth-order differences leave h³ in the layer next to the wall. Else two.
    """
    first, *others = hamiltonian.polynomials(carrier)
    alike = all(np.array_equal(first.second, other.second) for other in others)
    on_nodes = not any(first.places) and not any(np.any(p.first) for p in (first, *others))
    hard = isinstance(hamiltonian.nanocrystal.environment, HardWall)
    return 3 if hamiltonian.order == 4 and hard and alike and on_nodes else 2


def extrapolated_levels(
    spacings: Sequence[float], energies: Sequence[Array], power: int = 2
) -> tuple[Array, Array]:
    """Return energies at vanishing spacing and their estimated errors.

    Two and three spacings: E = E_f + Δ/(r^p − 1) from the two finest of ratio r, Δ = E_f − E_c. Four
    and more: least squares of E + c h^p, or of E + c h^p + d h^(p+2) where this leaves so little
    scatter that its E is the more certain one, which is decided for all states together.

    Parameters
    ----------
    spacings : sequence of float
        In nm, the coarsest first.
    energies : sequence of arrays
        Energies of the same states on every spacing in eV.
    power : int
        Power p of the spacing with which errors fall.

    Returns
    -------
    (n,) arrays
        E and its error: the difference of the extrapolations of order p and one from the two finest
        spacings, at least the median over all states; with three spacings at least the change of E
        from the two before, with more the confidence interval of the fit (95 %) and the
        differences of E from that of the other fit and of the two finest spacings; and 5 meV/nm² h².
    """
    estimates, errors = [], []
    steps = list(zip(spacings, energies, strict=True))
    for (coarse, e_coarse), (fine, e_fine) in pairwise(steps):
        r = coarse / fine
        change = np.asarray(e_fine) - np.asarray(e_coarse)
        estimates.append(np.asarray(e_fine) + change / (r**power - 1.0))
        errors.append(np.abs(change) * (1.0 / (r - 1.0) - 1.0 / (r**power - 1.0)))
    error = np.maximum(errors[-1], np.median(errors[-1]))
    limit = estimates[-1]
    if len(steps) < _ENOUGH_TO_FIT:
        for before in estimates[:-1]:
            error = np.maximum(error, np.abs(limit - before))
    else:
        limit, uncertain = _least_squares(spacings, energies, power)
        error = np.maximum(error, np.maximum(uncertain, np.abs(limit - estimates[-1])))
    return limit, error + _UNSEEN * spacings[-1] ** 2


def _least_squares(
    spacings: Sequence[float], energies: Sequence[Array], power: int
) -> tuple[Array, Array]:
    """Return the limits of a fit and their errors: a confidence interval, or the other fit's distance.

    The scatter is that of the state, at least the root mean square over all states. How little a
    small residual says where one spacing is left over, Student's t knows (95 %).
    """
    h, levels = np.asarray(spacings, float), np.asarray(energies, float)
    fits = []
    for powers in ((0, power), (0, power, power + 2)):
        terms = (h[:, None] / h[0]) ** np.array(powers)
        weights = np.linalg.pinv(terms)
        square = np.sum((levels - terms @ (weights @ levels)) ** 2, axis=0)
        scatter = np.sqrt(square / (len(h) - len(powers)))
        scatter = np.maximum(scatter, np.sqrt(np.mean(scatter**2)))
        half = stdtrit(len(h) - len(powers), 0.975) * np.linalg.norm(weights[0]) * scatter
        fits.append((weights[0] @ levels, half))
    (limit, interval), (other, _) = sorted(fits, key=lambda fit: float(np.median(fit[1])))
    return limit, np.maximum(interval, np.abs(limit - other))


def matched(coarse: CarrierStates, fine: CarrierStates) -> tuple[NDArray[np.intp], Array]:
    """Return for each pair of the fine grid its pair on the coarse one, and their overlap.

    Overlaps are those of the pair with the whole level that its partner belongs to, so that
    degenerate states may be mixed.
    """
    moved = interpolated(coarse.representatives, coarse.grid, fine.grid)
    flat, target = moved.reshape(len(moved), -1), fine.representatives.reshape(len(fine) // 2, -1)
    weight = np.abs(target.conj() @ flat.T) ** 2
    if not fine.spin_degenerate:
        weight += np.abs(target.conj() @ time_reverse(flat).T) ** 2
    norms = np.sum(np.abs(flat) ** 2, axis=1)
    weight *= fine.grid.cell_volume / np.where(norms > 0, norms, 1.0)
    rows, columns = linear_sum_assignment(-weight)
    order = columns[np.argsort(rows)]
    energies = coarse.energies[0::2]
    alike = np.abs(energies[:, None] - energies[None, :]) < _SAME
    shared = weight @ alike
    return order, np.asarray(shared[np.arange(len(order)), order], float)


def extrapolated(
    results: Sequence[CarrierStates], spacings: Sequence[float], power: int = 2
) -> CarrierStates:
    """Return the states of the finest grid with extrapolated energies and their errors.

    Parameters
    ----------
    results : sequence of CarrierStates
        The coarsest first; coarse ones may hold more states.
    spacings : sequence of float
        In nm.
    power : int
        Power of the spacing with which errors fall.
    """
    fine = results[-1]
    if not len(fine):
        return fine
    levels, lost = [], np.zeros(len(fine) // 2, bool)
    for coarse in results[:-1]:
        order, overlap = matched(coarse, fine)
        levels.append(coarse.energies[0::2][order])
        lost |= overlap < _LEAST_OVERLAP
    energies, errors = extrapolated_levels(spacings, [*levels, fine.energies[0::2]], power)
    # A state without a partner keeps its energy; nobody knows how wrong it is.
    energies = np.where(lost, fine.energies[0::2], energies)
    errors = np.where(lost, np.inf, errors)
    sign = 1.0 if fine.carrier == "electron" else -1.0
    order = np.argsort(sign * energies, kind="stable")
    spinors = (2 * order[:, None] + np.arange(2)).ravel()
    remark = [fine.remark] if fine.remark else []
    if lost.any():
        remark.append(
            f"{2 * int(lost.sum())} spinors have no counterpart on the coarser grid and are not "
            "extrapolated."
        )
    return replace(
        fine,
        energies=np.repeat(energies[order], 2),
        representatives=np.ascontiguousarray(fine.representatives[order]),
        residuals=fine.residuals[spinors],
        errors=fine.errors[spinors],
        spurious=fine.spurious[spinors],
        remark=" ".join(remark),
        discretisation=np.repeat(errors[order], 2),
    )
