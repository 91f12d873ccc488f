// What a step of the conduction band in eight bands leaves on a grid that does not resolve it.
#pragma once

#include <vector>

#include "heterodot/operator/form_field.hpp"
#include "heterodot/operator/row_accumulator.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

// Where the band edge of u (S, on the nodes) steps by Δ and the kinetic terms go on, u answers with
// waves of all lengths along the normal. To second order in Δ these lower the energy, per area, by
//
// Δ² u² ∫ dk/2π |Θ_k|² G(k),  G = K/(A κ² p² + A K²),  |Θ_k|² = 1/k², K = p² = k²
//
// with A and κ of the layer in wall_layer.hpp; G is 1/Aκ² for waves longer than the layer. Waves of
// the grid obey the same with its own K, p and weights of the step. The difference, surface energy
// −Δ² u² h F/Aκ², is the largest error of a grid whose spacing h is not small against 1/κ (third
// order in Δ is a third of it for 2 eV, 0.2 nm). On an oblique interface F is (1 + Σ n_i⁴)/2 of its
// mean over all places of the interface (lattice sums along [110], [111] and [321]: within 3 %).
class StepLayers {
public:
  StepLayers(const Voxelisation &voxels, const PolynomialField &field, const FormField &forms,
             const WallSurface &surface, const DiscretisationOptions &options);

  // Adds the surface energies of a node and its neighbours to the rows of the node.
  void add(RowAccumulator &rows) const;

private:
  // Of an orbital at the node of a cut voxel: its energy, and what it changes by with u a step
  // further along every axis, so that u is that at the interface.
  struct StepEnergy {
    int orbital;
    double energy;
    Vec3 slope;
  };
  void fill(const NodeIndex &node, Index cut, std::vector<StepEnergy> &energies) const;
  const std::vector<StepEnergy> *at(const NodeIndex &node) const;

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  const WallSurface &surface_;
  const PlaceMap *map_ = nullptr;                 // of the nodes
  std::vector<std::vector<StepEnergy>> energies_; // by cut voxel
};

// F for an interface a part t of the spacing away from a node, η = hκ; and its mean over t.
double step_response(double part, double eta);
double mean_step_response(double eta);

} // namespace heterodot
