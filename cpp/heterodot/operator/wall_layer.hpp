// The layer in which envelopes of eight bands fall to zero at a hard wall.
#pragma once

#include <Eigen/Dense>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// Second-order terms A of u (S, on the nodes) and Λ of v (X, Y, Z, on the faces), of opposite
// signs, and a first-order coupling q·v between them have besides slow envelopes one that falls
// within 1/κ = √(A/qΛ⁻¹q) (P/√(A'|L'|)ħ²/2m0 inverted; 0.03 nm for CdSe) of a wall of normal n,
// with v = −Λ⁻¹q u/κ. Slow and fast ones together vanish there, so that the slow ones obey q·v = Aκ
// u: where the layer is thinner than the grid, this is what a wall means.
//
// A = n·D^uu·n, q_b = n_i M_3i^ub, Λ_bc = n·D^bc·n; Aκ u² = q·v u is split between the axes.
struct WallLayer {
  double decay = 0.0;        // κ; 0: there is none
  Vec3 share{0.0, 0.0, 0.0}; // of Aκ, by the axis of the coupling
  double diffusion = 0.0;    // A
  double ratio = 0.0;        // |v|²/u² in the layer: A/|Λ|
  double gap = 0.0;          // of the local terms of u and of v, eV

  static WallLayer of(const Eigen::MatrixXcd &form, const std::vector<Place> &places, int orbital,
                      const Vec3 &normal);
};

// What a leg of length θh inside, cut by a wall, has to add to the energy of u at its node so that
// the discrete slow envelopes obey what the continuous ones do: Aκ u² γ, with η = hκ and
//
// γ = value + slope_u ε_u + bend_u ε_u² + slope_v ε_v + bend_uv ε_u ε_v,
// ε_u = (E − E_u)/Aκ², ε_v = (E − E_v)/|Λ|κ²
//
// for an energy E and local terms E_u, E_v. It is found from the staggered differences along a line
// (the growing envelope absent) and vanishes with η, where the grid resolves the layer.
struct LayerEnergy {
  double value, slope_u, bend_u, slope_v, bend_uv;
};
LayerEnergy layer_energy(double theta, double eta);

// On a wall of mean curvature K they obey q·v = A(κ − K) u instead (v/u of a layer around a sphere
// is that of i_1 and i_0, coth κR − 1/κR), which takes K/κ from γ. A layer that the grid
// resolves bends by itself: η³/(3.5 + η³) of K/κ is missing (3.5: least error of CdS and CdSe
// spheres).
double layer_bending(double curvature, double spacing, double decay);

// The part of the product −∫∂u v on a cut leg that is taken with v of the face before it; the rest
// is in γ. All of it is right where the layer is resolved, nothing where u no longer changes on the
// leg. In between 1/(1 + η/5) leaves the least error in the levels of a two-band slab.
inline double leg_product(double eta) {
  return 1.0 / (1.0 + eta / 5.0);
}

} // namespace heterodot
