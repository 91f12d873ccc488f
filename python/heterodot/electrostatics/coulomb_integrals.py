"""The Coulomb integrals that everything with more than one carrier starts from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heterodot.electrostatics.pair_products import PairProducts

if TYPE_CHECKING:
    import xarray

    from heterodot.electrostatics.exchange import ElectronHoleExchange

__all__ = ["CoulombIntegrals"]

Complex = NDArray[np.complex128]
Indices = NDArray[np.intp]

_SMALL = 50e6  # bytes of tensors that are kept once they have been made


@dataclass(frozen=True, eq=False, repr=False)
class CoulombIntegrals:
    """One- and two-body matrix elements of electrons and holes over spinors, in eV.

    The integrals are kept as sums of products of two pair densities; `ee`, `hh` and `eh` are made
    from them when they are asked for, parts of them by `block`.

    Attributes
    ----------
    products : PairProducts
        What the integrals are made of, exact to 10⁻⁹ eV for real densities.
    one_body_electron, one_body_hole : (Ne, Ne), (Nh, Nh) arrays
        Level energies (minus the valence energies for holes) plus self-energies.
    self_energy_electron, self_energy_hole : (Ne, Ne), (Nh, Nh) arrays
        Matrix elements of the self-polarisation.
    states : States
        The states.
    permittivity : str
        Which permittivities were used.
    spacing : float
        Spacing of the Coulomb grid in nm.
    error : float
        Estimated error of the interactions of the ground pairs in eV, from a coarser grid and
        fewer panels; the error of the envelopes is not in it.
    bulk : (3,) array, optional
        J_ee, J_hh and J_eh of the ground pairs without the charges that they induce on interfaces
        of the permittivity (eV).
    eh_exchange : (Ne, Ne, Nh, Nh) array, optional
        Exchange of electrons and holes that `eh` contains.
    solver : str
        Where induced charges were put: "surface" or "volume"; empty if none can be induced.
    """

    products: PairProducts
    one_body_electron: Complex
    one_body_hole: Complex
    self_energy_electron: Complex
    self_energy_hole: Complex
    states: Any = field(default=None)
    permittivity: str = ""
    spacing: float = float("nan")
    error: float = float("nan")
    bulk: NDArray[np.float64] | None = None
    eh_exchange: Complex | None = None
    solver: str = ""

    @property
    def ee(self) -> Complex:
        """``(e_i e_j|e_k e_l) = ∫∫ e_i†(r) e_j(r) G(r, r') e_k†(r') e_l(r')`` in eV, (Ne, Ne, Ne, Ne)."""
        return self._whole("ee")

    @property
    def hh(self) -> Complex:
        """The same of holes, (Nh, Nh, Nh, Nh) in eV.

        Their pair densities are conjugate to those of the valence spinors.
        """
        return self._whole("hh")

    @property
    def eh(self) -> Complex:
        """``(e_i e_j|h_k h_l)`` in eV, positive for attraction, less `eh_exchange` if there is any."""
        return self._whole("eh")

    def block(self, kind: str, i: Indices, j: Indices, k: Indices, l: Indices) -> Complex:
        """Return the part of `ee`, `hh` or `eh` with the spinors of four index arrays.

        Parameters
        ----------
        kind : "ee", "hh" or "eh"
            Which carriers.
        i, j, k, l : integer arrays
            Spinors of (ij|kl).
        """
        found = self.products.block(kind, i, j, k, l)
        if kind == "eh" and self.eh_exchange is not None:
            found -= self.eh_exchange[np.ix_(i, j, k, l)]
        return found

    def _whole(self, kind: str) -> Complex:
        """All integrals; small tensors are kept, large ones made again."""
        kept: dict[str, Complex] = self.__dict__.setdefault("_kept", {})  # no field, not saved
        if kind in kept:
            return kept[kind]
        found = self.products.whole(kind)
        if kind == "eh" and self.eh_exchange is not None:
            found -= self.eh_exchange
        if found.nbytes <= _SMALL:
            kept[kind] = found
        return found

    def _one(self, kind: str, i: int, j: int, k: int, l: int) -> float:
        """Real part of one integral, without exchange of electrons and holes."""
        index = (np.array([spinor]) for spinor in (i, j, k, l))
        return float(self.products.block(kind, *index)[0, 0, 0, 0].real)

    @property
    def J_ee(self) -> float:
        """Repulsion of two electrons in the ground pair in eV."""
        return self._one("ee", 0, 0, 1, 1)

    @property
    def J_hh(self) -> float:
        """Repulsion of two holes in the ground pair in eV."""
        return self._one("hh", 0, 0, 1, 1)

    @property
    def J_eh(self) -> float:
        """Attraction of electron and hole in their ground pairs in eV, without exchange."""
        return self._one("eh", 0, 0, 0, 0)

    def with_exchange(self, exchange: ElectronHoleExchange | None) -> CoulombIntegrals:
        """Return the same integrals with this exchange of electrons and holes, or with none.

        Parameters
        ----------
        exchange : ElectronHoleExchange, optional
            From `heterodot.electron_hole_exchange`, of the same states. It replaces what is there.

        Raises
        ------
        ValueError
            The exchange is that of other spinors.
        """
        if exchange is None:
            return replace(self, eh_exchange=None)
        total = exchange.total
        shape = self.one_body_electron.shape + self.one_body_hole.shape
        if total.shape != shape:
            raise ValueError(
                f"exchange: must be that of the same states, with shape {shape}, got {total.shape}"
            )
        return replace(self, eh_exchange=total)

    def direct(self, kind: str, i: int = 0, j: int = 0) -> float:
        """Return the direct integral of spinors i and j in eV.

        Parameters
        ----------
        kind : "ee", "hh" or "eh"
            Which carriers.
        i, j : int
            Spinors.
        """
        if kind not in ("ee", "hh", "eh"):
            raise ValueError(f'kind must be "ee", "hh" or "eh", got {kind!r}')
        found = self._one(kind, i, i, j, j)
        if kind == "eh" and self.eh_exchange is not None:
            found -= float(self.eh_exchange[i, i, j, j].real)
        return found

    def exchange(self, kind: str, i: int, j: int) -> float:
        """Return the exchange integral (ij|ji) of like carriers, "ee" or "hh", in eV."""
        if kind not in ("ee", "hh"):
            raise ValueError(f'kind must be "ee" or "hh", got {kind!r}')
        return self._one(kind, i, j, j, i)

    def to_xarray(self) -> xarray.Dataset:
        """Return all matrix elements as a labelled dataset (eV)."""
        import xarray as xr

        e, h = ("e_i", "e_j", "e_k", "e_l"), ("h_i", "h_j", "h_k", "h_l")
        units = {"units": "eV"}
        exchange = {}
        if self.eh_exchange is not None:
            name = {**units, "long_name": "exchange contained in eh"}
            exchange["eh_exchange"] = (e[:2] + h[:2], self.eh_exchange, name)
        return xr.Dataset(
            {
                "ee": (e, self.ee, {**units, "long_name": "(e_i e_j|e_k e_l)"}),
                "hh": (h, self.hh, {**units, "long_name": "(h_i h_j|h_k h_l)"}),
                "eh": (e[:2] + h[:2], self.eh, {**units, "long_name": "(e_i e_j|h_i h_j)"}),
                "one_body_electron": (e[:2], self.one_body_electron, units),
                "one_body_hole": (h[:2], self.one_body_hole, units),
                "self_energy_electron": (e[:2], self.self_energy_electron, units),
                "self_energy_hole": (h[:2], self.self_energy_hole, units),
                **exchange,
            },
            attrs={
                "permittivity": self.permittivity,
                "solver": self.solver,
                "spacing_nm": self.spacing,
                "error_eV": self.error,
            },
        )

    def __repr__(self) -> str:
        own = [float(m[0, 0].real) for m in (self.self_energy_electron, self.self_energy_hole)]
        return (
            f"Coulomb integrals of {len(self.one_body_electron)} electron and "
            f"{len(self.one_body_hole)} hole "
            f"spinors: J_ee {1e3 * self.J_ee:.2f}, J_hh {1e3 * self.J_hh:.2f}, "
            f"J_eh {1e3 * self.J_eh:.2f} meV (± {1e3 * self.error:.2g}); self-energies "
            f"{1e3 * own[0]:.2f} (electron), {1e3 * own[1]:.2f} meV (hole); "
            f"permittivity {self.permittivity}"
            + ("" if self.eh_exchange is None else "; with electron-hole exchange")
        )
