"""Subbands and minibands: levels of a structure that repeats, at one wave vector after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot import _checks
from heterodot._memory import require_memory
from heterodot.envelopes.gap_states import common_gap, gap_levels
from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.kp.model import Carrier
from heterodot.linalg.eigensolver import Eigenpairs, eigensolver_memory, lowest_eigenpairs
from heterodot.linalg.interior import interior_eigenpairs, interior_memory
from heterodot.progress import SolverBar

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["BandStructure", "solve_bands"]

Progress = Callable[[int, int, int, float], object]
_CARRIERS: tuple[Carrier, Carrier] = ("electron", "hole")


@dataclass(frozen=True, repr=False)
class BandStructure:
    """Levels against the wave vector.

    Attributes
    ----------
    wave_vectors : (points, 3) array
        K in 1/nm.
    electrons, holes : (points, states) array
        Energies in eV on the scale of electron energies, outwards from the band edge at every K and
        each spinor counted: bands are not followed through crossings.
    residuals : (points,) array
        Largest ``‖Hu − Eu‖`` in eV at every K.
    complete : bool
        Whether the search for states overlooked by the iteration found none anywhere.
    description : str
        The Hamiltonian in words.
    """

    wave_vectors: NDArray[np.float64]
    electrons: NDArray[np.float64]
    holes: NDArray[np.float64]
    residuals: NDArray[np.float64]
    complete: bool
    description: str

    def to_xarray(self) -> xarray.Dataset:
        """Return wave vectors and energies with labels and units."""
        import xarray as xr

        axes, units = ["point", "electron", "hole"], {"units": "eV"}
        return xr.Dataset(
            {
                "electron_energy": ([axes[0], axes[1]], self.electrons, units),
                "hole_energy": ([axes[0], axes[2]], self.holes, units),
                "residual": ([axes[0]], self.residuals, units),
                "wave_vector": ([axes[0], "axis"], self.wave_vectors, {"units": "1/nm"}),
            },
            coords={"axis": ["x", "y", "z"]},
            attrs={"complete": int(self.complete), "description": self.description},
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the levels against the length along the path of wave vectors; returns the axes."""
        from heterodot.plot import plot_subbands

        return plot_subbands(self, ax)

    def __repr__(self) -> str:
        points, count = len(self.wave_vectors), self.electrons.shape[1] + self.holes.shape[1]
        sure = "" if self.complete else ", completeness not certain"
        return f"Bands of {self.description}\n  {count} states at {points} wave vectors{sure}"


def solve_bands(
    hamiltonian: Hamiltonian,
    wave_vectors: ArrayLike,
    electrons: int = 2,
    holes: int = 2,
    *,
    tolerance: float = 1e-5,
    progress: bool = True,
) -> BandStructure:
    """Return the lowest electron and the highest valence levels at wave vectors.

    States at K are exp(iK·r) times what has the period of the structure. They come one by one, as
    their time reverses live at −K. Whether they lie below the barrier of the environment is not
    asked.

    Parameters
    ----------
    hamiltonian : Hamiltonian
        Of a nanocrystal with a period.
    wave_vectors : (points, 3) array_like
        K in 1/nm, zero along axes on which the structure does not repeat. With a single such axis,
        (points,) along it will do.
    electrons, holes : int
        Numbers of spinors; 0 leaves a carrier out.
    tolerance : float
        Largest residual norm in eV; errors of energies go with its square.
    progress : bool
        Show progress bars.

    Raises
    ------
    ValueError
        If the structure does not repeat along a wave vector, or for negative numbers of states.
    MemoryEstimateError
        If the problem would not fit in memory.
    ConvergenceError
        If the iteration does not reach the tolerance.
    """
    points = _read_wave_vectors(wave_vectors, hamiltonian.grid.periodic)
    counts: dict[Carrier, int] = {"electron": electrons, "hole": holes}
    for carrier, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)):
            raise TypeError(f"{carrier}s must be a whole number of spinors, got {count!r}")
    if min(electrons, holes) < 0 or electrons == holes == 0:
        raise ValueError(f"ask for at least one state, got electrons={electrons}, holes={holes}")
    _require_memory(hamiltonian, counts)
    levels = {carrier: np.zeros((len(points), count)) for carrier, count in counts.items()}
    residuals, complete = np.zeros(len(points)), True
    for number, point in enumerate(points):
        there = hamiltonian.at_wave_vector(point)
        label = f"K {number + 1} of {len(points)}"
        with SolverBar(progress, electrons + holes, label) as bar:
            solved = _eigenpairs(there, counts, tolerance, bar.of_iteration)
            for carrier, found in solved.items():
                twice = 2 if hamiltonian.spin_degenerate(carrier) else 1
                levels[carrier][number] = np.repeat(found.values, twice)[: counts[carrier]]
                residuals[number] = max(residuals[number], found.residuals.max())
                complete = complete and found.complete
    return BandStructure(
        points, levels["electron"], levels["hole"], residuals, complete, repr(hamiltonian)
    )


