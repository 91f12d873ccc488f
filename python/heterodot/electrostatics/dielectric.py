"""Which permittivity where: the dielectric constants of a nanocrystal and its environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks
from heterodot.errors import PeriodicStructureError
from heterodot.geometry.grid import Grid
from heterodot.geometry.solid import Solid
from heterodot.geometry.voxels import Voxels
from heterodot.materials import HardWall

__all__ = ["Dielectric", "read_dielectric"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dielectric:
    """A permittivity that is constant in every layer.

    Attributes
    ----------
    solids : tuple of Solid
        From the inside out: layer r is what solid r adds to those before it.
    values : (layers + 1,) array
        Relative permittivity of every layer and of the environment.
    walled : bool
        Whether the carriers cannot leave the layers.
    description : str
        Which permittivities these are.
    blurred : tuple of bool
        Whether the surface of each solid is a step within a graded interface; empty: none is.
    """

    solids: tuple[Solid, ...]
    values: Array
    walled: bool
    description: str
    blurred: tuple[bool, ...] = ()

    @property
    def uniform(self) -> bool:
        """Whether the permittivity is the same everywhere."""
        return bool(np.ptp(self.values) == 0.0)

    @property
    def graded(self) -> bool:
        """Whether the permittivity changes across a graded interface."""
        steps = zip(self.blurred, self.values[:-1], self.values[1:], strict=False)
        return any(blurred and inside != outside for blurred, inside, outside in steps)

    def layers_at(self, points: Array) -> NDArray[np.intp]:
        """Return the number of the layer at points (..., 3); the environment comes last."""
        layer = np.full(points.shape[:-1], len(self.solids), np.intp)
        for number in range(len(self.solids) - 1, -1, -1):
            layer[self.solids[number].contains(points)] = number
        return layer

    def screening(self, grid: Grid) -> Array:
        """Return the share of every layer in 1/ε on the nodes, (layers + 1, nx, ny, nz).

        The sum over the layers is 1/ε, averaged over the cells that interfaces cut: that average
        keeps the screened charge ∫ρ/ε. Where carriers cannot enter the environment, cells are
        averaged over the part inside.
        """
        if self.uniform:
            shares = np.zeros((len(self.values), *grid.shape))
            shares[0] = 1.0 / self.values[0]
            return shares
        fractions = Voxels(grid, self.solids).fractions()
        if self.walled:
            fractions[-1] = 0.0
            inside = fractions.sum(axis=0)
            fractions[-2][inside == 0.0] = 1.0
            fractions /= np.where(inside == 0.0, 1.0, inside)
        return np.asarray(fractions / self.values[:, None, None, None])


def read_dielectric(
    nanocrystal: Any, permittivity: str | float, graded: bool = False
) -> Dielectric:
    """Return the permittivities of a nanocrystal.

    Parameters
    ----------
    nanocrystal : Nanocrystal
    permittivity : "static", "optical" or float
        "static" takes the `permittivity` of materials and environment. "optical" takes
        `permittivity_optical` or the square of `refractive_index`; of an environment that states
        neither, its `permittivity`. A number is the relative permittivity of everything.
    graded : bool
        Whether the permittivity changes linearly across graded interfaces, in the steps of the
        nanocrystal's regions; otherwise they count as abrupt ones in their middle.

    Raises
    ------
    ValueError
        If a material lacks the permittivity.
    PeriodicStructureError
        If the structure repeats: charges that repeat have no energy without a background.
    """
    if getattr(nanocrystal, "period", None) is not None:
        raise PeriodicStructureError(
            "the Coulomb interaction and optical fields of structures that repeat are not "
            "implemented: every charge would meet its own images; use a finite nanocrystal "
            "(leave period out)"
        )
    solids = tuple(layer.solid for layer in nanocrystal.layers)
    environment = nanocrystal.environment
    walled = isinstance(environment, HardWall)
    if not isinstance(permittivity, str):
        value = _checks.number("permittivity", permittivity)
        if value < 1.0:
            raise ValueError(f"permittivity must be at least 1, got {value:g}")
        return Dielectric(solids, np.full(len(solids) + 1, value), walled, f"{value:g} everywhere")
    if permittivity not in ("static", "optical"):
        raise ValueError(
            f'permittivity must be "static", "optical" or a number, got {permittivity!r}'
        )
    materials = [layer.material for layer in nanocrystal.layers]
    values = [_of_material(material, permittivity) for material in materials]
    values.append(_of_environment(environment, permittivity))
    names = [material.name for material in materials] + [environment.name]
    shown = ", ".join(f"{name} {value:g}" for name, value in zip(names, values, strict=True))
    description = f"{permittivity}: {shown}"
    if not graded:
        return Dielectric(solids, np.array(values), walled, description)
    steps, blurred = _graded(nanocrystal, values)
    solids = tuple(region.solid for region in nanocrystal.regions)
    return Dielectric(solids, np.array(steps), walled, description, tuple(blurred))


def _graded(nanocrystal: Any, values: Sequence[float]) -> tuple[list[float], list[bool]]:
    """Return the permittivities of regions and environment, and which surfaces are blurred."""
    found, blurred = [], []
    for number in range(len(nanocrystal.layers)):
        inside, outside = values[number : number + 2]
        widths = nanocrystal.graded
        width = widths[number] if number < len(widths) else None
        count = 0 if width is None else nanocrystal.graded_steps
        shares = (np.arange(count) + 0.5) / max(count, 1)
        found += [inside, *(inside + (outside - inside) * share for share in shares)]
        blurred += [width is not None] * (1 + count)
    return [*found, values[-1]], blurred


def _of_material(material: Any, kind: str) -> float:
    names: Sequence[str] = ("permittivity",)
    if kind == "optical":
        names = ("permittivity_optical", "refractive_index")
    for name in names:
        value = getattr(material, name)
        if value is not None:
            return float(value) ** (2 if name == "refractive_index" else 1)
    raise ValueError(
        f"material {material.name!r} lacks {' and '.join(names)}, which permittivity={kind!r} "
        f"needs; give it with material.replace({names[0]}=...), or pass permittivity=<number>"
    )


def _of_environment(environment: Any, kind: str) -> float:
    if kind == "optical" and environment.refractive_index is not None:
        return float(environment.refractive_index) ** 2
    return float(environment.permittivity)
