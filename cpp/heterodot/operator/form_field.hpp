// The quadratic form at every place of the grid: bulk forms by region, laminates where cut.
#pragma once

#include <array>
#include <vector>

#include "heterodot/operator/discretise.hpp"

namespace heterodot {

constexpr Place cell_place = 7; // the cells between eight nodes

class FormField {
public:
  FormField(const Voxelisation &voxels, const PolynomialField &field,
            const DiscretisationOptions &options);

  // Computes the laminates of the blocks (i, j) of the form at a place; call once for each pair.
  void prepare(Place place, const std::vector<std::pair<int, int>> &blocks);

  // Block (i, j), entry (a, b), at index (x, y, z) of a place; indices from −1 to n.
  Complex entry(Place place, const NodeIndex &at, int i, int j, int a, int b) const;

  // All prepared blocks but M_33 at a place, for loops: entry (i, j, a, b) is at form_entry().
  const Complex *form(Place place, const NodeIndex &at) const;
  Index form_entry(Place place, int i, int j, int a, int b) const;

  // The first region with the kinetic part (all but M_33) of a voxel: −1 where several meet, −2
  // outside.
  int kinetic_class(const PlaceMap &map, std::int32_t label) const;
  bool kinetics_differ() const;

  // Whether the kinetic part (all but M_33) is uniform in the 3×3×3 voxels around a place, taken
  // along the axes in the mask.
  bool uniform_around(Place place, const NodeIndex &at, unsigned axes) const;
  // For every voxel of a place (indices −1 … n): what stands for its kinetic part, if
  // that is uniform around; else −1.
  std::vector<std::int16_t> uniform_kinetics(Place place, unsigned axes) const;
  // For every voxel of a place: the region whose M_33 and spin–orbit term act there alone; −1 where
  // several mix.
  std::vector<std::int16_t> uniform_regions(Place place) const;

  // The region that fills the voxel centred at a node (−1: cut, or outside a hard wall).
  int node_region(const NodeIndex &at) const;

  // The weights of the regions in local terms at a place.
  void local_fractions(Place place, const NodeIndex &at, std::vector<double> &fractions) const;

private:
  struct PlaceForms {
    std::array<int, 16> block_slot{}; // 4·i + j → position among the stored blocks, or −1
    // Regions, cut cells and nothing; × stored blocks × m × m. M_33: only what the laminate adds to
    // the mean.
    std::vector<Complex> value;
    std::vector<std::int32_t> row; // of every voxel in there
    int blocks = 0;
  };
  void find_rows(Place place);
  void raw_fractions(Place place, const NodeIndex &at, std::vector<double> &fractions) const;
  Index cell(Place place, const NodeIndex &at) const; // of the nearest voxel on the map
  bool is_whole(Place place, Index cut) const;
  std::int32_t label(Place place, const NodeIndex &at) const {
    return voxels_.at(place).cells()[static_cast<std::size_t>(cell(place, at))];
  }
  // Keeps the labels of voxels whose neighbours along the axes have the same (or none: 'any').
  void keep_uniform(std::vector<std::int16_t> &labels, unsigned axes, std::int16_t any) const;
  int material_regions() const { return static_cast<int>(field_.regions.size()); }

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  DiscretisationOptions options_;
  std::vector<int> kinetic_class_; // regions whose forms differ in M_33 alone share one
  std::array<PlaceForms, 8> places_;
};

} // namespace heterodot
