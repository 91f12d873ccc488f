"""Whole calculations: input files, results, saving and loading."""
