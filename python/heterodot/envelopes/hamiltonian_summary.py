"""How large a Hamiltonian is, and what it is in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heterodot.geometry.grid import Grid
from heterodot.kp import MatrixPolynomial
from heterodot.materials import HardWall
from heterodot.nanocrystal import Nanocrystal

if TYPE_CHECKING:
    from heterodot.envelopes.hamiltonian import Hamiltonian

__all__ = ["in_words", "rows_memory"]


def rows_memory(
    nanocrystal: Nanocrystal, grid: Grid, spacing: float, polynomial: MatrixPolynomial
) -> float:
    """Estimate the bytes that building an operator takes at most; what stays is a few times less.

    Nodes near interfaces and walls have rows of their own while they are built.
    """
    orbitals = len(polynomial.orbitals)
    lower, upper = (np.array(corner) for corner in nanocrystal.bounding_box)
    x, y, z = (upper - lower) / spacing
    surfaces = len(nanocrystal.regions) * 2.0 * (x * y + y * z + z * x)
    nodes = min(float(grid.size), 7.0 * surfaces)
    entries = 9.0 * orbitals**2 + 16.0 * orbitals
    # A row entry (12 bytes in the table, then as much again); voxels and forms at eight places.
    return float(20.0 * nodes * entries + 300.0 * grid.size)


def in_words(hamiltonian: Hamiltonian) -> str:
    """Return model, grid, unknowns, surroundings and the verdicts on all materials."""
    n = "×".join(str(count) for count in hamiltonian.grid.shape)
    unknowns = hamiltonian.unknowns()
    size = f"{unknowns / 1e6:.1f} M" if unknowns >= 1e5 else f"{unknowns}"
    parts = [
        f"{hamiltonian.model!r}, {n} at {hamiltonian.grid.spacing[0]:g} nm",
        f"{size} unknowns",
        hamiltonian.interface,
    ]
    carriers = hamiltonian.carriers()
    environment = hamiltonian.nanocrystal.environment
    if isinstance(environment, HardWall):
        parts.append("hard wall")
    else:
        tails = [carrier for carrier in carriers if hamiltonian.has_tail(carrier)]
        how = "on the grid"
        if tails:
            how = "as a tail" if len(tails) == len(carriers) else f"as a tail for {tails[0]}s"
        parts.append(f"barrier of {environment.name} {how}")
    if any(hamiltonian.grid.periodic):
        parts.append(f"period {hamiltonian.nanocrystal.period_in_words()}")
    if any(hamiltonian.wave_vector):
        parts.append("K = ({:g}, {:g}, {:g})/nm".format(*hamiltonian.wave_vector))
    if hamiltonian.magnetic_field is not None:
        parts.append("B = ({:g}, {:g}, {:g}) T".format(*hamiltonian.magnetic_field.tesla))
    driven = [carrier for carrier in carriers if hamiltonian.potential(carrier) is not None]
    if driven:
        parts.append(f"potential for {' and '.join(f'{c}s' for c in driven)}")
    if hamiltonian.orientation is not None:
        parts.append("crystal turned")
    materials = dict.fromkeys(region.material for region in hamiltonian.nanocrystal.regions)
    verdicts = hamiltonian.model.verdicts(materials)
    lines = [f"Hamiltonian: {', '.join(parts)}", *verdicts.splitlines()]
    return "\n  ".join(lines)
