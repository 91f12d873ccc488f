"""The Coulomb integrals that everything with more than one carrier starts from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray

    from heterodot.electrostatics.exchange import ElectronHoleExchange

__all__ = ["CoulombIntegrals"]

Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False, repr=False)
class CoulombIntegrals:
    """One- and two-body matrix elements of electrons and holes over spinors, in eV.

    Attributes
    ----------
    ee : (Ne, Ne, Ne, Ne) array
        ``(e_i e_j|e_k e_l) = ∫∫ e_i†(r) e_j(r) G(r, r') e_k†(r') e_l(r')``.
    hh : (Nh, Nh, Nh, Nh) array
        The same of holes, whose pair densities are conjugate to those of the valence spinors.
    eh : (Ne, Ne, Nh, Nh) array
        ``(e_i e_j|h_k h_l)``, positive for attraction, less `eh_exchange` if there is any.
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

    ee: Complex
    hh: Complex
    eh: Complex
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
    def J_ee(self) -> float:
        """Repulsion of two electrons in the ground pair in eV."""
        return float(self.ee[0, 0, 1, 1].real)

    @property
    def J_hh(self) -> float:
        """Repulsion of two holes in the ground pair in eV."""
        return float(self.hh[0, 0, 1, 1].real)

    @property
    def J_eh(self) -> float:
        """Attraction of electron and hole in their ground pairs in eV, without exchange."""
        exchange = 0.0 if self.eh_exchange is None else float(self.eh_exchange[0, 0, 0, 0].real)
        return float(self.eh[0, 0, 0, 0].real) + exchange

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
        direct = self.eh if self.eh_exchange is None else self.eh + self.eh_exchange
        if exchange is None:
            return replace(self, eh=direct, eh_exchange=None)
        total = exchange.total
        if total.shape != direct.shape:
            raise ValueError(
                f"exchange: must be that of the same states, with shape {direct.shape}, "
                f"got {total.shape}"
            )
        return replace(self, eh=direct - total, eh_exchange=total)

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
        return float(getattr(self, kind)[i, i, j, j].real)

    def exchange(self, kind: str, i: int, j: int) -> float:
        """Return the exchange integral (ij|ji) of like carriers, "ee" or "hh", in eV."""
        if kind not in ("ee", "hh"):
            raise ValueError(f'kind must be "ee" or "hh", got {kind!r}')
        return float(getattr(self, kind)[i, j, j, i].real)

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
            f"Coulomb integrals of {self.ee.shape[0]} electron and {self.hh.shape[0]} hole "
            f"spinors: J_ee {1e3 * self.J_ee:.2f}, J_hh {1e3 * self.J_hh:.2f}, "
            f"J_eh {1e3 * self.J_eh:.2f} meV (± {1e3 * self.error:.2g}); self-energies "
            f"{1e3 * own[0]:.2f} (electron), {1e3 * own[1]:.2f} meV (hole); "
            f"permittivity {self.permittivity}"
            + ("" if self.eh_exchange is None else "; with electron-hole exchange")
        )
