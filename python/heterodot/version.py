"""The version of the installed package."""

from __future__ import annotations

from importlib import metadata

__all__ = ["__version__"]

try:
    __version__ = metadata.version("heterodot")
except metadata.PackageNotFoundError:  # a source tree that is not installed
    __version__ = "not installed"
