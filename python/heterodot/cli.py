"""The command ``heterodot``: materials, demo, run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

__all__ = ["main"]


_STATUS = """exit status:
  0    done
  1    a calculation did not converge
  2    wrong input: a bad value, more states than are bound, too little memory, no such file
  130  interrupted (Ctrl-C)"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status.

    0 done, 1 a calculation did not converge, 2 wrong input (what will not fit into memory and more
    states than are bound included), 130 interrupted.
    """
    from heterodot.errors import HeterodotError, MemoryEstimateError

    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except KeyboardInterrupt:
        print("heterodot: interrupted", file=sys.stderr)
        return 130
    except (ValueError, TypeError, OSError, HeterodotError) as error:
        if getattr(options, "traceback", False):
            raise
        print(f"heterodot: {error}", file=sys.stderr)
        refused = (ValueError, TypeError, OSError, MemoryEstimateError)
        return 2 if isinstance(error, refused) else 1


def _parser() -> argparse.ArgumentParser:
    from heterodot.version import __version__

    parser = argparse.ArgumentParser(
        prog="heterodot",
        description="From a nanocrystal's geometry and materials to its optical gain.",
        epilog=_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"heterodot {__version__}")
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
    where = "%(default)s" if out else "the file's name without .toml"
    parser.add_argument("--out", default=out, help=f"folder for data and figures ({where})")
    parser.add_argument("--threads", type=int, default=None, help="number of threads (all)")
    parser.add_argument("--quiet", action="store_true", help="print the summary only")
    parser.add_argument("--traceback", action="store_true", help="show where an error arose")


def _materials(options: argparse.Namespace) -> int:
    from heterodot.materials.listing import describe, overview

    print(describe(options.name) if options.name else overview())
    return 0


def _demo(options: argparse.Namespace) -> int:
    from heterodot.runs.demo import demo

    return demo(out=options.out, threads=options.threads, quiet=options.quiet)


def _run(options: argparse.Namespace) -> int:
    from heterodot.runs.run import run

    return run(options.file, out=options.out, threads=options.threads, quiet=options.quiet)
