"""Whether a calculation fits into memory, asked before the heavy work starts."""

from __future__ import annotations

from pathlib import Path

from heterodot.errors import MemoryEstimateError

__all__ = ["available_memory", "require_memory"]


def available_memory() -> float:
    """Return how many bytes a new allocation may take: free memory within the container's limit.

    Infinite where the system does not say.
    """
    free = float("inf")
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                free = 1024.0 * float(line.split()[1])
    limit, used = (Path("/sys/fs/cgroup") / f"memory.{name}" for name in ("max", "current"))
    try:
        text = limit.read_text().strip()
        if text != "max":
            free = min(free, float(text) - float(used.read_text()))
    except OSError:
        pass
    return free


def require_memory(needed: float, what: str, remedy: str) -> None:
    """Raise MemoryEstimateError if ``needed`` bytes for ``what`` exceed what is free."""
    free = available_memory()
    if needed > free:
        raise MemoryEstimateError(
            f"{what} needs about {needed / 1e9:.1f} GB, but only {free / 1e9:.1f} GB are free; "
            f"{remedy}"
        )
