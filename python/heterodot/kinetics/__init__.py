"""How the numbers of excitons change in time: pumping, recombination, gain that comes and goes."""
