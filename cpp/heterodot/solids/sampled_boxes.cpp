#include "heterodot/solids/sampled_boxes.hpp"

#include "heterodot/parallel/parallel.hpp"
#include "heterodot/solids/surface_samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace heterodot {
namespace {

// Boxes are visited in blocks of 8³, and of 4³ within those that a surface comes near to.
constexpr Index large_edge = 8, small_edge = 4;

struct Block {
  NodeIndex begin, end;

  // Applies action(i, j, k) to the nodes.
  template <typename Action> void for_nodes(const Action &action) const {
    for (Index i = begin[0]; i < end[0]; ++i)
      for (Index j = begin[1]; j < end[1]; ++j)
        for (Index k = begin[2]; k < end[2]; ++k)
          action(i, j, k);
  }
  // Applies action(block) to the blocks of an edge that it is made of, in order.
  template <typename Action> void for_blocks(Index edge, const Action &action) const {
    Block part;
    for (part.begin[0] = begin[0]; part.begin[0] < end[0]; part.begin[0] += edge)
      for (part.begin[1] = begin[1]; part.begin[1] < end[1]; part.begin[1] += edge)
        for (part.begin[2] = begin[2]; part.begin[2] < end[2]; part.begin[2] += edge) {
          for (std::size_t axis = 0; axis < 3; ++axis)
            part.end[axis] = std::min(part.begin[axis] + edge, end[axis]);
          action(part);
        }
  }
};

// An interface that passes near a block: the surface of solids 0 ... level together.
struct Interface {
  int level;
  std::vector<const Solid *> solids; // those that can matter here
};

// What is known about a block before its boxes are looked at.
struct Surroundings {
  std::vector<Interface> near;
  std::vector<double> filled; // per level: fraction inside solids 0 ... level, where not near

  // The region that fills the block where no interface is near.
  std::int32_t region() const {
    return static_cast<std::int32_t>(
        std::find_if(filled.begin(), filled.end(), [](double part) { return part != 0.0; }) -
        filled.begin());
  }
};

// The surroundings of the boxes of all places: from half a step before the first node to one step
// behind the last.
Surroundings survey(const Grid &grid, std::span<const Solid *const> solids, const Block &block) {
  Vec3 extent, centre;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double steps = static_cast<double>(block.end[axis] - block.begin[axis]) + 0.5;
    extent[axis] = steps * grid.spacing[axis];
    centre[axis] =
        grid.origin[axis] +
        (static_cast<double>(block.begin[axis]) - 0.5 + 0.5 * steps) * grid.spacing[axis];
  }
  const double reach = 0.5 * norm(extent);
  Surroundings result;
  std::vector<double> distance;
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t level = 0; level < solids.size(); ++level) {
    distance.push_back(solids[level]->signed_distance(centre));
    nearest = std::min(nearest, distance.back());
    result.filled.push_back(nearest < 0.0 ? 1.0 : 0.0);
    if (std::abs(nearest) > reach)
      continue;
    Interface interface{static_cast<int>(level), {}};
    for (std::size_t s = 0; s <= level; ++s)
      if (distance[s] < nearest + 2.0 * reach)
        interface.solids.push_back(solids[s]);
    result.near.push_back(std::move(interface));
  }
  return result;
}

// The surfaces near a small block, sampled, and the boxes that they cut. The surroundings must
// outlive it.
class NearSurfaces {
public:
  NearSurfaces(const Grid &grid, const Block &block, const Surroundings &surroundings)
      : begin_(block.begin), reach_(0.5 * norm(grid.spacing)), surroundings_(surroundings) {
    for (const Interface &interface : surroundings.near) {
      surfaces_.emplace_back(interface.level, SurfaceSamples(grid, block.begin, block.end));
      surfaces_.back().second.reset(SolidUnion{interface.solids});
    }
  }

  // The entry of a node's box at a place; a cut box is added to the cuts.
  std::int32_t entry(const NodeIndex &node, Place place, Cuts &cuts) {
    SurfaceSamples::Vertex centre;
    for (std::size_t axis = 0; axis < 3; ++axis)
      centre[axis] = 2 * (node[axis] - begin_[axis]) + 1 + shifted(place, static_cast<int>(axis));
    const auto [interface, outermost] = fill(centre);
    // The solids accumulate, so the filled parts never decrease outwards.
    double before = 0.0;
    for (double &part : parts_) {
      const double now = std::max(before, part);
      part = now - before;
      before = now;
    }
    parts_.push_back(1.0 - before);
    return cuts.add(parts_, interface, outermost);
  }

private:
  struct Areas {
    Vec3 largest, outermost;
  };

