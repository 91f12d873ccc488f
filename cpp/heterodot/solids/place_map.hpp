// The regions in the boxes around one place of a grid, and how the interfaces in them are turned.
#pragma once

#include "heterodot/grid/grid.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace heterodot {

// The boxes that interfaces cut, numbered as they are added.
struct Cuts {
  std::vector<double> fractions; // one a region
  std::vector<Vec3> normals, surfaces;
  std::vector<double> areas;

  std::int32_t count() const { return static_cast<std::int32_t>(normals.size()); }
  // Adds a box of given fractions unless one region fills it; returns that region or else
  // -(1 + number of the cut). The vectors are areas times mean unit normals outwards: of the
  // interface to keep, and of the outermost surface.
  std::int32_t add(std::span<const double> fractions, const Vec3 &interface, const Vec3 &surface);
  void append(const Cuts &more);
};

// The regions in the h-boxes centred at one place of the grid, indices -1 ... n along every axis
// (one layer beyond the nodes on both sides; along a periodic axis, that of the images).
class PlaceMap {
public:
  PlaceMap(const std::array<Index, 3> &nodes, int regions);

  int regions() const { return regions_; }
  const std::array<Index, 3> &shape() const { return shape_; } // nodes + 2
  // Position of the box (i, j, k), each from -1 to n, in cells().
  Index index(Index i, Index j, Index k) const {
    return ((i + 1) * shape_[1] + (j + 1)) * shape_[2] + (k + 1);
  }
  // Applies action(i, j, k) to all boxes.
  template <typename Action> void for_boxes(const Action &action) const {
    for (Index i = -1; i < shape_[0] - 1; ++i)
      for (Index j = -1; j < shape_[1] - 1; ++j)
        for (Index k = -1; k < shape_[2] - 1; ++k)
          action(i, j, k);
  }

  // One entry a box: the region where it is uniform, -(1 + c) where it is cut (number c).
  const std::vector<std::int32_t> &cells() const { return cells_; }
  std::int32_t entry(Index cell) const { return cells_[static_cast<std::size_t>(cell)]; }
  bool is_cut(Index cell) const { return entry(cell) < 0; }

  // Cut boxes: regions() fractions each, which sum to 1, and the unit normal of the interface with
  // the largest area, from the inner to the outer side.
  Index cut_count() const { return static_cast<Index>(cuts_.normals.size()); }
  const double *cut_fractions(Index cut) const { return cuts_.fractions.data() + cut * regions_; }
  // First moments of those parts about the middle of the box, in units of its volume and edges: of
  // layers along the normal.
  const Vec3 *cut_moments(Index cut) const { return moments_.data() + cut * regions_; }
  const Vec3 &cut_normal(Index cut) const { return cuts_.normals[static_cast<std::size_t>(cut)]; }

  const std::vector<Vec3> &cut_normals() const { return cuts_.normals; }
  // Area in nm² of the interface that the normal belongs to.
  double cut_area(Index cut) const { return cuts_.areas[static_cast<std::size_t>(cut)]; }
  // The outermost surface in a cut box: its area in nm² times its mean unit normal outwards.
  const Vec3 &cut_surface(Index cut) const { return cuts_.surfaces[static_cast<std::size_t>(cut)]; }

  double fraction(Index cell, int region) const {
    const std::int32_t own = entry(cell);
    return own < 0 ? cut_fractions(-1 - own)[region] : (own == region ? 1.0 : 0.0);
  }

  // Putting a map together: entries and cuts that belong to each other, then the moments.
  void set_entry(Index cell, std::int32_t entry) { cells_[static_cast<std::size_t>(cell)] = entry; }
  Cuts &cuts() { return cuts_; }
  const Cuts &cuts() const { return cuts_; }
  void find_moments(const Vec3 &spacing);

private:
  std::array<Index, 3> shape_;
  int regions_;
  std::vector<std::int32_t> cells_;
  Cuts cuts_;
  std::vector<Vec3> moments_;
};

} // namespace heterodot
