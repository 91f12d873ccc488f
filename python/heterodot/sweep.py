"""Many calculations that differ in a few parameters: in parallel, stored as they finish, resumable."""

from __future__ import annotations

import hashlib
import itertools
import json
import multiprocessing
import pickle
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from heterodot.runs.io import load, save

__all__ = ["Sweep", "SweepPoint", "sweep"]

Task = Callable[..., Any]


@dataclass(frozen=True)
class SweepPoint:
    """One point of a sweep.

    Attributes
    ----------
    parameters : dict
        Names and values of the swept parameters.
    result : object or None
        What the function returned; None if it failed.
    error : str
        The traceback if it failed; empty if it did not.
    seconds : float
        Time that it took.
    path : Path or None
        Where the result is stored.
    """

    parameters: Mapping[str, Any]
    result: Any = None
    error: str = ""
    seconds: float = 0.0
    path: Path | None = None

    @property
    def failed(self) -> bool:
        """Whether the function raised an error."""
        return bool(self.error)

    def __repr__(self) -> str:
        where = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        last = self.error.strip().splitlines()[-1] if self.error else f"{self.seconds:.1f} s"
        return f"SweepPoint({where}): {last}"


class Sweep(Sequence[SweepPoint]):
    """The points of a sweep, in the order of their parameters.

    ``sweep[i]`` is a point; ``sweep.results`` holds what the function returned (None where it
    failed) and ``sweep.failed`` the points that failed.
    """

    def __init__(self, points: Sequence[SweepPoint]) -> None:
        self.points = tuple(points)

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, index: Any) -> Any:
        return self.points[index]

    def __iter__(self) -> Iterator[SweepPoint]:
        return iter(self.points)

    @property
    def results(self) -> list[Any]:
        """Results in the order of the points."""
        return [point.result for point in self.points]

    @property
    def failed(self) -> list[SweepPoint]:
        """Points at which the function raised an error."""
        return [point for point in self.points if point.failed]

    def column(self, name: str) -> list[Any]:
        """Return the values of one parameter, in the order of the points."""
        return [point.parameters[name] for point in self.points]

    def __repr__(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"Sweep: {len(self.points)} points{failed}"


def sweep(
    function: Task,
    points: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    directory: str | Path | None = None,
    retry: bool = True,
    continued: bool = False,
    progress: bool = True,
) -> Sweep:
    """Call a function at many points, in parallel, and survive those that fail.

    Parameters
    ----------
    function : callable
        Called as ``function(**parameters)``. With a pool of processes it must be importable (a
        function at the top level of a module or script), and a script that starts a sweep needs
        ``if __name__ == "__main__":``. With ``continued`` it is called as
        ``function(previous=result, **parameters)``.
    points : mapping or sequence of mappings
        Values of every parameter, of which all combinations are taken (the last one varies
        fastest); or the points themselves.
    executor : concurrent.futures.Executor, optional
        Where the calls run: ``dask.distributed.Client.get_executor()``,
        ``mpi4py.futures.MPIPoolExecutor()``, a pool of threads. It is left open. By default a pool
        of fresh ("spawn") processes of one thread each.
    workers : int, optional
        Processes of the default pool; by default as many as the machine has cores, 0 for this one.
    directory : path-like, optional
        Where each result is stored as soon as it is there (``hd.save``), beside its parameters. A
        second call with the same directory loads what is there and computes the rest.
    retry : bool
        Whether points that failed in an earlier call are tried again.
    continued : bool
        Compute the points one after the other in this process, each with the result of the one
        before as ``previous`` (None at first and after a failure): states are good guesses for
        those of a slightly different nanocrystal, ``hd.solve(..., guess=previous)``.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Sweep

    Raises
    ------
    ValueError
        If there is no point, or points differ in their parameters.
    """
    listed = _listed(points)
    store = None if directory is None else _Store(Path(directory))
    known: dict[int, SweepPoint] = {}
    if store is not None:
        for number, parameters in enumerate(listed):
            point = store.read(parameters)
            if point is not None and not (point.failed and retry):
                known[number] = point
    with tqdm(total=len(listed), initial=len(known), desc="sweep", disable=not progress) as bar:

        def finish(number: int, result: Any, error: str, seconds: float) -> None:
            point = SweepPoint(listed[number], result, error, seconds)
            known[number] = store.write(point) if store is not None else point
            bar.update()
            failures = sum(point.failed for point in known.values())
            if failures:
                bar.set_postfix_str(f"{failures} failed")

        missing = [number for number in range(len(listed)) if number not in known]
        if continued:
            for number in missing:
                before = known.get(number - 1)
                previous = None if before is None else before.result
                finish(number, *_attempt(function, {"previous": previous, **listed[number]}))
        elif executor is None and workers == 0:
            for number in missing:
                finish(number, *_attempt(function, listed[number]))
        elif missing:
            _run(function, listed, missing, executor, workers, finish)
    return Sweep([known[number] for number in range(len(listed))])


def _run(
    function: Task,
    points: Sequence[dict[str, Any]],
    missing: Sequence[int],
    executor: Executor | None,
    workers: int | None,
    finish: Callable[[int, Any, str, float], None],
) -> None:
    with _executor(executor, workers) as pool:
        futures: dict[Future[Any], int] = {
            pool.submit(_attempt, function, points[number]): number for number in missing
        }
        try:
            for future in as_completed(futures):
                try:
                    outcome = future.result()
                except Exception:  # noqa: BLE001 - a worker that died, or a result that cannot be sent back
                    outcome = None, traceback.format_exc(), 0.0
                finish(futures[future], *outcome)
        except BaseException:
            for future in futures:
                future.cancel()
            raise


@contextmanager
def _executor(executor: Executor | None, workers: int | None) -> Iterator[Executor]:
    if executor is not None:
        yield executor
        return
    # Fresh processes: threads do not survive a fork.
    with ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_one_thread
    ) as pool:
        yield pool


