"""Populations of 0, X, XX, XXX in time, and the gain they make.

    dp_n/dt = G(t) (p_{n-1} - p_n) + k_{n+1} p_{n+1} - k_n p_n

with the pump's rate G and the rates k of recombination. Nanocrystals that hold the largest number of
excitons absorb no more. With amplified light, ``s`` photons of a mode for every nanocrystal,

    ds/dt = Σ_n (d_n - u_n) p_n s - κ s + β Σ_n k^rad_n p_n,

and each nanocrystal goes up with ``u_n s`` and down with ``d_n s``. The equations are integrated by SciPy's
LSODA.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

from heterodot.kinetics.amplification import Amplification, Mode
from heterodot.kinetics.auger import AugerRates
from heterodot.kinetics.pump import Continuous, Pulse, fluence_of
from heterodot.kinetics.recombination import (
    Recombination,
    Scaling,
    checked_lifetimes,
    radiative_lifetimes,
)
from heterodot.optics.occupancy import Occupancy, Poisson
from heterodot.optics.optical_gain import Gain, gain

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes

__all__ = ["Dynamics", "dynamics"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dynamics:
    """How populations and gain change in time.

    Attributes
    ----------
    times : (t,) array
        In ns.
    probabilities : (n, t) array
        Of 0, 1, ... excitons; what holds more than the last is counted in the last.
    photons : (t,) array
        Photons of the amplified mode for every nanocrystal (zero without a mode).
    recombination : Recombination
        The rates that were used.
    gain : Gain or None
        Levels for everything about gain.
    """

    times: Array
    probabilities: Array
    photons: Array
    recombination: Recombination
    gain: Gain | None = field(default=None, repr=False)

    @property
    def populations(self) -> xarray.DataArray:
        """Probabilities labelled by the number of excitons and the time (ns)."""
        import xarray as xr

        return xr.DataArray(
            self.probabilities,
            dims=("excitons", "time"),
            coords={
                "excitons": np.arange(len(self.probabilities)),
                "time": ("time", self.times, {"units": "ns"}),
            },
            name="population",
        )

    @property
    def mean(self) -> Array:
        """Mean number of excitons ⟨N⟩ at the times."""
        return np.asarray(np.arange(len(self.probabilities)) @ self.probabilities)

    @property
    def emission(self) -> Array:
        """Photons emitted spontaneously by a nanocrystal per ns at the times."""
        rates = self.recombination.emission(len(self.probabilities) - 1)
        return np.asarray(rates @ self.probabilities[1:])

    @cached_property
    def largest_gain(self) -> Array:
        """Largest gain cross-section in the window of `gain` at the times, in cm²."""
        model = self._gain().model
        lumped = _three(self.probabilities)
        return 1e-14 * np.array([model.maximum(p)[1] for p in lumped.T])

    @cached_property
    def gain_lifetime(self) -> float:
        """Time in ns from the first to the last moment with gain.

        0 if there never is gain, inf if there still is at the last time. Between times populations are
        interpolated linearly.
        """
        values, times = self.largest_gain, self.times
        amplifying = np.flatnonzero(values > 0)
        if amplifying.size == 0:
            return 0.0
        first, last = int(amplifying[0]), int(amplifying[-1])
        if last == times.size - 1:
            return math.inf
        begin = times[first] if first == 0 else self._crossing(first - 1)
        return float(self._crossing(last) - begin)

    def threshold_fluence(
        self, pump_energy: float | None = None, cross_section: float | None = None
    ) -> float:
        """Return the fluence of a short pulse at which gain appears, ``⟨N⟩ ħω/σ``, in µJ/cm².

        ⟨N⟩ is the threshold for a Poisson distribution: the onset of amplified spontaneous emission where losses
        are small and the pulse is shorter than Auger recombination.

        Parameters
        ----------
        pump_energy : float
            Photon energy of the pump in eV.
        cross_section : float, optional
            Absorption cross-section at that energy in cm², as measured or estimated; by default that of the
            calculated transitions, which is too small where the pump reaches higher states.
        """
        if pump_energy is None:
            raise ValueError("pump_energy: the photon energy of the pump in eV is needed")
        levels = self._gain()
        if cross_section is None:
            cross_section = levels.absorption_cross_section(pump_energy)
            if cross_section < 1e-20:
                raise ValueError(
                    f"cross_section: no calculated transition absorbs at {pump_energy:g} eV; pass the "
                    "absorption cross-section in cm²"
                )
        return fluence_of(levels.model.threshold(Poisson(1.0)), cross_section, pump_energy)

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the populations in time; returns the axes."""
        from heterodot.plot.dynamics import plot_dynamics

        return plot_dynamics(self, ax, **options)

    def _crossing(self, before: int) -> float:
        """Return when gain begins or ends between two times."""
        model, pair = self._gain().model, _three(self.probabilities[:, before : before + 2])

        def amplifies(share: float) -> bool:
            return model.maximum((1 - share) * pair[:, 0] + share * pair[:, 1])[1] > 0

        low, high, at_first = 0.0, 1.0, amplifies(0.0)
        # Halved, as the largest gain has a kink where it becomes positive.
        for _ in range(30):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if amplifies(middle) == at_first else (low, middle)
        start, stop = self.times[before : before + 2]
        return float(start + high * (stop - start))

    def _gain(self) -> Gain:
        if self.gain is None:
            raise ValueError("dynamics: gain needs levels; pass hd.gain(...) as the source")
        return self.gain

    def __repr__(self) -> str:
        shown = ", ".join(f"{p:.3g}" for p in self.probabilities.max(axis=1))
        return (
            f"Dynamics: {self.times[0]:g} to {self.times[-1]:g} ns, largest populations of 0, 1, … "
            f"excitons {shown}, ⟨N⟩ up to {self.mean.max():.3g}"
        )


