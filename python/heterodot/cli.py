"""The command ``heterodot``: materials, demo, run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status (2 for bad input, 130 for Ctrl-C)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (ValueError, TypeError, OSError) as error:
        print(f"heterodot: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("heterodot: interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    from importlib.metadata import version

    parser = argparse.ArgumentParser(
        prog="heterodot",
        description="From a nanocrystal's geometry and materials to its optical gain.",
    )
    parser.add_argument("--version", action="version", version=f"heterodot {version('heterodot')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    materials = commands.add_parser("materials", help="list materials, or one with its sources")
    materials.add_argument("name", nargs="?", help="a material or an environment")
    materials.set_defaults(command=_materials)

    demo = commands.add_parser("demo", help="compute a CdS/ZnSe nanocrystal, levels to gain")
    _add_common(demo, "heterodot-demo")
    demo.set_defaults(command=_demo)

    run = commands.add_parser("run", help="compute what a TOML file describes")
    run.add_argument("file", help="the TOML file")
    _add_common(run, None)
    run.set_defaults(command=_run)
    return parser


def _add_common(parser: argparse.ArgumentParser, out: str | None) -> None:
    parser.add_argument("--out", default=out, help="folder for data and figures (%(default)s)")
    parser.add_argument("--threads", type=int, default=None, help="number of threads (all)")
    parser.add_argument("--quiet", action="store_true", help="print the summary only")


def _materials(options: argparse.Namespace) -> int:
    from heterodot.materials.listing import describe, overview

    print(describe(options.name) if options.name else overview())
    return 0


def _demo(options: argparse.Namespace) -> int:
    from heterodot.demo import demo

    return demo(out=options.out, threads=options.threads, quiet=options.quiet)


def _run(options: argparse.Namespace) -> int:
    from heterodot.run import run

    return run(options.file, out=options.out, threads=options.threads, quiet=options.quiet)
