"""How many threads NumPy's and SciPy's linear algebra uses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

__all__ = ["single_threaded_blas"]


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Run small dense algebra on one thread.

    Threads of a BLAS wait for each other by spinning: for matrices of a few hundred rows that
    costs more than it brings, and on a busy machine many times more (7× for the Davidson
    iteration of a biexciton in (8, 18) spinors at twice as many processes as cores).
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield
