"""From bound to repelling excitons on the way from type I to type II: the example, on a coarse grid.

P. G. McDonald, E. J. Tyrrell, J. Shumway, J. M. Smith, I. Galbraith, Phys. Rev. B 86, 125310 (2012),
arXiv:1205.7055, by path-integral Monte Carlo: a perturbative treatment misses the transition.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import heterodot as hd

EXAMPLE = Path(__file__).parents[2] / "examples" / "biexciton_binding.py"
MEV = 1e-3


def shift(offset):
    dot = runpy.run_path(str(EXAMPLE))["dot"](offset)
    states = hd.solve(hd.Hamiltonian(dot, spacing=0.4), electrons=20, holes=20, progress=False)
    return states.localisation().regime, hd.xx_shift(hd.coulomb(states), active=(8, 8))


@pytest.mark.filterwarnings("ignore:active")
@pytest.mark.parametrize(("offset", "regime"), [(0.4, "type I"), (-0.4, "type II")])
def test_correlation_binds_in_type_one_only(offset, regime):
    found, result = shift(offset)
    assert found == regime
    assert result.first_order > 0  # repulsion in both, without correlation
    low, high = result.interval
    if regime == "type I":
        assert high < -5 * MEV
    else:
        assert low > 5 * MEV
