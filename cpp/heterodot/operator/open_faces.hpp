// How far the faces between the voxels of neighbouring nodes lie inside the outermost surface.
#pragma once

#include <array>
#include <vector>

#include "heterodot/operator/form_field.hpp"

namespace heterodot {

// The open part of every face, and what closes each voxel: the pieces of the surface. For every
// voxel ∮ n dA = 0 holds exactly between them, so that a constant flux leaves nothing behind in a
// cut voxel (cut cells: Ng, Min and Gibou, J. Comput. Phys. 228, 8807 (2009)).
class OpenFaces {
public:
  OpenFaces(const Voxelisation &voxels, Place place);

  // Open part of the face above a node along an axis; node indices from −1.
  double open(const NodeIndex &node, int axis) const;
  // Area of the surface in the voxel of a node times its mean unit normal outwards, in nm².
  Vec3 piece(const NodeIndex &node) const;
  // Part of the voxel of a node that lies inside.
  double volume(const NodeIndex &node) const;
  bool on_map(const NodeIndex &node) const;

private:
  void open_line(NodeIndex node, int axis);
  std::size_t cell(const NodeIndex &node) const {
    return static_cast<std::size_t>(map_.index(node[0], node[1], node[2]));
  }

  const PlaceMap &map_;
  Vec3 face_area_;
  std::array<std::vector<float>, 3> open_;
};

} // namespace heterodot
