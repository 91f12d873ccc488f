"""Checked reading of TOML tables: every error names the place in the file."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

__all__ = ["InputError", "Table", "at_least", "positive", "vector"]

_KINDS: dict[str, tuple[type, ...]] = {
    "number": (int, float),
    "whole number": (int,),
    "string": (str,),
    "true or false": (bool,),
    "table": (dict,),
    "list": (list,),
}
_REQUIRED = object()


class InputError(ValueError):
    """A mistake in an input file; the message begins with its place."""


class Table:
    """One table of a file. What is never asked for is refused by `finish`.

    Parameters
    ----------
    content : mapping
        The table.
    place : str
        Its path in the file, e.g. ``[[layers]][0].solid``; empty for the whole file.
    """

    def __init__(self, content: Mapping[str, Any], place: str = "") -> None:
        self._content = content
        self._place = place
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def path(self, key: str) -> str:
        """Return the place of a key in the file."""
        if not self._place:
            return f"[{key}]" if isinstance(self._content.get(key), dict) else key
        return f"{self._place}.{key}"

    def raw(self, key: str, default: Any = None) -> Any:
        """Return a value of any kind."""
        self._known.append(key)
        return self._content.get(key, default)

    def get(self, key: str, kind: str, default: Any = _REQUIRED) -> Any:
        """Return a value of a kind ("number", "whole number", "string", "true or false", "list").

        Raises
        ------
        InputError
            If it is of another kind, or missing without a default.
        """
        value = self.raw(key, _REQUIRED)
        if value is _REQUIRED:
            if default is _REQUIRED:
                self.refuse(key, f"is missing; it must be a {kind}")
            return default
        good = isinstance(value, _KINDS[kind]) and (kind == "true or false") == isinstance(
            value, bool
        )
        if not good:
            self.refuse(key, f"must be a {kind}, got {value!r}")
        return float(value) if kind == "number" else value

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> str:
        """Return a word that must be one of a few."""
        value = self.raw(key, default)
        if value is None:
            self.refuse(key, f"is missing; it must be one of {', '.join(allowed)}")
        if not isinstance(value, str) or value not in allowed:
            self.refuse(
                key, f"must be one of {', '.join(allowed)}, got {value!r}{_near(value, allowed)}"
            )
        return value

    def table(self, key: str) -> Table:
        """Return a table inside this one, empty if there is none."""
        value = self.raw(key, {})
        if not isinstance(value, dict):
            self.refuse(key, f"must be a table, got {value!r}")
        place = f"[{key}]" if not self._place else f"{self._place}.{key}"
        return Table(value, place)

    def tables(self, key: str) -> list[Table]:
        """Return an array of tables, ``[[key]]``, that must be there."""
        value = self.raw(key, [])
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            self.refuse(key, f"must be given as [[{key}]] tables, one or more")
        return [Table(entry, f"[[{key}]][{i}]") for i, entry in enumerate(value)]

    def expects(self, *keys: str) -> None:
        """Count keys as known that are asked for only sometimes."""
        self._known += keys

    def arguments(self) -> dict[str, Any]:
        """Return all that was not asked for yet: arguments of a function that checks them."""
        rest = {key: value for key, value in self._content.items() if key not in self._known}
        self._known += rest
        return rest

    def refuse(self, key: str, message: str) -> NoReturn:
        """Raise `InputError` for a key."""
        raise InputError(f"{self.path(key)}: {message}")

    @contextmanager
    def blame(self, key: str | None = None) -> Iterator[None]:
        """Put the place in front of errors about wrong values.

        A message that begins with the name of a key of this table gets the path of that key.
        """
        try:
            yield
        except InputError:
            raise
        except (ValueError, TypeError) as error:
            raise InputError(self._placed(key, str(error))) from error

    def finish(self) -> None:
        """Refuse keys that were never asked for, offering the nearest names."""
        for key in self._content:
            if key not in self._known:
                self.unknown(key, self._known)

    def unknown(self, key: str, known: Iterable[str]) -> NoReturn:
        """Refuse a key, offering the nearest of the known ones."""
        known = list(dict.fromkeys(known))
        where = self.path(key)
        raise InputError(f"{where}: unknown key{_near(key, known)}; known: {', '.join(known)}")

    def _placed(self, key: str | None, message: str) -> str:
        if key is not None and not isinstance(self._content.get(key), dict):
            return f"{self.path(key)}: {message}"
        inside: Any = self._content if key is None else self._content[key]
        place = self._place if key is None else self.table(key)._place
        for name in inside:
            if message.startswith((f"{name} ", f"{name}: ", f"{name}[")):
                rest = message[len(name) :].removeprefix(":").strip()
                return f"{place}.{name}{'' if rest.startswith('[') else ': '}{rest}"
        return f"{place}: {message}" if place else message


def positive(table: Table, key: str, default: float | None) -> Any:
    """Return a number above zero, or the default."""
    value = table.get(key, "number", default)
    if value is not None and not (math.isfinite(value) and value > 0.0):
        table.refuse(key, f"must be positive, got {value:g}")
    return value


def at_least(table: Table, key: str, least: float, default: float | None) -> Any:
    """Return a number that is not below the least, or the default."""
    value = table.get(key, "number", default)
    if value is not None and not (math.isfinite(value) and value >= least):
        table.refuse(key, f"must be at least {least:g}, got {value:g}")
    return value


def vector(table: Table, key: str, value: Any) -> tuple[float, float, float]:
    """Return three numbers from a list."""
    good = isinstance(value, list) and len(value) == 3
    if not good or not all(
        isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in value
    ):
        table.refuse(key, f"must be three numbers, got {value!r}")
    x, y, z = map(float, value)
    return x, y, z


def _near(word: Any, known: Iterable[str]) -> str:
    lowered = {entry.lower(): entry for entry in known}
    near = difflib.get_close_matches(str(word).lower(), lowered, n=2, cutoff=0.5)
    return f" (did you mean {' or '.join(lowered[entry] for entry in near)}?)" if near else ""
