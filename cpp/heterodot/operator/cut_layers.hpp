// What the layers of eight bands at a hard wall add on the legs that the wall cuts.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "heterodot/operator/form_field.hpp"
#include "heterodot/operator/wall_layer.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

// Of one leg from a node inside to one outside. The condition on slow envelopes depends on their
// energy E: to the node come energy + (E₀ − E)·norm, E₀ being its local terms, so that its norm is
// 1 + norm.
struct CutLayer {
  double stiffness = 1.0; // part of ∫(∂u)² on the leg that is taken
  double product = 1.0;   // and of −∫∂u v
  double energy = 0.0;    // eV
  double norm = 0.0;
};

class CutLayers {
public:
  CutLayers(const Voxelisation &voxels, const PolynomialField &field, const FormField &forms,
            const WallSurface &surface);

  // Of the leg of an orbital on nodes that leaves a node along ±axis and is cut at θ of its length.
  CutLayer at(int orbital, int axis, int side, const NodeIndex &inside, double theta) const;
  // Finds the norms of all nodes; scale() has 1 before.
  void find_norms();
  bool has_norms() const { return !norms_.empty(); }
  std::vector<std::pair<int, NodeIndex>> nodes_with_norms() const; // and their orbitals
  // w^(−1/2) of a node with the norm w: H ψ = E w ψ becomes a standard problem for w^(1/2) ψ.
  double scale(int orbital, const NodeIndex &node) const;

private:
  static double leg_share(const WallLayer &layer, std::size_t axis, double spacing, double depth);
  Index key(int orbital, const NodeIndex &node) const;

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  const FormField &forms_;
  const WallSurface &surface_;
  std::unordered_map<Index, double> norms_;          // where they are not 1
  std::unordered_map<Index, double> kept_in_corner_; // of the dependence on E, where not all
};

} // namespace heterodot
