"""Whether a set of k·p parameters is elliptic, and the Kane energy up to which it is.

A conduction band that bends down at large k, or a valence band that bends up, puts spurious states
into the gap. The second-order terms must have one sign for every direction n of k:

    A' > 0,    Q'(n) = Q(n) + (q n)(q n)ᵀ < 0.

Q(n) is the six-band matrix Σ n_i n_j D_ij of X, Y, Z, and the Kane coupling, once it is taken into
account explicitly, adds a matrix of rank one: (q n)_j = n_j √(Ep/Eg) in zincblende, so that
L' = L + Ep/Eg, N' = N + Ep/Eg, M' = M. Hence Q' < 0 if and only if Q < 0 and the longitudinal
coefficient [u·(−Q)⁻¹u]⁻¹ with u = q n/|q n| (−L along an axis) exceeds |q n|²: a largest
admissible Kane energy. Veprek, Steiger and Witzigmann, Phys. Rev. B 76, 165320 (2007); Foreman,
Phys. Rev. B 56, R12748 (1997).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.materials import Material
from heterodot.units import HBAR2_OVER_2M0

__all__ = [
    "MARGIN",
    "KaneRule",
    "Verdict",
    "largest_share",
    "principal_symbol",
    "six_band_verdict",
]

KaneRule = Literal["elliptic", "published", "unit-A"]

MARGIN = 0.1
"""What the rule "elliptic" leaves of A' and of the longitudinal coefficient −L' (ħ²/2m0)."""

_ROUNDING = 1e-9
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """What a model made of a material's parameters. All coefficients in units of ħ²/2m0.

    Attributes
    ----------
    material, model : str
    elliptic : bool
        Whether the set in use has no spurious branches.
    symbol : float
        Largest eigenvalue of the valence bands' principal symbol over all directions (below 0 if
        elliptic; 0 is the limit, a band that does not disperse along some direction).
    six_band_symbol : float
        The same without the Kane coupling: what no choice of Kane energy can mend.
    parameters : mapping
        The coefficients of the Hamiltonian: A', L', M', N'₊, N'₋ … by name.
    kane_energy : tuple of float
        Ep in use in eV; two numbers (along c, across c) for wurtzite; empty without Kane coupling.
    published : tuple of float
        Ep of the material.
    largest : tuple of float
        Largest admissible Ep, with a rest of `MARGIN`.
    masses : mapping
        Masses that follow, in m0 (positive for holes).
    """

    material: str
    model: str
    elliptic: bool
    symbol: float
    six_band_symbol: float
    parameters: Mapping[str, float] = field(default_factory=dict)
    kane_energy: tuple[float, ...] = ()
    published: tuple[float, ...] = ()
    largest: tuple[float, ...] = ()
    masses: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        words = [f"{self.material}: {'elliptic' if self.elliptic else 'NOT elliptic'}"]
        if self.six_band_symbol > _ROUNDING:
            words.append(f"six-band set not elliptic by itself ({self.six_band_symbol:+.3g})")
        if self.kane_energy:
            words.append(
                f"Ep {_numbers(self.kane_energy)} eV (published {_numbers(self.published)}, "
                f"largest admissible {_numbers(self.largest)})"
            )
        words += [", ".join(f"{name} {value:.3g}" for name, value in self.parameters.items())]
        if self.masses:
            masses = ", ".join(f"{name} {value:.3g}" for name, value in self.masses.items())
            words.append(f"masses {masses}")
        return "; ".join(word for word in words if word)


def _numbers(values: tuple[float, ...]) -> str:
    if not values:
        return "none"
    return "/".join(f"{value:.4g}" for value in dict.fromkeys(values))


@cache
def _directions() -> Array:
    """Directions over half a sphere, with all those of high symmetry."""
    cube = np.array([(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)])
    cube = cube[np.any(cube != 0, axis=1)].astype(float)
    n = 600
    z = (np.arange(n) + 0.5) / n
    angle = np.pi * (1 + 5**0.5) * np.arange(n)
    r = np.sqrt(1 - z**2)
    spiral = np.stack([r * np.cos(angle), r * np.sin(angle), z], axis=1)
    return np.concatenate([cube / np.linalg.norm(cube, axis=1, keepdims=True), spiral])


def _symbols(second: ArrayLike) -> Array:
    """Q(n) of X, Y, Z for all directions, in ħ²/2m0."""
    n = _directions()
    symbols = np.einsum("di,dj,ijab->dab", n, n, np.real(second))
    return np.asarray(symbols / HBAR2_OVER_2M0, dtype=float)


def principal_symbol(second: ArrayLike) -> float:
    """Return the largest eigenvalue of Σ n_i n_j D_ij over all directions n, in ħ²/2m0.

    Parameters
    ----------
    second : (3, 3, 3, 3) array_like
        D_ij of the orbitals X, Y, Z in eV nm².
    """
    return float(np.linalg.eigvalsh(_symbols(second))[:, -1].max())


def largest_share(second: ArrayLike, kane: ArrayLike, margin: float = MARGIN) -> float:
    """Return the largest t with Q(n) + t (q n)(q n)ᵀ + margin u uᵀ ≤ 0 for all n.

    Parameters
    ----------
    second : (3, 3, 3, 3) array_like
        Six-band D_ij of X, Y, Z in eV nm².
    kane : (3,) array_like
        The squares of the diagonal of q: Ep over the energy denominator, for t = 1.
    margin : float
        Longitudinal coefficient (ħ²/2m0) that must be left.

    Returns
    -------
    float
        0 if the six-band set is not elliptic itself.
    """
    symbols = _symbols(second)
    # a vanishing coupling would leave no direction u
    q = np.sqrt(np.maximum(np.asarray(kane, dtype=float), 1e-18)) * _directions()
    square = np.sum(q**2, axis=1)
    values, vectors = np.linalg.eigh(symbols)
    if values.max() > _ROUNDING:
        return 0.0
    weights = np.einsum("dj,dja->da", q / np.sqrt(square)[:, None], vectors) ** 2
    compliance = np.sum(
        np.where(weights > 1e-20, weights, 0.0) / np.maximum(-values, 1e-12), axis=1
    )
    return max(0.0, float(np.min((1.0 / compliance - margin) / square)))


def six_band_verdict(of: Material, model: str, polynomial: MatrixPolynomial) -> Verdict:
    """Return the verdict on a valence polynomial in the basis X, Y, Z without Kane coupling."""
    symbol = principal_symbol(polynomial.second)
    return Verdict(of.name, model, symbol <= _ROUNDING, symbol, symbol)
