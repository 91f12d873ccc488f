// Which part of the inside of the outermost surface each place of the grid stands for.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "heterodot/operator/form_field.hpp"

namespace heterodot {

// A place can be used if all nodes that its stencils need are inside. Its weight is the part of its
// voxel inside the surface, and what the voxels of unusable places hold of it: each of these gives
// its part to the usable places next to it towards the inside, in the ratio of the squares of the
// components of the surface's normal. So the weights of a place sum to the volume of the solid, and
// integrals up to the surface of what is sampled inside are of second order.
class InsideVolume {
public:
  using Usable = std::function<bool(const NodeIndex &)>;

  InsideVolume(const Voxelisation &voxels, Place place, const Usable &usable);

  // In voxels; 0 where the place cannot be used.
  double weight(const NodeIndex &at) const;

private:
  std::array<Index, 3> shape_;
  std::vector<double> weight_; // indices −1 … n along every axis
};

} // namespace heterodot
