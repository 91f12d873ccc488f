// Which material fills which part of every grid cell, and how the interfaces in it are turned.
#pragma once

#include "heterodot/solids/solid.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace heterodot {

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

  // One entry a box: the region where it is uniform, -(1 + c) where it is cut (number c).
  const std::vector<std::int32_t> &cells() const { return cells_; }
  bool is_cut(Index cell) const { return cells_[static_cast<std::size_t>(cell)] < 0; }

  // Cut boxes: regions() fractions each, which sum to 1, and the unit normal of the interface with
  // the largest area, from the inner to the outer side.
  Index cut_count() const { return static_cast<Index>(normals_.size()); }
  const double *cut_fractions(Index cut) const { return fractions_.data() + cut * regions_; }
  // First moments of those parts about the middle of the box, in units of its volume and edges: of
  // layers along the normal.
  const Vec3 *cut_moments(Index cut) const { return moments_.data() + cut * regions_; }
  const Vec3 &cut_normal(Index cut) const { return normals_[static_cast<std::size_t>(cut)]; }

  const std::vector<Vec3> &cut_normals() const { return normals_; }
  // Area in nm² of the interface that the normal belongs to.
  double cut_area(Index cut) const { return areas_[static_cast<std::size_t>(cut)]; }
  // The outermost surface in a cut box: its area in nm² times its mean unit normal outwards.
  const Vec3 &cut_surface(Index cut) const { return surfaces_[static_cast<std::size_t>(cut)]; }

  double fraction(Index cell, int region) const {
    const std::int32_t entry = cells_[static_cast<std::size_t>(cell)];
    return entry < 0 ? cut_fractions(-1 - entry)[region] : (entry == region ? 1.0 : 0.0);
  }

private:
  friend class Voxelisation;
  std::array<Index, 3> shape_;
  int regions_;
  std::vector<std::int32_t> cells_;
  std::vector<double> fractions_;
  std::vector<Vec3> normals_, surfaces_, moments_;
  std::vector<double> areas_;
};

// Solids from the inside out. Region r is what solid r adds to the solids before it; the last
// region, number solids.size(), is the environment.
class Voxelisation {
public:
  Voxelisation(const Grid &grid, std::vector<SolidPointer> solids);
  // The same solids on the grid of every second node, put together from the boxes of the finer
  // grid: cheap, and a good deal coarser than the finest grid's own boxes may be.
  Voxelisation(const Grid &grid, std::shared_ptr<const Voxelisation> finer);

  const Grid &grid() const { return grid_; }
  int regions() const { return static_cast<int>(solids_.size()) + 1; }
  // The same boxes on a grid without periodic axes that goes on into the images by a number of
  // nodes: what is done near a node there knows of no seam. Must not outlive this.
  std::shared_ptr<const Voxelisation> unwrapped(Index width) const;

  // Built when first asked for, in parallel, and kept.
  const PlaceMap &at(Place place) const;
  // Builds several places (a mask, bit p for place p) together, which is cheaper.
  void prepare(unsigned places) const;

  // Signed distance to the union of all solids.
  double signed_distance(const Vec3 &point) const;
  // Points on the surface, to within rounding, are outside: no leg to a wall has zero length.
  bool inside(const Vec3 &point) const { return signed_distance(point) < -tolerance_; }
  // inside() of every grid point of a place, in the grid's order.
  std::vector<std::uint8_t> inside(Place place) const;

  // The fraction, in (0, 1], of the segment from a (inside) to b at which the surface is crossed;
  // 1 if b is inside too.
  double wall_fraction(const Vec3 &a, const Vec3 &b) const;

  // Volume of every region within the boxes around the nodes, in nm³.
  std::vector<double> volumes() const;

private:
  void build(const std::vector<Place> &places) const;
  void build_from_finer(PlaceMap &map, Place place) const;
  void build_from_core(PlaceMap &map, Place place) const;
  void close_seams(PlaceMap &map) const;
  void find_moments(PlaceMap &map) const;

  Grid grid_;
  std::vector<SolidPointer> solids_;
  std::vector<const Solid *> pointers_;
  double tolerance_;
  std::shared_ptr<const Voxelisation> finer_;
  const Voxelisation *core_ = nullptr; // what this one was unwrapped from,
  std::array<Index, 3> before_{};      // and the nodes before its first
  mutable std::mutex building_;
  mutable std::array<std::unique_ptr<PlaceMap>, 8> maps_;
  mutable std::array<std::atomic<const PlaceMap *>, 8> ready_{};
};

} // namespace heterodot
