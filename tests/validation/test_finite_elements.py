"""A core/shell ellipsoid solved once more, with NGSolve (`pip install ngsolve`)."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import eigsh
from test_other_shapes import AXES, levels, nanocrystal
from validation_cases import NONSPHERICAL

import heterodot as hd
from heterodot.units import HBAR2_OVER_2M0

NAME = "ellipsoid_core_shell_electron"


def finite_element_levels(count, *, longest, order):
    """The lowest levels in meV: curved tetrahedra that follow both surfaces."""
    ngsolve = pytest.importorskip("ngsolve")
    occ = pytest.importorskip("netgen.occ")
    model = NONSPHERICAL[NAME]["model"]
    axes = occ.Axes((0, 0, 0), n=occ.Z, h=occ.X)
    core, outer = (occ.Ellipsoid(axes, *lengths) for lengths in AXES)
    for face in outer.faces:
        face.name = "wall"
    shell = outer - core
    core.mat("core")
    shell.mat("shell")
    geometry = occ.OCCGeometry(occ.Glue([core, shell]))
    mesh = ngsolve.Mesh(geometry.GenerateMesh(maxh=longest)).Curve(order)
    space = ngsolve.H1(mesh, order=order, dirichlet="wall")
    u, v = space.TnT()
    stiffness = mesh.MaterialCF(
        {name: HBAR2_OVER_2M0 / m for name, m in zip(("core", "shell"), model["mass"], strict=True)}
    )
    edge = mesh.MaterialCF(dict(zip(("core", "shell"), model["V"], strict=True)))
    energy = stiffness * ngsolve.grad(u) * ngsolve.grad(v) + edge * u * v
    free = np.array(list(space.FreeDofs()))

    def matrix(form):
        rows, columns, values = ngsolve.BilinearForm(form * ngsolve.dx).Assemble().mat.COO()
        whole = sparse.csc_matrix((np.array(values), (np.array(rows), np.array(columns))))
        return whole[free][:, free]

    values = eigsh(
        matrix(energy), k=count + 2, M=matrix(u * v), sigma=0.3, return_eigenvectors=False
    )
    return 1e3 * np.sort(values)[:count]


@pytest.mark.slow
def test_three_ways_to_the_same_levels():
    """Elements computed here, the tabulated ones and the extrapolated grids."""
    coarse = finite_element_levels(5, longest=1.5, order=3)
    fine = finite_element_levels(5, longest=1.5, order=4)
    reference = levels(NAME, 5)
    assert np.abs(fine - reference).max() < 0.1
    assert np.abs(fine - reference).max() < 0.3 * np.abs(coarse - reference).max()
    ham = hd.Hamiltonian(nanocrystal(NAME), spacing=0.2)
    electrons = hd.solve(ham, 10, 0, spacings=(0.2, 0.1), bound=False, progress=False).electrons
    assert np.abs(1e3 * electrons.energies[0::2] - fine).max() < 0.5
