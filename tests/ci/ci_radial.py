"""Spherical one-band quantum dots: radial spectral elements, Slater integrals, spinor integrals."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import scipy.linalg
from numpy.polynomial import legendre
from scipy.special import lpmv

HBAR2_OVER_2M0, COULOMB = 0.0380998212, 1.43996454  # eV nm², eV nm; those of the references
ORDER, NODES = 26, 60


class Radial:
    """Radial functions u(r) = r R(r) on layers between the given radii, u = 0 at both ends.

    BenDaniel-Duke: ∫ ħ²/2m [(u' - u/r)² + l(l+1) u²/r²] + V u² (Legendre-Lobatto elements).
    """

    def __init__(self, radii):
        x, w = legendre.leggauss(NODES)
        edges = [0.0, *radii]
        half = [(b - a) / 2 for a, b in pairwise(edges)]
        self.r = np.concatenate([a + h * (x + 1) for a, h in zip(edges, half, strict=False)])
        self.weights = np.concatenate([h * w for h in half])
        self.outer = radii[-1]
        self.layer = np.repeat(np.arange(len(radii)), NODES)
        # Nodal basis on the Lobatto points of each element, neighbours share an end.
        points = np.concatenate(
            [[-1], np.sort(legendre.legroots(legendre.legder(np.eye(ORDER + 1)[ORDER]))), [1]]
        )
        to_coefficients = np.linalg.inv(legendre.legvander(points, ORDER))
        value = legendre.legvander(x, ORDER) @ to_coefficients
        slope = (
            np.stack(
                [
                    legendre.legval(x, legendre.legder(np.eye(ORDER + 1)[m]))
                    for m in range(ORDER + 1)
                ],
                1,
            )
            @ to_coefficients
        )
        count = len(radii) * ORDER + 1
        self.value, self.slope = np.zeros((2, len(self.r), count))
        for e, h in enumerate(half):
            rows, columns = slice(e * NODES, (e + 1) * NODES), slice(e * ORDER, (e + 1) * ORDER + 1)
            self.value[rows, columns], self.slope[rows, columns] = value, slope / h
        self.value, self.slope = self.value[:, 1:-1], self.slope[:, 1:-1]
        # Primitive from the left end of each element at its nodes.
        integral = np.stack(
            [legendre.legval(x, legendre.legint(np.eye(NODES)[m], lbnd=-1)) for m in range(NODES)],
            1,
        ) @ np.linalg.inv(legendre.legvander(x, NODES - 1))
        self.primitive = np.zeros((len(self.r), len(self.r)))
        for e, h in enumerate(half):
            rows = slice(e * NODES, (e + 1) * NODES)
            self.primitive[rows, rows] = h * integral
            self.primitive[rows, : e * NODES] = self.weights[: e * NODES]

    def levels(self, l, potential, mass, count):
        """Energies and functions at the nodes of the lowest levels of angular momentum l."""
        potential = np.asarray(potential)
        potential = potential if potential.size == self.r.size else potential[self.layer]
        kinetic = self.weights * HBAR2_OVER_2M0 / np.asarray(mass)[self.layer]
        g = self.slope - self.value / self.r[:, None]
        centrifugal = kinetic * l * (l + 1) / self.r**2 + self.weights * potential
        h = g.T @ (kinetic[:, None] * g) + self.value.T @ (centrifugal[:, None] * self.value)
        s = self.value.T @ (self.weights[:, None] * self.value)
        energies, vectors = scipy.linalg.eigh(h, s, subset_by_index=(0, count - 1))
        return energies, (self.value @ vectors).T

    def slater(self, k, densities, others, permittivity, outside=None):
        """R^k of pair densities with the Green function of a sphere (eV)."""
        inner = (self.primitive @ (densities * self.r**k).T).T / self.r ** (k + 1)
        moment = densities / self.r ** (k + 1)
        outer = ((moment @ self.weights)[:, None] - moment @ self.primitive.T) * self.r**k
        potential = inner + outer
        if outside is not None:
            image = (k + 1) * (permittivity - outside) / (k * permittivity + (k + 1) * outside)
            image /= self.outer ** (2 * k + 1)
            potential = potential + image * np.outer(
                densities @ (self.weights * self.r**k), self.r**k
            )
        return COULOMB / permittivity * (potential * self.weights) @ others.T

    def self_polarisation(self, permittivity, outside):
        x = (self.r / self.outer) ** 2
        limit = (permittivity - outside) / (permittivity + outside)
        total, power = limit / (1 - x), np.ones_like(x)
        for k in range(6000):
            term = (k + 1) * (permittivity - outside) / (k * permittivity + (k + 1) * outside)
            total += (term - limit) * power
            power *= x
        return COULOMB / (2 * permittivity * self.outer) * total


def gaunt(lm, largest):
    """∫ Y_a* Y_b Y_kq for all a, b of the list and all k <= largest."""
    x, w = legendre.leggauss(2 * largest + 4)
    phi = np.arange(4 * largest + 4) * 2 * np.pi / (4 * largest + 4)
    weight = np.outer(w, np.full(phi.size, phi[1])).ravel()

    def harmonic(l, m):
        polar = lpmv(abs(m), l, x)
        y = np.outer(polar, np.exp(1j * m * phi)).ravel()
        return y / np.sqrt(weight @ np.abs(y) ** 2)

    ys = np.array([harmonic(*s) for s in lm])
    kq = [(k, q) for k in range(largest + 1) for q in range(-k, k + 1)]
    multipoles = np.array([harmonic(*s) for s in kq])
    return [k for k, _ in kq], np.einsum(
        "an,bn,kn,n->abk", ys.conj(), ys, multipoles, weight, optimize=True
    )


class RadialIntegrals:
    """Integrals of spinors of spherical shells (l, energy, u), made when asked for.

    Spinors in rising energy of their shells; in a shell m, then spin, fastest last.
    """

    def __init__(self, radial, electron_shells, hole_shells, permittivity, outside=None):
        shells = {"e": electron_shells, "h": hole_shells}
        self.largest = 2 * max(shell[0] for kind in shells.values() for shell in kind)
        self.shell, self.angular, energies, densities = {}, {}, {}, {}
        for name, some in shells.items():
            self.shell[name] = np.repeat(np.arange(len(some)), [2 * l + 1 for l, _, _ in some])
            ls = [l for l, _, _ in some]
            unique = sorted({(l, m) for l in ls for m in range(-l, l + 1)})
            place = {lm: i for i, lm in enumerate(unique)}
            lm = [place[l, m] for l in ls for m in range(-l, l + 1)]
            ks, g = gaunt(unique, self.largest)
            g = np.array(g)[np.ix_(lm, lm)]
            self.angular[name] = [g[..., np.array(ks) == k] for k in range(self.largest + 1)]
            energies[name] = np.repeat([energy for _, energy, _ in some], [4 * l + 2 for l in ls])
            u = np.array([u for _, _, u in some])
            densities[name] = (u[:, None] * u[None]).reshape(len(u) ** 2, -1)
        self.one_body_electron = np.diag(energies["e"]).astype(complex)
        self.one_body_hole = np.diag(energies["h"]).astype(complex)
        self.slater = {}
        for a, b in ("ee", "hh", "eh"):
            n, m = len(shells[a]), len(shells[b])
            self.slater[a + b] = [
                radial.slater(k, densities[a], densities[b], permittivity, outside).reshape(
                    n, n, m, m
                )
                for k in range(self.largest + 1)
            ]

    def block(self, kind, i, j, k, l):
        """(ij|kl), with the spinors of four index arrays."""
        a, b = kind
        orbitals, inverses = zip(
            *(np.unique(x // 2, return_inverse=True) for x in (i, j, k, l)), strict=True
        )
        p, q, r, s = orbitals
        sa, sb = self.shell[a], self.shell[b]
        total = np.zeros([len(x) for x in orbitals], complex)
        for multipole in range(self.largest + 1):
            # 1/|r - r'| = Σ 4π/(2k+1) r<^k/r>^(k+1) Y_kq(Ω) Y*_kq(Ω'), and (Y_a* Y_b)* = Y_b* Y_a
            x = self.angular[a][multipole][np.ix_(p, q)].reshape(-1, 2 * multipole + 1)
            y = self.angular[b][multipole][np.ix_(s, r)].conj().swapaxes(0, 1)
            angular = (x @ y.reshape(-1, 2 * multipole + 1).T).reshape(total.shape)
            slater = self.slater[kind][multipole][np.ix_(sa[p], sa[q], sb[r], sb[s])]
            total += 4 * np.pi / (2 * multipole + 1) * angular * slater
        result = total[np.ix_(*inverses)]
        result *= (i[:, None] % 2 == j % 2)[:, :, None, None]
        result *= (k[:, None] % 2 == l % 2)[None, None]
        return result


def spinor_integrals(radial, electron_shells, hole_shells, permittivity, outside=None):
    """The same as whole tensors."""
    lazy = RadialIntegrals(radial, electron_shells, hole_shells, permittivity, outside)
    e, h = (np.arange(len(m)) for m in (lazy.one_body_electron, lazy.one_body_hole))
    return SimpleNamespace(
        one_body_electron=lazy.one_body_electron,
        one_body_hole=lazy.one_body_hole,
        ee=lazy.block("ee", e, e, e, e),
        hh=lazy.block("hh", h, h, h, h),
        eh=lazy.block("eh", e, e, h, h),
    )
