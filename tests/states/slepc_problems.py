"""Small problems for both engines: (Hamiltonian, electrons, holes, PETSc options)."""

import heterodot as hd


def _dot(core=1.3, shell=1.9):
    return hd.Nanocrystal([("CdS", hd.Sphere(radius=core)), ("ZnSe", hd.Sphere(radius=shell))])


def one_band():
    """Nodes outside a hard wall do not exist: slabs of different numbers of unknowns."""
    dot = hd.Nanocrystal(
        [("CdS", hd.Sphere(radius=1.3)), ("ZnSe", hd.Cylinder(radius=1.5, length=3.1))],
        environment=hd.HardWall(),
    )
    return hd.Hamiltonian(dot, hd.kp.EffectiveMass(), spacing=0.3), 10, 10, {}


def six_bands():
    return hd.Hamiltonian(_dot(), hd.kp.Luttinger6(), spacing=0.6, margin=0.7), 0, 8, {}


def eight_bands():
    return hd.Hamiltonian(_dot(1.2, 2.0), hd.kp.Zincblende8(), spacing=0.7, margin=0.6), 4, 8, {}


def eight_bands_in_a_field():
    hamiltonian = eight_bands()[0].with_electric_field((0.05, 0.02, -0.03))
    return hamiltonian, 4, 6, {}


def one_band_iterated():
    return hd.Hamiltonian(_dot(), spacing=0.2), 8, 0, {"factorised": 100}


def six_bands_iterated():
    return *six_bands()[:3], {"factorised": 100}


def eight_bands_iterated():
    return *eight_bands()[:3], {"factorised": 100}


def eight_bands_too_few_steps():
    return *eight_bands()[:3], {"factorised": 100, "st_ksp_max_it": 3}


def eight_bands_in_a_wire():
    """It repeats along x, where ranks take slabs of nodes."""
    layers = [("CdS", hd.Box((5.6, 1.6, 1.8))), ("ZnSe", hd.Box((5.6, 3.2, 3.4)))]
    wire = hd.Nanocrystal(layers, environment=hd.HardWall(), period=(2.8, None, None))
    return hd.Hamiltonian(wire, hd.kp.Zincblende8(), spacing=0.7), 4, 6, {}


PROBLEMS = {
    function.__name__: function
    for function in (
        one_band,
        six_bands,
        eight_bands,
        eight_bands_in_a_field,
        one_band_iterated,
        six_bands_iterated,
        eight_bands_iterated,
        eight_bands_too_few_steps,
        eight_bands_in_a_wire,
    )
}
