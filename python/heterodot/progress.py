"""Progress bars for long work."""

from __future__ import annotations

from typing import Self

from tqdm import tqdm

__all__ = ["SolverBar"]


class SolverBar:
    """A bar of converged states, with the iteration and the largest residual beside it."""

    def __init__(self, shown: bool, wanted: int, label: str) -> None:
        self._bar = tqdm(total=wanted, desc=label, disable=not shown, leave=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def report(self, iteration: int, converged: int, residual: float) -> None:
        """Show how far an iteration has come."""
        self._bar.n = converged
        self._bar.set_postfix_str(f"iteration {iteration}, residual {residual:.1e} eV")
        self._bar.refresh()

    def of_iteration(self, iteration: int, converged: int, _wanted: int, residual: float) -> None:
        """Show the same, as eigensolvers call it."""
        self.report(iteration, converged, residual)
