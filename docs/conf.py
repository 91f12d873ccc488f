"""Configuration of the documentation; builds offline with ``sphinx-build -W docs docs/_build``."""

project = "heterodot"
author = "the heterodot developers"
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath", "amsmath"]
html_theme = "furo"
exclude_patterns = ["_build", "gallery"]
