"""What the eight-band models share: the choice of the Kane energy, and its verdict."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.kp.ellipticity import (
    MARGIN,
    KaneRule,
    Verdict,
    largest_share,
    principal_symbol,
)
from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.model import Carrier, Model
from heterodot.kp.strain import read_strain
from heterodot.kp.valence import OperatorOrder, check_order
from heterodot.kp.wave_vector import Expression, kx, ky, kz
from heterodot.materials import Material
from heterodot.units import HBAR2_OVER_2M0

__all__ = ["KaneModel", "KaneSet", "deformed_k"]

Array = NDArray[np.float64]
_RULES = ("elliptic", "published", "unit-A")


@dataclass(frozen=True)
class KaneSet:
    """What a material brings to an eight-band model before a Kane energy is chosen.

    Attributes
    ----------
    inverse_mass : (2,) ndarray
        1/m of the conduction band along c and across c.
    coupling : (2,) ndarray
        Σ of weights over energy denominators (1/eV): A' = 1/m − Ep·coupling.
    denominator : (2,) ndarray
        Energies E of L' = L + Ep/E in eV, along and across c.
    published : tuple of float
        The material's Ep along and across c in eV; empty if it has none.
    second : (3, 3, 3, 3) ndarray
        Six-band D_ij of X, Y, Z in eV nm².
    one_band : bool
        The material has one-band masses only (a barrier, say): no Kane coupling.
    """

    inverse_mass: Array
    coupling: Array
    denominator: Array
    published: tuple[float, ...]
    second: NDArray[np.complex128]
    one_band: bool

    def conduction(self, kane: Array) -> Array:
        """Return A' along and across c (ħ²/2m0)."""
        return self.inverse_mass - kane * self.coupling

    def shift(self, kane: Array) -> Array:
        """Return L' − L along and across c (ħ²/2m0)."""
        return kane / self.denominator

    def largest(self, shape: Array, margin: float = MARGIN) -> float:
        """Return the largest t for which the Kane energies t·shape are admissible."""
        share = np.min((self.inverse_mass - margin) / (shape * self.coupling))
        along, across = self.shift(shape)
        return float(
            min(max(share, 0.0), largest_share(self.second, (across, across, along), margin))
        )


