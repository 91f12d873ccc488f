"""Lines of excitons coupled to lattice vibrations: the independent-boson (spin-boson) model.

An exciton displaces harmonic vibrations without changing their frequencies. With Huang-Rhys factors
``S_j`` of modes ``ħω_j`` and their thermal numbers ``n_j`` the line of absorption around the vertical
transition at E0 is, exactly,

    A(E) = (1/2π) ∫ dt exp[i (E - E0 + λ) t - g(t) - Γ²t²/4],
    g(t) = Σ_j S_j [(2 n_j + 1)(1 - cos ω_j t) + i sin ω_j t],      λ = Σ_j S_j ħω_j .

Emission is its mirror image about the zero-phonon line E0 - λ. Means lie at E0 and at E0 - 2λ: the
Stokes shift is 2λ. Time is in 1/eV; the integral is a fast Fourier transform.

References
----------
K. Huang and A. Rhys, Proc. R. Soc. A 204, 406 (1950); G. D. Mahan, Many-Particle Physics,
chapter 4.3; S. Mukamel, Principles of Nonlinear Optical Spectroscopy, chapter 8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from heterodot import _checks
from heterodot.units import BOLTZMANN

__all__ = ["SpinBoson"]

Array = NDArray[np.float64]

_STEPS = 60  # samples of the spectrum to Γ: cubic interpolation between them is good to 10⁻⁸
_LAST = 12.5  # Γt where exp(-Γ²t²/4) has fallen below 10⁻¹⁶
_CUTOFFS = 40.0  # frequencies of the continuum up to here, where exp(-ω/ω_c) is 10⁻¹⁷


@dataclass(frozen=True)
class SpinBoson:
    """Line shape of an exciton that displaces an optical phonon and a continuum of acoustic ones.

    The continuum has the super-Ohmic spectral density of deformation-potential coupling in three
    dimensions, ``J(ω) = ω² S(ω) = λ_a ω³ exp(-ω/ω_c) / (2 ω_c³)``, with ``λ_a = ∫ J/ω dω``.

    Parameters
    ----------
    huang_rhys : float
        Huang-Rhys factor S of the longitudinal optical phonon: the mean number of phonons that
        absorption at 0 K makes.
    lo_phonon : float
        Energy of the longitudinal optical phonon in eV.
    acoustic : float
        Reorganisation energy λ_a of the acoustic phonons in eV.
    cutoff : float
        Energy ħω_c at which the coupling to acoustic phonons dies out in eV; about ħ times the speed
        of sound over the radius.
    temperature : float, optional
        Of the lattice in K; by default that of the spectrum it is used for.
    """

    huang_rhys: float = 0.0
    lo_phonon: float = 0.026
    acoustic: float = 0.0
    cutoff: float = 0.002
    temperature: float | None = None

    def __post_init__(self) -> None:
        for name in ("huang_rhys", "acoustic"):
            if _checks.number(name, getattr(self, name)) < 0:
                raise ValueError(f"{name}: must not be negative, got {getattr(self, name):g}")
        for name in ("lo_phonon", "cutoff"):
            if _checks.number(name, getattr(self, name)) <= 0:
                raise ValueError(f"{name}: must be positive (eV), got {getattr(self, name):g}")
        if self.temperature is not None and _checks.number("temperature", self.temperature) < 0:
            raise ValueError(f"temperature: must not be negative (K), got {self.temperature:g}")

    def at(self, temperature: float) -> SpinBoson:
        """Return the same at a temperature in K, unless one is stated already."""
        return self if self.temperature is not None else replace(self, temperature=temperature)

    @property
    def reorganisation(self) -> float:
        """Energy λ in eV that the lattice gains by relaxing around an exciton."""
        return self.huang_rhys * self.lo_phonon + self.acoustic

    @property
    def stokes_shift(self) -> float:
        """Mean energy of absorption less that of emission in eV, 2λ."""
        return 2 * self.reorganisation

    @property
    def variance(self) -> float:
        """Variance of the line in eV² without Γ, ``Σ_j S_j (ħω_j)² (2n_j + 1)``."""
        energies, factors = self._modes(64)
        return float(factors @ (energies**2 * self._doubled(energies)))

    def profile(self, detuning: Array, linewidth: float, emission: bool = False) -> Array:
        """Return the line shape at distances in eV from the vertical absorption at E0, 1/eV.

        Parameters
        ----------
        detuning : array
        linewidth : float
            Γ in eV of a Gaussian ``exp(-(E/Γ)²)`` that every line of the side bands has.
        emission : bool
            The mirror image about the zero-phonon line at -λ.
        """
        # E - (E0 - λ), the other way round in emission
        from_zero_phonons = detuning + self.reorganisation
        if emission:
            from_zero_phonons = -from_zero_phonons
        spline, reach = _table(self, linewidth)
        inside = np.abs(from_zero_phonons) < reach
        return np.where(inside, spline(np.where(inside, from_zero_phonons, 0.0)), 0.0)

    def line_shape_function(self, times: Array) -> NDArray[np.complex128]:
        """Return g(t) for times in 1/eV: the coherence decays as exp(-g)."""
        longest = float(np.abs(times).max(initial=0.0))
        # enough nodes for the phases ω t of the continuum
        energies, factors = self._modes(64 + int(_CUTOFFS * self.cutoff * longest))
        result = np.zeros(times.shape, complex)
        for energy, factor, doubled in zip(energies, factors, self._doubled(energies), strict=True):
            phase = energy * times
            result += factor * (doubled * (1 - np.cos(phase)) + 1j * np.sin(phase))
        return result

    def _modes(self, nodes: int) -> tuple[Array, Array]:
        """Energies and Huang-Rhys factors of all modes, the continuum by Gauss-Legendre nodes."""
        energies, factors = np.array([self.lo_phonon]), np.array([self.huang_rhys])
        if self.acoustic > 0:
            x, weights = np.polynomial.legendre.leggauss(nodes)
            scaled, weights = 0.5 * _CUTOFFS * (x + 1), 0.5 * _CUTOFFS * weights
            spectral = self.acoustic / (2 * self.cutoff) * scaled * np.exp(-scaled)
            energies = np.append(energies, self.cutoff * scaled)
            factors = np.append(factors, weights * spectral)
        return energies, factors

    def _doubled(self, energies: Array) -> Array:
        """Return 2n + 1 of modes."""
        thermal = BOLTZMANN * (self.temperature or 0.0)
        if thermal < 1e-9:  # a hundred-thousandth of a kelvin: no phonons at all
            return np.ones_like(energies)
        return np.asarray(1 / np.tanh(energies / (2 * thermal)))


@lru_cache(maxsize=64)
def _table(shape: SpinBoson, linewidth: float) -> tuple[CubicSpline, float]:
    """Sample absorption around the zero-phonon line; also the distance to which it goes."""
    spread = math.sqrt(0.5 * linewidth**2 + shape.variance)
    quantum = max(shape.lo_phonon * (shape.huang_rhys > 0), shape.cutoff * (shape.acoustic > 0))
    reach = shape.reorganisation + 10 * spread + 30 * quantum
    count = 2 ** math.ceil(math.log2(2 * reach * _STEPS / linewidth))
    reach = 0.5 * count * linewidth / _STEPS
    step = math.pi / reach
    last = min(count // 2 - 1, math.ceil(_LAST / (linewidth * step)))
    times = step * np.arange(last + 1)
    decay = np.exp(-shape.line_shape_function(times) - 0.25 * (linewidth * times) ** 2)
    # A(-t) = A(t)*: twice the real part of the transform over t > 0, with t = 0 counted once
    decay[0] *= 0.5
    values = np.fft.ifft(decay, count) * count
    energies = (np.arange(count) - count // 2) * (2 * math.pi / (count * step))
    spectrum = np.fft.fftshift(values.real) * step / math.pi
    return CubicSpline(energies, spectrum), float(energies[-1])
