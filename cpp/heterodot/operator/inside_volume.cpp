#include "heterodot/operator/inside_volume.hpp"

namespace heterodot {

InsideVolume::InsideVolume(const Voxelisation &voxels, Place place, const Usable &usable) {
  const PlaceMap &map = voxels.at(place);
  shape_ = map.shape();
  weight_.assign(map.cells().size(), 0.0);
  const auto on_map = [&](const NodeIndex &at) {
    for (std::size_t d = 0; d < 3; ++d)
      if (at[d] < -1 || at[d] > shape_[d] - 2)
        return false;
    return true;
  };
  const auto cell = [&](const NodeIndex &at) { return map.index(at[0], at[1], at[2]); };
  std::vector<std::uint8_t> used(map.cells().size());
  const auto for_all = [&](const auto &action) {
    for (Index x = -1; x < shape_[0] - 1; ++x)
      for (Index y = -1; y < shape_[1] - 1; ++y)
        for (Index z = -1; z < shape_[2] - 1; ++z)
          action(NodeIndex{x, y, z});
  };
  for_all([&](const NodeIndex &at) { used[static_cast<std::size_t>(cell(at))] = usable(at); });
  const auto is_used = [&](const NodeIndex &at) {
    return on_map(at) && used[static_cast<std::size_t>(cell(at))];
  };
  for_all([&](const NodeIndex &at) {
    const double filled = 1.0 - map.fraction(cell(at), map.regions() - 1);
    if (filled <= 0.0)
      return;
    if (is_used(at)) {
      weight_[static_cast<std::size_t>(cell(at))] += filled;
      return;
    }
    std::vector<std::pair<NodeIndex, double>> takers;
    if (map.is_cut(cell(at))) {
      const Vec3 &n = map.cut_surface(-1 - map.cells()[static_cast<std::size_t>(cell(at))]);
      for (std::size_t d = 0; d < 3; ++d) {
        NodeIndex inner = at;
        inner[d] += n[d] > 0.0 ? -1 : 1;
        if (n[d] != 0.0 && is_used(inner))
          takers.emplace_back(inner, n[d] * n[d]);
      }
    }
    if (takers.empty()) // edges, corners: all around
      for (Index x = -1; x <= 1; ++x)
        for (Index y = -1; y <= 1; ++y)
          for (Index z = -1; z <= 1; ++z)
            if (const NodeIndex beside{at[0] + x, at[1] + y, at[2] + z}; is_used(beside))
              takers.emplace_back(beside, 1.0);
    double sum = 0.0;
    for (const auto &[taker, share] : takers)
      sum += share;
    for (const auto &[taker, share] : takers)
      weight_[static_cast<std::size_t>(cell(taker))] += filled * share / sum;
  });
}

double InsideVolume::weight(const NodeIndex &at) const {
  for (std::size_t d = 0; d < 3; ++d)
    if (at[d] < -1 || at[d] > shape_[d] - 2)
      return 0.0;
  return weight_[static_cast<std::size_t>(((at[0] + 1) * shape_[1] + at[1] + 1) * shape_[2] +
                                          at[2] + 1)];
}

} // namespace heterodot
