"""The matrix polynomial H(k) of one material, with the operator order kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.units import HBAR2_OVER_2M0

__all__ = ["MatrixPolynomial"]

ComplexMatrix = NDArray[np.complex128]

_P_ORBITALS = ("X", "Y", "Z")


@dataclass(frozen=True)
class MatrixPolynomial:
    """H(k) = H0 + Σ_i (A_i k_i + k_i A_i†) + Σ_ij k_i D_ij k_j (+ local spin–orbit term).

    With k → −i∇ every coefficient stays where it is written (Burt–Foreman order); its weak form is
    ∫ ψ†H0ψ + Σ_i [ψ†A_i(−i∂_iψ) + c.c.] + Σ_ij (∂_iψ)†D_ij(∂_jψ). Burt, J. Phys.: Condens. Matter
    4, 6651 (1992); Foreman, Phys. Rev. B 48, 4964 (1993).

    Parameters
    ----------
    orbitals : tuple of str
        Names of the m orbital basis functions. ``X``, ``Y``, ``Z`` turn with the crystal axes.
    second : (3, 3, m, m) complex
        D_ij in eV nm², with D_ij† = D_ji.
    first : (3, m, m) complex, optional
        A_i in eV nm.
    zeroth : (m, m) complex, optional
        H0 in eV.
    spin_orbit : (2m, 2m) complex, optional
        Local coupling of the spin-major basis (orbitals ↑, orbitals ↓) in eV.
    spins : {1, 2}
        1 for models whose orbitals carry no spin (every level is then spin-degenerate).
    places : tuple of int, optional
        Where on the grid each orbital lives: a mask of half steps, 0 for the node.
    """

    orbitals: tuple[str, ...]
    second: ComplexMatrix
    first: ComplexMatrix | None = None
    zeroth: ComplexMatrix | None = None
    spin_orbit: ComplexMatrix | None = None
    spins: int = 1
    places: tuple[int, ...] = field(default=())

    def __post_init__(self) -> None:
        m = len(self.orbitals)
        self._set("second", (3, 3, m, m))
        self._set("first", (3, m, m))
        self._set("zeroth", (m, m))
        if self.spins not in (1, 2):
            raise ValueError(f"spins must be 1 or 2, got {self.spins}")
        if self.spin_orbit is not None:
            if self.spins != 2:
                raise ValueError("spin_orbit needs spins=2")
            self._set("spin_orbit", (2 * m, 2 * m))
        if not self.places:
            object.__setattr__(self, "places", (0,) * m)
        if len(self.places) != m:
            raise ValueError(f"places must name one place for each of the {m} orbitals")
        form = self.form()
        if not np.all(np.isfinite(form)):
            raise ValueError("the coefficients of a k·p polynomial must be finite")
        if np.abs(form - form.conj().T).max() > 1e-10 * (1 + np.abs(form).max()):
            raise ValueError(
                "the polynomial is not Hermitian: second[i, j] must be the adjoint of "
                "second[j, i] and zeroth its own adjoint"
            )

    def _set(self, name: str, shape: tuple[int, ...]) -> None:
        value = getattr(self, name)
        array = np.zeros(shape, complex) if value is None else np.array(value, dtype=complex)
        if array.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
        array.setflags(write=False)
        object.__setattr__(self, name, array)

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of all basis functions, spin included (spin-major)."""
        if self.spins == 1:
            return self.orbitals
        return tuple(orbital + spin for spin in "↑↓" for orbital in self.orbitals)

    def form(self) -> ComplexMatrix:
        """Return M of the quadratic form g†Mg, g = (k_xψ, k_yψ, k_zψ, ψ), shape (4m, 4m)."""
        m = len(self.orbitals)
        assert self.first is not None
        assert self.zeroth is not None
        form = np.zeros((4, m, 4, m), complex)
        for i in range(3):
            for j in range(3):
                form[i, :, j, :] = self.second[i, j]
            form[3, :, i, :] = self.first[i]
            form[i, :, 3, :] = self.first[i].conj().T
        form[3, :, 3, :] = self.zeroth
        return form.reshape(4 * m, 4 * m)

    def hamiltonian(self, k: ArrayLike) -> ComplexMatrix:
        """Return H(k).

        Parameters
        ----------
        k : (..., 3) array_like
            Wave vectors in 1/nm.

        Returns
        -------
        (..., n, n) complex
            n is the number of bands, spin included; eV.
        """
        k = np.asarray(k, dtype=float)
        if k.shape[-1:] != (3,):
            raise ValueError(f"k must have shape (..., 3), got {k.shape}")
        assert self.first is not None
        assert self.zeroth is not None
        linear = np.einsum("...i,iab->...ab", k, self.first)
        orbital = (
            self.zeroth
            + linear
            + np.swapaxes(linear.conj(), -1, -2)
            + np.einsum("...i,...j,ijab->...ab", k, k, self.second)
        )
        if self.spins == 1:
            return np.asarray(orbital, dtype=complex)
        m = len(self.orbitals)
        result = np.zeros((*k.shape[:-1], 2 * m, 2 * m), complex)
        result[..., :m, :m] = orbital
        result[..., m:, m:] = orbital
        if self.spin_orbit is not None:
            result += self.spin_orbit
        return result

    def energies(self, k: ArrayLike) -> NDArray[np.float64]:
        """Return the bulk bands at the wave vectors k (1/nm), ascending, in eV."""
        return np.asarray(np.linalg.eigvalsh(self.hamiltonian(k)), dtype=float)

    def velocity(self, k: ArrayLike) -> ComplexMatrix:
        """Return ∂H/∂k_i at one wave vector, shape (3, n, n), in eV nm."""
        k = np.asarray(k, dtype=float)
        # H is quadratic in k, so the symmetric difference is exact.
        steps = np.eye(3)
        return (self.hamiltonian(k + steps) - self.hamiltonian(k - steps)) / 2

    def masses(self, direction: Sequence[float] = (0.0, 0.0, 1.0)) -> NDArray[np.float64]:
        """Return the band masses at Γ along a direction, in the order of the bands there.

        Second-order perturbation theory within each degenerate level, which is exact at Γ. The
        sign is that of the curvature: holes have negative masses. Unit: electron masses.
        """
        unit = np.asarray(direction, dtype=float)
        if unit.shape != (3,) or not np.linalg.norm(unit) > 0:
            raise ValueError(f"direction must be a vector of 3 numbers, not all zero: {direction}")
        unit = unit / np.linalg.norm(unit)
        h0 = self.hamiltonian(np.zeros(3))
        h1 = (self.hamiltonian(unit) - self.hamiltonian(-unit)) / 2
        h2 = (self.hamiltonian(unit) + self.hamiltonian(-unit)) / 2 - h0
        energy, vector = np.linalg.eigh(h0)
        h1, h2 = (vector.conj().T @ h @ vector for h in (h1, h2))
        curvature = np.zeros(len(energy))
        start = 0
        while start < len(energy):
            level = np.flatnonzero(np.abs(energy - energy[start]) < 1e-9)
            rest = np.setdiff1d(np.arange(len(energy)), level)
            coupling = h1[np.ix_(level, rest)]
            effective = (
                h2[np.ix_(level, level)]
                + (coupling / (energy[start] - energy[rest])) @ coupling.conj().T
            )
            curvature[level] = np.linalg.eigvalsh(effective)
            start = level[-1] + 1
        with np.errstate(divide="ignore"):
            return np.asarray(HBAR2_OVER_2M0 / curvature, dtype=float)

    def rotated(self, rotation: ArrayLike) -> MatrixPolynomial:
        """Return the polynomial of the crystal turned by a rotation matrix (3, 3).

        The tensor indices turn, and the p-like X, Y, Z with them, so that basis and spin stay in
        the frame of the grid and L·σ keeps its form.
        """
        turn = np.asarray(rotation, dtype=float)
        if (
            turn.shape != (3, 3)
            or not np.allclose(turn @ turn.T, np.eye(3), atol=1e-10)
            or np.linalg.det(turn) < 0
        ):
            raise ValueError("rotation must be a proper 3×3 rotation matrix")
        m = len(self.orbitals)
        basis = np.eye(m)
        if all(p in self.orbitals for p in _P_ORBITALS):
            index = [self.orbitals.index(p) for p in _P_ORBITALS]
            basis[np.ix_(index, index)] = turn
        assert self.first is not None
        assert self.zeroth is not None
        second = np.einsum("ik,jl,ac,bd,klcd->ijab", turn, turn, basis, basis, self.second)
        first = np.einsum("ik,ac,bd,kcd->iab", turn, basis, basis, self.first)
        return MatrixPolynomial(
            self.orbitals,
            second,
            first,
            basis @ self.zeroth @ basis.T,
            self.spin_orbit,
            self.spins,
            self.places,
        )

    def shifted(self, energy: float) -> MatrixPolynomial:
        """Return the polynomial with all band edges moved by an energy in eV."""
        assert self.zeroth is not None
        zeroth = self.zeroth + energy * np.eye(len(self.orbitals))
        return MatrixPolynomial(
            self.orbitals,
            self.second,
            self.first,
            zeroth,
            self.spin_orbit,
            self.spins,
            self.places,
        )
