"""What lies around a nanocrystal as the Hamiltonian sees it: barriers, tails and margins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

from heterodot import _core
from heterodot.geometry.voxels import Voxels
from heterodot.kp import MatrixPolynomial
from heterodot.kp.model import Carrier
from heterodot.materials import Environment, Material
from heterodot.nanocrystal import Nanocrystal
from heterodot.units import HBAR2_OVER_2M0

__all__ = ["Barrier", "coarse_voxels", "decay_barrier", "environment_material"]

_AXES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Barrier:
    """The barrier that the environment is for one carrier.

    Parameters
    ----------
    edge : float
        Band edge of the environment in eV, on the absolute scale.
    diffusion : float
        ħ²/2m of the environment in eV nm².
    reference : float
        An energy typical of the lowest states in eV, on the absolute scale.
    tangential : float
        The same for states that vary along the surface, which lie higher.
    """

    edge: float
    diffusion: float
    reference: float
    tangential: float

    @property
    def decay(self) -> float:
        """κ in 1/nm of exp(−κs) at the reference energy."""
        return math.sqrt(abs(self.edge - self.reference) / self.diffusion)

    @property
    def length(self) -> float:
        """1/κ in nm, the depth to which the lowest states reach into the environment."""
        return 1.0 / self.decay


def environment_material(nanocrystal: Nanocrystal) -> Material:
    """Return the environment as a material, with edges relative to those of the nanocrystal.

    The conduction edge lies ``electron_barrier`` above the highest one among the materials, the
    valence edge ``hole_barrier`` below the lowest; edges that a material lacks are left out. The
    splittings of the valence bands are those of the outermost material, so that the barrier is as
    high for J = 1/2 as for J = 3/2.
    """
    environment = nanocrystal.environment
    assert isinstance(environment, Environment)
    materials = [region.material for region in nanocrystal.regions]
    conduction = [m.conduction_edge for m in materials if m.conduction_edge is not None]
    valence = [m.valence_edge for m in materials if m.valence_edge is not None]
    known = len(materials)
    return Material(
        environment.name,
        conduction_edge=max(conduction) + environment.electron_barrier
        if len(conduction) == known
        else None,
        valence_edge=min(valence) - environment.hole_barrier if len(valence) == known else None,
        electron_mass=environment.electron_mass,
        hole_mass=environment.hole_mass,
        spin_orbit=materials[-1].spin_orbit,
        crystal_field=materials[-1].crystal_field,
        permittivity=environment.permittivity,
        refractive_index=environment.refractive_index,
    )


def _scalar_band(polynomial: MatrixPolynomial, sign: float) -> tuple[float, float]:
    """Edge (eV) and mean ħ²/2m (eV nm²) of the bands at the edge that the carrier fills first."""
    energies = polynomial.energies(np.zeros(3))
    edge = polynomial.edge(sign)
    masses = np.array([polynomial.masses(direction) for direction in _AXES])
    at_edge = np.abs(energies - edge) < 1e-6
    diffusion = float(np.mean(sign * HBAR2_OVER_2M0 / masses[:, at_edge]))
    return edge, max(diffusion, 0.1 * HBAR2_OVER_2M0)


def coarse_voxels(nanocrystal: Nanocrystal) -> Voxels:
    """Return the regions on fourteen steps along the longest edge, for estimates."""
    lower, upper = (np.array(corner) for corner in nanocrystal.bounding_box)
    h = float(np.max(upper - lower)) / 14.0
    return nanocrystal.voxelise(nanocrystal.covering_grid(h))


def _lowest_levels(
    voxels: Voxels, bands: Sequence[tuple[float, float]], tail: Barrier | None
) -> tuple[float, float]:
    """Mean of the four lowest levels of one electron-like band and middle of the nine lowest, eV."""
    operator = _core.discretise(
        voxels.compiled,
        orbitals=1,
        spins=1,
        places=[0],
        forms=[np.diag([diffusion] * 3 + [edge]).astype(complex) for edge, diffusion in bands],
        spin_orbit=[],
        order=2,
        wall=True,
        tail_diffusion=0.0 if tail is None else tail.diffusion,
        barrier_edge=0.0 if tail is None else tail.edge,
        reference_energy=0.0 if tail is None else tail.reference,
        tangential_energy=0.0 if tail is None else tail.tangential,
    )
    bottom = min(edge for edge, _ in bands)
    size = int(np.count_nonzero(operator.active()))
    if size < 12:
        return bottom, bottom
    start, columns, values = operator.compressed_rows(0, size)
    matrix = csr_array((values.real, columns, start), shape=(size, size))
    # A start without the symmetry of a level would find it by rounding errors only, and a small
    # Krylov space may stop before it has all partners of a level.
    start_vector = np.random.default_rng(1).random(size)
    wanted = min(14, size - 2)
    lowest = np.sort(
        eigsh(
            matrix,
            k=wanted,
            ncv=min(5 * wanted, size),
            sigma=bottom - 1e-3,
            v0=start_vector,
            return_eigenvectors=False,
        )
    )
    return float(np.mean(lowest[:4])), float(0.5 * (lowest[0] + lowest[8]))


def decay_barrier(
    voxels: Voxels,
    polynomials: Sequence[MatrixPolynomial],
    outside: MatrixPolynomial,
    carrier: Carrier,
) -> Barrier:
    """Return the barrier of the environment for a carrier.

    The reference energy is the mean of the four lowest levels (s and p in a sphere) of one band that
    has the mean mass of each material's band edge, on coarse voxels, and the tangential one the
    middle of the nine lowest (to d); first between hard walls, then with the tail that follows. A
    tenth of the barrier is left above them.
    """
    sign = 1.0 if carrier == "electron" else -1.0
    bands = [_scalar_band(polynomial, sign) for polynomial in polynomials]
    bands = [(sign * edge, diffusion) for edge, diffusion in bands]
    edge, diffusion = _scalar_band(outside, sign)
    bottom = min(edge for edge, _ in bands)
    highest = bottom + 0.9 * (sign * edge - bottom)
    barrier = None
    for _ in range(2):
        levels = _lowest_levels(voxels, bands, barrier)
        reference, tangential = (min(level, highest) for level in levels)
        barrier = Barrier(sign * edge, diffusion, reference, tangential)
    return Barrier(edge, diffusion, sign * reference, sign * tangential)
