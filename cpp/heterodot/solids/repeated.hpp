// A solid that repeats along some of the axes.
#pragma once

#include "heterodot/solids/solid.hpp"

namespace heterodot {

// The union of all images of a solid, shifted by multiples of the period (nm; 0: not along this
// axis). Inside, the value is a lower bound of the distance, as in any union: where a solid goes on
// into its image both should reach well beyond the seam.
class Repeated final : public Solid {
public:
  Repeated(SolidPointer solid, const Vec3 &period);
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  SolidPointer solid_;
  Vec3 period_;
  Bounds bounds_;
  double far_; // a distance that images left out exceed
};

} // namespace heterodot
