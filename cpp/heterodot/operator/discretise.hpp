// From a k·p polynomial in every region to the operator on the grid.
#pragma once

#include <memory>

#include "heterodot/operator/laminate.hpp"
#include "heterodot/operator/polynomial.hpp"
#include "heterodot/operator/stencil_operator.hpp"
#include "heterodot/solids/voxels.hpp"

namespace heterodot {

// What lies outside the outermost surface, seen from inside. Nodes end at the surface; there ψ
// either vanishes (a hard wall) or runs into the tail of a barrier too steep to resolve (tail.hpp).
struct Wall {
  bool present = false;
  double tail_diffusion = 0.0;    // ħ²/2m of the barrier in eV nm²; 0: hard wall
  double barrier_edge = 0.0;      // V in eV
  double reference_energy = 0.0;  // E0 in eV, around which the tail is expanded
  double tangential_energy = 0.0; // the same for the motion of the tail along the surface

  bool has_tail() const { return present && tail_diffusion > 0.0; }
};

struct DiscretisationOptions {
  InterfaceRule interface = InterfaceRule::laminate;
  int order = 4;                   // of the differences inside a material: 2 or 4
  bool corrected_fractions = true; // with the moments of the voxels, for local terms
  Wall wall;
  bool cut_cells = true; // false: laminates alone, for comparison (interface_cells.hpp)
  // Whether mixed differences of order 2 err as pure ones do (fourth_order.hpp; false: for
  // comparison).
  bool mixed_products = true;
  bool share_rows = true; // nodes with alike surroundings (false: for tests of just that)
  // K in 1/nm along periodic axes: H acts on the periodic part u of ψ = exp(iK·r) u.
  Vec3 wave_vector{};
};

// Discretises ∫ g† M g (see polynomial.hpp): every block M_ij lives at its own place, where it is
// the laminate of the materials in the voxel centred there; differences are of fourth order where
// the surroundings are uniform. Models on the nodes without terms of first order take the cells
// that an interface cuts corner by corner instead (interface_cells.hpp). Along periodic axes rows
// are those in the middle of images on both sides, with columns brought back into the box.
std::shared_ptr<StencilOperator> discretise(const Voxelisation &voxels,
                                            const PolynomialField &field,
                                            const DiscretisationOptions &options);

} // namespace heterodot
