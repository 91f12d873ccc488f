"""Local Fourier analysis of smoothers beside the gap of eight-band models.

On an infinite grid of one material the operator multiplies every wave k by an 8 × 8 matrix. A cycle
whose coarse grid is exact leaves the waves that the coarse grid does not see, max |k_i| h ≥ π/2, to
the smoother. Printed is the mean factor by which one step of flexible GMRES reduces the residual of
random such waves, for

* the diagonal of H − σ and the best vector of its Krylov space of dimension two, before and after,
* one or two symmetric Gauss–Seidel sweeps through nodes and orbitals before and after, each with the
  factor best for the residual, without and with some of the complement of the bands below the gap
  in the diagonal of those above (heterodot's sweeps take 1.5, and two of them).

Nothing of a multigrid cycle is run here; interfaces and the ends of bricks are not in it.
"""

from __future__ import annotations

import argparse

import numpy as np

import heterodot as hd

WAVES, STEPS = 16, 7
WALL = 8  # nodes from the middle of the box to its wall: no row reaches as far


def stencil(material, spacing):
    """Rows of the node in the middle: (band, other band, steps to it, value)."""
    solid = hd.Box((2 * WALL * spacing,) * 3)
    dot = hd.Nanocrystal([(material, solid)], environment=hd.HardWall())
    ham = hd.Hamiltonian(dot, hd.kp.Zincblende8(), spacing, margin=spacing)
    operator, matrix = ham.operator("electron"), ham.tocsr("electron")
    active = np.flatnonzero(operator.active())
    row_of = np.full(operator.size, -1)
    row_of[active] = np.arange(len(active))
    middle = [n // 2 for n in operator.shape[1:]]
    entries = []
    for band in range(8):
        row = row_of[np.ravel_multi_index((band, *middle), operator.shape)]
        for at in range(matrix.indptr[row], matrix.indptr[row + 1]):
            other, *node = np.unravel_index(active[matrix.indices[at]], operator.shape)
            step = tuple(int(n - m) for n, m in zip(node, middle, strict=True))
            entries.append((band, int(other), step, matrix.data[at]))
    return entries


def symbol(entries, waves, chosen=lambda band, other, step: True):
    """Return (waves, 8, 8) matrices."""
    result = np.zeros((len(waves), 8, 8), complex)
    for band, other, step, value in entries:
        if chosen(band, other, step):
            result[:, band, other] += value * np.exp(1j * waves @ np.array(step))
    return result


def apply(matrices, vectors):
    return np.einsum("kab,kb->ka", matrices, vectors)


def smoothed(matrix, inverse, residual, dimension, rounds):
    """Return the solution and the residual after some rounds in Krylov spaces of a dimension."""
    solution = np.zeros_like(residual)
    for _ in range(rounds):
        directions, images = [], []
        image = residual
        for _ in range(dimension):
            direction = apply(inverse, image)
            image = apply(matrix, direction)
            own, along = image.copy(), direction.copy()
            for known, other in zip(images, directions, strict=True):
                part = np.vdot(known, own)
                own, along = own - part * known, along - part * other
            length = np.linalg.norm(own)
            images.append(own / length)
            directions.append(along / length)
        for known, other in zip(images, directions, strict=True):
            part = np.vdot(known, residual)
            residual, solution = residual - part * known, solution + part * other
    return solution, residual


def reduction(matrix, inverse, dimension, rounds):
    """Return the mean factor of one step of flexible GMRES."""
    random = np.random.default_rng(0)
    shape = matrix.shape[:2]
    residual = random.standard_normal(shape) + 1j * random.standard_normal(shape)
    known, lengths = [], []
    for _ in range(STEPS):
        solution, _ = smoothed(matrix, inverse, residual, dimension, 2 * rounds)
        image = apply(matrix, solution)
        for other in known:
            image = image - np.vdot(other, image) * other
        known.append(image / np.linalg.norm(image))
        residual = residual - np.vdot(known[-1], residual) * known[-1]
        lengths.append(np.linalg.norm(residual))
    return (lengths[-1] / lengths[2]) ** (1 / (STEPS - 3))


def sweeps(entries, waves, diagonal):
    """Return (D + U)⁻¹ D (D + L)⁻¹ in the order of nodes and orbitals, without what turns spins."""

    def before(band, other, step):
        return band // 4 == other // 4 and (step, other % 4) < ((0, 0, 0), band % 4)

    lower = symbol(entries, waves, before)
    middle = np.diag(diagonal)
    upper = lower.conj().transpose(0, 2, 1)
    return np.linalg.inv(middle + upper) @ middle @ np.linalg.inv(middle + lower)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--materials", nargs="+", default=["CdSe", "CdS"])
    parser.add_argument("--spacings", nargs="+", type=float, default=[0.11, 0.23])
    arguments = parser.parse_args()
    angles = 2 * np.pi * np.fft.fftfreq(WAVES)
    waves = np.stack(np.meshgrid(angles, angles, angles, indexing="ij"), -1).reshape(-1, 3)
    waves = waves[np.any(np.abs(waves) > np.pi / 2 - 1e-9, axis=1)]
    above = np.arange(8) % 4 == 0
    print(f"{'':24}diagonal   sweeps, complement × 0 / 1 / 1.5 / 2: one; two")
    for name in arguments.materials:
        material = hd.material(name)
        for spacing in arguments.spacings:
            entries = stencil(name, spacing)
            local = np.zeros(8)
            for band, other, step, value in entries:
                if band == other and step == (0, 0, 0):
                    local[band] += value.real
            edges = material.valence_edge, material.conduction_edge
            for side, part in (("holes", 0.05), ("electrons", 0.95)):
                shift = edges[0] + part * (edges[1] - edges[0])
                diagonal, squares = local - shift, np.zeros(8)
                for band, other, _, value in entries:
                    if above[band] and not above[other]:
                        squares[band] -= abs(value) ** 2 / diagonal[other]
                matrix = symbol(entries, waves) - shift * np.eye(8)
                plain = np.broadcast_to(np.diag(1 / diagonal), matrix.shape)
                found = [
                    sweeps(entries, waves, diagonal + factor * squares)
                    for factor in (0.0, 1.0, 1.5, 2.0)
                ]
                one, two = (
                    " / ".join(f"{reduction(matrix, own, 1, rounds):.2f}" for own in found)
                    for rounds in (1, 2)
                )
                label = f"{name}, {spacing} nm, {side}"
                print(
                    f"{label:26}{reduction(matrix, plain, 2, 1):.2f}     {one}; {two}", flush=True
                )


if __name__ == "__main__":
    main()
