"""How many threads the core and the linear algebra of NumPy and SciPy use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from heterodot import _core

__all__ = ["limited_threads"]


@contextmanager
def limited_threads(count: int | None) -> Iterator[None]:
    """Use at most `count` threads in the block; None leaves everything as it is."""
    if count is None:
        yield
        return
    if count < 1:
        raise ValueError(f"threads must be at least 1, got {count}")
    before = _core.thread_count()
    _core.set_thread_count(count)
    try:
        with threadpool_limits(limits=count):
            yield
    finally:
        _core.set_thread_count(before)
