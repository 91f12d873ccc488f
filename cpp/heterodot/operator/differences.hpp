// Differences and averages between the places of a grid.
#pragma once

#include <array>
#include <vector>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

struct StencilPoint {
  std::array<int, 3> step; // in nodes, relative to the index of the place where the result lives
  double weight;
};
using Stencil = std::vector<StencilPoint>;

// ∂_axis of a quantity that lives at `from`, brought to `to` (axis 3: the quantity itself). A
// difference along an axis toggles the place along that axis; what still differs is averaged.
// Order 4 takes the staggered weights (1, −27, 27, −1)/24h and (−1, 9, 9, −1)/16.
Stencil difference(Place from, int axis, Place to, int order, const Vec3 &spacing);

} // namespace heterodot
