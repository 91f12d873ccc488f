#include "heterodot/operator/open_faces.hpp"

#include <algorithm>
#include <cmath>

#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

OpenFaces::OpenFaces(const Voxelisation &voxels, Place place) : map_(voxels.at(place)) {
  const Vec3 &h = voxels.grid().spacing;
  face_area_ = {h[1] * h[2], h[2] * h[0], h[0] * h[1]};
  const auto &shape = map_.shape();
  for (int axis = 0; axis < 3; ++axis) {
    const auto along = static_cast<std::size_t>(axis);
    open_[along].assign(map_.cells().size(), 0.0F);
    const std::size_t second = (along + 1) % 3, third = (along + 2) % 3;
    for (Index j = -1; j < shape[second] - 1; ++j)
      for (Index k = -1; k < shape[third] - 1; ++k) {
        NodeIndex node{};
        node[along] = -1;
        node[second] = j;
        node[third] = k;
        open_line(node, axis);
      }
  }
}

bool OpenFaces::on_map(const NodeIndex &node) const {
  for (std::size_t d = 0; d < 3; ++d)
    if (node[d] < -1 || node[d] > map_.shape()[d] - 2)
      return false;
  return true;
}

double OpenFaces::volume(const NodeIndex &node) const {
  return on_map(node) ? 1.0 - map_.fraction(static_cast<Index>(cell(node)), map_.regions() - 1)
                      : 0.0;
}

double OpenFaces::open(const NodeIndex &node, int axis) const {
  return on_map(node) ? static_cast<double>(open_[static_cast<std::size_t>(axis)][cell(node)])
                      : 0.0;
}

// Next to a voxel that is not cut a face is open or closed. Through a run of cut voxels the open
// part changes by what the surface takes; what is left over at the end of the run (the pieces are
// integrated approximately) is spread over it.
void OpenFaces::open_line(NodeIndex node, int axis) {
  const auto along = static_cast<std::size_t>(axis);
  std::vector<float> &open = open_[along];
  const Index last = map_.shape()[along] - 2;
  std::vector<double> run;
  double below = 0.0;
  for (Index i = -1; i <= last; ++i) {
    node[along] = i;
    const auto here = static_cast<Index>(cell(node));
    if (!map_.is_cut(here)) {
      below = volume(node) > 0.5 ? 1.0 : 0.0;
      open[cell(node)] = static_cast<float>(below);
      if (run.empty())
        continue;
      const double left_over = below - run.back(), length = static_cast<double>(run.size());
      for (std::size_t s = 0; s < run.size(); ++s) {
        NodeIndex back = node;
        back[along] += static_cast<Index>(s) - static_cast<Index>(run.size());
        const double part = run[s] + left_over * static_cast<double>(s + 1) / length;
        open[cell(back)] = static_cast<float>(std::clamp(part, 0.0, 1.0));
      }
      run.clear();
      continue;
    }
    const std::int32_t cut = -1 - map_.cells()[cell(node)];
    below -= map_.cut_surface(cut)[along] / face_area_[along];
    run.push_back(below);
  }
}

Vec3 OpenFaces::piece(const NodeIndex &node) const {
  Vec3 result{};
  for (int axis = 0; axis < 3; ++axis)
    result[static_cast<std::size_t>(axis)] =
        face_area_[static_cast<std::size_t>(axis)] *
        (open(stepped(node, axis, -1), axis) - open(node, axis));
  return result;
}

} // namespace heterodot
