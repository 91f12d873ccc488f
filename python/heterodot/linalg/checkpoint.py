"""What an eigensolver has reached, in a file: to go on with after an interruption."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

__all__ = ["Checkpoint", "Reached", "fingerprint"]

_SEED = 71
_ALIKE = 1e-11  # relative; products of another order of sums differ by less
_INTERVAL = 60.0  # seconds between two copies
_SHARE = 20.0  # a copy may cost one part in so many of the time

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Reached:
    """The state of a nested iteration.

    Attributes
    ----------
    level : int
        Which operator the vectors belong to, 0 for the finest.
    vectors : (any, size) array
    values : tuple of arrays
        Ritz values of this level and of the coarser ones, the finest first.
    iterations : tuple of int
        Iterations on these levels.
    complete : tuple of bool
        Whether random probes had settled on these levels.
    finished : bool
        Whether nothing was left to do on this level.
    """

    level: int
    vectors: NDArray[Any]
    values: tuple[NDArray[np.float64], ...]
    iterations: tuple[int, ...]
    complete: tuple[bool, ...]
    finished: bool = False


def fingerprint(operators: Sequence[Any], *numbers: float) -> NDArray[np.float64]:
    """Return numbers that tell one problem from another: from products with random vectors.

    Parameters
    ----------
    operators : sequence of operator
        The levels.
    *numbers : float
        What else makes up the problem.
    """
    finest = operators[0]
    random = np.random.default_rng(_SEED)
    vector = random.standard_normal((1, finest.size)) + 0j
    mask = getattr(finest, "active", None)
    if mask is not None:
        vector *= np.asarray(mask(), bool)
    image = np.asarray(finest.apply(vector))
    weights = np.linspace(1.0, 2.0, finest.size)
    return np.array(
        [
            *(operator.size for operator in operators),
            np.linalg.norm(image),
            np.vdot(vector, image).real / np.linalg.norm(vector),
            np.linalg.norm(weights * image),
            *numbers,
        ]
    )


class Checkpoint:
    """A file that is written after each level and every so often on each of them.

    Parameters
    ----------
    path : path
        HDF5 file; made when there is something to keep.
    name : str
        Which of several problems in the same file.
    interval : float
        Seconds between two copies; more where a copy takes long.
    """

    def __init__(self, path: PathLike, name: str, interval: float = _INTERVAL) -> None:
        self._path, self._name = Path(path), name
        self._interval, self._last = interval, time.monotonic()
        self._print: NDArray[np.float64] = np.zeros(0)
        if not self._path.parent.is_dir():
            raise ValueError(f"checkpoint: there is no folder {self._path.parent}")

    def resume(self, own: NDArray[np.float64]) -> Reached | None:
        """Return what has been reached on the problem with this fingerprint, None if nothing.

        Raises
        ------
        ValueError
            If the file is of another problem, or no checkpoint at all.
        """
        self._print = own
        if not self._path.exists():
            return None
        try:
            with h5py.File(self._path, "r") as file:
                if self._name not in file:
                    if "heterodot_checkpoint" not in file.attrs:
                        raise ValueError(f"{self._path} is no checkpoint of heterodot's")
                    return None
                return self._read(file[self._name], own)
        except OSError as wrong:
            raise ValueError(f"{self._path} is no checkpoint that can be read: {wrong}") from wrong

    def _read(self, group: Any, own: NDArray[np.float64]) -> Reached:
        stored = np.asarray(group["fingerprint"])
        if stored.shape != own.shape or not np.allclose(stored, own, rtol=_ALIKE, atol=0.0):
            raise ValueError(
                f"the checkpoint {self._path} ({self._name}) belongs to another Hamiltonian or to "
                "other numbers of states; give another file name, or delete it to start anew"
            )
        count = len(group["iterations"])
        return Reached(
            int(group.attrs["level"]),
            np.asarray(group["vectors"]),
            tuple(np.asarray(group[f"values{n}"]) for n in range(count)),
            tuple(int(n) for n in group["iterations"]),
            tuple(bool(c) for c in group["complete"]),
            bool(group.attrs["finished"]),
        )

    def due(self) -> bool:
        """Return whether the last copy is old enough for another one."""
        return time.monotonic() - self._last > self._interval

    def write(self, reached: Reached) -> None:
        """Replace the copy in the file; what it holds of other problems stays."""
        begin = time.monotonic()
        beside = self._path.with_name(self._path.name + ".part")
        try:
            with h5py.File(beside, "w") as file:
                file.attrs["heterodot_checkpoint"] = 1
                if self._path.exists():
                    with h5py.File(self._path, "r") as before:
                        for name in before:
                            if name != self._name:
                                before.copy(name, file)
                self._fill(file.create_group(self._name), reached)
            # The file is never half written, whatever happens.
            os.replace(beside, self._path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()
        self._last = time.monotonic()
        self._interval = max(self._interval, _SHARE * (self._last - begin))

    def _fill(self, group: Any, reached: Reached) -> None:
        group.attrs["level"] = reached.level
        group.attrs["finished"] = reached.finished
        group["fingerprint"] = self._print
        group["iterations"] = np.array(reached.iterations)
        group["complete"] = np.array(reached.complete)
        for number, values in enumerate(reached.values):
            group[f"values{number}"] = values
        vectors = group.create_dataset("vectors", reached.vectors.shape, reached.vectors.dtype)
        for row, vector in enumerate(reached.vectors):
            vectors[row] = vector
