"""Single-particle states: electrons and holes of a Hamiltonian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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
        cuts = np.flatnonzero(np.abs(np.diff(self.energies)) > _MULTIPLET) + 1
        return [(float(g.mean()), int(g.size)) for g in np.split(self.energies, cuts)]

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
        shown = ", ".join(f"{energy:.4f} ×{count}" for energy, count in self.levels()[:6])
        more = ", …" if len(self.levels()) > 6 else ""
        remark = f". {self.remark}" if self.remark else ""
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
