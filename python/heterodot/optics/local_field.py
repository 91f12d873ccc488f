"""The optical field inside nanocrystals of any shape: Laplace's equation by boundary elements.

In a uniform field E0 far away the interfaces carry charges σ (all bound charges, so that the field is E0
and what σ makes in free space). With ``λ = (ε_in - ε_out) / 2π(ε_in + ε_out)``

    σ(r) + λ ∂_n ∫ σ(r') / |r - r'| dA' = λ n·E0 .

On the inside of the surface the normal field is ``4πσ ε_out / (ε_in - ε_out)``, and the sources of the field in
it are the charges of inner interfaces, ``∫ E dV = ∮ r (E·n) dA - 4π Σ_inner ∮ r σ dA``: the average follows
from the charges alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from heterodot.electrostatics.dielectric import read_dielectric
from heterodot.electrostatics.interface_charges import InterfaceCharges, find_interfaces
from heterodot.optics.radiation import OpticalMedium, optical_medium

__all__ = ["LocalField", "local_field", "polarised"]

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class LocalField:
    """Optical field inside a nanocrystal over the field far away.

    Attributes
    ----------
    tensor : (3, 3) array
        ``E_i = Σ_j F_ij E0_j``, averaged over the nanocrystal.
    refractive_index : float
        Of the environment.
    panels : int
        Number of boundary elements.
    """

    tensor: Array
    refractive_index: float
    panels: int

    @property
    def medium(self) -> OpticalMedium:
        """The environment without a local field: for momenta that `dressed` has put it into."""
        return OpticalMedium(self.refractive_index, 1.0)

    @property
    def mean(self) -> float:
        """Factor F of unpolarised light, ``F² = Σ_ij F_ij² / 3``."""
        return float(np.sqrt(np.sum(self.tensor**2) / 3))

    def dressed(self, momentum: Complex) -> Complex:
        """Return momentum matrix elements (3, ...) as light from outside sees them, ``Fᵀ p``."""
        return np.tensordot(self.tensor.T, momentum, axes=1)

    def __repr__(self) -> str:
        diagonal = ", ".join(f"{value:.4f}" for value in np.diag(self.tensor))
        return f"LocalField: F_xx, F_yy, F_zz = {diagonal} ({self.panels} panels)"


def local_field(nanocrystal: Any, refinement: float = 1.0) -> LocalField:
    """Return the optical field inside a nanocrystal of any shape.

    Parameters
    ----------
    nanocrystal : Nanocrystal
        Materials and environment with permittivities at optical frequencies.
    refinement : float
        Factor for the number of panels, see `heterodot.electrostatics.interface_charges`.

    Returns
    -------
    LocalField

    Raises
    ------
    ValueError
        If a material lacks an optical permittivity.
    """
    dielectric = read_dielectric(nanocrystal, "optical")
    index = optical_medium(nanocrystal).refractive_index
    interfaces = find_interfaces(dielectric, refinement)
    outermost = len(dielectric.solids) - 1
    if not any(interface.number == outermost for interface in interfaces):
        if dielectric.uniform:
            return LocalField(np.eye(3), index, 0)
        raise ValueError(
            "local_field: the outermost layer has the optical permittivity of the environment "
            f"({dielectric.description}), so that the nanocrystal has no surface for light"
        )
    charges = InterfaceCharges(interfaces)
    normals = charges.normals
    density = scipy.linalg.lu_solve(
        charges.factors, charges.strength[:, None] * normals, check_finite=False
    )
    closed = dict(charges.closed)
    if outermost not in closed:
        raise ValueError(
            "local_field: a part of the surface has the same optical permittivity on both sides "
            f"({dielectric.description}); change one of them slightly"
        )
    own = closed[outermost]
    centers, areas = charges.centers[own], charges.areas[own]
    jump = charges.inside[own] / charges.outside[own] - 1
    normal_field = 4 * math.pi * density[own] / jump[:, None]
    # Volume and integral of the field from the same panels: what they cut off cancels.
    volume = float(np.sum(areas * np.sum(centers * normals[own], axis=1))) / 3
    integral = (centers * areas[:, None]).T @ normal_field
    inner = charges.owner != charges.owner[own[0]]
    moments = (charges.centers[inner] * charges.areas[inner, None]).T @ density[inner]
    tensor = (integral - 4 * math.pi * moments) / volume
    return LocalField(tensor, index, len(charges))


def polarised(momentum: Complex, direction: ArrayLike) -> Complex:
    """Return momentum matrix elements for light of one polarisation on oriented nanocrystals.

    Spectra and lifetimes average over orientations; with these they belong to light polarised along
    `direction` alone.

    Parameters
    ----------
    momentum : (3, Ne, Nh) array
        Interband momentum matrix elements, see `heterodot.interband_momentum`.
    direction : three numbers
        Polarisation, complex for circular light: ``(1, 1j, 0)``. Its length does not matter.

    Returns
    -------
    (3, Ne, Nh) array
        ``√3 (e*·p)`` in the first component, nothing in the others.
    """
    e = np.asarray(direction, complex)
    if e.shape != (3,) or not np.any(e):
        raise ValueError(f"direction: must be three numbers, not all zero, got {direction!r}")
    e = e / np.linalg.norm(e)
    result = np.zeros_like(np.asarray(momentum, complex))
    result[0] = math.sqrt(3) * np.tensordot(e.conj(), momentum, axes=1)
    return result
