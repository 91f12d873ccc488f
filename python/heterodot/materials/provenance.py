"""Where a number comes from: the record kept beside every loaded parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["STATUSES", "Provenance"]

#: verified: read in the stored source named; recalled: from memory of the literature, not
#: looked up; derived: computed from listed inputs; user: given by the user.
STATUSES = ("verified", "recalled", "derived", "definition", "user")

_KEYS = {"value", "unit", "source", "status", "temperature", "note", "alternatives"}


@dataclass(frozen=True)
class Provenance:
    """A parameter's value with its source, as written in a data file.

    Attributes
    ----------
    value : float or tuple
        The number, or numbers, in `unit`.
    source : str
        Author, journal, year and table, or "derived: how".
    status : str
        One of `STATUSES`.
    unit : str
        Unit of `value` ("1" for none).
    temperature : float or None
        In kelvin, None where it does not apply or is not stated.
    note : str
        Remarks.
    alternatives : tuple of Provenance
        Other published values, kept but not used.
    """

    value: float | tuple[Any, ...]
    source: str
    status: str = "user"
    unit: str = "1"
    temperature: float | None = None
    note: str = ""
    alternatives: tuple[Provenance, ...] = ()

    @classmethod
    def from_table(cls, where: str, table: object, default_source: str | None = None) -> Provenance:
        """Read one entry of a data file.

        Raises
        ------
        ValueError
            If the value is missing or no number, or if it has no source; `where` says which.
        """
        if not isinstance(table, Mapping):
            table = {"value": table}
        unknown = sorted(set(table) - _KEYS)
        if unknown:
            raise ValueError(f"{where}: unknown keys {unknown}; allowed are {sorted(_KEYS)}")
        if "value" not in table:
            raise ValueError(f"{where}: no value; write {where.split('.')[-1]}.value = ...")
        source = table.get("source", default_source)
        if not isinstance(source, str) or not source.strip():
            raise ValueError(f"{where}: a number without a source does not load; add source = ...")
        status = table.get("status", "user")
        if status not in STATUSES:
            raise ValueError(f"{where}: status {status!r} is not one of {', '.join(STATUSES)}")
        temperature = table.get("temperature")
        if temperature is not None:
            temperature = _number(f"{where}.temperature", temperature)
        alternatives: Any = table.get("alternatives", ())
        return cls(
            value=_numbers(where, table["value"]),
            source=source,
            status=status,
            unit=str(table.get("unit", "1")),
            temperature=temperature,
            note=str(table.get("note", "")),
            alternatives=tuple(
                cls.from_table(f"{where}.alternatives[{index}]", entry)
                for index, entry in enumerate(alternatives)
            ),
        )


def _number(where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{where}: {value!r} is not a finite number")
    return float(value)


def _numbers(where: str, value: object) -> float | tuple[Any, ...]:
    if isinstance(value, list):
        return tuple(_numbers(f"{where}[{index}]", entry) for index, entry in enumerate(value))
    return _number(where, value)
