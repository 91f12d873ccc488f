"""Eigenstates of a number of electrons and holes, and what can be read from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heterodot.configuration_interaction.integrals import Integrals
from heterodot.configuration_interaction.natural_orbitals import (
    NaturalOrbitals,
    density_on_nodes,
    natural_orbitals,
)
from heterodot.configuration_interaction.spaces import ConfigurationSpace, annihilated
from heterodot.envelopes.localisation import Localisation, localisation

if TYPE_CHECKING:
    import xarray

__all__ = ["ManyBodyStates"]


@dataclass(frozen=True)
class ManyBodyStates:
    """Eigenstates of a number of electrons and holes, lowest energy first.

    Attributes
    ----------
    n_electrons, n_holes : int
        Number of particles.
    energies : (k,) array
        Total energies in eV.
    vectors : (k, size) complex array
        Coefficients in `space`.
    space : ConfigurationSpace
        The determinants.
    residuals : (k,) array
        Residual norms in eV.
    coulomb : Integrals, optional
        What the states were computed from; spectra find the single-particle states in it.
    """

    n_electrons: int
    n_holes: int
    energies: NDArray[np.float64]
    vectors: NDArray[np.complex128]
    space: ConfigurationSpace
    residuals: NDArray[np.float64]
    coulomb: Integrals | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return int(self.energies.size)

    @property
    def name(self) -> str:
        """Short name: vacuum, X, X-, X+, XX, ... ."""
        pairs = min(self.n_electrons, self.n_holes)
        charge = self.n_holes - self.n_electrons
        sign = "+" if charge > 0 else "-"
        text = "X" * pairs + sign * abs(charge)
        return text or "vacuum"

    def density_matrix(self, carrier: str, root: int = 0) -> NDArray[np.complex128]:
        """Return the one-body density matrix ``<c†_i c_j>`` of "electron" or "hole"."""
        coefficients = self.vectors[root].reshape(self.space.shape)
        if carrier == "hole":
            coefficients = coefficients.T
        spinors = self.space.electron_spinors if carrier == "electron" else self.space.hole_spinors
        number = self.n_electrons if carrier == "electron" else self.n_holes
        if number == 0:
            return np.zeros((spinors, spinors), complex)
        taken = annihilated(coefficients[None], spinors, number).reshape(spinors, -1)
        return taken.conj() @ taken.T

    def natural_occupations(self, carrier: str, root: int = 0) -> NDArray[np.float64]:
        """Return the natural occupations of "electron" or "hole", largest first."""
        occupations = np.linalg.eigvalsh(self.density_matrix(carrier, root))
        return np.asarray(occupations[::-1], float)

    def natural_orbitals(self, carrier: str, root: int = 0) -> NaturalOrbitals:
        """Return the natural orbitals of "electron" or "hole"."""
        return natural_orbitals(carrier, self.density_matrix(carrier, root), self._spinors())

    def density(self, carrier: str, root: int = 0) -> NDArray[np.float64]:
        """Return the density of "electron" or "hole" in nm⁻³ on the nodes, (nx, ny, nz).

        Its integral is the number of carriers.
        """
        return density_on_nodes(self._spinors(), carrier, self.density_matrix(carrier, root))

    def overlap(self, root: int = 0) -> float:
        """Return ∫ √(ρ_e ρ_h) dV of the densities of a single electron and hole.

        1 for identical densities, 0 for carriers that never meet.
        """
        return self.localisation(root).overlap

    def localisation(self, root: int = 0, threshold: float = 2 / 3) -> Localisation:
        """Return in which layers electrons and holes are, and the regime: type I, II or between.

        Parameters
        ----------
        root : int
            Which state.
        threshold : float
            Share of the density from which a carrier is localised in a layer.
        """
        if min(self.n_electrons, self.n_holes) == 0:
            raise ValueError(f"localisation: needs electrons and holes, got {self!r}")
        states = self._spinors()
        densities = self.density("electron", root), self.density("hole", root)
        return localisation(
            states.nanocrystal,
            states.electrons.grid,
            *densities,
            threshold,
        )

    def _spinors(self) -> Any:
        """Single-particle states that the integrals were computed from."""
        return getattr(self.coulomb, "states", None)

    def to_xarray(self) -> xarray.Dataset:
        """Return energies and residuals as a labelled dataset (eV)."""
        import xarray as xr

        return xr.Dataset(
            {
                "energy": ("root", self.energies, {"units": "eV", "long_name": "total energy"}),
                "residual": ("root", self.residuals, {"units": "eV"}),
            },
            attrs={"electrons": self.n_electrons, "holes": self.n_holes, "name": self.name},
        )

    def __repr__(self) -> str:
        s = self.space
        levels = ", ".join(f"{energy:.5f}" for energy in self.energies[:6])
        more = ", …" if len(self) > 6 else ""
        return (
            f"{self.name}: {len(self)} states of {self.n_electrons} electrons in "
            f"{s.electron_spinors} and {self.n_holes} holes in {s.hole_spinors} spinors "
            f"({s.size} determinants): {levels}{more} eV"
        )
