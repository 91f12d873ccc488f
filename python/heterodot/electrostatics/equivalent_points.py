"""Points at which a potential is the same because the solids are: mirror planes, exchanged axes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from heterodot.electrostatics.interface_charges import Interface
from heterodot.electrostatics.triangulation import UnionBoundary
from heterodot.geometry.solid import Solid

__all__ = ["EquivalentPoints"]

Array = NDArray[np.float64]

_SAME = 1e-6  # nm


class EquivalentPoints:
    """Takes lattice points to one representative each, under the symmetries of all surfaces.

    A sphere has three mirror planes and three exchanges of axes: 48 points share one value.
    The symmetries are found by comparing distances to the surfaces, so any solid will do.

    Parameters
    ----------
    solids : sequence of Solid
        From the inside out.
    interfaces : list of Interface
        Surfaces between them that matter.
    center : (3,) array
        Common point of the mirror planes in nm.
    steps : (3,) array
        Spacings of the lattice in nm; axes of different spacings are not exchanged.
    """

    def __init__(
        self, solids: Sequence[Solid], interfaces: list[Interface], center: Array, steps: Array
    ) -> None:
        samples = [
            (UnionBoundary(solids[: interface.number + 1]), interface.surface.centers - center)
            for interface in interfaces
        ]

        def symmetric(turned: Array) -> bool:
            return all(
                float(np.abs(surface.distance(points @ turned + center) - reference).max()) < _SAME
                for (surface, points), reference in zip(samples, references, strict=True)
            )

        references = [surface.distance(points + center) for surface, points in samples]
        unit = np.eye(3)
        self.mirrored = [a for a in range(3) if symmetric(unit - 2 * np.outer(unit[a], unit[a]))]
        self.exchanged: list[int] = []
        for a, b in ((0, 1), (1, 2), (0, 2)):
            order = list(range(3))
            order[a], order[b] = b, a
            if steps[a] == steps[b] and symmetric(unit[order]):
                self.exchanged = sorted({*self.exchanged, a, b})

    def representatives(
        self, lattice: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return different points, and the number of that of each point.

        Parameters
        ----------
        lattice : (n, 3) integer array
            In steps from the center.
        """
        folded = lattice.copy()
        folded[:, self.mirrored] = np.abs(folded[:, self.mirrored])
        folded[:, self.exchanged] = np.sort(folded[:, self.exchanged], axis=1)
        different, number = np.unique(folded, axis=0, return_inverse=True)
        return different, number.reshape(-1)
