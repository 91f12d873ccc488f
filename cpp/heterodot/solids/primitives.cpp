#include "heterodot/solids/primitives.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace heterodot {
namespace {

// Distance from the corner region |x| < 0, |y| < 0 of two perpendicular slabs.
double corner(double x, double y) {
  return std::min(std::max(x, y), 0.0) + norm(std::max(x, 0.0), std::max(y, 0.0));
}

} // namespace

double Sphere::signed_distance(const Vec3 &point) const {
  return norm(point) - radius_;
}
double Sphere::support(const Vec3 &direction) const {
  return radius_ * norm(direction);
}

double Box::signed_distance(const Vec3 &point) const {
  const Vec3 q{std::abs(point[0]) - half_[0], std::abs(point[1]) - half_[1],
               std::abs(point[2]) - half_[2]};
  const double inside = std::min(std::max({q[0], q[1], q[2]}), 0.0);
  return inside + norm({std::max(q[0], 0.0), std::max(q[1], 0.0), std::max(q[2], 0.0)});
}

double Box::support(const Vec3 &direction) const {
  return std::abs(direction[0]) * half_[0] + std::abs(direction[1]) * half_[1] +
         std::abs(direction[2]) * half_[2];
}

double Cylinder::signed_distance(const Vec3 &point) const {
  return corner(norm(point[0], point[1]) - radius_, std::abs(point[2]) - half_);
}

double Cylinder::support(const Vec3 &direction) const {
  return radius_ * norm(direction[0], direction[1]) + half_ * std::abs(direction[2]);
}

double Capsule::signed_distance(const Vec3 &point) const {
  return norm({point[0], point[1], std::max(std::abs(point[2]) - half_, 0.0)}) - radius_;
}

double Capsule::support(const Vec3 &direction) const {
  return radius_ * norm(direction) + half_ * std::abs(direction[2]);
}

Cone::Cone(double radius, double height, double top_radius)
    : radius_(radius), half_(0.5 * height), top_radius_(top_radius) {}

double Cone::signed_distance(const Vec3 &point) const {
  const double rho = norm(point[0], point[1]), z = point[2];
  // Nearest point on the two flat ends ...
  const double end_radius = z < 0.0 ? radius_ : top_radius_;
  const double end_rho = std::max(rho - end_radius, 0.0), end_z = std::abs(z) - half_;
  // ... and on the slanted side from (radius, -half) to (top_radius, half).
  const double side_rho = top_radius_ - radius_, side_z = 2.0 * half_;
  const double along = std::clamp(((rho - radius_) * side_rho + (z + half_) * side_z) /
                                      (side_rho * side_rho + side_z * side_z),
                                  0.0, 1.0);
  const double off_rho = rho - radius_ - along * side_rho, off_z = z + half_ - along * side_z;
  const double distance = std::min(norm(end_rho, end_z), norm(off_rho, off_z));
  const bool inside = std::abs(z) < half_ && (rho - radius_) * side_z < (z + half_) * side_rho;
  return inside ? -distance : distance;
}

double Cone::support(const Vec3 &direction) const {
  const double across = norm(direction[0], direction[1]);
  return std::max(radius_ * across - half_ * direction[2],
                  top_radius_ * across + half_ * direction[2]);
}

Prism::Prism(int sides, double radius, double height)
    : sides_(sides), radius_(radius), half_(0.5 * height) {}

double Prism::signed_distance(const Vec3 &point) const {
  // Fold into the sector of one side: the side then lies at x = apothem, |y| <= half its length.
  const double sector = 2.0 * std::numbers::pi / sides_;
  const double angle = std::atan2(point[1], point[0]);
  const double folded = angle - sector * (std::floor(angle / sector) + 0.5);
  const double rho = norm(point[0], point[1]);
  const double x = rho * std::cos(folded) - radius_ * std::cos(0.5 * sector);
  const double y =
      std::max(std::abs(rho * std::sin(folded)) - radius_ * std::sin(0.5 * sector), 0.0);
  // Inside the fold |y| never exceeds the side, so y > 0 only outside the polygon.
  return corner(x > 0.0 ? norm(x, y) : x, std::abs(point[2]) - half_);
}

double Prism::support(const Vec3 &direction) const {
  double across = -radius_ * norm(direction[0], direction[1]);
  for (int side = 0; side < sides_; ++side) {
    const double angle = 2.0 * std::numbers::pi * side / sides_;
    across = std::max(across,
                      radius_ * (std::cos(angle) * direction[0] + std::sin(angle) * direction[1]));
  }
  return across + half_ * std::abs(direction[2]);
}

} // namespace heterodot
