// Which material fills which part of every grid cell, and how the interfaces in it are turned.
#pragma once

#include "heterodot/solids/place_map.hpp"
#include "heterodot/solids/solid.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace heterodot {

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
  // The maps of places, without moments.
  std::vector<PlaceMap> built(std::span<const Place> places) const;

  Grid grid_;
  std::vector<SolidPointer> solids_;
  std::vector<const Solid *> pointers_;
  double tolerance_;
  std::shared_ptr<const Voxelisation> finer_;
  const Voxelisation *core_ = nullptr; // what this one was unwrapped from,
  NodeIndex before_{};                 // and the nodes before its first
  mutable std::mutex building_;
  mutable std::array<std::unique_ptr<PlaceMap>, 8> maps_;
  mutable std::array<std::atomic<const PlaceMap *>, 8> ready_{};
};

} // namespace heterodot
