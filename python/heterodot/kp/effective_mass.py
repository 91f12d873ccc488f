"""One band for electrons and one for holes, with scalar or tensor masses."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.model import Carrier, Model
from heterodot.kp.strain import conduction_shift, read_strain, valence_strain
from heterodot.materials import Material
from heterodot.units import HBAR2_OVER_2M0

__all__ = ["EffectiveMass", "band_polynomial"]


def band_polynomial(orbital: str, edge: float, mass: ArrayLike, sign: float) -> MatrixPolynomial:
    """Return E = edge ± (ħ²/2) k·m⁻¹·k of one spin-degenerate band.

    Parameters
    ----------
    orbital : str
        Name of the band.
    edge : float
        Band edge in eV.
    mass : float or (3, 3) array_like
        Mass or mass tensor in electron masses.
    sign : float
        +1 for a conduction band, −1 for a valence band.
    """
    tensor = np.asarray(mass, dtype=float)
    inverse: NDArray[np.float64] = (
        np.eye(3) / tensor if tensor.ndim == 0 else np.asarray(np.linalg.inv(tensor), dtype=float)
    )
    second = sign * HBAR2_OVER_2M0 * inverse[:, :, None, None]
    return MatrixPolynomial((orbital,), second.astype(complex), zeroth=np.array([[edge]]))


class EffectiveMass(Model):
    """BenDaniel–Duke effective-mass model: −∇·(ħ²/2m(r))∇ + E(r) for electrons and for holes.

    Needs ``conduction_edge``, ``valence_edge``, ``electron_mass``, ``hole_mass`` of every material
    (scalars or 3×3 tensors). Strain moves the
    edges: ac Tr ε for electrons, the mean of X, Y, Z for holes (av Tr ε in zincblende). BenDaniel and Duke, Phys. Rev. 152, 683 (1966).
    """

    def polynomial(
        self, of: Material, carrier: Carrier, strain: ArrayLike | None = None
    ) -> MatrixPolynomial:
        """Return the polynomial of a material for a carrier, with an optional strain tensor."""
        tensor = read_strain(strain)
        if carrier == "electron":
            of.require("conduction_edge", "electron_mass")
            edge = of.scalar("conduction_edge") + conduction_shift(of, tensor)
            return band_polynomial("S", edge, of.mass("electron_mass"), +1.0)
        of.require("valence_edge", "hole_mass")
        edge = of.scalar("valence_edge")
        if tensor is not None:
            # X, Y, Z on average
            edge += float(np.trace(valence_strain(of, tensor))) / 3
        return band_polynomial("V", edge, of.mass("hole_mass"), -1.0)
