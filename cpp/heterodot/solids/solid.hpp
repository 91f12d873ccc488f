// Solids described by a signed distance: negative inside, positive outside.
#pragma once

#include "heterodot/grid/grid.hpp"

#include <memory>
#include <span>

namespace heterodot {

struct Bounds {
  Vec3 lower{}, upper{};
};

class Solid {
public:
  virtual ~Solid() = default;

  // Signed distance to the surface in nm. Always zero on the surface and 1-Lipschitz, so that its
  // magnitude never exceeds the true distance; primitives give the true distance itself.
  virtual double signed_distance(const Vec3 &point) const = 0;

  // Largest value of direction·x over the solid (its support function), or an upper bound of it.
  // From this every bounding box follows, in any orientation.
  virtual double support(const Vec3 &direction) const = 0;

  Bounds bounds() const;

  // distances[p] for points[3p .. 3p+2], in parallel.
  void signed_distances(std::span<const double> points, std::span<double> distances) const;
};

using SolidPointer = std::shared_ptr<const Solid>;

} // namespace heterodot
