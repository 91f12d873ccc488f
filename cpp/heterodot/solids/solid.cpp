#include "heterodot/solids/solid.hpp"

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {

Bounds Solid::bounds() const {
  Bounds bounds;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    Vec3 direction{};
    direction[axis] = 1.0;
    bounds.upper[axis] = support(direction);
    direction[axis] = -1.0;
    bounds.lower[axis] = -support(direction);
  }
  return bounds;
}

void Solid::signed_distances(std::span<const double> points, std::span<double> distances) const {
  parallel_for(static_cast<Index>(distances.size()), 4096, [&](Index begin, Index end) {
    for (Index p = begin; p < end; ++p) {
      const double *x = points.data() + 3 * p;
      distances[static_cast<std::size_t>(p)] = signed_distance({x[0], x[1], x[2]});
    }
  });
}

} // namespace heterodot
