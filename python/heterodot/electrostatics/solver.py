"""Which solver for induced charges a nanocrystal needs."""

from __future__ import annotations

from typing import Any, Literal, get_args

from heterodot.electrostatics.dielectric import Dielectric, read_dielectric
from heterodot.electrostatics.interface_charges import has_edges

__all__ = ["Solver", "chosen_solver"]

Solver = Literal["auto", "surface", "volume"]


def chosen_solver(
    nanocrystal: Any, permittivity: str | float, solver: Solver
) -> tuple[Dielectric, str]:
    """Return the permittivities as the solver takes them, and which one that is.

    Parameters
    ----------
    nanocrystal : Nanocrystal
    permittivity : "static", "optical" or float
    solver : "auto", "surface" or "volume"
        See `heterodot.coulomb`.

    Returns
    -------
    Dielectric, str
        "surface", "volume", or "" where the permittivity is the same everywhere.
    """
    if solver not in get_args(Solver):
        raise ValueError(f'solver must be "auto", "surface" or "volume", got {solver!r}')
    abrupt = read_dielectric(nanocrystal, permittivity)
    if abrupt.uniform:
        return abrupt, ""
    if solver == "surface":
        return abrupt, "surface"
    graded = read_dielectric(nanocrystal, permittivity, graded=True)
    if solver == "volume" or graded.graded or has_edges(abrupt):
        return graded, "volume"
    return abrupt, "surface"
