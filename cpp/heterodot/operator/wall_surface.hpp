// The outermost surface as the nodes of a grid see it: which are inside, where legs are cut.
#pragma once

#include <array>
#include <vector>

#include "heterodot/operator/form_field.hpp"

namespace heterodot {

inline NodeIndex stepped(NodeIndex node, int axis, int steps) {
  node[static_cast<std::size_t>(axis)] += steps;
  return node;
}

inline NodeIndex plus(const NodeIndex &at, const std::array<int, 3> &step) {
  return {at[0] + step[0], at[1] + step[1], at[2] + step[2]};
}
inline NodeIndex minus(const NodeIndex &at, const std::array<int, 3> &step) {
  return {at[0] - step[0], at[1] - step[1], at[2] - step[2]};
}

struct SurfacePoint {
  Vec3 position;
  double curvature; // mean curvature in 1/nm, positive for a convex solid
};

class WallSurface {
public:
  // Without a wall every node of the grid is inside.
  WallSurface(const Voxelisation &voxels, const std::vector<Place> &places, bool wall);

  bool inside(Place place, const NodeIndex &node) const;

  // The part, in (0, 1], of the leg from a node inside to a neighbour outside that lies inside.
  double cut_leg(Place place, const NodeIndex &inside, const NodeIndex &outside) const;

  // The outward normal of the surface through a point.
  Vec3 normal(const Vec3 &point) const;
  // Its mean curvature there in 1/nm, positive for a convex solid, as seen over a step of the grid.
  double curvature(const Vec3 &point) const;

  // The point where a line from a point along a direction meets the surface, to first order.
  SurfacePoint nearest(const Vec3 &point, const Vec3 &normal) const;

private:
  const Voxelisation &voxels_;
  bool wall_;
  std::array<std::vector<std::uint8_t>, 8> inside_;
};

} // namespace heterodot
