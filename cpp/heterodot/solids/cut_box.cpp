#include "heterodot/solids/cut_box.hpp"

#include <algorithm>
#include <limits>

#include "heterodot/solids/cut_box_by.hpp"

namespace heterodot {

double SolidUnion::signed_distance(const Vec3 &point) const {
  double distance = std::numeric_limits<double>::infinity();
  for (const Solid *solid : solids)
    distance = std::min(distance, solid->signed_distance(point));
  return distance;
}

CutBox cut_box(const SolidUnion &solid, const Vec3 &centre, const Vec3 &lengths, double distance) {
  return cut_box_by([&](const Vec3 &point) { return solid.signed_distance(point); }, centre,
                    lengths, distance);
}

} // namespace heterodot