def _read_wave_vectors(given: ArrayLike, periodic: Sequence[bool]) -> NDArray[np.float64]:
    points = np.array(given, dtype=float)
    if points.ndim == 1 and sum(periodic) == 1:
        points = np.outer(points, periodic)
    if points.ndim != 2 or points.shape[1] != 3 or not len(points):
        raise ValueError(
            "wave_vectors must have the shape (points, 3), or (points,) where the structure repeats "
            f"along a single axis; got {points.shape}"
        )
    for point in points:
        _checks.vector("wave_vectors", point)
    return points


def _eigenpairs(
    hamiltonian: Hamiltonian, counts: dict[Carrier, int], tolerance: float, report: Progress
) -> dict[Carrier, Eigenpairs]:
    asked: list[Carrier] = [carrier for carrier in _CARRIERS if counts[carrier]]
    if any(hamiltonian.polynomials(carrier)[0].below_gap for carrier in asked):
        return _beside_the_gap(hamiltonian, asked, counts, tolerance, report)
    found: dict[Carrier, Eigenpairs] = {}
    for carrier in asked:
        fine, *coarse = hamiltonian.levels(carrier)
        # Orbitals without spin come twice.
        halved = (counts[carrier] + 1) // 2
        found[carrier] = lowest_eigenpairs(
            fine,
            halved if hamiltonian.spin_degenerate(carrier) else counts[carrier],
            sign=hamiltonian.sign(carrier),
            coarse=coarse,
            tolerance=tolerance,
            follow=False,
            progress=report,
        )
    return found


def _beside_the_gap(
    hamiltonian: Hamiltonian,
    asked: list[Carrier],
    counts: dict[Carrier, int],
    tolerance: float,
    report: Progress,
) -> dict[Carrier, Eigenpairs]:
    found: dict[Carrier, Eigenpairs] = {}
    for group in [asked] if hamiltonian.joint else [[carrier] for carrier in asked]:
        above = counts["electron"] if "electron" in group else 0
        below = counts["hole"] if "hole" in group else 0
        shift = float(np.mean(common_gap(hamiltonian, group[0])))
        levels = gap_levels(hamiltonian, group[0], shift, above + below)
        pairs = interior_eigenpairs(
            levels, above, below, shift, tolerance=tolerance, follow=False, progress=report
        )
        sides = {"electron": pairs.above, "hole": pairs.below}
        found |= {carrier: sides[carrier] for carrier in group}
    return found


def _require_memory(hamiltonian: Hamiltonian, counts: dict[Carrier, int]) -> None:
    for carrier, count in counts.items():
        if not count:
            continue
        unknowns = hamiltonian.unknowns(carrier)
        inside = hamiltonian.polynomials(carrier)[0].below_gap
        needed = (interior_memory if inside else eigensolver_memory)(unknowns, count)
        require_memory(
            # Rows with phases are complex for every model.
            2.0 * hamiltonian.memory_estimate(carrier) + needed,
            f"solving for {count} {carrier} states of {hamiltonian!r}",
            "choose a coarser spacing, a smaller margin or fewer states",
        )
