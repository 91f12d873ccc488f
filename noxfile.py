#!/usr/bin/env -S python -m nox
# /// script
# dependencies = ["nox"]
# ///
"""Sessions for contributors; the server runs .ci/run."""

from __future__ import annotations

import nox

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "uv|virtualenv"


@nox.session
def tests(session: nox.Session) -> None:
    """Install and run the tests."""
    session.install(".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, warnings as errors."""
    session.install("sphinx>=8,<9.1", "myst-parser>=4", "furo")
    session.run("sphinx-build", "-W", "--keep-going", "docs", "docs/_build")


if __name__ == "__main__":
    nox.main()
