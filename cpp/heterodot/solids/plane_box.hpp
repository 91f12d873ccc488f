// A box cut by a plane: exact volume and the polygon of the cut.
#pragma once

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// The fraction of a box with the given edge lengths, centred on the origin, in which
// offset + gradient·x < 0.
double plane_box_fraction(double offset, const Vec3 &gradient, const Vec3 &lengths);

// The offset of the plane offset + normal·x = 0 below which such a box has a fraction.
double plane_box_offset(double fraction, const Vec3 &normal, const Vec3 &lengths);

// The first moment ∫x of the part of that box on the side against a normal which takes up a
// fraction of it, in units of its volume and its edges. That of the rest is the opposite.
Vec3 plane_box_moment(double fraction, const Vec3 &normal, const Vec3 &lengths);

// The polygon in which that plane cuts the box: 0 or 3 to 6 corners in cyclic order.
struct Polygon {
  int corners = 0;
  std::array<Vec3, 6> corner{};
};
Polygon plane_box_polygon(double offset, const Vec3 &gradient, const Vec3 &lengths);

} // namespace heterodot
