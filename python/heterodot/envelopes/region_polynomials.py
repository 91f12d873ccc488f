"""The matrix polynomials of the regions of a nanocrystal, as a Hamiltonian needs them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heterodot.envelopes.barrier import environment_material
from heterodot.envelopes.magnetic_field import MagneticField, in_field, spin_g_factor
from heterodot.kp import MatrixPolynomial, Model
from heterodot.kp.model import Carrier
from heterodot.materials import HardWall
from heterodot.nanocrystal import Nanocrystal

__all__ = ["region_polynomials"]


def region_polynomials(
    nanocrystal: Nanocrystal,
    model: Model,
    carrier: Carrier,
    orientation: NDArray[np.float64] | None = None,
    field: MagneticField | None = None,
) -> tuple[MatrixPolynomial, ...]:
    """Return the polynomials of a carrier from the inside out, turned with the crystal.

    That of the environment comes last unless it is a hard wall.

    Parameters
    ----------
    nanocrystal : Nanocrystal
    model : Model
    carrier : {"electron", "hole"}
    orientation : (3, 3) array, optional
        Rotation of the crystal.
    field : MagneticField, optional
        Whose local terms to add.

    Raises
    ------
    ValueError
        If a material lacks a parameter, or the regions' polynomials do not fit together.
    """
    materials = [region.material for region in nanocrystal.regions]
    if not isinstance(nanocrystal.environment, HardWall):
        for material in materials:
            material.require("conduction_edge" if carrier == "electron" else "valence_edge")
        materials.append(environment_material(nanocrystal))
    polynomials = [model.polynomial(material, carrier) for material in materials]
    first = polynomials[0]
    for material, polynomial in zip(materials, polynomials, strict=True):
        if (polynomial.orbitals, polynomial.spins, polynomial.places) != (
            first.orbitals,
            first.spins,
            first.places,
        ):
            raise ValueError(
                f"the {carrier} polynomials of {materials[0].name!r} and "
                f"{material.name!r} differ in their bands ({first.bands} and "
                f"{polynomial.bands}) or in the places of these on the grid"
            )
    if orientation is not None:
        polynomials = [p.rotated(orientation) for p in polynomials]
    if field is not None:
        tesla = np.array(field.tesla)
        polynomials = [
            in_field(polynomial, tesla, spin_g_factor(field, material, carrier, polynomial))
            for material, polynomial in zip(materials, polynomials, strict=True)
        ]
    return tuple(polynomials)
