"""Copies of a nested iteration to a checkpoint, at the right moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.checkpoint import Checkpoint, Reached

__all__ = ["Keeper", "Kept"]

_NO_VECTORS: NDArray[np.float64] = np.zeros((0, 0))


class Kept(Protocol):
    """What the spaces of all eigensolvers have."""

    values: NDArray[np.float64]
    iterations: int
    complete: bool
    torn: bool  # while its vectors are being changed in place

    @property
    def vectors(self) -> NDArray[Any]:
        """The Ritz vectors."""
        ...


class Keeper:
    """Writes the space of the level at work, every so often and when the work is interrupted.

    As a context manager around the work on a level. Without a checkpoint it does nothing.

    Parameters
    ----------
    checkpoint : Checkpoint or None
    """

    def __init__(self, checkpoint: Checkpoint | None) -> None:
        self._checkpoint = checkpoint
        self._coarser = Reached(0, _NO_VECTORS, (), (), ())
        self._current: tuple[int, Kept] | None = None

    def resume(self, own: NDArray[np.float64] | None) -> Reached | None:
        """Return what the checkpoint holds of the problem with a fingerprint."""
        if self._checkpoint is None or own is None:
            return None
        reached = self._checkpoint.resume(own)
        if reached is not None:
            self._coarser = replace(
                reached,
                vectors=_NO_VECTORS,
                values=reached.values[1:],
                iterations=reached.iterations[1:],
                complete=reached.complete[1:],
            )
        return reached

    def keeping(self, level: int) -> Callable[[Kept], None]:
        """Return what the iteration on a level calls with its space before every step."""

        def keep(space: Kept) -> None:
            self._current = level, space
            if self._checkpoint is not None and self._checkpoint.due():
                self._checkpoint.write(self._reached(level, space))

        return keep

    def finished(self, level: int, space: Kept) -> None:
        """Write the result of a level."""
        reached = replace(self._reached(level, space), finished=True)
        if self._checkpoint is not None:
            self._checkpoint.write(reached)
        self._current = None
        self._coarser = replace(reached, vectors=_NO_VECTORS)

    def _reached(self, level: int, space: Kept) -> Reached:
        before = self._coarser
        return Reached(
            level,
            space.vectors,
            (space.values, *before.values),
            (space.iterations, *before.iterations),
            (space.complete, *before.complete),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        # Ctrl-C: what is there goes to the file, unless it is half changed.
        if isinstance(error, KeyboardInterrupt) and self._checkpoint and self._current:
            level, space = self._current
            if not space.torn:
                self._checkpoint.write(self._reached(level, space))
