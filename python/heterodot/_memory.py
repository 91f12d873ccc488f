"""How much memory is free, and the refusal of what will not fit."""

from __future__ import annotations

import os

from heterodot.errors import MemoryEstimateError

__all__ = ["available_memory", "require_memory"]


def available_memory() -> float:
    """Return the memory in bytes that new work can take without swapping."""
    try:
        with open("/proc/meminfo") as file:
            for line in file:
                if line.startswith("MemAvailable"):
                    return 1024.0 * float(line.split()[1])
    except OSError:
        pass
    return float(os.sysconf("SC_PAGE_SIZE")) * float(os.sysconf("SC_PHYS_PAGES"))


def require_memory(needed: float, what: str, remedy: str) -> None:
    """Raise `MemoryEstimateError` if `needed` bytes are more than are free.

    Parameters
    ----------
    needed : float
        Estimate in bytes.
    what : str
        What needs it: the beginning of a sentence that goes on "... need about 3.2 GB".
    remedy : str
        What the user can do.
    """
    available = available_memory()
    if needed > available:
        raise MemoryEstimateError(
            f"{what} need about {needed / 1e9:.1f} GB, {available / 1e9:.1f} GB are free: {remedy}"
        )
