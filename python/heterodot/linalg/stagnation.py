"""When an iteration no longer gets anywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Watch"]

_WINDOW = 12  # iterations over which progress is judged
_SHORT = 6  # iterations after which an iteration may be called slow
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
        self._open = 0
        self._since = 0  # iterations since the preconditioner was changed

    def slow(self) -> bool:
        """Return whether lately each state has gained less than a digit in six iterations.

        True once in a while only: what is changed then needs time to show.
        """
        if len(self._left) <= _SHORT or self._since < _SHORT:
            return False
        if self._left[-1 - _SHORT] - self._left[-1] >= self._open:
            return False
        self._since = 0
        return True

    def stalled(self, residuals: NDArray[np.float64]) -> bool:
        """Take note of an iteration's residuals; return whether it is time to try something else."""
        digits = np.log10(np.maximum(residuals, self._tolerance) / self._tolerance)
        now, self._open = float(np.sum(digits)), int(np.count_nonzero(digits))
        self._since += 1
        if self._left and (now > self._left[-1] + 1.0 or self._left[-1] == 0.0 < now):
            # A state came to light, or one that had converged has moved: it has a start to make.
            self._left.clear()
        self._left.append(now)
        self._budget -= 1
        if len(self._left) <= _WINDOW or now == 0.0:
            return False
        gained = max(self._left[-1 - _WINDOW : -1]) - now
        needed = now * _WINDOW / max(gained, 1e-12)
        return needed > _PATIENCE * max(self._budget, _WINDOW)
