"""Shapes, grids, and the share of every region in every cell."""
