#include "heterodot/solids/derived_maps.hpp"

#include <algorithm>

namespace heterodot {
namespace {

// Sums of what eight fine boxes hold.
struct Octants {
  std::vector<double> fractions;
  Vec3 interface{}, surface{};

  void add(const PlaceMap &fine, Index cell) {
    for (int region = 0; region < fine.regions(); ++region)
      fractions[static_cast<std::size_t>(region)] += fine.fraction(cell, region) / 8.0;
    if (!fine.is_cut(cell))
      return;
    const Index cut = -1 - fine.entry(cell);
    for (std::size_t axis = 0; axis < 3; ++axis) {
      interface[axis] += fine.cut_area(cut) * fine.cut_normal(cut)[axis];
      surface[axis] += fine.cut_surface(cut)[axis];
    }
  }
  void clear() {
    std::fill(fractions.begin(), fractions.end(), 0.0);
    interface = surface = {};
  }
};

} // namespace

PlaceMap coarsened_map(const PlaceMap &fine_cells, const Grid &fine, const Grid &coarse,
                       Place place) {
  PlaceMap map(coarse.shape, fine_cells.regions());
  Octants sums{std::vector<double>(static_cast<std::size_t>(map.regions()))};
  map.for_boxes([&](Index i, Index j, Index k) {
    sums.clear();
    for (unsigned octant = 0; octant < 8; ++octant) {
      NodeIndex at{i, j, k};
      for (unsigned axis = 0; axis < 3; ++axis) {
        // Coarse node i is fine node 2i + 1.
        const Index along =
            2 * at[axis] + (octant >> axis & 1u) + shifted(place, static_cast<int>(axis));
        at[axis] = std::clamp<Index>(fine.wrapped(along, axis), -1, fine.shape[axis]);
      }
      sums.add(fine_cells, fine_cells.index(at[0], at[1], at[2]));
    }
    map.set_entry(map.index(i, j, k), map.cuts().add(sums.fractions, sums.interface, sums.surface));
  });
  return map;
}

PlaceMap unwrapped_map(const PlaceMap &of_core, const Grid &core, const NodeIndex &before,
                       const Grid &grid) {
  PlaceMap map(grid.shape, of_core.regions());
  map.for_boxes([&](Index i, Index j, Index k) {
    const Index own = of_core.index(core.wrapped(i - before[0], 0), core.wrapped(j - before[1], 1),
                                    core.wrapped(k - before[2], 2));
    map.set_entry(map.index(i, j, k), of_core.entry(own));
  });
  map.cuts() = of_core.cuts();
  return map;
}

void close_seams(PlaceMap &map, const Grid &grid) {
  if (!grid.is_periodic())
    return;
  map.for_boxes([&](Index i, Index j, Index k) {
    const Index own = map.index(grid.wrapped(i, 0), grid.wrapped(j, 1), grid.wrapped(k, 2));
    map.set_entry(map.index(i, j, k), map.entry(own));
  });
}

} // namespace heterodot
