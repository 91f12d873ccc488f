"""Material: the bulk parameters of one semiconductor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from heterodot.materials.provenance import Provenance

__all__ = ["PARAMETERS", "Material"]

_EDGE_TOLERANCE = 1e-9  # eV, by which gap and edges may disagree (rounding of sums only)
_POSITIVE = ("lattice_constant", "electron_mass", "kane_energy", "lo_phonon")
_ALONG_AND_ACROSS = ("kane_energy",)  # may be a pair: along and across c
_AT_LEAST_ONE = ("permittivity", "permittivity_optical", "refractive_index")
_FINITE = ("gap", "valence_edge", "conduction_edge", "spin_orbit", "crystal_field", "huang_rhys")
_LENGTHS = {"luttinger": 3, "rashba_sheka_pikus": 7, "varshni": 2}
_NAMED = {
    "deformation": {"ac", "av", "b", "d", "a1", "a2", "D1", "D2", "D3", "D4", "D5", "D6"},
    "elastic": {"C11", "C12", "C13", "C33", "C44", "C66"},
    "piezo": {"e14", "e15", "e31", "e33"},
}


@dataclass(frozen=True, eq=False, repr=False)
class Material:
    """Bulk parameters of a semiconductor; any subset that the chosen model needs.

    Of `gap`, `valence_edge` and `conduction_edge` two give the third.

    Parameters
    ----------
    name : str
        Name used in messages and plots.
    phase : str, optional
        "zincblende" or "wurtzite".
    lattice_constant : float, optional
        In nm.
    gap, valence_edge, conduction_edge : float, optional
        In eV; the edges on one absolute scale shared by all materials.
    spin_orbit : float, optional
        Splitting Δ between J = 3/2 and J = 1/2 in eV.
    kane_energy : float or (2,) floats, optional
        Ep in eV; for wurtzite also a pair, along and across c.
    luttinger : (3,) floats, optional
        (γ1, γ2, γ3) of the six-band model: unprimed, free-electron term included.
    electron_mass : float or (3, 3) array, optional
        Conduction mass in m0, scalar or tensor.
    hole_mass : float or (3, 3) array, optional
        One-band hole mass in m0 (positive), scalar or tensor.
    rashba_sheka_pikus : (7,) floats, optional
        (A1 … A7) of wurtzite.
    crystal_field : float, optional
        In eV.
    deformation : mapping, optional
        ac, av, b, d (zincblende) in eV, with the sign δEv = +av Tr ε; a1, a2, D1 … D6.
    elastic : mapping, optional
        C11, C12, C44 … in GPa.
    piezo : mapping, optional
        e14 … in C/m².
    permittivity, permittivity_optical : float, optional
        Relative permittivity at zero frequency and above the phonons.
    refractive_index : float, optional
        In the transparent range near the gap.
    lo_phonon : float, optional
        Energy of the longitudinal optical phonon in eV.
    huang_rhys : float, optional
        Huang–Rhys factor.
    varshni : (2,) floats, optional
        (α in eV/K, β in K) of gap(T) = gap(0) − αT²/(T + β).
    sources : mapping, optional
        Provenance of every number that was loaded from a file.

    Raises
    ------
    ValueError
        If a parameter is not finite, out of range or of the wrong shape, or if the gap is not
        the difference of the edges.
    TypeError
        If a parameter made of named numbers is no mapping.
    """

    name: str
    _: KW_ONLY
    phase: str | None = None
    lattice_constant: float | None = None
    gap: float | None = None
    valence_edge: float | None = None
    conduction_edge: float | None = None
    spin_orbit: float | None = None
    kane_energy: float | tuple[float, float] | None = None
    luttinger: tuple[float, float, float] | None = None
    electron_mass: float | npt.NDArray[np.float64] | None = None
    hole_mass: float | npt.NDArray[np.float64] | None = None
    rashba_sheka_pikus: tuple[float, ...] | None = None
    crystal_field: float | None = None
    deformation: Mapping[str, float] | None = None
    elastic: Mapping[str, float] | None = None
    piezo: Mapping[str, float] | None = None
    permittivity: float | None = None
    permittivity_optical: float | None = None
    refractive_index: float | None = None
    lo_phonon: float | None = None
    huang_rhys: float | None = None
    varshni: tuple[float, float] | None = None
    sources: Mapping[str, Provenance] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not str(self.name).strip():
            raise ValueError(f"a material needs a name, got {self.name!r}")
        for parameter in PARAMETERS:
            value = getattr(self, parameter)
            if value is not None:
                object.__setattr__(self, parameter, self._checked(parameter, value))
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        self._complete_edges()

    def _checked(self, parameter: str, value: Any) -> Any:
        where = f"material {self.name!r}: {parameter}"
        if parameter in ("electron_mass", "hole_mass") and np.ndim(value) > 0:
            return _mass_tensor(where, value)
        if parameter in _ALONG_AND_ACROSS and np.ndim(value) > 0:
            if np.shape(value) != (2,):
                raise ValueError(f"{where} needs one number or two (along and across c): {value!r}")
            return tuple(_scalar(where, entry, above=0.0) for entry in value)
        if parameter == "hole_mass" or parameter in _POSITIVE:
            return _scalar(where, value, above=0.0)
        if parameter in _AT_LEAST_ONE:
            return _scalar(where, value, at_least=1.0)
        if parameter in _FINITE:
            return _scalar(where, value)
        if parameter in _LENGTHS:
            count = _LENGTHS[parameter]
            if np.shape(value) != (count,):
                raise ValueError(f"{where} needs {count} numbers, got {value!r}")
            return tuple(_scalar(where, entry) for entry in value)
        if parameter in _NAMED:
            return _named(where, value, _NAMED[parameter])
        return value

    def _complete_edges(self) -> None:
        gap, valence, conduction = self.gap, self.valence_edge, self.conduction_edge
        if valence is not None and conduction is not None:
            difference = conduction - valence
            if gap is None:
                object.__setattr__(self, "gap", difference)
            elif abs(gap - difference) > _EDGE_TOLERANCE:
                raise ValueError(
                    f"material {self.name!r}: gap {gap} eV is not conduction_edge - valence_edge "
                    f"= {difference} eV; give two of the three"
                )
        elif gap is not None and valence is not None:
            object.__setattr__(self, "conduction_edge", valence + gap)
        elif gap is not None and conduction is not None:
            object.__setattr__(self, "valence_edge", conduction - gap)

    def parameters(self) -> dict[str, Any]:
        """Return the parameters that are present, by name."""
        present = {name: getattr(self, name) for name in PARAMETERS}
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in present.items()
            if value is not None
        }

    def require(self, *names: str) -> None:
        """Raise ValueError naming the material if any of the parameters `names` is absent."""
        unknown = [name for name in names if name not in PARAMETERS]
        if unknown:
            raise ValueError(f"no such material parameter: {', '.join(unknown)}")
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            raise ValueError(
                f"material {self.name!r} lacks {', '.join(missing)}; "
                f"give it, e.g. hd.Material({self.name!r}, {missing[0]}=..., ...), "
                "or material.replace(...)"
            )

    def scalar(self, name: str) -> float:
        """Return a parameter that must be present and a number."""
        self.require(name)
        value = getattr(self, name)
        if np.ndim(value) != 0:
            raise ValueError(f"material {self.name!r}: {name} must be a number here, got {value!r}")
        return float(value)

    def mass(self, name: str) -> float | npt.NDArray[np.float64]:
        """Return "electron_mass" or "hole_mass", which must be present: scalar or tensor, m0."""
        self.require(name)
        value: float | npt.NDArray[np.float64] = getattr(self, name)
        return value

    def replace(self, name: str | None = None, **changes: Any) -> Material:
        """Return a copy with some parameters changed.

        Of the gap and the edges those not named in `changes` are kept in this order:
        valence_edge, gap.
        """
        parameters = self.parameters()
        edges = [edge for edge in ("valence_edge", "gap", "conduction_edge") if edge in changes]
        if edges:
            keep = [edge for edge in ("valence_edge", "gap") if edge not in edges]
            for edge in ("valence_edge", "gap", "conduction_edge"):
                if edge not in keep[: max(0, 2 - len(edges))]:
                    parameters.pop(edge, None)
        sources = {
            key: source for key, source in self.sources.items() if key.split(".")[0] not in changes
        }
        parameters.update(changes)
        return Material(name if name is not None else self.name, sources=sources, **parameters)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Material):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return (self.name, *((name, _hashable(v)) for name, v in self.parameters().items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.name, self.parameters(), dict(self.sources))

    def __repr__(self) -> str:
        parts = [repr(self.name)] + [
            f"{name}={_short(value)}" for name, value in self.parameters().items()
        ]
        return f"Material({', '.join(parts)})"


#: The names of all parameters, in the order of the design.
PARAMETERS: tuple[str, ...] = tuple(
    entry.name for entry in fields(Material) if entry.name not in ("name", "sources")
)


def _rebuild(name: str, parameters: dict[str, Any], sources: dict[str, Provenance]) -> Material:
    return Material(name, sources=sources, **parameters)


def _scalar(
    where: str, value: Any, *, above: float | None = None, at_least: float | None = None
) -> float:
    if isinstance(value, (bool, str)) or np.ndim(value) != 0:
        raise ValueError(f"{where} must be a number, got {value!r}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{where} must be finite, got {number}")
    if above is not None and number <= above:
        raise ValueError(f"{where} must be above {above:g}, got {number}")
    if at_least is not None and number < at_least:
        raise ValueError(f"{where} must be at least {at_least:g}, got {number}")
    return number


def _mass_tensor(where: str, value: Any) -> npt.NDArray[np.float64]:
    tensor = np.array(value, dtype=np.float64)
    if tensor.shape != (3, 3):
        raise ValueError(f"{where} must be a number or a (3, 3) tensor, got shape {tensor.shape}")
    if not np.isfinite(tensor).all() or not np.allclose(tensor, tensor.T, rtol=1e-12):
        raise ValueError(f"{where} must be a finite symmetric tensor, got {value!r}")
    if np.linalg.eigvalsh(tensor)[0] <= 0.0:
        raise ValueError(f"{where} must be positive definite, got {value!r}")
    tensor.setflags(write=False)
    return tensor


def _named(where: str, value: Any, allowed: set[str]) -> Mapping[str, float]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{where} must be a mapping of {sorted(allowed)}, got {value!r}")
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise ValueError(f"{where} has unknown entries {unknown}; allowed are {sorted(allowed)}")
    return MappingProxyType({key: _scalar(f"{where}.{key}", v) for key, v in value.items()})


def _hashable(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return tuple(map(tuple, value.tolist()))
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return repr(value.tolist()) if isinstance(value, np.ndarray) else repr(value)
