#include "heterodot/solids/primitives.hpp"

#include <algorithm>
#include <cmath>

namespace heterodot {

Ellipsoid::Ellipsoid(const Vec3 &semi_axes)
    : axes_(semi_axes), squares_{axes_[0] * axes_[0], axes_[1] * axes_[1], axes_[2] * axes_[2]},
      smallest_(std::min({axes_[0], axes_[1], axes_[2]})) {}

// The nearest surface point of y is x_i = a_i² y_i / (a_i² + t) with t the largest root of
// |q(t)| = 1, q_i = a_i y_i / (a_i² + t) (Eberly, "Distance from a point to an ellipsoid"). As in a
// trust-region step (Moré and Sorensen 1983), 1/|q| is concave in t, so Newton's method on it
// climbs to the root from the left without ever passing it, and steps to its left from the right.
double Ellipsoid::signed_distance(const Vec3 &point) const {
  const double floor = smallest_ * smallest_;
  const Vec3 y{std::abs(point[0]), std::abs(point[1]), std::abs(point[2])};

  // On the medial plane of the shortest axis |q| stays below 1 for all t > -a_min²: the nearest
  // point then leaves that plane along the shortest axis.
  double gap = 1.0, sum = 0.0, medial = 0.0;
  bool on_plane = true;
  for (std::size_t i = 0; i < 3; ++i) {
    const double shift = squares_[i] - floor;
    if (shift > 0.0) {
      const double x = squares_[i] * y[i] / shift;
      gap -= x * x / squares_[i];
      sum += (y[i] - x) * (y[i] - x);
    } else {
      on_plane = on_plane && y[i] == 0.0;
      medial = std::max(medial, y[i]);
    }
  }
  if (on_plane && gap >= 0.0)
    return -std::sqrt(sum + floor * gap);

  // s = t + a_min², which keeps its digits near the medial plane. Where one of the |q_i| is 1 is
  // left of the root; most points asked for lie near the surface, t = 0.
  const auto denominator = [&](std::size_t i, double s) { return (squares_[i] - floor) + s; };
  double least = smallest_ * medial;
  for (std::size_t i = 0; i < 3; ++i)
    least = std::max(least, axes_[i] * y[i] - (squares_[i] - floor));
  double s = std::max(least, floor);
  for (int iteration = 0; iteration < 60; ++iteration) {
    double norm2 = 0.0, slope = 0.0; // |q|² and -(|q|²)'/2
    for (std::size_t i = 0; i < 3; ++i) {
      if (y[i] == 0.0)
        continue;
      const double q = axes_[i] * y[i] / denominator(i, s);
      norm2 += q * q;
      slope += q * q / denominator(i, s);
    }
    const double before = s;
    s = std::max(least, s + (std::sqrt(norm2) - 1.0) * norm2 / slope);
    if (!(std::abs(s - before) > 3e-9 * s)) // the error that is left goes with its square
      break;
  }
  const double t = s - floor;
  double distance2 = 0.0;
  for (std::size_t i = 0; i < 3; ++i) {
    if (y[i] == 0.0)
      continue;
    const double off = y[i] * t / denominator(i, s); // y - x
    distance2 += off * off;
  }
  return std::copysign(std::sqrt(distance2), t);
}

double Ellipsoid::support(const Vec3 &direction) const {
  return std::sqrt(squares_[0] * direction[0] * direction[0] +
                   squares_[1] * direction[1] * direction[1] +
                   squares_[2] * direction[2] * direction[2]);
}

} // namespace heterodot
