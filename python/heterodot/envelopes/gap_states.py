"""States on both sides of the gap of models that hold electrons and holes in one spectrum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.envelopes.hamiltonian import Hamiltonian
from heterodot.envelopes.shift_invert import Unprepared, shift_invert
from heterodot.kp.model import Carrier
from heterodot.linalg.checkpoint import Checkpoint
from heterodot.linalg.definite_parts import DefinitePart, DefiniteParts
from heterodot.linalg.eigensolver import Eigenpairs, Progress, guard_count
from heterodot.linalg.interior import InteriorLevel, interior_eigenpairs

__all__ = ["common_gap", "gap_eigenpairs", "gap_sides"]

_BESIDE = 0.05  # distance of the shifts of multigrid from the band edges, in gaps


def common_gap(hamiltonian: Hamiltonian, carrier: Carrier) -> tuple[float, float]:
    """Return the highest valence and the lowest conduction edge in eV, a potential included.

    Raises
    ------
    ValueError
        If no energy lies in the gap everywhere.
    """
    polynomials = hamiltonian.polynomials(carrier)
    below = np.array([polynomial.edge(-1.0) for polynomial in polynomials])
    above = np.array([polynomial.edge(1.0) for polynomial in polynomials])
    potential = hamiltonian.potential(carrier)
    if potential is None:
        valence, conduction = float(below.max()), float(above.min())
    else:
        present = hamiltonian.voxels.fractions()[: len(polynomials)] > 1e-9
        anywhere = present.any(axis=0)
        tops = np.where(present, below[:, None, None, None], -np.inf).max(axis=0)
        bottoms = np.where(present, above[:, None, None, None], np.inf).min(axis=0)
        valence = float((tops + potential)[anywhere].max())
        conduction = float((bottoms + potential)[anywhere].min())
    if not valence < conduction:
        raise ValueError(
            f"no energy lies in the gap everywhere: valence bands reach {valence:.3f} eV, "
            f"conduction bands {conduction:.3f} eV, so that electrons and holes are not told "
            "apart; use a weaker potential, or a model that treats them separately"
        )
    return valence, conduction


def gap_eigenpairs(
    hamiltonian: Hamiltonian,
    pairs: Mapping[Carrier, int],
    tolerance: float,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
) -> dict[Carrier, Eigenpairs]:
    """Return Kramers pairs of electrons above and of holes below the gap.

    Where bands know nothing of spin, one state of each pair.

    Parameters
    ----------
    hamiltonian : Hamiltonian
        Of a model with bands below the gap.
    pairs : mapping
        Numbers of pairs by carrier. Both are found together where they share the operator.
    tolerance : float
        Largest residual norm in eV.
    progress : callable, optional
        See :func:`heterodot.linalg.interior.interior_eigenpairs`.
    checkpoint : Path, optional
        File that keeps what has been reached.
    """
    found: dict[Carrier, Eigenpairs] = {}
    asked: list[Carrier] = [carrier for carrier, count in pairs.items() if count]
    groups = [asked] if hamiltonian.joint else [[carrier] for carrier in asked]
    for group in groups:
        above = pairs["electron"] if "electron" in group else 0
        below = pairs["hole"] if "hole" in group else 0
        shift = float(np.mean(common_gap(hamiltonian, group[0])))
        if elliptic := _elliptic(hamiltonian):
            levels, guess = gap_levels(hamiltonian, group[0], shift, above + below), None
        else:
            levels = [InteriorLevel(hamiltonian.operator(group[0]), Unprepared())]
            guess = shift_invert(hamiltonian, group[0], shift, above, below)
        result = interior_eigenpairs(
            levels,
            above,
            below,
            shift,
            kramers=not hamiltonian.spin_degenerate(group[0]),
            tolerance=tolerance,
            guess=guess,
            progress=progress,
            follow=not any(hamiltonian.grid.periodic),
            fallback=elliptic,
            checkpoint=None if checkpoint is None else Checkpoint(checkpoint, "+".join(group)),
        )
        sides = {"electron": result.above, "hole": result.below}
        found |= {carrier: sides[carrier] for carrier in group}
    return found


def _elliptic(hamiltonian: Hamiltonian) -> bool:
    """Whether the valence and conduction bands are bounded on their side in every material."""
    verdicts = [hamiltonian.model.verdict(r.material) for r in hamiltonian.nanocrystal.regions]
    return all(verdict is None or verdict.elliptic for verdict in verdicts)


def gap_levels(
    hamiltonian: Hamiltonian, carrier: Carrier, shift: float, pairs: int
) -> list[InteriorLevel]:
    """Return the operators on ever coarser grids with their preconditioners."""
    operators = hamiltonian.levels(carrier)
    valence, conduction = common_gap(hamiltonian, carrier)
    beside = (
        valence + _BESIDE * (conduction - valence),
        conduction - _BESIDE * (conduction - valence),
    )
    rows = pairs + 4 * guard_count(pairs)
    levels: list[InteriorLevel] = []
    for number, operator in enumerate(operators):
        if number and np.count_nonzero(operator.active()) < 16 * rows:
            break
        preconditioner = _Parts(hamiltonian, carrier, shift, number)
        lower = _Inverse(operators[number:], beside[0])
        upper = _Inverse(operators[number:], beside[1], lower)
        levels.append(
            InteriorLevel(operator, preconditioner, _prolonging(operators, number), (lower, upper))
        )
    return levels


class _Parts:
    """Definite parts that are built when they are asked for: the finest grid may never need them."""

    def __init__(
        self, hamiltonian: Hamiltonian, carrier: Carrier, shift: float, level: int
    ) -> None:
        self._of = hamiltonian, carrier, shift, level

    @cached_property
    def _built(self) -> DefiniteParts:
        hamiltonian, carrier, shift, level = self._of
        first = hamiltonian.polynomials(carrier)[0]
        parts = [
            DefinitePart(orbitals, sign, hamiltonian.parts(carrier, orbitals, level))
            for orbitals, sign in gap_sides(hamiltonian, carrier, shift)
        ]
        return DefiniteParts(parts, first.spins, len(first.orbitals), shift)

    def apply(self, block: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """Return the approximate |H − σ|⁻¹ applied to every row."""
        return self._built.apply(block)

    def smoothed(self, count: int, sign: float, random: np.random.Generator) -> NDArray[Any]:
        """Return random vectors, mostly of eigenvalues above (1) or below (−1) the shift."""
        return self._built.smoothed(count, sign, random)


class _Inverse:
    """A multigrid cycle on the whole operator, shifted to one side of the gap."""

    def __init__(
        self,
        operators: Sequence[_core.StencilOperator],
        shift: float,
        beside: _Inverse | None = None,
    ) -> None:
        self.shift = shift
        shared: _core.ResidualMultigrid | None = None if beside is None else beside._multigrid
        self._multigrid: _core.ResidualMultigrid = _core.ResidualMultigrid(operators, shift, shared)

    def set_shifts(self, shifts: Sequence[float]) -> None:
        """Move σ, here and on coarser grids."""
        self.shift = shifts[0]
        self._multigrid.set_shifts(shifts)

    def apply(
        self, block: NDArray[np.complex64], out: tuple[NDArray[np.complex64], NDArray[np.complex64]]
    ) -> None:
        """Write x ≈ (H − σ)⁻¹ b of every row, and b − (H − σ) x."""
        self._multigrid.apply(block, out=out)


def gap_sides(
    hamiltonian: Hamiltonian, carrier: Carrier, shift: float
) -> list[tuple[tuple[int, ...], float]]:
    """Orbitals that lie above the shift in every region, and those that lie below."""
    polynomials = hamiltonian.polynomials(carrier)
    local = np.array([p.zeroth for p in polynomials])
    edges: NDArray[np.float64] = np.diagonal(local, axis1=1, axis2=2).real
    above = np.mean(edges, axis=0) > shift
    numbers = np.arange(len(above))
    return [
        (tuple(int(n) for n in numbers[above]), 1.0),
        (tuple(int(n) for n in numbers[~above]), -1.0),
    ]


def _prolonging(
    operators: tuple[_core.StencilOperator, ...], number: int
) -> Callable[[NDArray[np.complex128]], NDArray[np.complex128]] | None:
    if number == 0:
        return None
    coarse, fine = operators[number], operators[number - 1]
    return lambda block: _core.prolong(coarse, fine, block)
