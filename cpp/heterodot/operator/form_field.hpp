// The quadratic form at every place of the grid: bulk forms by region, laminates where cut.
#pragma once

#include <array>
#include <vector>

#include "heterodot/operator/discretise.hpp"

namespace heterodot {

using NodeIndex = std::array<Index, 3>;

class FormField {
public:
  FormField(const Voxelisation &voxels, const PolynomialField &field,
            const DiscretisationOptions &options);

  // Computes the laminates of the blocks (i, j) of the form at a place; call once for each pair.
  void prepare(Place place, const std::vector<std::pair<int, int>> &blocks);

  // Block (i, j), entry (a, b), at index (x, y, z) of a place; indices from −1 to n.
  Complex entry(Place place, const NodeIndex &at, int i, int j, int a, int b) const;

  // Whether the kinetic part (all but M_33) is uniform in the 3×3×3 voxels around a place, taken
  // along the axes in the mask.
  bool uniform_around(Place place, const NodeIndex &at, unsigned axes) const;

  // The region that fills the voxel centred at a node (−1: cut, or outside a hard wall).
  int node_region(const NodeIndex &at) const;

  // Fraction-weighted local spin–orbit term, entry (α, β), at a place.
  Complex spin_orbit(Place place, const NodeIndex &at, int alpha, int beta) const;

private:
  struct PlaceForms {
    bool prepared = false;
    std::array<int, 16> block_slot{}; // 4·i + j → position among the stored blocks, or −1
    std::vector<Complex> value;       // cut cells × stored blocks × m × m
    int blocks = 0;
  };
  // The fractions of the regions at a place, corrected for the second moment h²/12 of the voxel.
  void local_fractions(Place place, const NodeIndex &at, std::vector<double> &fractions) const;
  void raw_fractions(Place place, const NodeIndex &at, std::vector<double> &fractions) const;
  std::int32_t label(Place place, const NodeIndex &at) const;
  int kinetic_class(Place place, const NodeIndex &at) const;
  int material_regions() const { return static_cast<int>(field_.regions.size()); }

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  DiscretisationOptions options_;
  std::vector<int> kinetic_class_; // regions whose forms differ in M_33 alone share one
  std::array<PlaceForms, 8> places_;
};

} // namespace heterodot
