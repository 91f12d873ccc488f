"""When an iteration no longer gets anywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Watch"]

_WINDOW = 12  # iterations over which progress is judged
_PATIENCE = 3.0  # how much slower than needed an iteration may seem: most speed up at the end


class Watch:
    """Judges from the residuals of each iteration whether the tolerance will be reached.

    Progress is measured in the digits that the residuals are still to lose, all wanted states taken
    together: one that converges counts, even if the worst does not move yet.

    Parameters
    ----------
    tolerance : float
        What residuals have to reach.
    budget : int
        Iterations allowed.
    """

    def __init__(self, tolerance: float, budget: int) -> None:
        self._tolerance, self._budget = tolerance, budget
        self._left: list[float] = []

    def stalled(self, residuals: NDArray[np.float64]) -> bool:
        """Take note of an iteration's residuals; return whether it is time to try something else."""
        digits = np.log10(np.maximum(residuals, self._tolerance) / self._tolerance)
        now = float(np.sum(digits))
        if (
            self._left and now > self._left[-1] + 1.0
        ):  # a state came to light: it has a start to make
            self._left.clear()
        self._left.append(now)
        self._budget -= 1
        if len(self._left) <= _WINDOW or now == 0.0:
            return False
        gained = max(self._left[-1 - _WINDOW : -1]) - now
        needed = now * _WINDOW / max(gained, 1e-12)
        return needed > _PATIENCE * max(self._budget, _WINDOW)
