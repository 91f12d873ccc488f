"""Small nanocrystals, models and helpers of the operator's tests."""

import numpy as np

import heterodot as hd

CORE = hd.Material(
    "core",
    conduction_edge=2.0,
    valence_edge=-0.5,
    electron_mass=0.20,
    hole_mass=0.70,
    luttinger=(4.1, 0.8, 1.5),
    spin_orbit=0.10,
)
SHELL = hd.Material(
    "shell",
    conduction_edge=2.8,
    valence_edge=0.0,
    electron_mass=0.16,
    hole_mass=0.60,
    luttinger=(3.8, 1.0, 1.4),
    spin_orbit=0.40,
)


def two_band(material):
    """Conduction and valence band coupled by a term linear in k (anisotropic, complex)."""
    unit = hd.units.HBAR2_OVER_2M0
    masses = np.diag([1 / material.electron_mass, -1 / material.hole_mass])
    coupling = np.zeros((3, 2, 2), complex)
    coupling[0, 0, 1] = 0.03j * material.conduction_edge
    coupling[1, 0, 1] = 0.05
    return hd.kp.MatrixPolynomial(
        ("c", "v"),
        unit * np.einsum("ij,ab->ijab", np.eye(3), masses),
        first=coupling,
        zeroth=np.diag([material.conduction_edge, material.valence_edge]),
    )


def staggered(material):
    """S on the nodes, X, Y, Z on the faces, coupled by the Kane term iP k_j."""
    unit = hd.units.HBAR2_OVER_2M0
    second = np.einsum("ij,ab->ijab", np.eye(3), np.diag([1.0, -2.0, -2.0, -2.0]))
    for i in range(3):
        second[i, i, 1 + i, 1 + i] = -4.0
        for j in range(3):
            if i != j:
                second[i, j, 1 + i, 1 + j] = -3.0
                second[i, j, 1 + j, 1 + i] = 1.0
    first = np.zeros((3, 4, 4), complex)
    for j in range(3):
        first[j, 0, 1 + j] = 0.5j * np.sqrt(unit * 12.0)
        first[j, 1 + j, 0] = 0.5j * np.sqrt(unit * 12.0)
        first[j] = 0.5 * (first[j] - first[j].T.copy())
    return hd.kp.MatrixPolynomial(
        ("S", "X", "Y", "Z"),
        unit * second,
        first=first,
        zeroth=np.diag([material.conduction_edge] + 3 * [material.valence_edge]),
        places=(0, 1, 2, 4),
    )


MODELS = {
    "EffectiveMass": (hd.kp.EffectiveMass(), "electron"),
    "Luttinger6": (hd.kp.Luttinger6(), "hole"),
    "two bands": (hd.kp.Polynomial(electron=two_band, name="two bands"), "electron"),
    "staggered": (hd.kp.Polynomial(electron=staggered, name="staggered"), "electron"),
}


def dispersion(ham, carrier, k):
    """Symbol of the operator at the grid's centre: Σ over a row of value · exp(ik·distance)."""
    operator = ham.operator(carrier)
    bands, *shape = operator.shape
    active = operator.active()
    number = np.cumsum(active) - 1
    centre = [n // 2 for n in shape]
    dof = np.flatnonzero(active)
    places = operator.places
    axes = [ham.grid.axes(place) for place in places]
    symbol = np.zeros((bands, bands), complex)
    for a in range(bands):
        at = np.ravel_multi_index((a, *centre), operator.shape)
        row = int(number[at])
        line = ham.tocsr(carrier, rows=(row, row + 1)).tocoo()
        b, *node = np.unravel_index(dof[line.col], operator.shape)
        for value, band, x, y, z in zip(line.data, b, *node, strict=True):
            there = [axes[band][d][n] for d, n in enumerate((x, y, z))]
            here = [axes[a][d][n] for d, n in enumerate(centre)]
            symbol[a, band] += value * np.exp(1j * np.dot(k, np.subtract(there, here)))
    return symbol


def two_orbitals(A, L, P, conduction=0.0, valence=0.0):
    """S on the nodes and X half a step on along x, coupled across the gap: eV nm² and eV."""
    kx = hd.kp.kx
    return hd.kp.MatrixPolynomial.from_matrix(
        ("S", "X"),
        [[conduction + kx * A * kx, 1j * P * kx], [-1j * kx * P, valence - kx * L * kx]],
        places=(0, 1),
        below_gap=1,
    )


def line_along_x(ham):
    """Matrix of the line of nodes along x in the middle of a slab."""
    return _middle(ham, (1, 2)).toarray()


def plane_across_z(ham):
    """Sparse matrix of the plane of nodes in the middle along z."""
    return _middle(ham, (2,)).tocsc()


def _middle(ham, axes):
    operator = ham.operator("electron")
    places = np.argwhere(operator.active().reshape(operator.shape))
    middle = np.array(operator.shape) // 2
    chosen = np.flatnonzero(
        np.all([places[:, 1 + axis] == middle[1 + axis] for axis in axes], axis=0)
    )
    matrix = ham.tocsr()[chosen][:, chosen]
    assert abs(matrix - matrix.conj().T).max() < 1e-12
    return matrix


def levels_along_x(ham):
    """All levels in eV of the line of nodes along x in the middle of a slab."""
    return np.linalg.eigvalsh(line_along_x(ham))
