"""Solids given by a closed triangle mesh or by labels on a lattice, as from tomography."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
import scipy.ndimage
from numpy.typing import ArrayLike, NDArray

from heterodot import _checks, _core
from heterodot.geometry.implicit import Implicit

__all__ = ["Mesh", "labelled_solids"]

Vertices = NDArray[np.float64]
Faces = NDArray[np.int64]


class Mesh(Implicit):
    """The solid inside a closed triangle mesh.

    The signed distance to the triangles is sampled on a lattice and its zero set interpolated by cubics, so that
    edges are rounded by about the resolution. Files and ``repr`` keep the samples, as an `Implicit` solid.

    Parameters
    ----------
    vertices : (n, 3) array_like
        Corners in nm.
    faces : (m, 3) array_like of int
        Three vertices each, counter-clockwise when seen from outside (or all clockwise).
    resolution : float, optional
        Step of the lattice in nm; by default 1/64 of the longest edge of the bounding box.

    Raises
    ------
    ValueError
        If the mesh is not closed, has faces that disagree on where outside is, or encloses nothing.
    """

    def __init__(
        self, vertices: ArrayLike, faces: ArrayLike, resolution: float | None = None
    ) -> None:
        corners, triangles = _checked(vertices, faces)

        def distance(x: Vertices, y: Vertices, z: Vertices) -> Vertices:
            points = np.stack([x, y, z], axis=-1)
            return _core.mesh_distance(corners, triangles, points)

        lower, upper = corners.min(axis=0), corners.max(axis=0)
        super().__init__(distance, (lower.tolist(), upper.tolist()), resolution)

    @classmethod
    def from_file(
        cls, path: str | PathLike[str], unit: float = 1.0, resolution: float | None = None
    ) -> Mesh:
        """Return the solid of a mesh file: STL, OBJ, PLY or what else trimesh reads.

        Parameters
        ----------
        path : path
        unit : float
            Length in nm of one unit of the file; 0.1 if it is in ångström.
        resolution : float, optional
            As above.

        Raises
        ------
        ImportError
            If trimesh is not installed.
        ValueError
            If the file holds no closed mesh.
        """
        try:
            import trimesh
        except ImportError:
            raise ImportError(
                "reading meshes needs trimesh: python -m pip install 'heterodot[mesh]'"
            ) from None
        scale = _checks.length("unit", unit)
        mesh: Any = trimesh.load(str(path), force="mesh")
        return cls(scale * np.asarray(mesh.vertices, float), np.asarray(mesh.faces), resolution)


def labelled_solids(
    labels: ArrayLike,
    spacing: float | Sequence[float],
    center: Sequence[float] = (0.0, 0.0, 0.0),
    smoothing: float = 1.0,
    resolution: float | None = None,
) -> list[Implicit]:
    """Return nested solids from labels of voxels, as from a tomogram or a simulation.

    Parameters
    ----------
    labels : (nx, ny, nz) array_like of int
        0 outside; 1, 2, … the layers from the inside out.
    spacing : float or three of them
        Edges of a voxel in nm.
    center : sequence of three floats
        Where the middle of the array lies, in nm.
    smoothing : float
        Standard deviation, in voxels, of the Gaussian that takes the steps off the surfaces. Volumes
        stay; features below it are lost.
    resolution : float, optional
        Step in nm of the lattice that the surfaces are kept on; by default the shortest edge of a voxel.

    Returns
    -------
    list of Implicit
        The solid of labels 1 … r for every r: the outer surfaces that `Nanocrystal` takes,
        ``hd.Nanocrystal(list(zip(materials, solids)))``.
    """
    given = np.asarray(labels)
    if given.ndim != 3 or not np.issubdtype(given.dtype, np.integer):
        raise ValueError(
            f"labels: must be a three-dimensional array of whole numbers, got {given.dtype} of shape "
            f"{given.shape}"
        )
    count = int(given.max(initial=0))
    if given.min(initial=0) < 0 or not np.array_equal(
        np.unique(given[given > 0]), np.arange(1, count + 1)
    ):
        raise ValueError(
            f"labels: must be 0 outside and 1, 2, … without gaps, got {np.unique(given).tolist()}"
        )
    if count == 0:
        raise ValueError("labels: all voxels are 0, there is no solid")
    steps = np.array([_checks.length("spacing", s) for s in np.broadcast_to(spacing, 3)])
    middle = np.array(_checks.vector("center", center))
    width = _checks.number("smoothing", smoothing)
    if width < 0:
        raise ValueError(f"smoothing: must not be negative (voxels), got {width:g}")
    room = int(np.ceil(4 * width)) + 3
    padded = np.pad(given, room)
    half = 0.5 * steps * (np.array(given.shape) + 2 * (room - 2))
    step = float(steps.min()) if resolution is None else resolution
    solids = []
    for layer in range(1, count + 1):
        inside = ((padded > 0) & (padded <= layer)).astype(float)
        level = _level(inside, width)

        def function(x: Vertices, y: Vertices, z: Vertices, level: Vertices = level) -> Vertices:
            place = [
                (axis - m) / s + 0.5 * (n - 1)
                for axis, m, s, n in zip((x, y, z), middle, steps, level.shape, strict=True)
            ]
            return np.asarray(scipy.ndimage.map_coordinates(level, place, order=1, mode="nearest"))

        bounds = (middle - half).tolist(), (middle + half).tolist()
        solids.append(Implicit(function, bounds, step))
    return solids


def _level(inside: Vertices, width: float) -> Vertices:
    """Return a function that is negative in as large a volume as the voxels inside have."""
    smooth = scipy.ndimage.gaussian_filter(inside, width) if width > 0 else inside
    # The threshold that keeps the volume: one half but for the curvature of the surface.
    threshold = np.sort(smooth, axis=None)[-int(inside.sum())]
    return np.asarray(min(max(float(threshold), 0.05), 0.95) - smooth)


def _checked(vertices: ArrayLike, faces: ArrayLike) -> tuple[Vertices, Faces]:
    """Return a closed mesh whose normals point outwards."""
    corners, triangles = np.asarray(vertices, float), np.asarray(faces)
    for name, array in (("vertices", corners), ("faces", triangles)):
        if array.ndim != 2 or array.shape[1] != 3 or not len(array):
            raise ValueError(f"{name}: must have shape (n, 3), got {array.shape}")
    if not np.all(np.isfinite(corners)):
        raise ValueError("vertices: must be finite")
    if not np.issubdtype(triangles.dtype, np.integer):
        raise TypeError(f"faces: must be whole numbers, got {triangles.dtype}")
    if triangles.min() < 0 or triangles.max() >= len(corners):
        raise ValueError(
            f"faces: must be numbers of the {len(corners)} vertices, got {triangles.min()} to "
            f"{triangles.max()}"
        )
    # Files often repeat a corner for every face.
    corners, same = np.unique(corners, axis=0, return_inverse=True)
    triangles = same.reshape(-1)[triangles].astype(np.int64)
    distinct = np.all(triangles != np.roll(triangles, 1, axis=1), axis=1)
    triangles = triangles[distinct]
    edges = np.concatenate([triangles[:, [i, (i + 1) % 3]] for i in range(3)])
    ways, counts = np.unique(edges, axis=0, return_counts=True)
    back = np.unique(edges[:, ::-1], axis=0)
    if len(ways) != len(back) or np.any(counts != 1) or not np.array_equal(ways, back):
        raise ValueError(
            "faces: the mesh is not closed, or neighbouring faces turn different ways: every edge must "
            "belong to two faces, which run along it in opposite directions"
        )
    a, b, c = (corners[triangles[:, i]] for i in range(3))
    volume = float(np.sum(a * np.cross(b, c))) / 6
    if volume == 0.0:
        raise ValueError("faces: the mesh encloses no volume")
    return corners, triangles if volume > 0 else triangles[:, ::-1].copy()
