#include "heterodot/solids/repeated.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace heterodot {

Repeated::Repeated(SolidPointer solid, const Vec3 &period)
    : solid_(std::move(solid)), period_(period), bounds_(solid_->bounds()),
      far_(std::numeric_limits<double>::infinity()) {
  for (const double length : period)
    if (length > 0.0)
      far_ = std::min(far_, length);
}

double Repeated::signed_distance(const Vec3 &point) const {
  // The image whose box has its centre next to the point comes first. Most of the others, and often
  // all of them, have boxes that lie farther away, or in which the point lies less deep.
  Vec3 central = point;
  double others = std::numeric_limits<double>::infinity();
  for (std::size_t d = 0; d < 3; ++d)
    if (period_[d] > 0.0) {
      const double half = 0.5 * (bounds_.upper[d] - bounds_.lower[d]);
      const double steps = (point[d] - bounds_.lower[d] - half) / period_[d];
      const auto image = static_cast<Index>(steps + (steps < 0.0 ? -0.5 : 0.5));
      central[d] -= static_cast<double>(image) * period_[d];
      others = std::min(others, period_[d] - std::abs(central[d] - bounds_.lower[d] - half) - half);
    }
  double nearest = std::min(far_, solid_->signed_distance(central));
  if (nearest <= others)
    return nearest;
  std::array<Index, 3> first{0, 0, 0}, last{0, 0, 0};
  for (std::size_t d = 0; d < 3; ++d)
    if (period_[d] > 0.0) {
      first[d] = static_cast<Index>(std::ceil((point[d] - bounds_.upper[d] - far_) / period_[d]));
      last[d] = static_cast<Index>(std::floor((point[d] - bounds_.lower[d] + far_) / period_[d]));
    }
  Vec3 at{};
  const auto beyond = [&](std::size_t d, Index image) { // a lower bound of the distance
    at[d] = point[d] - static_cast<double>(image) * period_[d];
    return std::max(bounds_.lower[d] - at[d], at[d] - bounds_.upper[d]);
  };
  for (Index x = first[0]; x <= last[0]; ++x) {
    if (beyond(0, x) >= nearest)
      continue;
    for (Index y = first[1]; y <= last[1]; ++y) {
      if (beyond(1, y) >= nearest)
        continue;
      for (Index z = first[2]; z <= last[2]; ++z)
        if (beyond(2, z) < nearest && at != central)
          nearest = std::min(nearest, solid_->signed_distance(at));
    }
  }
  return nearest;
}

double Repeated::support(const Vec3 &direction) const {
  for (std::size_t d = 0; d < 3; ++d)
    if (period_[d] > 0.0 && direction[d] != 0.0)
      return std::numeric_limits<double>::infinity();
  return solid_->support(direction);
}

} // namespace heterodot