  // Finds the parts inside the solids up to each level, and the areas of the surfaces in the box.
  Areas fill(const SurfaceSamples::Vertex &centre) {
    Areas areas{};
    double largest = 0.0;
    parts_ = surroundings_.filled;
    for (auto &[level, samples] : surfaces_) {
      const double distance = samples.vertex(centre);
      double &part = parts_[static_cast<std::size_t>(level)];
      part = distance < 0.0 ? 1.0 : 0.0;
      if (std::abs(distance) >= reach_)
        continue;
      const CutBox cut = cut_box(samples, centre);
      part = cut.fraction;
      if (level + 1 == static_cast<int>(parts_.size()))
        areas.outermost = cut.area;
      if (const double area = norm(cut.area); area > largest) {
        largest = area;
        areas.largest = cut.area;
      }
    }
    return areas;
  }

  NodeIndex begin_;
  double reach_;
  const Surroundings &surroundings_;
  std::vector<std::pair<int, SurfaceSamples>> surfaces_; // with their levels
  std::vector<double> parts_;                            // of the box looked at
};

// All places' boxes around the nodes of a block, with numbers of cuts of their own.
class BlockSampling {
public:
  BlockSampling(const Grid &grid, std::span<const Solid *const> solids,
                std::span<const Place> places, std::vector<PlaceMap> &maps)
      : grid_(grid), solids_(solids), places_(places), maps_(maps) {}

  // Fills in the maps; returns the cuts of each place, none at all where no surface is near.
  std::vector<Cuts> fill(const Block &block) const {
    const Surroundings surroundings = survey(grid_, solids_, block);
    if (surroundings.near.empty()) {
      fill_uniform(block, surroundings.region());
      return {};
    }
    std::vector<Cuts> cuts(places_.size());
    block.for_blocks(small_edge, [&](const Block &small) { fill_small(small, cuts); });
    return cuts;
  }

private:
  void fill_small(const Block &block, std::vector<Cuts> &cuts) const {
    const Surroundings surroundings = survey(grid_, solids_, block);
    if (surroundings.near.empty()) {
      fill_uniform(block, surroundings.region());
      return;
    }
    NearSurfaces surfaces(grid_, block, surroundings);
    for (std::size_t p = 0; p < places_.size(); ++p)
      block.for_nodes([&, place = places_[p], &map = maps_[p]](Index i, Index j, Index k) {
        map.set_entry(map.index(i, j, k), surfaces.entry({i, j, k}, place, cuts[p]));
      });
  }

  void fill_uniform(const Block &block, std::int32_t region) const {
    for (PlaceMap &map : maps_)
      block.for_nodes(
          [&](Index i, Index j, Index k) { map.set_entry(map.index(i, j, k), region); });
  }

  const Grid &grid_;
  std::span<const Solid *const> solids_;
  std::span<const Place> places_;
  std::vector<PlaceMap> &maps_;
};

// Takes over the cuts of a block, whose boxes number them from zero.
void take_cuts(PlaceMap &map, const Block &block, Cuts &cuts) {
  if (const std::int32_t before = map.cuts().count(); before > 0 && cuts.count() > 0)
    block.for_nodes([&](Index i, Index j, Index k) {
      const Index cell = map.index(i, j, k);
      if (map.is_cut(cell))
        map.set_entry(cell, map.entry(cell) - before);
    });
  map.cuts().append(cuts);
  cuts = {};
}

} // namespace

std::vector<PlaceMap> sampled_boxes(const Grid &grid, std::span<const Solid *const> solids,
                                    std::span<const Place> places) {
  std::vector<PlaceMap> maps;
  for (std::size_t p = 0; p < places.size(); ++p)
    maps.emplace_back(grid.shape, static_cast<int>(solids.size()) + 1);
  std::vector<Block> blocks;
  Block{{-1, -1, -1}, {grid.shape[0] + 1, grid.shape[1] + 1, grid.shape[2] + 1}}.for_blocks(
      large_edge, [&](const Block &block) { blocks.push_back(block); });

  std::vector<std::vector<Cuts>> cuts(blocks.size());
  const BlockSampling sampling(grid, solids, places, maps);
  parallel_for(static_cast<Index>(blocks.size()), 1, [&](Index first, Index last) {
    for (auto b = static_cast<std::size_t>(first); b < static_cast<std::size_t>(last); ++b)
      cuts[b] = sampling.fill(blocks[b]);
  });
  // Number the cuts through, block after block: the result does not depend on the threads.
  parallel_for(static_cast<Index>(places.size()), 1, [&](Index first, Index last) {
    for (auto p = static_cast<std::size_t>(first); p < static_cast<std::size_t>(last); ++p)
      for (std::size_t b = 0; b < blocks.size(); ++b)
        if (!cuts[b].empty())
          take_cuts(maps[p], blocks[b], cuts[b][p]);
  });
  return maps;
}

} // namespace heterodot
