"""How many excitons the nanocrystals of an ensemble hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaln, xlogy

from heterodot import _checks

__all__ = ["AugerCollapsed", "Fixed", "Given", "Occupancy", "Poisson"]

Probabilities = NDArray[np.float64]


class Occupancy(Protocol):
    """Probabilities of 0, 1 and at least 2 excitons, and the family they belong to.

    Spectra and gain know the vacuum, X and XX: nanocrystals with two and more excitons all count
    as XX.
    """

    @property
    def mean(self) -> float:
        """Mean number of excitons ⟨N⟩ (the parameter that a threshold is given in)."""

    @property
    def probabilities(self) -> Probabilities:
        """Probabilities of 0, 1 and at least 2 excitons, shape (3,)."""

    def up_to(self, most: int) -> Probabilities:
        """Return the probabilities of 0, 1, ... and at least `most` excitons, shape (most + 1,)."""

    def with_mean(self, mean: float) -> Occupancy:
        """Return the member of the same family with another mean."""


def _lumped(probabilities: Sequence[float] | Probabilities, most: int) -> Probabilities:
    """Return the first probabilities, with all from `most` on in the last."""
    p = np.concatenate([np.asarray(probabilities, float), np.zeros(most + 1)])
    return np.append(p[:most], p[most:].sum())


def _mean(value: object) -> float:
    mean = _checks.number("mean", value)
    if mean < 0:
        raise ValueError(f"mean: the number of excitons must not be negative, got {mean:g}")
    return mean


@dataclass(frozen=True)
class Poisson:
    """Poisson distribution: every photon is absorbed independently of the others.

    Parameters
    ----------
    mean : float
        Mean number of excitons ⟨N⟩.
    """

    mean: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", _mean(self.mean))

    @property
    def probabilities(self) -> Probabilities:
        """Probabilities of 0, 1 and at least 2 excitons."""
        n = self.mean
        empty = math.exp(-n)
        # 1 - (1 + n) exp(-n) without cancellation for small n
        return np.array([empty, n * empty, -math.expm1(-n) - n * empty])

    def up_to(self, most: int) -> Probabilities:
        """Return the probabilities of 0, 1, ... and at least `most` excitons."""
        # The tail P(N ≥ m) is the regularised incomplete gamma function of m at ⟨N⟩.
        n = np.arange(most)
        terms = np.exp(xlogy(n, self.mean) - self.mean - gammaln(n + 1))
        return np.append(terms, gammainc(most, self.mean))

    def with_mean(self, mean: float) -> Self:
        """Return the Poisson distribution of another mean."""
        return type(self)(mean)


@dataclass(frozen=True)
class AugerCollapsed:
    """Poisson distribution after Auger recombination: what held several excitons holds one.

    Parameters
    ----------
    mean : float
        Mean number of excitons ⟨N⟩ *before* the collapse; ``P_0 = exp(-⟨N⟩)``, ``P_1 = 1 - P_0``.
    """

    mean: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", _mean(self.mean))

    @property
    def probabilities(self) -> Probabilities:
        """Probabilities of 0, 1 and at least 2 excitons."""
        return np.array([math.exp(-self.mean), -math.expm1(-self.mean), 0.0])

    def up_to(self, most: int) -> Probabilities:
        """Return the probabilities of 0, 1, ... and at least `most` excitons."""
        return _lumped(self.probabilities, most)

    def with_mean(self, mean: float) -> Self:
        """Return the collapsed Poisson distribution of another mean."""
        return type(self)(mean)


@dataclass(frozen=True)
class Fixed:
    """No spread: every nanocrystal holds the mean number of excitons, as nearly as integers allow.

    A mean between two integers is a mixture of the two: ``Fixed(0.7)`` is 30 % empty, 70 % X.

    Parameters
    ----------
    mean : float
        Mean number of excitons ⟨N⟩; up to 1 it is the fraction n_X of nanocrystals with an exciton.
    """

    mean: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", _mean(self.mean))

    @property
    def probabilities(self) -> Probabilities:
        """Probabilities of 0, 1 and at least 2 excitons."""
        n = self.mean
        return np.array([max(0.0, 1 - n), max(0.0, 1 - abs(n - 1)), min(1.0, max(0.0, n - 1))])

    def up_to(self, most: int) -> Probabilities:
        """Return the probabilities of 0, 1, ... and at least `most` excitons."""
        numbers = np.arange(max(most, math.ceil(self.mean)) + 1)
        return _lumped(np.maximum(0.0, 1 - abs(self.mean - numbers)), most)

    def with_mean(self, mean: float) -> Self:
        """Return the distribution without spread of another mean."""
        return type(self)(mean)


@dataclass(frozen=True)
class Given:
    """Measured or calculated probabilities.

    Parameters
    ----------
    given : sequence of float
        Probabilities of 0, 1, 2, ... excitons; they must sum to one.
    """

    given: tuple[float, ...]

    def __init__(self, given: Sequence[float]) -> None:
        numbers = tuple(_checks.number(f"given[{i}]", p) for i, p in enumerate(given))
        if not numbers or min(numbers) < 0 or abs(sum(numbers) - 1) > 1e-9:
            raise ValueError(
                "given: probabilities of 0, 1, 2, ... excitons must not be negative and must sum "
                f"to one, got {numbers} with the sum {sum(numbers):g}"
            )
        object.__setattr__(self, "given", numbers)

    @property
    def mean(self) -> float:
        """Mean number of excitons ⟨N⟩."""
        return sum(n * p for n, p in enumerate(self.given))

    @property
    def probabilities(self) -> Probabilities:
        """Probabilities of 0, 1 and at least 2 excitons."""
        return self.up_to(2)

    def up_to(self, most: int) -> Probabilities:
        """Return the probabilities of 0, 1, ... and at least `most` excitons."""
        return _lumped(self.given, most)

    def with_mean(self, mean: float) -> Self:
        """Refuse: single probabilities belong to no family."""
        raise ValueError(
            "Given probabilities have no mean that could be varied: a threshold needs a family of "
            "distributions, Poisson, AugerCollapsed or Fixed"
        )
