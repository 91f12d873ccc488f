"""What is tried when the fast path to the lowest eigenpairs stagnates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.factorised import lowest_eigenvectors, matrix_of
from heterodot.linalg.operator_problem import Problem
from heterodot.linalg.subspace_iteration import (
    Report,
    Settings,
    Subspace,
    iterate,
    start_from,
)

__all__ = ["rescued"]


def rescued(
    problem: Problem,
    coarser: Sequence[Any],
    space: Subspace,
    settings: Settings,
    random: np.random.Generator,
    report: Report,
) -> tuple[Subspace, str]:
    """Return a better subspace and what found it.

    First the iteration goes on with another preconditioner (in place of a given one heterodot's own,
    in place of that one with a stronger smoother, farther from the spectrum), more guard vectors and
    fresh random ones. If that stagnates too and the matrix is small, it is factorised.
    """
    worst = float(space.residuals[: settings.count].max())
    story = f"The iteration stagnated at residuals of {worst:.1e}; "
    operator, sign, kramers = problem.operator, problem.sign, problem.algebra.width == 2
    again = Problem(operator, sign, kramers, coarser, degree=4, distance=3.0)
    rows = min(settings.rows + settings.count, problem.independent)
    again.lowest = list(problem.lowest)
    again.set_shift(space.values[0] - max(float(np.ptp(space.values)), 1e-3))
    fresh = again.precondition(again.random(max(rows - len(space.values), 1), random))
    vectors = np.concatenate([space.vectors, fresh.astype(space.vectors.dtype)])
    wider = replace(settings, rows=rows)
    better = iterate(again, start_from(again, vectors, rows), wider, random, report)
    if np.all(better.residuals[: settings.count] <= settings.tolerance):
        return better, story + "another preconditioner and more vectors helped."
    if better.residuals[: settings.count].max() < worst:
        space = better
    matrix = matrix_of(operator)
    if matrix is None:
        return space, ""
    count = problem.algebra.width * (settings.rows + 1)
    _, columns = lowest_eigenvectors(matrix.real if problem.real else matrix, sign, count)
    held: NDArray[Any] = np.zeros((columns.shape[1], problem.size), problem.kind)
    held[:, slice(None) if problem.active is None else problem.active] = columns.T
    # With Kramers pairs both partners are in the block; whitening leaves one vector of each.
    exact = start_from(problem, held, settings.rows)
    exact.shorten(settings.rows, problem.algebra.width)
    exact.exact = True
    return exact, story + "a sparse factorisation found the states."
