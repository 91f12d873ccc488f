// How a box is cut by the zero set of any function that is a signed distance near it.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "heterodot/solids/cut_box.hpp"
#include "heterodot/solids/plane_box.hpp"

namespace heterodot {
namespace box_cutting {

// A surface that leaves its tangent plane by less than this part of the box counts as smooth.
constexpr double flatness = 0.008;
// Edges and corners of a solid never look flat: they are halved this often.
constexpr int deepest = 5;

inline Vec3 offset_from(const Vec3 &centre, const Vec3 &lengths, unsigned corner, double half) {
  Vec3 point = centre;
  for (unsigned axis = 0; axis < 3; ++axis)
    point[axis] += (corner >> axis & 1u ? half : -half) * lengths[axis];
  return point;
}

// Cuts the box by the plane through the surface and corrects for the surface's bending.
template <class Distance>
CutBox cut_by_plane(const Distance &distance_at, const Vec3 &centre, const Vec3 &lengths,
                    double distance, const Vec3 &gradient, double slope) {
  CutBox cut;
  cut.fraction = plane_box_fraction(distance, gradient, lengths);
  const Polygon polygon = plane_box_polygon(distance, gradient, lengths);
  if (polygon.corners == 0)
    return cut;
  const auto at = [&](const Vec3 &a, const Vec3 &b) {
    return distance_at({centre[0] + 0.5 * (a[0] + b[0]), centre[1] + 0.5 * (a[1] + b[1]),
                        centre[2] + 0.5 * (a[2] + b[2])});
  };
  // Triangles around the middle; the midpoints of a triangle's sides integrate a quadratic exactly.
  const auto corners = static_cast<std::size_t>(polygon.corners);
  Vec3 middle{};
  for (std::size_t p = 0; p < corners; ++p)
    for (std::size_t i = 0; i < 3; ++i)
      middle[i] += polygon.corner[p][i] / polygon.corners;
  double area = 0.0, bulge = 0.0;
  double spoke = at(middle, polygon.corner[0]);
  for (std::size_t p = 0; p < corners; ++p) {
    const Vec3 &here = polygon.corner[p], &there = polygon.corner[(p + 1) % corners];
    Vec3 a, b;
    for (std::size_t i = 0; i < 3; ++i) {
      a[i] = here[i] - middle[i];
      b[i] = there[i] - middle[i];
    }
    const double triangle = 0.5 * norm({a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2],
                                        a[0] * b[1] - a[1] * b[0]});
    const double side = at(here, there), next = at(middle, there);
    area += triangle;
    bulge += triangle * (spoke + side + next) / 3.0;
    spoke = next;
  }
  const double volume = lengths[0] * lengths[1] * lengths[2];
  cut.fraction = std::clamp(cut.fraction - bulge / (slope * volume), 0.0, 1.0);
  for (std::size_t i = 0; i < 3; ++i)
    cut.area[i] = area * gradient[i] / slope;
  return cut;
}

using Corners = std::array<double, 8>; // bit i of the number: on the high side along axis i

// The cut of a box from the signed distance at its centre and corners, if the surface in it is
// nearly a plane. At the greatest depth it is taken for one.
template <class Distance>
std::optional<CutBox> cut_if_flat(const Distance &distance_at, const Vec3 &centre,
                                  const Vec3 &lengths, double distance, const Corners &value,
                                  int depth) {
  Vec3 gradient{};
  for (unsigned c = 0; c < 8; ++c)
    for (unsigned axis = 0; axis < 3; ++axis)
      gradient[axis] += c >> axis & 1u ? value[c] : -value[c];
  for (unsigned axis = 0; axis < 3; ++axis)
    gradient[axis] /= 4.0 * lengths[axis];
  double deviation = 0.0;
  for (unsigned c = 0; c < 8; ++c) {
    const Vec3 x = offset_from({}, lengths, c, 0.5);
    deviation = std::max(deviation, std::abs(value[c] - distance - gradient[0] * x[0] -
                                             gradient[1] * x[1] - gradient[2] * x[2]));
  }
  const double slope = norm(gradient);
  const double shortest = std::min({lengths[0], lengths[1], lengths[2]});
  if (slope > 0.0 && deviation <= flatness * shortest * slope)
    return cut_by_plane(distance_at, centre, lengths, distance, gradient, slope);
  if (depth < deepest)
    return {};
  const auto inside = std::count_if(value.begin(), value.end(), [](double v) { return v < 0.0; }) +
                      (distance < 0.0 ? 1 : 0);
  if (inside == 0 || inside == 9 || slope < 0.3)
    return CutBox{static_cast<double>(inside) / 9.0, {}};
  return cut_by_plane(distance_at, centre, lengths, distance, gradient, slope);
}

// The sum of what part(octant) returns for the octants of a box.
template <class Part> CutBox sum_of_octants(const Part &part_of) {
  CutBox total;
  for (unsigned octant = 0; octant < 8; ++octant) {
    const CutBox part = part_of(octant);
    total.fraction += part.fraction / 8.0;
    for (std::size_t i = 0; i < 3; ++i)
      total.area[i] += part.area[i];
  }
  return total;
}

// |signed distance| never exceeds the distance to the surface.
inline bool is_uncut(double distance, const Vec3 &lengths) {
  return std::abs(distance) >= 0.5 * norm(lengths);
}

template <class Distance>
CutBox cut(const Distance &distance_at, const Vec3 &centre, const Vec3 &lengths, double distance,
           int depth) {
  if (is_uncut(distance, lengths))
    return {distance < 0.0 ? 1.0 : 0.0, {}};
  Corners value;
  for (unsigned c = 0; c < 8; ++c)
    value[c] = distance_at(offset_from(centre, lengths, c, 0.5));
  if (const auto flat = cut_if_flat(distance_at, centre, lengths, distance, value, depth))
    return *flat;
  const Vec3 halves{0.5 * lengths[0], 0.5 * lengths[1], 0.5 * lengths[2]};
  return sum_of_octants([&](unsigned octant) {
    const Vec3 point = offset_from(centre, lengths, octant, 0.25);
    return cut(distance_at, point, halves, distance_at(point), depth + 1);
  });
}

} // namespace box_cutting

// See cut_box(); distance_at(point) gives the signed distance.
template <class Distance>
CutBox cut_box_by(const Distance &distance_at, const Vec3 &centre, const Vec3 &lengths,
                  double distance) {
  return box_cutting::cut(distance_at, centre, lengths, distance, 0);
}

} // namespace heterodot
