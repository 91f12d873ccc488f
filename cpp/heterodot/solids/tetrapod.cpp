#include "heterodot/solids/tetrapod.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace heterodot {
namespace {

// Component of v along the arm that is closest to it in direction. The arms are alike, so this is
// also the arm at the smallest distance.
double along_nearest_arm(const Vec3 &v) {
  constexpr double third = std::numbers::inv_sqrt3;
  return third *
         std::max({v[0] + v[1] + v[2], v[0] - v[1] - v[2], v[1] - v[0] - v[2], v[2] - v[0] - v[1]});
}

} // namespace

Tetrapod::Tetrapod(double core_radius, double arm_radius, double arm_length, bool rounded)
    : core_radius_(core_radius), arm_radius_(arm_radius), arm_length_(arm_length),
      rounded_(rounded) {}

double Tetrapod::signed_distance(const Vec3 &point) const {
  const double square = point[0] * point[0] + point[1] * point[1] + point[2] * point[2];
  const double along = along_nearest_arm(point);
  const double across = std::sqrt(std::max(square - along * along, 0.0));
  double arm;
  if (rounded_) {
    arm = norm(across, along - std::clamp(along, 0.0, arm_length_ - arm_radius_)) - arm_radius_;
  } else {
    const double side = across - arm_radius_;
    const double end = std::abs(along - 0.5 * arm_length_) - 0.5 * arm_length_;
    arm = std::min(std::max(side, end), 0.0) + norm(std::max(side, 0.0), std::max(end, 0.0));
  }
  return std::min(std::sqrt(square) - core_radius_, arm);
}

double Tetrapod::support(const Vec3 &direction) const {
  const double square =
      direction[0] * direction[0] + direction[1] * direction[1] + direction[2] * direction[2];
  const double along = along_nearest_arm(direction); // never negative
  const double tip =
      rounded_
          ? (arm_length_ - arm_radius_) * along + arm_radius_ * std::sqrt(square)
          : arm_length_ * along + arm_radius_ * std::sqrt(std::max(square - along * along, 0.0));
  return std::max(core_radius_ * std::sqrt(square), tip);
}

} // namespace heterodot
