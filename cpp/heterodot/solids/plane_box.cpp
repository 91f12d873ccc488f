#include "heterodot/solids/plane_box.hpp"

#include <algorithm>
#include <cmath>

namespace heterodot {
namespace {

// Volume of the unit cube below m·x = alpha, m1 <= m2 <= m3, m1 + m2 + m3 = 1, alpha <= 1/2
// (Scardovelli and Zaleski, J. Comput. Phys. 164, 228 (2000)).
double unit_cube_fraction(double alpha, double m1, double m2, double m3) {
  // A slope too small to matter would make the closed form cancel; averaging over it leaves the
  // formula of one dimension less at its middle, to second order in the slope.
  constexpr double negligible = 1e-5;
  if (m2 < negligible * m3)
    return std::clamp((alpha - 0.5 * (m1 + m2)) / m3, 0.0, 1.0);
  if (m1 < negligible * m2) {
    const double a = std::max(alpha - 0.5 * m1, 0.0);
    return a < m2 ? a * a / (2.0 * m2 * m3) : (a - 0.5 * m2) / m3;
  }
  const double m12 = m1 + m2;
  if (alpha < m1)
    return alpha * alpha * alpha / (6.0 * m1 * m2 * m3);
  if (alpha < m2)
    return (alpha * (alpha - m1) + m1 * m1 / 3.0) / (2.0 * m2 * m3);
  if (alpha < std::min(m12, m3))
    return (alpha * alpha * (3.0 * m12 - alpha) + m1 * m1 * (m1 - 3.0 * alpha) +
            m2 * m2 * (m2 - 3.0 * alpha)) /
           (6.0 * m1 * m2 * m3);
  if (m12 <= m3)
    return (alpha - 0.5 * m12) / m3;
  return (alpha * alpha * (3.0 - 2.0 * alpha) + m1 * m1 * (m1 - 3.0 * alpha) +
          m2 * m2 * (m2 - 3.0 * alpha) + m3 * m3 * (m3 - 3.0 * alpha)) /
         (6.0 * m1 * m2 * m3);
}

} // namespace

double plane_box_fraction(double offset, const Vec3 &gradient, const Vec3 &lengths) {
  Vec3 m{std::abs(gradient[0]) * lengths[0], std::abs(gradient[1]) * lengths[1],
         std::abs(gradient[2]) * lengths[2]};
  std::sort(m.begin(), m.end());
  const double sum = m[0] + m[1] + m[2];
  if (!(sum > 0.0))
    return offset < 0.0 ? 1.0 : 0.0;
  const double alpha = 0.5 - offset / sum; // 0: the plane touches the first corner, 1: the last
  if (alpha <= 0.0)
    return 0.0;
  if (alpha >= 1.0)
    return 1.0;
  const double smaller =
      unit_cube_fraction(std::min(alpha, 1.0 - alpha), m[0] / sum, m[1] / sum, m[2] / sum);
  return alpha <= 0.5 ? smaller : 1.0 - smaller;
}

double plane_box_offset(double fraction, const Vec3 &normal, const Vec3 &lengths) {
  double high = 0.0; // nothing is below
  for (std::size_t d = 0; d < 3; ++d)
    high += 0.5 * std::abs(normal[d]) * lengths[d];
  double low = -high;
  for (int halving = 0; halving < 40; ++halving) {
    const double middle = 0.5 * (low + high);
    (plane_box_fraction(middle, normal, lengths) > fraction ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

// The part of the unit cube below m·y = α is a simplex with its corner at the origin, less those at
// the next corners, and so on: volumes (α − m·c)³/6m1m2m3, centroids c + (α − m·c)/4m.
Vec3 plane_box_moment(double fraction, const Vec3 &normal, const Vec3 &lengths) {
  const double smaller = std::min(fraction, 1.0 - fraction); // the moment of both is of one length
  Vec3 exact{}, m{};
  for (std::size_t d = 0; d < 3; ++d)
    exact[d] = std::abs(normal[d]) * lengths[d];
  const double largest = std::max({exact[0], exact[1], exact[2]});
  if (!(smaller > 0.0 && largest > 0.0))
    return {0.0, 0.0, 0.0};
  double sum = 0.0;
  for (std::size_t d = 0; d < 3; ++d)
    sum += m[d] = std::max(exact[d], 1e-4 * largest); // bounds what cancels below
  for (std::size_t d = 0; d < 3; ++d) {
    m[d] /= sum;
    exact[d] /= sum;
  }
  Vec3 sorted = m;
  std::sort(sorted.begin(), sorted.end());
  double low = 0.0, high = 0.5;
  for (int step = 0; step < 40; ++step) {
    const double middle = 0.5 * (low + high);
    (unit_cube_fraction(middle, sorted[0], sorted[1], sorted[2]) < smaller ? low : high) = middle;
  }
  const double alpha = 0.5 * (low + high);
  Vec3 moment{};
  for (unsigned corner = 0; corner < 8; ++corner) {
    double length = alpha, sign = 1.0;
    for (unsigned d = 0; d < 3; ++d)
      if (corner >> d & 1u) {
        length -= m[d];
        sign = -sign;
      }
    if (length <= 0.0)
      continue;
    const double volume = sign * length * length * length / (6.0 * m[0] * m[1] * m[2]);
    for (unsigned d = 0; d < 3; ++d)
      moment[d] += volume * ((corner >> d & 1u) - 0.5 + 0.25 * length / m[d]);
  }
  for (std::size_t d = 0; d < 3; ++d) // for small slopes it is proportional to them
    moment[d] = std::copysign(std::abs(moment[d]) * exact[d] / m[d], -normal[d]);
  return moment;
}

Polygon plane_box_polygon(double offset, const Vec3 &gradient, const Vec3 &lengths) {
  std::array<Vec3, 8> corner;
  std::array<double, 8> value;
  for (unsigned c = 0; c < 8; ++c) {
    value[c] = offset;
    for (unsigned axis = 0; axis < 3; ++axis) {
      corner[c][axis] = (c >> axis & 1u ? 0.5 : -0.5) * lengths[axis];
      value[c] += gradient[axis] * corner[c][axis];
    }
  }
  Polygon polygon;
  Vec3 centre{};
  for (unsigned c = 0; c < 8; ++c)
    for (unsigned axis = 0; axis < 3; ++axis) {
      const unsigned d = c | 1u << axis;
      // Zero counts as positive: a plane in a face then belongs to one of the two boxes only.
      if (d == c || (value[c] < 0.0) == (value[d] < 0.0) || polygon.corners == 6)
        continue;
      Vec3 point = corner[c];
      point[axis] += lengths[axis] * (value[c] / (value[c] - value[d]));
      polygon.corner[static_cast<std::size_t>(polygon.corners++)] = point;
      for (std::size_t a = 0; a < 3; ++a)
        centre[a] += point[a];
    }
  if (polygon.corners < 3)
    return {};
  // Cyclic order, as seen along the largest component of the gradient.
  std::size_t normal = 0;
  for (std::size_t a = 1; a < 3; ++a)
    if (std::abs(gradient[a]) > std::abs(gradient[normal]))
      normal = a;
  const std::size_t u = (normal + 1) % 3, v = (normal + 2) % 3;
  std::array<double, 6> turn;
  for (std::size_t p = 0; p < static_cast<std::size_t>(polygon.corners); ++p) {
    const Vec3 point = polygon.corner[p];
    const double x = point[u] - centre[u] / polygon.corners;
    const double y = point[v] - centre[v] / polygon.corners;
    // Monotone in the angle, cheaper than atan2.
    const double length = std::abs(x) + std::abs(y), cosine = length > 0.0 ? x / length : 0.0;
    const double key = y < 0.0 ? cosine - 1.0 : 1.0 - cosine;
    std::size_t q = p; // insertion
    for (; q > 0 && turn[q - 1] > key; --q) {
      turn[q] = turn[q - 1];
      polygon.corner[q] = polygon.corner[q - 1];
    }
    turn[q] = key;
    polygon.corner[q] = point;
  }
  return polygon;
}

} // namespace heterodot