def dynamics(
    source: Any,
    pump: Occupancy | Pulse | Continuous,
    times: ArrayLike | None = None,
    *,
    radiative: float | Sequence[float] | None = None,
    auger: float | AugerRates = math.inf,
    scaling: Scaling = "cubic",
    trapping: float = math.inf,
    most: int = 3,
    mode: Mode | None = None,
) -> Dynamics:
    """Return the populations of 0, X, XX, XXX under pumping and recombination.

    Parameters
    ----------
    source : Gain, CoulombIntegrals, (x, xx) or None
        Where radiative lifetimes and gain come from; None with `radiative` for populations alone.
    pump : Occupancy, Pulse or Continuous
        The distribution at time zero (``hd.Poisson(1.2)`` for an instantaneous pulse), or pumping of empty
        nanocrystals.
    times : array_like, optional
        Rising times in ns; by default from the beginning of the pump to five lifetimes of X.
    radiative : float or sequence of float, optional
        Radiative lifetimes of X (XX, ...) in ns; by default calculated for X and XX.
    auger : float or AugerRates
        Auger lifetime of XX in ns, or what `auger_rates` found for it; by default none.
    scaling, trapping
        The scaling of Auger rates and another lifetime in ns, see `Recombination`.
    most : int
        Largest number of excitons.
    mode : Mode, optional
        A mode of light that is amplified and empties the levels by stimulated emission.

    Returns
    -------
    Dynamics
        With ``populations``, ``gain_lifetime``, ``threshold_fluence(...)``, ``plot()``.
    """
    if not isinstance(pump, (Pulse, Continuous)) and not hasattr(pump, "up_to"):
        raise TypeError(
            "pump: must be an occupancy such as hd.Poisson(1.2), hd.Pulse or hd.Continuous, got "
            f"{pump!r}"
        )
    levels = source if source is None or isinstance(source, Gain) else gain(source)
    if radiative is None:
        if levels is None:
            raise ValueError("radiative: lifetimes of X, XX, ... in ns are needed without levels")
        radiative = radiative_lifetimes(levels)
    if most < 2:
        raise ValueError(f"most: must be at least 2 excitons, got {most}")
    if isinstance(auger, AugerRates):
        if auger.name != "XX":
            raise ValueError(f"auger: must be of XX, got rates of {auger.name}")
        auger = auger.lifetime
    losses = Recombination(checked_lifetimes(radiative), auger, scaling, trapping)
    light = None
    if mode is not None:
        if levels is None:
            raise ValueError("mode: amplified light needs levels; pass hd.gain(...) as the source")
        light = Amplification(mode, levels.model, most)
    begin = pump.span[0] if isinstance(pump, Pulse) else 0.0
    grid = _times(begin, pump, losses, most) if times is None else np.asarray(times, float)
    if grid.ndim != 1 or grid.size < 2 or np.any(np.diff(grid) <= 0):
        raise ValueError("times: must be rising, two or more (ns)")
    state = np.zeros(most + 2)
    state[0] = 1.0
    if not isinstance(pump, (Pulse, Continuous)):
        state[:-1] = pump.up_to(most)
    begin = min(begin, float(grid[0]))
    slope = _slope(pump, losses, most, light)
    values = np.empty((most + 2, grid.size))
    # Integrated in pieces, so that no step can miss the pulse.
    stops = [t for t in (pump.span if isinstance(pump, Pulse) else ()) if begin < t < grid[-1]]
    for start, stop in zip([begin, *stops], [*stops, float(grid[-1])], strict=True):
        piece = solve_ivp(
            slope,
            (start, stop),
            state,
            "LSODA",
            dense_output=True,
            rtol=1e-9,
            atol=1e-12,
            first_step=1e-3 * (stop - start),
            max_step=0.05 * (stop - start),
        )
        if not piece.success:
            raise RuntimeError(f"dynamics: the integration stopped: {piece.message}")
        inside = (grid >= start) & (grid <= stop)
        solution: Any = piece.sol
        values[:, inside] = solution(grid[inside])
        state = piece.y[:, -1]
    return Dynamics(grid, values[:-1], values[-1], losses, levels)


