"""An operator, its sign, its kind of numbers and its preconditioner, as the eigensolver sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.linalg.block_algebra import (
    Algebra,
    Block,
    PlainAlgebra,
    calls,
    write_products,
    write_products_in_single,
)
from heterodot.linalg.kramers import KramersAlgebra

__all__ = ["Problem", "prolonged"]

_HIGHEST_DEGREE = 12  # of a smoother, which InAs and InSb converge with


class Problem:
    """Find the lowest eigenpairs of sign·H for one operator.

    Parameters
    ----------
    operator : object
        With ``size`` and ``apply``; see :func:`heterodot.linalg.eigensolver.lowest_eigenpairs`.
    sign : float
        1 or −1.
    kramers : bool
        Whether vectors stand for Kramers pairs.
    coarser : sequence of operator
        Operators of the coarser grids, for multigrid.
    preconditioner : object, optional
        Replaces the default.
    degree : int, optional
        Of the smoother of multigrid. By default 2 for one orbital; with several, heavy along one
        direction and light along another, 3 saves more iterations than it costs.
    distance : float
        How far below the lowest value the shift of the preconditioner lies, relative to the usual.
    """

    def __init__(
        self,
        operator: Any,
        sign: float,
        kramers: bool,
        coarser: Sequence[Any] = (),
        preconditioner: Any = None,
        degree: int | None = None,
        distance: float = 1.0,
    ) -> None:
        self.operator = operator
        self.sign = sign
        self.size = int(operator.size)
        self.real = bool(
            not kramers and getattr(operator, "is_real", False) and hasattr(operator, "apply_real")
        )
        self.algebra: Algebra = KramersAlgebra() if kramers else PlainAlgebra()
        active = getattr(operator, "active", None)
        self.active: NDArray[np.bool_] | None = None
        if callable(active):
            mask = np.asarray(active(), dtype=bool)
            self.active = None if mask.all() else mask
        self.unknowns = self.size if self.active is None else int(self.active.sum())
        self.shift: float | None = None
        # Lowest values of sign·H on this level and on the coarser ones, as far as they are known.
        self.lowest: list[float] = []
        self._coarser = tuple(coarser)
        self._given = preconditioner
        several = getattr(operator, "orbitals", 1) > 1
        self._degree = degree or (3 if several else 2)
        self._distance = distance
        self._multigrid: _core.Multigrid | None = None
        self._diagonal: NDArray[np.float64] | None = None
        if preconditioner is None and not isinstance(operator, _core.StencilOperator):
            diagonal = getattr(operator, "diagonal", None)
            if diagonal is not None:
                values = diagonal() if callable(diagonal) else diagonal
                self._diagonal = sign * np.asarray(values, dtype=float)

    @property
    def kind(self) -> type:
        """Type of the numbers of a vector."""
        return float if self.real else complex

    @property
    def single(self) -> type:
        """The same in single precision."""
        return np.float32 if self.real else np.complex64

    @property
    def independent(self) -> int:
        """How many independent vectors there are (with Kramers pairs: pairs)."""
        return self.unknowns // self.algebra.width

    def apply(self, block: Block, out: Block) -> None:
        """Write H (without the sign) applied to every row to ``out``."""
        write_products(self.operator, block, out)

    def apply_in_single(self, block: Block, out: Block) -> None:
        """Write H applied to every row in single precision to ``out``."""
        write_products_in_single(self.operator, block, out)

    def precondition(self, block: Block, out: Block | None = None) -> Block:
        """Return an approximation of (sign·H − shift)⁻¹ applied to every row.

        Multigrid works in single precision. The result may go to a given block, or the block itself.
        """
        if self.shift is not None and self._given is None and self._multigrid is not None:
            single: Block = block.astype(self.single, copy=False)
            to = single if out is None else out
            for rows in calls(single):
                cycle = self._multigrid.apply_real if self.real else self._multigrid.apply
                cycle(single[rows], out=to[rows])
            return to
        result = self._without_multigrid(block)
        if out is None:
            return result
        out[:] = result
        return out

    def _without_multigrid(self, block: Block) -> Block:
        if self.shift is None:
            return block
        if self._given is not None:
            return np.asarray(self._given.apply(block))
        if self._diagonal is not None:
            distance = self._diagonal - self.shift
            least = 1e-2 * float(np.mean(np.abs(distance))) + 1e-300
            quotient: Block = block / np.maximum(distance, least)
            return quotient
        return block

    def set_shift(self, shift: float) -> None:
        """Put the shift of the preconditioner below the wanted eigenvalues of sign·H."""
        self.shift = shift
        if self._given is None and isinstance(self.operator, _core.StencilOperator):
            if self._multigrid is None:
                self._multigrid = _core.Multigrid(
                    [self.operator, *self._coarser], sign=self.sign, degree=self._degree
                )
            moves = [value - self.lowest[0] for value in self.lowest[: 1 + len(self._coarser)]]
            if self.lowest:
                shift -= (self._distance - 1.0) * (self.lowest[0] - shift)
            self._multigrid.set_shifts([shift + move for move in moves] or [shift])

    def strengthen(self) -> None:
        """Give multigrid a smoother of twice the degree, up to the highest.

        Where bands differ much in mass the energy of heavy waves of the grid's scale is a small part
        of the largest one, and a polynomial has to be of a higher degree to reach down to it.
        """
        if self._multigrid is None or self.shift is None or self._degree >= _HIGHEST_DEGREE:
            return
        self._degree = min(2 * self._degree, _HIGHEST_DEGREE)
        self._multigrid = None
        self.set_shift(self.shift)

    def random(self, count: int, random: np.random.Generator) -> Block:
        """Return random vectors."""
        block: Block = random.standard_normal((count, self.size))
        if not self.real:
            block = block + 1j * random.standard_normal((count, self.size))
        if self.active is not None:
            block *= self.active
        return block


def prolonged(coarse: Problem, fine: Problem, block: Block) -> Block:
    """Interpolate vectors of one level to the next finer one."""
    if fine.real:
        return _core.prolong_real(coarse.operator, fine.operator, block)
    return _core.prolong(coarse.operator, fine.operator, block)
