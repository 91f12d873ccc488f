"""``heterodot demo``: a CdS/ZnSe core/shell nanocrystal from levels to gain."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from heterodot.runs.run import Report, compute, write
from heterodot.runs.run_file import RunFile, parse_run
from heterodot.runs.threads import limited_threads

__all__ = ["demo", "demo_file", "demo_task"]


def demo_file() -> str:
    """Return the text of the run file of the demo."""
    return (resources.files("heterodot.runs") / "demo.toml").read_text(encoding="utf-8")


def demo_task() -> RunFile:
    """Return the calculation of the demo."""
    return parse_run(demo_file())


def demo(
    out: str | Path = "heterodot-demo", threads: int | None = None, quiet: bool = False
) -> int:
    """Compute the demo, as `heterodot.runs.run.run` does with a file of the user's; returns 0."""
    task, folder = demo_task(), Path(out)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--out: {folder} is not a folder")
    report = Report(not quiet)
    with limited_threads(threads):
        report.say(task.title)
        results = compute(task, report)
        write(results, task, folder, report)
    report.say(f"your own: copy and change {folder / 'input.toml'}, then heterodot run FILE.toml")
    return 0
