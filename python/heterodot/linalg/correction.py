"""Corrections of eigenvectors: the Jacobi–Davidson equation, roughly solved by block MINRES."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from heterodot.linalg.complement import Complement

__all__ = ["corrections"]

Single = NDArray[np.complex64]
Reals = NDArray[np.float64]
Map = Callable[[Single], Single]


def corrections(
    apply: Map,
    precondition: Map,
    residuals: Single,
    shifts: Reals,
    known: Complement,
    steps: int,
    reduction: float,
) -> Single:
    """Return w ≈ −(H − θ)⁻¹ r on the complement of known vectors, row by row.

    Q(H − θ)Q w = −r with Q = 1 − Σ|x⟩⟨x| (Sleijpen and van der Vorst, SIAM J. Matrix Anal. Appl. 17,
    401 (1996)) by a few steps of preconditioned MINRES (Paige and Saunders, SIAM J. Num. Anal. 12,
    617 (1975)), which takes any Hermitian operator and a positive definite preconditioner. In
    single precision: the corrections only have to point in the right direction.

    Parameters
    ----------
    apply, precondition : callable
        H and a positive definite approximation of |H − θ|⁻¹ on blocks of rows.
    residuals : (count, size) complex64
        r.
    shifts : (count,) array
        θ of each row.
    known : Complement
        Of the orthonormal vectors x to stay away from.
    steps : int
        Most steps.
    reduction : float
        Factor by which the residual is to fall.
    """
    theta = shifts.astype(np.float32)[:, None]

    def project(block: Single) -> Single:
        known.project(block)
        return block

    before = project(-residuals)
    now = before
    y = project(precondition(now))
    beta = np.sqrt(np.maximum(_products(now, y), 0.0))
    first = np.where(beta > 0, beta, 1.0)
    solution, w, w_old = np.zeros_like(now), np.zeros_like(now), np.zeros_like(now)
    old_beta = np.zeros_like(beta)
    delta_bar = np.zeros_like(beta)
    epsilon = np.zeros_like(beta)
    phi_bar = beta.copy()
    cosine, sine = -np.ones_like(beta), np.zeros_like(beta)
    for step in range(steps):
        running = beta > 1e-6 * first
        inverse = np.where(running, 1.0 / np.where(running, beta, 1.0), 0.0)
        v = y * _column(inverse)
        y = project(apply(v) - theta * v)
        if step:
            y -= (
                _column(np.where(old_beta > 0, beta / np.where(old_beta > 0, old_beta, 1), 0))
                * before
            )
        alpha = _products(v, y)
        y -= _column(alpha * inverse) * now
        before, now = now, y
        y = project(precondition(now))
        old_beta, beta = beta, np.sqrt(np.maximum(_products(now, y), 0.0))
        old_epsilon = epsilon
        delta = cosine * delta_bar + sine * alpha
        gamma_bar = sine * delta_bar - cosine * alpha
        epsilon = sine * beta
        delta_bar = -cosine * beta
        gamma = np.maximum(np.hypot(gamma_bar, beta), 1e-30)
        cosine, sine = gamma_bar / gamma, beta / gamma
        phi, phi_bar = cosine * phi_bar, sine * phi_bar
        w_older, w_old = w_old, w
        w = v - _column(old_epsilon) * w_older - _column(delta) * w_old
        w *= _column(np.where(running, 1.0 / gamma, 0.0))
        solution += _column(phi) * w
        if np.all(np.abs(phi_bar) <= reduction * first):
            break
    return solution


def _column(values: Reals) -> NDArray[np.float32]:
    return values.astype(np.float32)[:, None]


def _products(left: Single, right: Single) -> Reals:
    """Re⟨l|r⟩ of each pair of rows."""
    a, b = left.view(np.float32), right.view(np.float32)
    products: Reals = np.matmul(a[:, None, :], b[:, :, None])[:, 0, 0].astype(float)
    return products
