"""Functions that a sweep can send to other processes."""

import heterodot as hd


def square(x, y=0):
    if x == 3:
        raise ValueError("three is not wanted")
    return {"value": x * x + y}


def levels(radius, previous=None):
    dot = hd.Nanocrystal([("CdSe", hd.Sphere(radius))], environment=hd.HardWall())
    hamiltonian = hd.Hamiltonian(dot, spacing=0.3)
    return hd.solve(hamiltonian, electrons=4, holes=0, guess=previous, progress=False)
