"""The matrix polynomial H(k) of one material, with the operator order kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heterodot.kp.wave_vector import Entry, coefficients
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
    spinful : bool
        The basis functions carry spin themselves (``spins`` is then 1), the second half of them
        being the partners of the first under time reversal: T(F₁, F₂) = (F₂*, −F₁*). For models
        whose terms in k mix spins.
    below_gap : int
        Number of bands (spin included) below the gap, for a polynomial of both carriers.
    turn : callable, optional
        ``turn(rotation)`` -> (m, m) unitary matrix by which the basis functions turn with the
        crystal. By default ``X``, ``Y``, ``Z`` turn as a vector and all others stay.
    """

    orbitals: tuple[str, ...]
    second: ComplexMatrix
    first: ComplexMatrix | None = None
    zeroth: ComplexMatrix | None = None
    spin_orbit: ComplexMatrix | None = None
    spins: int = 1
    places: tuple[int, ...] = field(default=())
    spinful: bool = False
    below_gap: int = 0
    turn: Callable[[NDArray[np.float64]], ComplexMatrix] | None = None

    @classmethod
    def from_matrix(
        cls, orbitals: Sequence[str], matrix: Sequence[Sequence[Entry]], **options: Any
    ) -> MatrixPolynomial:
        """Build the polynomial from a matrix written with ``kx``, ``ky``, ``kz``.

        Every coefficient stays where it is written, see :mod:`heterodot.kp.wave_vector`.

        Parameters
        ----------
        orbitals : sequence of str
            Names of the m basis functions.
        matrix : (m, m) nested sequence
            Entries in eV, with k in 1/nm.
        **options
            The other parameters of the class.

        Examples
        --------
        >>> from heterodot.kp import MatrixPolynomial, kx, ky, kz
        >>> P, E = 0.8, 0.2
        >>> two = MatrixPolynomial.from_matrix(
        ...     ("S", "Z"),
        ...     [[E,           1j * P * kz],
        ...      [-1j * kz * P, -E        ]])
        >>> float(two.energies([0.0, 0.0, 0.5])[1])  # sqrt(E² + P²k²)
        0.447213595499958
        """
        second, first, zeroth = coefficients(matrix)
        return cls(tuple(orbitals), second, first, zeroth, **options)

    def __post_init__(self) -> None:
        m = len(self.orbitals)
        self._set("second", (3, 3, m, m))
        self._set("first", (3, m, m))
        self._set("zeroth", (m, m))
        if self.spins not in (1, 2):
            raise ValueError(f"spins must be 1 or 2, got {self.spins}")
        if self.spinful and (self.spins != 1 or m % 2):
            raise ValueError("spinful orbitals come in pairs and need spins=1")
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

    @property
    def spin_degenerate(self) -> bool:
        """Whether the bands carry no spin, so that every level counts twice."""
        return self.spins == 1 and not self.spinful

    def edge(self, sign: float) -> float:
        """Return the band edge at Γ in eV: of electrons for sign +1, of holes for −1."""
        energies = self.energies(np.zeros(3))
        return float(
            energies[self.below_gap if sign > 0 else (self.below_gap or len(energies)) - 1]
        )

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
        basis = np.asarray(self._basis_turn(turn), dtype=complex)
        assert self.first is not None
        assert self.zeroth is not None
        back = basis.conj()
        return replace(
            self,
            second=np.einsum("ik,jl,ac,bd,klcd->ijab", turn, turn, basis, back, self.second),
            first=np.einsum("ik,ac,bd,kcd->iab", turn, basis, back, self.first),
            zeroth=basis @ self.zeroth @ back.T,
        )

    def _basis_turn(self, rotation: NDArray[np.float64]) -> ArrayLike:
        if self.turn is not None:
            return self.turn(rotation)
        basis = np.eye(len(self.orbitals))
        if all(p in self.orbitals for p in _P_ORBITALS):
            index = [self.orbitals.index(p) for p in _P_ORBITALS]
            basis[np.ix_(index, index)] = rotation
        return basis

    def with_local(self, matrix: ArrayLike) -> MatrixPolynomial:
        """Return the polynomial plus a local term (m, m) in eV."""
        assert self.zeroth is not None
        return replace(self, zeroth=self.zeroth + np.asarray(matrix))

    def shifted(self, energy: float) -> MatrixPolynomial:
        """Return the polynomial with all band edges moved by an energy in eV."""
        assert self.zeroth is not None
        return replace(self, zeroth=self.zeroth + energy * np.eye(len(self.orbitals)))
