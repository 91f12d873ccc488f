"""Single-particle states: electrons and holes of a Hamiltonian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heterodot.envelopes.localisation import Localisation, localisation
from heterodot.envelopes.spurious import THRESHOLD
from heterodot.envelopes.symmetry import angular_momenta, band_weights, cartesian, parities
from heterodot.geometry.grid import Grid
from heterodot.kp.model import Carrier
from heterodot.nanocrystal import Nanocrystal

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["CarrierStates", "States"]

_MULTIPLET = 1e-3  # eV within which levels are shown as one


@dataclass(frozen=True, repr=False)
class CarrierStates:
    """States of one carrier, in Kramers pairs, outwards from the band edge.

    Spinor 2p is ``representatives[p]``, spinor 2p+1 its time reverse ``T F = (F↓*, -F↑*)``. Where
    the bands are orbitals without spin (`spin_degenerate`), they are φ↑ and -φ*↓.

    Attributes
    ----------
    carrier : {"electron", "hole"}
        Holes are listed as the valence states they leave empty.
    energies : (2·pairs,) array
        Of the spinors in eV on the scale of electron energies: electrons ascending, holes
        descending (a hole costs ``-energies``).
    representatives : (pairs, bands, nx, ny, nz) array
        One envelope function of each pair on the nodes of the grid, real where the model is real,
        in nm^(-3/2): ``Σ |ψ|² ΔV = 1``.
    residuals : (2·pairs,) array
        ``‖Hψ − Eψ‖`` in eV.
    errors : (2·pairs,) array
        Bounds of the eigensolver's error of each energy in eV (that of the grid is not in it).
    grid : Grid
        Where the envelopes live.
    bands : tuple of str
        Names of the bands, spin included unless `spin_degenerate`.
    spin_degenerate : bool
        Whether the bands are orbitals without spin.
    complete : bool
        Whether the search for states overlooked by the iteration found none.
    remark : str
        What the eigensolver has to say: states that may be missing, a multiplet that is cut.
    spurious : (2·pairs,) array
        Weight of each state at wave vectors where k·p does not hold, see
        :mod:`heterodot.envelopes.spurious`; above 0.35 a state is flagged.
    discretisation : (2·pairs,) array
        Estimated error of each energy in eV that the grid leaves, if energies were extrapolated
        (``solve(..., spacings=...)``); else nan.
    """

    carrier: Carrier
    energies: NDArray[np.float64]
    representatives: NDArray[Any]
    residuals: NDArray[np.float64]
    errors: NDArray[np.float64]
    grid: Grid
    bands: tuple[str, ...]
    spin_degenerate: bool
    complete: bool = True
    remark: str = ""
    spurious: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    discretisation: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        for name, missing in (("spurious", 0.0), ("discretisation", np.nan)):
            if getattr(self, name).size != self.energies.size:
                object.__setattr__(self, name, np.full(self.energies.size, missing))

    def __len__(self) -> int:
        return int(self.energies.size)

    @property
    def envelopes(self) -> NDArray[Any]:
        """Envelope functions of all spinors with spin-major bands, (spinors, bands, x, y, z).

        Spin-degenerate bands come twice, once a spin. Made anew at every call: twice (four times)
        the memory of `representatives`.
        """
        first = self.representatives
        if self.spin_degenerate:
            second = -first.conj()
            zero = np.zeros_like(first)
            pairs = [np.concatenate(p, axis=1) for p in ((first, zero), (zero, second))]
        else:
            up, down = np.split(first, 2, axis=1)
            pairs = [first, np.concatenate([down.conj(), -up.conj()], axis=1)]
        return np.stack(pairs, axis=1).reshape(2 * first.shape[0], -1, *first.shape[2:])

    def densities(self) -> NDArray[np.float64]:
        """Return the probability density of each pair in nm⁻³, (pairs, x, y, z)."""
        return np.asarray(np.sum(np.abs(self.representatives) ** 2, axis=1), float)

    def region_weights(self, nanocrystal: Nanocrystal) -> NDArray[np.float64]:
        """Return the probability of each pair in each region, environment last, (pairs, regions)."""
        fractions = nanocrystal.voxelise(self.grid).fractions()
        weights = np.einsum("pxyz,rxyz->pr", self.densities(), fractions) * self.grid.cell_volume
        return np.asarray(weights, float)

    def levels(self) -> list[tuple[float, int]]:
        """Return (mean energy in eV, number of spinors) of each group of levels within 1 meV."""
        return [(float(self.energies[g].mean()), len(g)) for g in self._groups()]

    def _groups(self) -> list[NDArray[np.intp]]:
        cuts = np.flatnonzero(np.abs(np.diff(self.energies)) > _MULTIPLET) + 1
        return [np.asarray(g) for g in np.split(np.arange(len(self)), cuts)]

    @cached_property
    def parities(self) -> NDArray[np.intp] | None:
        """Parity of each pair, 1 or −1; 0 where it has none, None for unknown bands.

        About the centre of the grid, the sign of X, Y, Z under inversion included: S₃/₂ holes are
        odd. None where the structure repeats.
        """
        if any(self.grid.periodic):
            return None
        known = cartesian(self.representatives, self.bands)
        return None if known is None else parities(*known)

    @cached_property
    def angular_momenta(self) -> NDArray[np.float64] | None:
        """⟨F²⟩ of each pair, F(F + 1) in a sphere; ⟨L²⟩ where bands carry no spin.

        About the centre of the grid. None for unknown bands, and where the structure repeats.
        """
        if any(self.grid.periodic):
            return None
        known = cartesian(self.representatives, self.bands)
        return None if known is None else angular_momenta(*known, self.grid)

    @cached_property
    def band_weights(self) -> dict[str, NDArray[np.float64]] | None:
        """Weights of S, HH, LH, SO in each pair, J along the grid's z; None for unknown bands."""
        known = cartesian(self.representatives, self.bands)
        return None if known is None else band_weights(*known)

    def _energy(self, group: NDArray[np.intp]) -> str:
        energy = f"{self.energies[group].mean():.4f}"
        error = float(self.discretisation[group].max())
        return energy if np.isnan(error) else f"{energy} ± {error:.4f}"

    def _labels(self, group: NDArray[np.intp]) -> str:
        """Parity, total angular momentum and bands of a group of spinors in words."""
        if self.parities is None or self.angular_momenta is None or self.band_weights is None:
            return ""
        pairs = np.unique(group // 2)
        parity = {int(p) for p in self.parities[pairs]}
        sign = {1: "+", -1: "−"}.get(parity.pop() if len(parity) == 1 else 0, "")
        momentum = float(self.angular_momenta[pairs].mean())
        name = "L²" if self.spin_degenerate else "F²"
        weights = {key: float(w[pairs].mean()) for key, w in self.band_weights.items()}
        words = [sign] if sign else []
        words.append(f"{name} {momentum:.1f}")
        if len(weights) > 1:
            words += [f"{key} {100 * w:.0f} %" for key, w in weights.items() if w > 0.005]
        return f" ({', '.join(words)})"

    def plot_slice(self, index: int = 0, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw a plane through a state, see `heterodot.plot.plot_slice`; returns the axes."""
        from heterodot.plot import plot_slice

        return plot_slice(self, index, ax, **options)

    def plot_isosurface(self, index: int = 0, ax: Any | None = None, **options: Any) -> Any:
        """Draw a state in 3D, see `heterodot.plot.plot_isosurface`; returns the axes."""
        from heterodot.plot import plot_isosurface

        return plot_isosurface(self, index, ax, **options)

    def to_xarray(self) -> xarray.Dataset:
        """Return energies, residuals, errors and envelopes with labels and units."""
        import xarray as xr

        x, y, z = self.grid.axes()
        spinor, pair = ["spinor"], ["pair", "band", "x", "y", "z"]
        return xr.Dataset(
            {
                "energy": (spinor, self.energies, {"units": "eV"}),
                "residual": (spinor, self.residuals, {"units": "eV"}),
                "error": (spinor, self.errors, {"units": "eV"}),
                "envelope": (pair, self.representatives, {"units": "nm^(-3/2)"}),
            },
            coords={
                "band": list(self.bands),
                **{
                    name: (name, axis, {"units": "nm"})
                    for name, axis in zip("xyz", (x, y, z), strict=True)
                },
            },
            attrs={
                "carrier": self.carrier,
                "spin_degenerate": int(self.spin_degenerate),
                "complete": int(self.complete),
                "remark": self.remark,
            },
        )

    def __repr__(self) -> str:
        groups = self._groups() if len(self) else []
        shown = ", ".join(f"{self._energy(g)} ×{len(g)}{self._labels(g)}" for g in groups[:6])
        more = ", …" if len(groups) > 6 else ""
        remark = f". {self.remark}" if self.remark else ""
        flagged = int(np.count_nonzero(self.spurious > THRESHOLD))
        if flagged:
            remark += f". {flagged} spinors look spurious (score up to {self.spurious.max():.2f})"
        return f"{self.carrier}s, {len(self)} spinors: {shown}{more} eV{remark}"


@dataclass(frozen=True, repr=False)
class States:
    """Electron and hole states of one nanocrystal.

    Attributes
    ----------
    electrons, holes : CarrierStates
        May be empty where none were asked for.
    nanocrystal : Nanocrystal
        What they live in.
    description : str
        The Hamiltonian in words.
    """

    electrons: CarrierStates
    holes: CarrierStates
    nanocrystal: Nanocrystal
    description: str = field(default="")

    @property
    def gap(self) -> float:
        """Lowest electron minus highest valence level in eV (no Coulomb energy)."""
        if not len(self.electrons) or not len(self.holes):
            raise ValueError("the gap needs at least one electron and one hole pair")
        return float(self.electrons.energies[0] - self.holes.energies[0])

    def overlap(self) -> NDArray[np.float64]:
        """Return ∫ √(ρ_e ρ_h) dV of every electron and hole pair, (electron, hole) pairs.

        1 for identical densities, 0 for carriers that never meet: how far a nanocrystal is type II.
        """
        e, h = np.sqrt(self.electrons.densities()), np.sqrt(self.holes.densities())
        flat = (e.reshape(len(e), -1), h.reshape(len(h), -1))
        return np.asarray(flat[0] @ flat[1].T * self.electrons.grid.cell_volume, float)

    def localisation(
        self, electron: int = 0, hole: int = 0, threshold: float = 2 / 3
    ) -> Localisation:
        """Return in which layers an electron and a hole are: type I, quasi-type II or type II.

        Parameters
        ----------
        electron, hole : int
            Kramers pairs; by default the ground pairs.
        threshold : float
            Share of the density from which a carrier is localised in a layer, see
            `heterodot.envelopes.localisation.Localisation`.
        """
        e, h = (
            np.sum(np.abs(c.representatives[pair]) ** 2, axis=0)
            for c, pair in ((self.electrons, electron), (self.holes, hole))
        )
        return localisation(self.nanocrystal, self.electrons.grid, e, h, threshold)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the levels; returns the axes."""
        from heterodot.plot import plot_levels

        return plot_levels(self, ax)

    def plot_lineup(
        self, ax: Axes | None = None, direction: Sequence[float] = (0.0, 0.0, 1.0)
    ) -> Axes:
        """Draw band edges with the lowest levels along a line; returns the axes."""
        from heterodot.plot import plot_lineup

        return plot_lineup(self.nanocrystal, self, ax, direction=direction)

    def to_xarray(self) -> xarray.DataTree:
        """Return a tree with one labelled dataset a carrier."""
        import xarray as xr

        return xr.DataTree.from_dict(
            {"electrons": self.electrons.to_xarray(), "holes": self.holes.to_xarray()}
        )

    def __repr__(self) -> str:
        lines = [f"States of {self.description}" if self.description else "States"]
        lines += [f"  {carrier!r}" for carrier in (self.electrons, self.holes) if len(carrier)]
        return "\n".join(lines)
