"""A small calculation with the installed wheel: levels, X and XX of a hard-wall sphere."""

import heterodot as hd

material = hd.Material(
    "dot", gap=2.0, valence_edge=0.0, electron_mass=0.2, hole_mass=0.6, permittivity=8.0
)
crystal = hd.Nanocrystal([(material, hd.Sphere(2.0))], environment=hd.HardWall(permittivity=8.0))
states = hd.solve(
    hd.Hamiltonian(crystal, model=hd.kp.EffectiveMass(), spacing=0.4), electrons=2, holes=2
)
exciton = hd.ci(hd.coulomb(states), electrons=1, holes=1)
print("levels", states.electrons.energies, states.holes.energies, "X", exciton.energies)
