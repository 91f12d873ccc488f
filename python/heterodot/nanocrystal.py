"""Nanocrystals: materials in solids, from the inside out, in an environment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from heterodot import _checks
from heterodot.geometry.grid import Grid
from heterodot.geometry.layers import LayerThickness, measure_layers
from heterodot.geometry.solid import Solid
from heterodot.geometry.voxels import Voxels
from heterodot.materials import Environment, HardWall, Material, alloy
from heterodot.materials import environment as load_environment
from heterodot.materials import material as load_material

__all__ = ["Nanocrystal", "Region"]


@dataclass(frozen=True)
class Region:
    """What one solid adds to the solids before it, and the material that fills it."""

    material: Material
    solid: Solid

    def __repr__(self) -> str:
        return f"{self.material.name} in {self.solid!r}"


class Nanocrystal:
    """A nanocrystal: layers of materials from the inside out, in an environment.

    Parameters
    ----------
    layers : sequence of (material, solid)
        From the inside out. A material is a :class:`Material` or the name of one in the library.
        Each layer fills what its solid adds to the solids before it, so a shell is given by its
        outer surface. An inner solid may poke out of an outer one; a layer without volume is an
        error.
    environment : str, Environment or HardWall
        What surrounds the nanocrystal, or the name of an environment in the library.
    graded : float or sequence of (float or None), optional
        Width in nm over which the interfaces between layers are graded, one for all or one for
        each interface from the inside out (None: abrupt). An interface of width w is replaced by
        ``graded_steps`` alloy layers between the inner solid grown by -w/2 and by +w/2, whose
        composition changes linearly across the width. The surface to the environment stays sharp.
    graded_steps : int
        Number of alloy layers in each graded interface.
    period : sequence of (float or None), optional
        Period in nm along x, y and z of a structure that repeats: a nanowire ``(None, None, 6.0)``,
        a quantum well ``(4.0, 4.0, None)``, a superlattice ``(4.0, 4.0, 7.0)``. Every solid stands for
        all its images. What goes on without end along such an axis must be longer than the period,
        best twice as long, so that it overlaps with its images.

    Attributes
    ----------
    layers : tuple of Region
        The layers as given.
    regions : tuple of Region
        The layers with the alloys of graded interfaces between them, from the inside out.
    environment : Environment or HardWall
        What surrounds the nanocrystal.
    graded : tuple of (float or None)
        Width of every interface between layers in nm.
    graded_steps : int
        Number of alloy layers in each graded interface.
    period : tuple of (float or None), or None
        Period along x, y and z in nm; None for a nanocrystal that does not repeat.

    Raises
    ------
    ValueError
        If a material is unknown, a layer has no volume, a graded interface does not fit into
        the layers beside it, or a solid ends just where its image begins.
    """

    layers: tuple[Region, ...]
    regions: tuple[Region, ...]
    environment: Environment | HardWall
    graded: tuple[float | None, ...]
    graded_steps: int
    period: tuple[float | None, ...] | None

    def __init__(
        self,
        layers: Sequence[tuple[Material | str, Solid]],
        environment: str | Environment | HardWall = "toluene",
        graded: float | Sequence[float | None] | None = None,
        graded_steps: int = 6,
        period: Sequence[float | None] | None = None,
    ) -> None:
        self.layers = tuple(_read_layer(number, layer) for number, layer in enumerate(layers))
        if not self.layers:
            raise ValueError("layers must hold at least one (material, solid), got none")
        if isinstance(environment, str):
            environment = load_environment(environment)
        if not isinstance(environment, (Environment, HardWall)):
            raise TypeError(
                f"environment must be a name, an Environment or a HardWall, got {environment!r}"
            )
        self.environment = environment
        self.period = _read_period(period)
        _check_images(self.layers, self.period)
        self._thickness = measure_layers([layer.solid for layer in self.layers], period=self.period)
        for number, (layer, thickness) in enumerate(zip(self.layers, self._thickness, strict=True)):
            if thickness.empty:
                raise ValueError(
                    f"layer {number} ({layer!r}) has no volume: its solid adds nothing to the "
                    "solids before it; list the layers from the inside out, each with the solid "
                    "inside its outer surface"
                    if number
                    else f"layer 0 ({layer!r}) has no volume: its solid is empty"
                )
        if graded_steps < 1:
            raise ValueError(f"graded_steps must be at least 1, got {graded_steps}")
        self.graded_steps = graded_steps
        self.graded = _read_widths(graded, len(self.layers) - 1)
        _check_widths(self.graded, self.layers, self._thickness)
        self.regions = _grade(self.layers, self.graded, graded_steps)
        _check_images(self.regions, self.period)

    @property
    def bounding_box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Lower and upper corner of a box around all solids in nm.

        Along axes with a period, of the one about the origin.
        """
        corners = np.array([layer.solid.bounding_box() for layer in self.layers])
        lower, upper = corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)
        for axis, length in enumerate(self.period or ()):
            if length is not None:
                lower[axis], upper[axis] = -0.5 * length, 0.5 * length
        return _checks.vector("lower", lower), _checks.vector("upper", upper)

    @property
    def smallest_feature(self) -> float:
        """Radius of the innermost solid or thickness of the thinnest layer in nm.

        Layers count where they are thickest; alloy layers of graded interfaces do not count.
        """
        first, *others = self._thickness
        return min(0.5 * first.thickest, *(layer.thickest for layer in others), math.inf)

    def grid(self, spacing: float, margin: float | None = None) -> Grid:
        """Return a grid around the nanocrystal.

        Parameters
        ----------
        spacing : float
            Distance of neighbouring nodes in nm, at most :attr:`smallest_feature`.
        margin : float, optional
            Distance in nm from the bounding box to where envelopes vanish, at least; by default
            two steps for a hard wall and 1 nm otherwise.

        Returns
        -------
        Grid
            Centred on the bounding box, with a node at its centre. The number of steps along every
            axis is a multiple of 8 (4 for up to 24 steps), so that it can be coarsened repeatedly.
            Along axes with a period these steps make up one period, each of them as long as
            ``spacing`` or shorter.

        Raises
        ------
        ValueError
            If the spacing is too coarse for the smallest feature.
        """
        spacing = _checks.length("spacing", spacing)
        if margin is None:
            margin = 2.0 * spacing if isinstance(self.environment, HardWall) else 1.0
        margin = _checks.number("margin", margin)
        if margin < 0.0:
            raise ValueError(f"margin must not be negative (nm), got {margin:g}")
        feature = self.smallest_feature
        if spacing > feature * (1.0 + 1e-6):
            raise ValueError(
                f"spacing {spacing:g} nm is too coarse for the smallest feature of the "
                f"nanocrystal, {feature:.3g} nm ({self._describe_feature()}); choose a spacing of "
                f"at most {feature:.3g} nm, better {0.5 * feature:.2g} nm"
            )
        lower, upper = self.bounding_box
        shape, origin, step = [], [], []
        for low, high, along in zip(lower, upper, self.periodic, strict=True):
            room = 0.0 if along else 2.0 * margin
            # A little less than rounding up: 8 steps of 0.1 nm are enough for 0.8 nm.
            steps = math.ceil((high - low + room) / spacing - 1e-9)
            multiple = 4 if steps <= 24 else 8
            steps = max(4 if along else 8, multiple * math.ceil(steps / multiple))
            shape.append(steps if along else steps - 1)
            step.append((high - low) / steps if along else spacing)
            origin.append(0.5 * (low + high) - (steps // 2 - 1) * step[-1])
        return Grid(
            (shape[0], shape[1], shape[2]),
            (origin[0], origin[1], origin[2]),
            (step[0], step[1], step[2]),
            self.periodic,
        )

    @property
    def periodic(self) -> tuple[bool, bool, bool]:
        """Along which of x, y and z the structure repeats."""
        x, y, z = (length is not None for length in self.period or (None, None, None))
        return x, y, z

    def covering_grid(self, spacing: float) -> Grid:
        """Return a grid with all cells that a solid reaches into, or those of one period."""
        lower, upper = (np.array(corner) for corner in self.bounding_box)
        along = np.array(self.periodic)
        steps = np.ceil((upper - lower) / spacing - 1e-9 * along)
        h = np.where(along, (upper - lower) / steps, spacing)
        shape = np.where(along, steps, steps + 3).astype(int)
        origin = 0.5 * (lower + upper) - 0.5 * h * (shape - 1)
        return Grid(
            (int(shape[0]), int(shape[1]), int(shape[2])),
            _checks.vector("origin", origin),
            _checks.vector("h", h),
            self.periodic,
        )

    def voxelise(self, grid: Grid) -> Voxels:
        """Return the fractions and interface normals of the regions on a grid."""
        return Voxels(grid, [region.solid for region in self.regions])

    def volumes(self, spacing: float | None = None) -> NDArray[np.float64]:
        """Return the volume of every region in nm³, shape (regions,), without the environment.

        In one period where the structure repeats.

        Parameters
        ----------
        spacing : float, optional
            Spacing of the grid on which the volumes are measured in nm; by default 1/64 of the
            longest edge of the bounding box.
        """
        lower, upper = np.array(self.bounding_box)
        h = (
            float(np.max(upper - lower)) / 64.0
            if spacing is None
            else _checks.length("spacing", spacing)
        )
        return self.voxelise(self.covering_grid(h)).volumes()[:-1]

    def period_in_words(self) -> str:
        """Return the periods with their axes, such as ``6 nm along z``."""
        along = zip("xyz", self.period or (None, None, None), strict=True)
        return ", ".join(f"{length:g} nm along {axis}" for axis, length in along if length)

    def _describe_feature(self) -> str:
        first, *others = self._thickness
        sizes = [0.5 * first.thickest, *(layer.thickest for layer in others)]
        number = int(np.argmin(sizes))
        what = "radius" if number == 0 else "thickness"
        return f"{what} of layer {number}, {self.layers[number]!r}"

    def __repr__(self) -> str:
        parts = [repr(layer) for layer in self.layers]
        widths = {width for width in self.graded if width is not None}
        if widths:
            shown = ", ".join("abrupt" if w is None else f"{w:g} nm" for w in self.graded)
            parts.append(f"interfaces graded over {shown}")
        if self.period is not None:
            parts.append(f"repeating after {self.period_in_words()}")
        return f"Nanocrystal: {'; '.join(parts)}; environment {_environment_name(self.environment)}"


def _environment_name(environment: Environment | HardWall) -> str:
    return environment.name if isinstance(environment, Environment) else "hard wall"


def _read_layer(number: int, layer: object) -> Region:
    if not isinstance(layer, (tuple, list)) or len(layer) != 2:
        raise TypeError(f"layer {number} must be a pair (material, solid), got {layer!r}")
    material, solid = layer
    if isinstance(material, str):
        material = load_material(material)
    if not isinstance(material, Material):
        raise TypeError(
            f"the material of layer {number} must be a Material or a name, got {material!r}"
        )
    if not isinstance(solid, Solid):
        raise TypeError(f"the solid of layer {number} must be a Solid, got {solid!r}")
    return Region(material, solid)


def _read_widths(
    graded: float | Sequence[float | None] | None, interfaces: int
) -> tuple[float | None, ...]:
    if graded is None:
        return (None,) * interfaces
    if not isinstance(graded, (Sequence, np.ndarray)):
        if interfaces == 0:
            raise ValueError(
                "graded needs at least two layers: there is no interface between layers to grade"
            )
        graded = [graded] * interfaces
    if len(graded) != interfaces:
        raise ValueError(
            f"graded must give one width for each of the {interfaces} interfaces between layers, "
            f"got {len(graded)}"
        )
    return tuple(
        None if width is None else _checks.length(f"graded[{number}]", width)
        for number, width in enumerate(graded)
    )


# Of the extent of a solid over its period. More images of one solid than that only cost time.
_LONGEST = 12.0


def _read_period(period: Sequence[float | None] | None) -> tuple[float | None, ...] | None:
    if period is None:
        return None
    if len(period) != 3:
        raise ValueError(
            "period must give a length in nm or None for each of x, y and z, such as "
            f"(None, None, 6.0) for a wire along z; got {period!r}"
        )
    result = tuple(
        None if length is None else _checks.length(f"period[{axis}]", length)
        for axis, length in enumerate(period)
    )
    return None if result == (None, None, None) else result


def _check_images(regions: Sequence[Region], period: tuple[float | None, ...] | None) -> None:
    """Solids either end before their images begin or overlap with them."""
    for region in regions if period is not None else ():
        box = region.solid.bounding_box()
        for axis, length, low, high in zip("xyz", period or (), *box, strict=True):
            if length is None:
                continue
            if abs(high - low - length) < 1e-6 * length:
                raise ValueError(
                    f"{region!r} is as long as the period along {axis}, {length:g} nm, and ends "
                    "just where its image begins; make it longer, best twice the period, if it "
                    "goes on there"
                )
            if high - low > _LONGEST * length:
                raise ValueError(
                    f"{region!r} is {high - low:g} nm long along {axis}, more than {_LONGEST:g} "
                    f"periods of {length:g} nm; twice the period is enough to go on without end"
                )


def _check_widths(
    widths: Sequence[float | None],
    layers: Sequence[Region],
    thickness: Sequence[LayerThickness],
) -> None:
    """Each layer must have room for its halves of the graded interfaces on both sides."""
    if all(width is None for width in widths):
        return
    ends = [0.0, *(0.5 * (width or 0.0) for width in widths), 0.0]
    for number, (inner, outer) in enumerate(pairwise(ends)):
        # The innermost layer may shrink down to its centre.
        room = thickness[number].thinnest * (0.5 if number == 0 else 1.0)
        if inner + outer > room * (1.0 + 1e-9) and inner + outer > 0.0:
            raise ValueError(
                f"the graded interfaces take {inner + outer:g} nm of layer {number} "
                f"({layers[number]!r}), which is only {room:.3g} nm thick at its thinnest place; "
                "choose a smaller width in graded"
            )


def _grade(
    layers: Sequence[Region], widths: Sequence[float | None], steps: int
) -> tuple[Region, ...]:
    """Put alloy layers in the place of graded interfaces."""
    regions: list[Region] = []
    for number, layer in enumerate(layers):
        width = widths[number] if number < len(widths) else None
        if width is None:
            regions.append(layer)
            continue
        outer = layers[number + 1].material
        regions.append(Region(layer.material, layer.solid.grow(-0.5 * width)))
        for step in range(steps):
            composition = (step + 0.5) / steps
            offset = width * ((step + 1) / steps - 0.5)
            mixture = alloy(layer.material, outer, composition)
            regions.append(Region(mixture, layer.solid.grow(offset)))
    return tuple(regions)
