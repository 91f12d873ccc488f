"""Wave vectors that keep the operator order, so that a Hamiltonian is written as in its paper.

``A * kx`` is the operator A(r) k_x and ``kx * A`` is k_x A(r); ``kx * A * ky`` differentiates on
both sides of A. The numbers are those of one material, and they stay where they are written; signs
and 1j take no place beside another coefficient: ``-1j * kx * A`` is ``kx * (-1j * A)``.

>>> from heterodot.kp.wave_vector import kx, ky
>>> kx * 2.0 * ky + 3.0
3 + kx 2 ky
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Entry", "Expression", "coefficients", "kx", "ky", "kz"]

ComplexMatrix = NDArray[np.complex128]
_NAMES = ("kx", "ky", "kz")
_PHASES = (1j, -1j, 1, -1)
# Components of k to the left and to the right of the coefficient; None while no coefficient is
# placed (a bare k times a factor that does not vary in space).
_Key = tuple[tuple[int, ...], "tuple[int, ...] | None"]


class Expression:
    """A sum of terms (k_i) c (k_j) with their coefficients in place."""

    # numpy numbers leave products and sums to this class
    __array_ufunc__ = None

    def __init__(self, terms: Mapping[_Key, complex]) -> None:
        self.terms = dict(terms)

    def __mul__(self, other: Entry) -> Expression:
        product: dict[_Key, complex] = {}
        for (left, right), a in self.terms.items():
            for (other_left, other_right), b in _as_expression(other).terms.items():
                if right is None:  # a bare k: what follows keeps its place
                    key = (left + other_left, other_right)
                elif other_right is None:
                    key = (left, right + other_left)
                elif not right and not other_left:
                    key = (left, other_right)
                elif not left and not (other_left or other_right) and a in _PHASES:
                    key = (right, ())  # 1j * kx * A is kx * (1j * A)
                elif not (other_left or other_right) and b in _PHASES:
                    key = (left, right)
                else:
                    raise ValueError(
                        "two coefficients with a k between them are no k·p term; put factors "
                        "together, as in kx * (2 * A)"
                    )
                if len(key[0]) > 1 and key[1] is not None or len(key[1] or ()) > 1:
                    raise ValueError(
                        "place each coefficient between the two k, as in kx * A * ky: at most one "
                        "k may stand on either side"
                    )
                product[key] = product.get(key, 0.0) + a * b
        return Expression(product)

    def __rmul__(self, other: Entry) -> Expression:
        return _as_expression(other) * self

    def __add__(self, other: Entry) -> Expression:
        total = dict(self.terms)
        for key, value in _as_expression(other).terms.items():
            total[key] = total.get(key, 0.0) + value
        return Expression(total)

    __radd__ = __add__

    def __neg__(self) -> Expression:
        return Expression({key: -value for key, value in self.terms.items()})

    def __sub__(self, other: Entry) -> Expression:
        return self + -_as_expression(other)

    def __rsub__(self, other: Entry) -> Expression:
        return _as_expression(other) - self

    def scaled(self, factor: complex) -> Expression:
        """Return it times a number that does not vary in space, so that no place is taken."""
        return Expression({key: value * factor for key, value in self.terms.items()})

    def __truediv__(self, factor: complex) -> Expression:
        return self.scaled(1 / factor)

    def placed(self) -> dict[tuple[int | None, int | None], complex]:
        """Return coefficients by the k to their left and right; a bare k₁k₂ is k₁·1·k₂."""
        found: dict[tuple[int | None, int | None], complex] = {}
        for (left, right), value in self.terms.items():
            if right is None:
                if len(left) > 2:
                    raise ValueError("a k·p term is at most quadratic in k")
                if len(left) == 1:  # (k 1 + 1 k)/2
                    for key in ((left[0], None), (None, left[0])):
                        found[key] = found.get(key, 0.0) + value / 2
                    continue
                pair: tuple[int | None, int | None] = (left[0], left[1])
            else:
                pair = (left[0] if left else None, right[0] if right else None)
            found[pair] = found.get(pair, 0.0) + value
        return found

    def __repr__(self) -> str:
        words = []
        for (left, right), value in sorted(self.terms.items(), key=lambda item: len(item[0][0])):
            number = f"{value.real:g}" if complex(value).imag == 0 else f"({value:g})"
            words.append(
                " ".join([*(_NAMES[i] for i in left), number, *(_NAMES[i] for i in right or ())])
            )
        return " + ".join(words) if words else "0"


Entry = Expression | complex | float | int

kx, ky, kz = (Expression({((i,), None): 1.0}) for i in range(3))


def _as_expression(value: Entry) -> Expression:
    if isinstance(value, Expression):
        return value
    if np.ndim(value) != 0 or np.asarray(value).dtype.kind not in "iufc":
        raise TypeError(f"a k·p term is made of numbers, kx, ky and kz; got {value!r}")
    return Expression({((), ()): complex(value)})


def coefficients(
    matrix: Sequence[Sequence[Entry]],
) -> tuple[ComplexMatrix, ComplexMatrix, ComplexMatrix]:
    """Return D_ij (3, 3, m, m), A_i (3, m, m) and H0 (m, m) of a matrix of expressions.

    Raises
    ------
    ValueError
        If the matrix is not square, or if its terms linear in k are not Hermitian.
    """
    m = len(matrix)
    if any(len(row) != m for row in matrix):
        raise ValueError("the matrix of a k·p polynomial must be square")
    second = np.zeros((3, 3, m, m), complex)
    before = np.zeros((3, m, m), complex)  # k_i c
    after = np.zeros((3, m, m), complex)  # c k_i
    zeroth = np.zeros((m, m), complex)
    for a, row in enumerate(matrix):
        for b, entry in enumerate(row):
            for (left, right), value in _as_expression(entry).placed().items():
                if left is not None and right is not None:
                    second[left, right, a, b] += value
                elif right is not None:
                    after[right, a, b] += value
                elif left is not None:
                    before[left, a, b] += value
                else:
                    zeroth[a, b] += value
    if np.abs(before - after.conj().swapaxes(-1, -2)).max(initial=0.0) > 1e-12 * (
        1 + np.abs(after).max(initial=0.0)
    ):
        raise ValueError(
            "the terms linear in k are not Hermitian: where entry (a, b) has c * kx, entry (b, a) "
            "needs kx * conj(c)"
        )
    return second, after, zeroth
