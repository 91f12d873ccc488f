// The part of a box that lies inside a solid.
#pragma once

#include "heterodot/solids/solid.hpp"

namespace heterodot {

// The union of a few solids, seen as one level set. The pointers must outlive it.
struct SolidUnion {
  std::span<const Solid *const> solids;
  double signed_distance(const Vec3 &point) const;
};

struct CutBox {
  double fraction = 0.0; // of the box's volume inside the solid
  Vec3 area{};           // the integral of the outward unit normal over the surface in the box
};

// Boxes are halved until the surface in them is nearly a plane. There the plane's cut is exact, and
// the surface's deviation from it enters to first order as the integral of the signed distance
// over the cut polygon: curvature costs third order in the box's length, not second.
// distance: the signed distance at the centre, if it is known already.
CutBox cut_box(const SolidUnion &solid, const Vec3 &centre, const Vec3 &lengths, double distance);

} // namespace heterodot
