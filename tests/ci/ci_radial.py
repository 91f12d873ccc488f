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


def spinor_integrals(radial, electron_shells, hole_shells, permittivity, outside=None):
    """Integrals of spinors; shells are (l, energy, u). Spinors: shell, m, spin, fastest last."""
    kinds = {}
    for name, shells in (("e", electron_shells), ("h", hole_shells)):
        orbitals = [
            (s, m) for s, shell in enumerate(shells) for m in range(-shell[0], shell[0] + 1)
        ]
        u = np.array([shells[s][2] for s, _ in orbitals])
        largest = 2 * max(shell[0] for shell in (*electron_shells, *hole_shells))
        ks, g = gaunt([(shells[s][0], m) for s, m in orbitals], largest)
        energies = np.repeat([shells[s][1] for s, _ in orbitals], 2)
        kinds[name] = np.array(ks), g, np.einsum("ar,br->abr", u, u), energies

    def integrals(a, b):
        ks, g_a, rho_a, _ = kinds[a]
        _, g_b, rho_b, _ = kinds[b]
        n_a, n_b = len(g_a), len(g_b)
        total = np.zeros((n_a, n_a, n_b, n_b), complex)
        for k in range(ks.max() + 1):
            slater = radial.slater(
                k, rho_a.reshape(n_a**2, -1), rho_b.reshape(n_b**2, -1), permittivity, outside
            ).reshape(total.shape)
            # 1/|r - r'| = Σ 4π/(2k+1) r<^k/r>^(k+1) Y_kq(Ω) Y*_kq(Ω'), and (Y_a* Y_b)* = Y_b* Y_a
            angular = np.einsum(
                "abq,dcq->abcd", g_a[..., ks == k], g_b[..., ks == k].conj(), optimize=True
            )
            total += 4 * np.pi / (2 * k + 1) * angular * slater
        spin = np.eye(2)
        total = np.einsum("abcd,st,uv->asbtcudv", total, spin, spin)
        return total.reshape(2 * n_a, 2 * n_a, 2 * n_b, 2 * n_b)

    return SimpleNamespace(
        one_body_electron=np.diag(kinds["e"][3]).astype(complex),
        one_body_hole=np.diag(kinds["h"][3]).astype(complex),
        ee=integrals("e", "e"),
        hh=integrals("h", "h"),
        eh=integrals("e", "h"),
    )
