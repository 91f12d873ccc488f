"""The charges that fields induce where the permittivity changes: in the volume, of any shape."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from heterodot import _core
from heterodot.electrostatics.dielectric import Dielectric
from heterodot.electrostatics.lattice import lattice_convolution
from heterodot.envelopes.discretisation import discretised
from heterodot.errors import ConvergenceError
from heterodot.geometry.grid import Grid
from heterodot.geometry.voxels import Voxels
from heterodot.kp import MatrixPolynomial

__all__ = ["VolumeCharges"]

Array = NDArray[np.float64]

_TOLERANCE = 1e-5  # of residuals, over the largest of the source
_EACH_ROUND = 0.03  # to which the preconditioned residual falls in one round of corrections
_MOST_ROUNDS = 40
_MOST_STEPS = 60  # of conjugate gradients in one round
_COARSEST = 3  # nodes along the shortest axis


class VolumeCharges:
    """Solves ``-∇·ε∇φ = 4πρ`` without boundaries for ε(r) of sharp, edged or graded interfaces.

    With the potential φ0 of the screened charge ρ/ε(r) in free space, φ = φ0 + χ, and

        -∇·ε∇χ = 4πρ + ∇·ε∇φ0

    is zero wherever ε is constant. On the grid ε is the tensor of a laminate in every cell that an
    interface cuts: the flux through it and the gradient along it are constant
    (`heterodot::InterfaceCells`), which is exact for a plane interface and keeps second order. χ is
    the potential of induced charges q = -∇²χ/4π on nodes where ε changes, convolved with the Green
    function of the lattice, so that infinity is exact. The charges follow from rounds of corrections:
    the residual of q in double precision; conjugate gradients preconditioned by multigrid, in single
    precision and in the box with zero potential around it; and the charges of their solution. A round
    takes away all of the error but what the box's boundary would reflect, a few percent.

    Parameters
    ----------
    dielectric : Dielectric
    grid : Grid
        Holds all interfaces, with a few nodes around. The more often it can be coarsened, the better.
    """

    def __init__(self, dielectric: Dielectric, grid: Grid) -> None:
        self.grid = grid
        voxels = [Voxels(grid, dielectric.solids)]
        while (coarser := voxels[-1].grid.coarsened()) is not None and min(
            coarser.shape
        ) >= _COARSEST:
            voxels.append(voxels[-1].coarsened())
        operators = [_operator(level, dielectric.values) for level in voxels]
        self._operator = operators[0]
        self._laplacian = _operator(voxels[0], np.ones(len(dielectric.values)))
        self._multigrid = _core.Multigrid(operators, sign=1.0)
        self._multigrid.set_shifts([0.0])
        self._convolution = lattice_convolution(grid)
        fractions = voxels[0].fractions()
        self._permittivity = np.tensordot(dielectric.values, fractions, axes=1).reshape(-1)

    @property
    def memory(self) -> float:
        """Bytes that the solution for one density needs beside what a batch of them holds."""
        return 14 * 8.0 * self.grid.size

    def potentials(self, fields: Array, screened: Array, potentials: Array) -> Array:
        """Return the potentials χ in 1/nm of the induced charges.

        Parameters
        ----------
        fields, screened : (n, nodes) arrays
            Charges ρ, and ρ/ε as their potentials were computed from (1/nm³).
        potentials : (n, nodes) array
            φ0, of `screened` in free space (1/nm).

        Raises
        ------
        ConvergenceError
            The corrections do not shrink.
        """
        source = 4 * math.pi * (fields - self._permittivity * screened)
        source -= self._changed(potentials)
        limit = _TOLERANCE * np.max(np.abs(source), axis=1)
        charges, induced = np.zeros_like(source), np.zeros_like(source)
        residual = source
        for _ in range(_MOST_ROUNDS):
            if np.all(np.max(np.abs(residual), axis=1) <= limit):
                return induced
            correction, _ = _core.conjugate_gradients(
                self._operator,
                self._multigrid,
                residual.astype(np.float32),
                _EACH_ROUND,
                _MOST_STEPS,
            )
            charges += self._laplacian.apply_real(correction.astype(float)) / (4 * math.pi)
            induced = self._of_charges(charges)
            residual = source - self._changed(induced)
            residual -= 4 * math.pi * self._permittivity * charges
        raise ConvergenceError(
            f"the induced charges did not converge in {_MOST_ROUNDS} rounds: largest residual "
            f"{np.max(np.abs(residual)):.1e} of {np.max(np.abs(source)):.1e}; use a finer grid "
            '(spacing=...) or solver="surface"'
        )

    def _changed(self, potentials: Array) -> Array:
        """Return ``-(∇·ε∇ - ε∇²)φ``: zero where ε is constant around a node."""
        changed = self._operator.apply_real(potentials)
        changed -= self._permittivity * self._laplacian.apply_real(potentials)
        return np.asarray(changed)

    def _of_charges(self, charges: Array) -> Array:
        solved = self._convolution.apply(charges.reshape(-1, *self.grid.shape))
        return np.asarray(solved.reshape(charges.shape))


def _operator(voxels: Voxels, values: Array) -> _core.StencilOperator:
    """Return ``-∇·ε∇`` with zero potential one step outside the grid."""
    polynomials = [
        MatrixPolynomial(
            ("potential",),
            (value * np.eye(3))[:, :, None, None].astype(complex),
            zeroth=np.zeros((1, 1), complex),
        )
        for value in values
    ]
    return discretised(
        voxels,
        polynomials,
        [0],
        spins=False,
        interface="laminate",
        order=2,
        wall=False,
        tail=None,
    )
