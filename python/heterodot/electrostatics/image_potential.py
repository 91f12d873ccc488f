"""The potential of a carrier in the charges it induces itself, on a grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks
from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.interface_charges import InterfaceCharges, find_interfaces
from heterodot.electrostatics.self_polarisation import SelfPolarisation, cutoffs
from heterodot.geometry.grid import Grid
from heterodot.nanocrystal import Nanocrystal

__all__ = ["self_polarisation_potential"]


def self_polarisation_potential(
    nanocrystal: Nanocrystal,
    grid: Grid,
    permittivity: str | float = "static",
    cutoff: float = 0.1,
) -> NDArray[np.float64]:
    """Return the self-polarisation potential energy V_s(r) of either carrier.

    `heterodot.coulomb` adds it to first order to the energies of given states. To let it shape the
    envelope functions as well, put it into the Hamiltonian and leave it out there::

        v = hd.self_polarisation_potential(crystal, ham.grid)
        states = hd.solve(ham.with_potential(electron=v, hole=-v))
        coulomb = hd.coulomb(states, self_polarisation=False)

    Parameters
    ----------
    nanocrystal : Nanocrystal
    grid : Grid
        Grid of the Hamiltonian.
    permittivity : "static", "optical" or float
        As in `heterodot.coulomb`; zero everywhere for one number.
    cutoff : float
        Distance in nm from an interface below which the potential, which diverges there, is that
        at this distance; half the width of a graded interface if that is more.

    Returns
    -------
    (nx, ny, nz) array
        In eV, positive where it repels.
    """
    cutoff = _checks.length("cutoff", cutoff)
    dielectric = read_dielectric(nanocrystal, permittivity)
    interfaces = find_interfaces(dielectric)
    if not interfaces:
        return np.zeros(grid.shape)
    smallest = cutoffs(nanocrystal, interfaces, cutoff)
    potential = SelfPolarisation(dielectric, InterfaceCharges(interfaces), grid, smallest)
    return potential.on_nodes(np.arange(grid.size)).reshape(grid.shape)
