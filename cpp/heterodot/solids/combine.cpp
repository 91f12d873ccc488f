#include "heterodot/solids/combine.hpp"

#include <algorithm>
#include <cmath>

namespace heterodot {

double Union::signed_distance(const Vec3 &point) const {
  return std::min(a_->signed_distance(point), b_->signed_distance(point));
}
double Union::support(const Vec3 &direction) const {
  return std::max(a_->support(direction), b_->support(direction));
}

double Intersection::signed_distance(const Vec3 &point) const {
  return std::max(a_->signed_distance(point), b_->signed_distance(point));
}
double Intersection::support(const Vec3 &direction) const {
  return std::min(a_->support(direction), b_->support(direction));
}

double Difference::signed_distance(const Vec3 &point) const {
  return std::max(a_->signed_distance(point), -b_->signed_distance(point));
}
double Difference::support(const Vec3 &direction) const {
  return a_->support(direction);
}

double Translated::signed_distance(const Vec3 &point) const {
  return solid_->signed_distance(
      {point[0] - shift_[0], point[1] - shift_[1], point[2] - shift_[2]});
}
double Translated::support(const Vec3 &direction) const {
  return solid_->support(direction) + direction[0] * shift_[0] + direction[1] * shift_[1] +
         direction[2] * shift_[2];
}

Vec3 Rotated::back(const Vec3 &v) const {
  Vec3 result{};
  for (std::size_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < 3; ++column)
      result[column] += rotation_[row][column] * v[row];
  return result;
}
double Rotated::signed_distance(const Vec3 &point) const {
  return solid_->signed_distance(back(point));
}
double Rotated::support(const Vec3 &direction) const {
  return solid_->support(back(direction));
}

Scaled::Scaled(SolidPointer solid, const Vec3 &factors)
    : solid_(std::move(solid)), factors_(factors),
      smallest_(std::min({factors[0], factors[1], factors[2]})) {}
double Scaled::signed_distance(const Vec3 &point) const {
  return smallest_ * solid_->signed_distance(
                         {point[0] / factors_[0], point[1] / factors_[1], point[2] / factors_[2]});
}
double Scaled::support(const Vec3 &direction) const {
  return solid_->support(
      {direction[0] * factors_[0], direction[1] * factors_[1], direction[2] * factors_[2]});
}

double Grown::signed_distance(const Vec3 &point) const {
  return solid_->signed_distance(point) - offset_;
}
double Grown::support(const Vec3 &direction) const {
  const double length = std::sqrt(direction[0] * direction[0] + direction[1] * direction[1] +
                                  direction[2] * direction[2]);
  return solid_->support(direction) + offset_ * length;
}

} // namespace heterodot