def _slope(pump: Any, losses: Recombination, most: int, light: Amplification | None) -> Any:
    rates, radiative = losses.rates(most), losses.emission(most)
    source = pump if isinstance(pump, (Pulse, Continuous)) else Continuous(0.0)

    def slope(time: float, state: Array) -> Array:
        p, photons = state[:-1], state[-1]
        up = np.full(most, float(source.rate(time)))
        down = rates
        change = np.zeros(most + 2)
        if light is not None:
            up = up + light.up[:-1] * photons
            down = down + light.down[1:] * photons
            change[-1] = ((light.down - light.up) @ p - light.decay) * photons
            change[-1] += light.spontaneous * (radiative @ p[1:])
        flow = up * p[:-1] - down * p[1:]
        change[:most] -= flow
        change[1 : most + 1] += flow
        return change

    return slope


def _times(begin: float, pump: Any, losses: Recombination, most: int) -> Array:
    """Return times close together in the pulse and after it, ever further apart later."""
    rates = losses.rates(most)
    shortest, longest = 1 / rates.max(), 5 / rates.min()
    if not math.isfinite(longest):
        longest = 1e3 * shortest if math.isfinite(shortest) else 1.0
    start = pump.span[1] if isinstance(pump, Pulse) else 0.0
    during = np.linspace(begin, start, 101)[:-1] if start > begin else np.empty(0)
    later = np.concatenate([[0.0], np.geomspace(1e-3 * shortest, longest, 400)])
    return np.concatenate([during, start + later])


def _three(probabilities: Array) -> Array:
    return np.array([probabilities[0], probabilities[1], probabilities[2:].sum(axis=0)])
