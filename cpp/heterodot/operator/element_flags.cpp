#include "heterodot/operator/element_flags.hpp"

#include <algorithm>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {

ElementFlags::ElementFlags(const Grid &grid, const PolynomialField &field, const FormField &forms,
                           const WallSurface &surface, const InterfaceCells &cells,
                           const DiscretisationOptions &options)
    : grid_(grid), field_(field), forms_(forms), surface_(surface), cells_(cells),
      options_(options) {}

std::size_t ElementFlags::cell(const NodeIndex &at) const {
  const auto &n = grid_.shape;
  return static_cast<std::size_t>(((at[0] + 1) * (n[1] + 2) + at[1] + 1) * (n[2] + 2) + at[2] + 1);
}

bool ElementFlags::on_map(const NodeIndex &at) const {
  const auto &n = grid_.shape;
  return at[0] >= -1 && at[0] <= n[0] && at[1] >= -1 && at[1] <= n[1] && at[2] >= -1 &&
         at[2] <= n[2];
}

NodeIndex ElementFlags::on_map_nearest(NodeIndex at) const {
  for (std::size_t d = 0; d < 3; ++d)
    at[d] = std::clamp<Index>(at[d], -1, grid_.shape[d]);
  return at;
}

void ElementFlags::prepare_regions(Place place) {
  if (places_[place].region.empty())
    places_[place].region = forms_.uniform_regions(place);
}

void ElementFlags::prepare(Place place, const Extents &extents, bool wide) {
  const auto &n = grid_.shape;
  PlaceFlags &flags = places_[place];
  unsigned axes = 0; // along which the stencils extend
  NodeIndex lowest{0, 0, 0}, highest{0, 0, 0};
  for (const auto &[low, high] : extents)
    for (std::size_t d = 0; d < 3; ++d)
      if (low[d] <= high[d]) {
        axes |= high[d] > low[d] ? 1u << d : 0u;
        lowest[d] = std::min(lowest[d], low[d]);
        highest[d] = std::max(highest[d], high[d]);
      }
  flags.uniform = forms_.uniform_kinetics(place, wide ? axes : 0u);
  flags.kinetics = flags.uniform;
  flags.region = forms_.uniform_regions(place);
  std::vector<std::uint8_t> inside_wall(flags.kinetics.size(), 1);
  if (options_.wall.present)
    for (int a = 0; a < field_.orbitals; ++a)
      keep_inside(a, extents[static_cast<std::size_t>(a)], inside_wall);
  flags.regular.assign(flags.kinetics.size(), 0);
  parallel_for(n[0] + 2, 1, [&](Index begin, Index end) {
    for (Index x = begin - 1; x < end - 1; ++x)
      for (Index y = -1; y <= n[1]; ++y)
        for (Index z = -1; z <= n[2]; ++z) {
          const NodeIndex at{x, y, z};
          const std::size_t own = cell(at);
          const bool mixed = cells_.mixed(place, at);
          if (mixed)
            flags.uniform[own] = -1;
          if (!inside_wall[own] || mixed)
            flags.kinetics[own] = -1;
          if (!inside_wall[own])
            continue;
          bool in_box = true;
          for (std::size_t d = 0; d < 3; ++d)
            in_box = in_box && at[d] + lowest[d] >= 0 && at[d] + highest[d] < n[d];
          if (in_box && mixed)
            flags.regular[own] = 4;
          else if (in_box)
            flags.regular[own] = wide && flags.kinetics[own] >= 0 ? 3 : 1;
        }
  });
}

// Clears the flags of elements that need a node of an orbital outside a wall. With a tail, what is
// done at the surface reaches further in.
void ElementFlags::keep_inside(int orbital, const std::pair<NodeIndex, NodeIndex> &extent,
                               std::vector<std::uint8_t> &flags) const {
  const auto &n = grid_.shape;
  const auto &[low, high] = extent;
  if (low[0] > high[0])
    return;
  const Index margin = options_.wall.has_tail() ? 3 : 0;
  std::vector<std::uint8_t> within(flags.size());
  for (Index x = -1; x <= n[0]; ++x)
    for (Index y = -1; y <= n[1]; ++y)
      for (Index z = -1; z <= n[2]; ++z)
        within[cell({x, y, z})] =
            surface_.inside(field_.places[static_cast<std::size_t>(orbital)],
                            {std::clamp<Index>(x, 0, n[0] - 1), std::clamp<Index>(y, 0, n[1] - 1),
                             std::clamp<Index>(z, 0, n[2] - 1)});
  const std::array<Index, 3> shape{n[0] + 2, n[1] + 2, n[2] + 2};
  const std::array<Index, 3> stride{shape[1] * shape[2], shape[2], 1};
  for (std::size_t d = 0; d < 3; ++d) {
    const std::vector<std::uint8_t> before = within;
    parallel_for(static_cast<Index>(before.size()), 1 << 15, [&](Index begin, Index end) {
      for (Index at = begin; at < end; ++at) {
        const Index along = at / stride[d] % shape[d];
        for (Index s = std::max(low[d] - margin, -along);
             s <= std::min(high[d] + margin, shape[d] - 1 - along); ++s)
          if (!before[static_cast<std::size_t>(at + s * stride[d])])
            within[static_cast<std::size_t>(at)] = 0;
      }
    });
  }
  for (std::size_t at = 0; at < flags.size(); ++at)
    flags[at] = flags[at] && within[at];
}

} // namespace heterodot
