// Four arms from a spherical core along (1,1,1), (1,-1,-1), (-1,1,-1), (-1,-1,1).
#pragma once

#include "heterodot/solids/solid.hpp"

namespace heterodot {

class Tetrapod final : public Solid {
public:
  // arm_length runs from the centre of the core to the tip; rounded arms end in half spheres.
  Tetrapod(double core_radius, double arm_radius, double arm_length, bool rounded);
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  double core_radius_, arm_radius_, arm_length_;
  bool rounded_;
};

} // namespace heterodot
