"""How much memory is free, and the refusal of what will not fit."""

from __future__ import annotations

import os
from pathlib import Path

from heterodot.errors import MemoryEstimateError

__all__ = ["available_memory", "require_memory"]

_GROUP = Path("/sys/fs/cgroup")


def available_memory() -> float:
    """Return the memory in bytes that new work can take without swapping.

    The smaller of what the machine has free and what a container's limit leaves.
    """
    return min(_machine(), _container())


def require_memory(needed: float, what: str, remedy: str) -> None:
    """Raise `MemoryEstimateError` if `needed` bytes are more than are free.

    Parameters
    ----------
    needed : float
        Estimate in bytes.
    what : str
        What needs it: the beginning of a sentence that goes on "... takes about 3.2 GB".
    remedy : str
        What the user can do.
    """
    available = available_memory()
    if needed > available:
        raise MemoryEstimateError(
            f"{what} takes about {needed / 1e9:.1f} GB, {available / 1e9:.1f} GB are free: {remedy}"
        )


def _machine() -> float:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable"):
                return 1024.0 * float(line.split()[1])
    except OSError:
        pass
    return float(os.sysconf("SC_PAGE_SIZE")) * float(os.sysconf("SC_PHYS_PAGES"))


def _container() -> float:
    try:
        limit = float((_GROUP / "memory.max").read_text())
        used = float((_GROUP / "memory.current").read_text())
        # Files in the page cache count as used, but give way.
        statistics = dict(
            line.split() for line in (_GROUP / "memory.stat").read_text().splitlines()
        )
        return limit - used + float(statistics.get("inactive_file", 0))
    except (OSError, ValueError):
        return float("inf")
