"""Single particles: the Hamiltonian of a nanocrystal and its states."""
