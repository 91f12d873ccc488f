"""Save results to one self-describing file, and load them back to the last bit.

Files are netCDF-4 (HDF5): every object is a group, its arrays are variables with named dimensions
and units, its numbers and words are attributes. Complex numbers are compounds (r, i), as h5py,
netCDF4 and xarray write them. What an object refers to is written once; an attribute
``<field>_group`` holds its path. Nothing in a file is executed when it is loaded.
"""

from __future__ import annotations

import json
import os
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

import numpy as np

from heterodot.nanocrystal import Nanocrystal
from heterodot.runs.descriptions import describe_nanocrystal, nanocrystal_from, nanocrystal_samples
from heterodot.runs.file_layout import CLASSES, VARIABLES, extras
from heterodot.version import __version__

__all__ = ["FORMAT", "load", "save"]

FORMAT = 1
"""Version of the layout of files; newer ones are refused."""

_UNITS = "lengths in nm, energies in eV unless an attribute says otherwise"


def save(path: str | os.PathLike[str], thing: Any = None, /, **things: Any) -> Path:
    """Save one object, or several by name, to a file.

    Parameters
    ----------
    path : path-like
        The file; an existing one is replaced once the new one is complete.
    thing : object, optional
        `Results`, `States`, `CoulombIntegrals`, `ManyBodyStates`, `XXShift`, `Spectrum`, `Gain`,
        `Nanocrystal` or one of their parts.
    **things
        The same, by name; `load` then returns a dictionary.

    Returns
    -------
    Path

    Raises
    ------
    TypeError
        For objects that files do not know.
    """
    import h5netcdf

    if (thing is None) == (not things):
        raise TypeError("save either one object or several by name")
    path = Path(path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with h5netcdf.File(unfinished, "w") as file:
            file.attrs["heterodot_format"] = np.int64(FORMAT)
            file.attrs["heterodot_version"] = __version__
            file.attrs["conventions"] = _UNITS
            writer = _Writer(file)
            if things:
                file.attrs["heterodot_class"] = "dict"
                for name, entry in things.items():
                    file.attrs[f"{name}_group"] = writer.place(f"/{name}", entry)
            else:
                writer.place("/", thing)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def load(path: str | os.PathLike[str]) -> Any:
    """Load what `save` saved: the object, or a dictionary of several.

    Raises
    ------
    ValueError
        If the file was not written by `save`, or by a newer version of it.
    """
    import h5netcdf

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    try:
        file = h5netcdf.File(path, "r")
    except OSError as error:
        raise ValueError(f"{path} is not a netCDF-4 or HDF5 file ({error})") from None
    with file:
        version = file.attrs.get("heterodot_format")
        if version is None:
            raise ValueError(f"{path} was not written by heterodot")
        if version > FORMAT:
            raise ValueError(
                f"{path} has the layout {version}, written by heterodot "
                f"{file.attrs['heterodot_version']}; this one ({__version__}) reads up to {FORMAT}"
            )
        reader = _Reader(file)
        if file.attrs["heterodot_class"] == "dict":
            names = [name.removesuffix("_group") for name in file.attrs if name.endswith("_group")]
            return {name: reader.read(file.attrs[f"{name}_group"]) for name in names}
        return reader.read("/")


class _Writer:
    def __init__(self, file: Any) -> None:
        self._file = file
        self._places: dict[int, str] = {}
        self._kept: list[Any] = []  # ids stay unique while the objects live

    def place(self, path: str, thing: Any) -> str:
        """Write an object unless it is already in the file; return the path of its group."""
        if id(thing) in self._places:
            return self._places[id(thing)]
        kind = type(thing).__name__
        if kind not in CLASSES or type(thing) is not CLASSES[kind]():
            raise TypeError(f"a file cannot hold {kind} objects; it knows {', '.join(CLASSES)}")
        self._places[id(thing)] = path
        self._kept.append(thing)
        group = self._file if path == "/" else self._file.create_group(path)
        group.attrs["heterodot_class"] = kind
        if isinstance(thing, Nanocrystal):
            self._nanocrystal(group, thing)
            return path
        for entry in _saved_fields(thing):
            self._field(group, path, thing, entry.name, getattr(thing, entry.name))
        for name, value in extras(thing).items():
            self._extra(group, path, thing, name, value)
        return path

    def _field(self, group: Any, path: str, thing: Any, name: str, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, np.ndarray):
            self._array(group, thing, name, value)
        elif isinstance(value, (bool, int, float, str, np.generic)):
            group.attrs[name] = _scalar(value)
        elif isinstance(value, tuple):
            if value:
                numbers = np.array(value) if not isinstance(value[0], str) else None
                if numbers is not None and numbers.dtype == bool:  # netCDF knows none
                    numbers = numbers.astype(np.int8)
                group.attrs[name] = list(value) if numbers is None else numbers
        else:
            group.attrs[f"{name}_group"] = self.place(f"{path.rstrip('/')}/{name}", value)

    def _extra(self, group: Any, path: str, thing: Any, name: str, value: Any) -> None:
        """Write what helps other tools and is not read back."""
        if isinstance(value, (tuple, list)):
            import h5py

            words = np.array(value, dtype=object)
            if name not in group.dimensions:
                group.dimensions[name] = len(words)
            group.create_variable(name, (name,), dtype=h5py.string_dtype(), data=words)
        elif isinstance(value, (np.ndarray, float, str)):
            self._field(group, path, thing, name, value)
        else:
            self.place(f"{path.rstrip('/')}/{name}", value)

    def _array(self, group: Any, thing: Any, name: str, value: Any) -> None:
        known = VARIABLES.get(type(thing).__name__, {}).get(name)
        variable = known.name if known else name
        dims = known.dims if known else tuple(f"{name}_{axis}" for axis in range(value.ndim))
        for dim, size in zip(dims, value.shape, strict=True):
            if dim not in group.dimensions:
                group.dimensions[dim] = size
        # Files are in C order: remember the order of the axes in memory.
        axes = tuple(int(axis) for axis in np.argsort([-s for s in value.strides], kind="stable"))
        data = np.ascontiguousarray(value)
        if value.dtype == bool:
            data = data.astype(np.int8)
        made = group.create_variable(variable, dims, dtype=data.dtype)
        if data.size:
            made[...] = data
        if known and known.units:
            made.attrs["units"] = known.units.replace("{unit}", getattr(thing, "unit", ""))
        if known and known.label:
            made.attrs["long_name"] = known.label
        if value.dtype == bool:
            made.attrs["heterodot_dtype"] = "bool"
        if not value.flags.c_contiguous and axes != tuple(range(value.ndim)):
            made.attrs["heterodot_axes"] = np.array(axes, np.int64)

    def _nanocrystal(self, group: Any, nanocrystal: Nanocrystal) -> None:
        described = describe_nanocrystal(nanocrystal)
        group.attrs["description"] = repr(nanocrystal)
        group.attrs["json"] = json.dumps(described, indent=1, ensure_ascii=False)
        for digest, samples in nanocrystal_samples(nanocrystal).items():
            self._array(group, nanocrystal, f"samples_{digest}", samples)


class _Reader:
    def __init__(self, file: Any) -> None:
        self._file = file
        self._things: dict[str, Any] = {}

    def read(self, path: str) -> Any:
        """Return the object of a group, the same one at every call."""
        if path not in self._things:
            self._things[path] = self._read(self._file if path == "/" else self._file[path])
        return self._things[path]

    def _read(self, group: Any) -> Any:
        name = group.attrs["heterodot_class"]
        if name not in CLASSES:
            raise ValueError(f"{group.name} holds a {name}, which this version does not know")
        kind = CLASSES[name]()
        if kind is Nanocrystal:
            samples = {
                key.removeprefix("samples_"): self._array(group[key]) for key in group.variables
            }
            return nanocrystal_from(json.loads(group.attrs["json"]), samples)
        values = {entry.name: self._field(group, name, entry) for entry in _saved_fields(kind)}
        return kind(**values)

    def _field(self, group: Any, kind: str, entry: Field[Any]) -> Any:
        name = entry.name
        known = VARIABLES.get(kind, {}).get(name)
        variable = known.name if known else name
        if f"{name}_group" in group.attrs:
            return self.read(group.attrs[f"{name}_group"])
        if variable in group.variables:
            return self._array(group[variable])
        if name in group.attrs:
            return _plain(group.attrs[name], str(entry.type).startswith("tuple"))
        return () if str(entry.type).startswith("tuple") else None

    @staticmethod
    def _array(variable: Any) -> Any:
        values = np.asarray(variable[...])
        if variable.attrs.get("heterodot_dtype") == "bool":
            values = values.astype(bool)
        axes = variable.attrs.get("heterodot_axes")
        if axes is not None:
            axes = np.atleast_1d(axes)
            values = np.ascontiguousarray(values.transpose(axes)).transpose(np.argsort(axes))
        return values


def _saved_fields(thing: Any) -> list[Field[Any]]:
    return [entry for entry in fields(thing) if entry.init]


def _scalar(value: Any) -> Any:
    """Return a value as an attribute that keeps its type: bool is the only int8."""
    if isinstance(value, (bool, np.bool_)):
        return np.int8(value)
    if isinstance(value, (int, np.integer)):
        return np.int64(value)
    return np.float64(value) if isinstance(value, (float, np.floating)) else str(value)


def _plain(value: Any, is_tuple: bool) -> Any:
    if is_tuple:
        if isinstance(value, np.ndarray):
            return tuple(value.tolist())
        if isinstance(value, (list, tuple)):
            return tuple(str(entry) for entry in value)
        return (_plain(value, False),)
    if isinstance(value, np.int8):
        return bool(value)
    return value.item() if isinstance(value, np.generic) else value
