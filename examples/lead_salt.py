"""A model that heterodot does not ship: the four bands of PbSe at an L point.

Kang and Wise, J. Opt. Soc. Am. B 14, 1632 (1997), equation (1): conduction band L6− and valence
band L6+, each with spin, z along the axis of the valley. Their coupling mixes the spins, so the
basis functions carry spin themselves (``spinful``): first those with spin up, then their time
reverses.
"""

from math import sqrt

import numpy as np

import heterodot as hd
from heterodot.kp import MatrixPolynomial, kx, ky, kz
from heterodot.units import HBAR2_OVER_2M0 as H

# PbSe at room temperature (recalled from Table 1 of the paper): Eg in eV, 2P²/m0 in eV, m0/m.
GAP = 0.28
P_ALONG, P_ACROSS = sqrt(H * 1.7), sqrt(H * 3.0)  # ħP/m0 in eV nm
C_ALONG, C_ACROSS = 3.1 * H, 4.3 * H  # remote bands, conduction
V_ALONG, V_ACROSS = 3.3 * H, 8.7 * H  # remote bands, valence


def four_bands(material: hd.Material) -> MatrixPolynomial:
    """Return H(k) of one valley around the middle of the material's gap."""
    middle = (material.conduction_edge + material.valence_edge) / 2
    half = material.gap / 2
    L, T = P_ALONG, P_ACROSS
    c = middle + half + kx * C_ACROSS * kx + ky * C_ACROSS * ky + kz * C_ALONG * kz
    v = middle - half - kx * V_ACROSS * kx - ky * V_ACROSS * ky - kz * V_ALONG * kz
    # σ·(Pk), with P left of k in the row of the conduction band and right of it in the other
    z, minus, plus = L * kz, T * kx + (-1j * T) * ky, T * kx + (1j * T) * ky
    z_, minus_, plus_ = kz * L, kx * T + ky * (-1j * T), kx * T + ky * (1j * T)
    matrix = [
        # c↑    v↑      c↓      v↓
        [c,     z,      0,      minus ],
        [z_,    v,      minus_, 0     ],
        [0,     plus,   c,      -z    ],
        [plus_, 0,      -z_,    v     ],
    ]  # fmt: skip
    return MatrixPolynomial.from_matrix(
        ("c↑", "v↑", "c↓", "v↓"),
        matrix,
        spinful=True,
        below_gap=2,
        turn=lambda rotation: np.kron(hd.kp.spin_turn(rotation), np.eye(2)),
    )


MODEL = hd.kp.Polynomial(electron=four_bands, hole=four_bands, name="lead salt")
PBSE = hd.Material("PbSe", gap=GAP, valence_edge=0.0)

if __name__ == "__main__":
    k = np.linspace(0, 1, 6)[:, None] * np.array([0.0, 0.0, 1.0])
    print("k along the valley (1/nm), bands (eV):")
    for length, energies in zip(k[:, 2], MODEL.bands(PBSE, k), strict=True):
        print(f"  {length:.1f}", *(f"{energy:8.4f}" for energy in energies[::2]))
    valence, _, conduction, _ = MODEL.masses(PBSE, (0, 0, 1))
    print(f"masses along the valley: electron {conduction:.4f}, hole {-valence:.4f}")