def _one_thread() -> None:
    from heterodot import _core

    _core.set_thread_count(1)


def _attempt(function: Task, parameters: Mapping[str, Any]) -> tuple[Any, str, float]:
    """Call the function; an error comes back as text."""
    start = time.perf_counter()
    try:
        result = function(**parameters)
    except Exception:  # noqa: BLE001 - whatever it is, other points go on
        return None, traceback.format_exc(), time.perf_counter() - start
    return result, "", time.perf_counter() - start


def _listed(
    points: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    if isinstance(points, Mapping):
        names = list(points)
        listed = [
            dict(zip(names, values, strict=True)) for values in itertools.product(*points.values())
        ]
    else:
        listed = [dict(point) for point in points]
    if not listed or not listed[0]:
        raise ValueError("points must hold at least one point with a parameter, got none")
    for point in listed:
        if point.keys() != listed[0].keys():
            raise ValueError(
                f"all points need the same parameters, got {sorted(listed[0])} and {sorted(point)}"
            )
    return listed


class _Store:
    """One JSON file a point, and the result beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def _path(self, parameters: Mapping[str, Any]) -> Path:
        text = json.dumps(parameters, sort_keys=True, default=_identity)
        return self.directory / f"point-{hashlib.sha256(text.encode()).hexdigest()[:16]}.json"

    def read(self, parameters: Mapping[str, Any]) -> SweepPoint | None:
        path = self._path(parameters)
        if not path.is_file():
            return None
        record = json.loads(path.read_text(encoding="utf-8"))
        data = path.with_suffix(".nc")
        result = record.get("value")
        if record["stored"] == "file":
            if not data.is_file():
                return None
            result = load(data)
        where = data if record["stored"] == "file" else path
        return SweepPoint(parameters, result, record["error"], record["seconds"], where)

    def write(self, point: SweepPoint) -> SweepPoint:
        path = self._path(point.parameters)
        record: dict[str, Any] = {
            "parameters": {name: _readable(value) for name, value in point.parameters.items()},
            "error": point.error,
            "seconds": point.seconds,
            "stored": "value",
        }
        where = path
        if _is_plain(point.result):
            record["value"] = point.result
        else:
            record["stored"] = "file"
            where = path.with_suffix(".nc")
            try:
                if isinstance(point.result, Mapping):
                    save(where, **point.result)
                else:
                    save(where, point.result)
            except (TypeError, ValueError) as error:
                warnings.warn(
                    f"the result of {point!r} is kept in memory only: {error}; return numbers and "
                    "text, or what hd.save stores",
                    UserWarning,
                    stacklevel=2,
                )
                return point
        text = json.dumps(record, indent=1)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)  # a file that exists is complete
        return SweepPoint(point.parameters, point.result, point.error, point.seconds, where)


def _is_plain(value: Any) -> bool:
    """Whether JSON gives the same value back: numbers, text, lists, and dictionaries of them."""
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except (TypeError, ValueError):
        return False


def _readable(value: Any) -> Any:
    return value if _is_plain(value) else repr(value)


def _identity(value: Any) -> str:
    """Return what tells a parameter from others: all of it, which the text of an array may not show."""
    try:
        return hashlib.sha256(pickle.dumps(value)).hexdigest()
    except (pickle.PicklingError, TypeError, AttributeError):
        return repr(value)