class KaneModel(Model):
    """A model of conduction and valence bands together, coupled by the Kane energy Ep.

    Parameters
    ----------
    kane : {"elliptic", "published", "unit-A"} or float
        Which Ep. "elliptic": the material's, or the largest admissible one if that is smaller (see
        :mod:`heterodot.kp.ellipticity`). "published": the material's. "unit-A": the one for which
        A' = 1 (Foreman 1997). A number: that many eV. A' and L', M', N' follow so that the
        electron's and the γ-derived hole masses stay.
    order : {"burt-foreman", "symmetrised"}
        Operator order of the off-diagonal terms.
    force : bool
        Accept sets that are not elliptic, whose spectra are full of spurious states.
    """

    multiband: Carrier = "electron"
    places = (0, 1, 2, 4)
    """S on the nodes, X, Y, Z on the x-, y-, z-faces: every Kane term is then one difference."""

    def __init__(
        self,
        kane: KaneRule | float = "elliptic",
        order: OperatorOrder = "burt-foreman",
        force: bool = False,
    ) -> None:
        if isinstance(kane, str):
            if kane not in _RULES:
                raise ValueError(f"kane must be one of {_RULES} or an energy in eV, got {kane!r}")
        elif not (np.isfinite(kane) and kane >= 0):
            raise ValueError(f"kane must be an energy of at least 0 eV, got {kane!r}")
        self.kane = kane
        self.order = check_order(order)
        self.force = bool(force)

    @abstractmethod
    def _set(self, of: Material) -> KaneSet: ...

    @abstractmethod
    def _build(self, of: Material, kane: Array, strain: Array | None) -> MatrixPolynomial: ...

    @abstractmethod
    def _coefficients(self, of: Material, kane: Array) -> dict[str, float]: ...

    @abstractmethod
    def _masses(self, polynomial: MatrixPolynomial) -> dict[str, float]: ...

    def polynomial(
        self, of: Material, carrier: Carrier, strain: ArrayLike | None = None
    ) -> MatrixPolynomial:
        """Return the polynomial of a material: the same for electrons and holes.

        Raises
        ------
        ValueError
            If a parameter is missing, or if the set is not elliptic and not forced.
        """
        tensor = read_strain(strain)
        kane = self._choose(of, self._set(of))
        if not self.force:
            verdict = self._judge(of, kane)
            if not verdict.elliptic:
                raise ValueError(self._refusal(of, verdict))
        return self._build(of, kane, tensor)

    def verdict(self, of: Material) -> Verdict:
        """Return what the rule made of a material."""
        return self._judge(of, self._choose(of, self._set(of)))

    def _choose(self, of: Material, known: KaneSet) -> Array:
        """Ep along and across c in eV."""
        if known.one_band:
            return np.zeros(2)
        if self.kane == "unit-A":
            return (known.inverse_mass - 1.0) / known.coupling
        if not isinstance(self.kane, str):
            return np.full(2, float(self.kane))
        if not known.published:
            of.require("kane_energy")
        published = np.array(known.published)
        if self.kane == "published":
            return published
        return published * min(1.0, known.largest(published))

    def _judge(self, of: Material, kane: Array) -> Verdict:
        known = self._set(of)
        shape = np.array(known.published) if known.published else np.ones(2)
        along, across = known.shift(kane)
        second = known.second + HBAR2_OVER_2M0 * _rank_one((across, across, along))
        masses: dict[str, float] = {}
        if not known.one_band:
            masses = self._masses(self._build(of, kane, None))
        elliptic = bool(np.all(known.conduction(kane) > 0)) and bool(
            largest_share(known.second, (across, across, along), 0.0) >= 1.0 - 1e-12
            if np.any(kane > 0)
            else principal_symbol(known.second) <= 1e-9
        )
        return Verdict(
            of.name,
            self.name,
            elliptic and bool(np.all(kane >= 0)),
            principal_symbol(second),
            principal_symbol(known.second),
            self._coefficients(of, kane),
            () if known.one_band else tuple(float(k) for k in kane),
            known.published,
            () if known.one_band else tuple(float(k) for k in shape * known.largest(shape)),
            masses,
        )

    def _refusal(self, of: Material, verdict: Verdict) -> str:
        if verdict.six_band_symbol > 1e-9:
            why = (
                "its six-band parameters are not elliptic by themselves, which no Kane energy can "
                "mend: use others, or Luttinger4, Luttinger6 or EffectiveMass"
            )
        else:
            largest = "/".join(f"{value:.4g}" for value in dict.fromkeys(verdict.largest))
            why = f"use kane='elliptic' or a Kane energy of at most {largest} eV"
        return (
            f"the eight-band parameters of {of.name!r} are not elliptic ({verdict}), so that "
            f"spurious states would fill the gap; {why}; force=True accepts them"
        )

    def __repr__(self) -> str:
        parts = []
        if self.kane != "elliptic":
            parts.append(f"kane={self.kane!r}")
        if self.order != "burt-foreman":
            parts.append(f"order={self.order!r}")
        if self.force:
            parts.append("force=True")
        return f"{self.name}({', '.join(parts)})"


def deformed_k(strain: Array | None) -> tuple[Expression, Expression, Expression]:
    """Return (δ_ij − ε_ij) k_j, the k of the Kane terms. Bahder, Phys. Rev. B 41, 11992 (1990)."""
    if strain is None:
        return kx, ky, kz
    x, y, z = (
        kx.scaled(row[0]) + ky.scaled(row[1]) + kz.scaled(row[2]) for row in np.eye(3) - strain
    )
    return x, y, z


def _rank_one(squares: ArrayLike) -> Array:
    """D_ij[a, b] of (q k)(q k)ᵀ."""
    q = np.diag(np.sqrt(np.asarray(squares, dtype=float)))
    return np.asarray(np.einsum("ai,bj->ijab", q, q), dtype=float)
