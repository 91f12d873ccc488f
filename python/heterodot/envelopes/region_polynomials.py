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

__all__ = ["RegionPolynomials", "check_carrier", "region_polynomials"]

_CARRIERS: tuple[Carrier, Carrier] = ("electron", "hole")


def check_carrier(carrier: str) -> None:
    """Raise a ValueError if that is none."""
    if carrier not in _CARRIERS:
        raise ValueError(f"carrier must be 'electron' or 'hole', got {carrier!r}")


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


class RegionPolynomials:
    """The polynomials of both carriers, kept once they are there.

    Parameters
    ----------
    nanocrystal, model, orientation, field
        See :func:`region_polynomials`.
    """

    def __init__(
        self,
        nanocrystal: Nanocrystal,
        model: Model,
        orientation: NDArray[np.float64] | None = None,
        field: MagneticField | None = None,
    ) -> None:
        self._nanocrystal = nanocrystal
        self._model = model
        self._orientation = orientation
        self._field = field
        self._kept: dict[Carrier, tuple[MatrixPolynomial, ...]] = {}

    def of(self, carrier: Carrier) -> tuple[MatrixPolynomial, ...]:
        """Return the polynomials of a carrier, see :func:`region_polynomials`."""
        check_carrier(carrier)
        if carrier not in self._kept:
            self._kept[carrier] = region_polynomials(
                self._nanocrystal, self._model, carrier, self._orientation, self._field
            )
        return self._kept[carrier]

    def available(self) -> dict[Carrier, tuple[MatrixPolynomial, ...]]:
        """Return the polynomials of the carriers for which model and materials have all it takes."""
        result: dict[Carrier, tuple[MatrixPolynomial, ...]] = {}
        for carrier in _CARRIERS:
            try:
                result[carrier] = self.of(carrier)
            except ValueError:
                continue
        return result

    def in_field(self, field: MagneticField | None) -> RegionPolynomials:
        """Return the polynomials in another magnetic field."""
        return RegionPolynomials(self._nanocrystal, self._model, self._orientation, field)
