// Parts of the grid small enough for a processor's cache, each copied together with its halo.
#pragma once

#include <algorithm>
#include <array>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// Rows reach into lines and planes whose distances in memory are the grid's: many of them fall on
// the same places of a cache, and drive each other out long before it is full. So products are
// taken of copies of bricks, which with their halos lie together, and across whose seams a periodic
// grid goes on. Vectors of one band are thin enough to be used where they are.
struct Bricks {
  static constexpr Index halo = 3; // no row reaches further
  // Thin, so that what one plane leaves in the cache is there for the next; long, because lines are
  // worked on as a whole. Halos that are not copied cost less the wider a brick is.
  static constexpr NodeIndex wanted{16, 4, 64}, wanted_in_place{16, 24, 128};

  Grid grid;
  bool copied;
  NodeIndex shape; // of a brick, without its halo

  Bricks(const Grid &grid_, Index bands) : grid(grid_), copied(bands > 1 || grid_.is_periodic()) {
    for (std::size_t d = 0; d < 3; ++d) {
      const Index most = copied ? wanted[d] : wanted_in_place[d];
      const Index parts = std::max<Index>(1, (grid.shape[d] + most / 2) / most);
      shape[d] = (grid.shape[d] + parts - 1) / parts;
    }
  }

  Index count(std::size_t axis) const { return (grid.shape[axis] + shape[axis] - 1) / shape[axis]; }
  // Nodes between neighbours along y and x, where rows look for them.
  Index line_step() const { return copied ? shape[2] + 2 * halo : grid.shape[2]; }
  Index plane_step() const {
    return copied ? (shape[1] + 2 * halo) * line_step() : grid.shape[1] * grid.shape[2];
  }
  Index nodes_with_halo() const { return (shape[0] + 2 * halo) * plane_step(); }
  // Where the first node of a line of a brick is, after its halo.
  Index place(Index plane, Index line) const {
    return (plane + halo) * plane_step() + (line + halo) * line_step() + halo;
  }

  // From a node to another, in nodes where rows look for them, and back.
  Index offset(const std::array<int, 3> &step) const {
    return step[0] * plane_step() + step[1] * line_step() + step[2];
  }
  Index neighbour(Index node, Index offset) const {
    if (!copied)
      return node + offset;
    const Index line = line_step(), plane = plane_step();
    // Counted from the corner of the halo all steps are positive.
    const Index from_corner = offset + halo * (plane + line + 1);
    const NodeIndex at = grid.node(node);
    const NodeIndex step{from_corner / plane - halo, from_corner % plane / line - halo,
                         from_corner % line - halo};
    return grid.index(grid.wrapped(at[0] + step[0], 0), grid.wrapped(at[1] + step[1], 1),
                      grid.wrapped(at[2] + step[2], 2));
  }
};

// Copies nodes of `stride` reals from packed vectors x to a brick whose first node is `first`, halo
// included, where the grid has such nodes.
template <class Real>
void copy_brick(const Bricks &bricks, const Real *x, Index stride, const NodeIndex &first,
                Real *brick) {
  const Grid &grid = bricks.grid;
  constexpr Index halo = Bricks::halo;
  const auto exists = [&](Index at, std::size_t axis) {
    return grid.periodic[axis] || (at >= 0 && at < grid.shape[axis]);
  };
  const Index plane = bricks.plane_step() * stride;
  const Index from = std::max<Index>(first[2] - halo, 0);
  const Index to = std::min(first[2] + bricks.shape[2] + halo, grid.shape[2]);
  for (Index i = first[0] - halo; i < first[0] + bricks.shape[0] + halo; ++i)
    for (Index j = first[1] - halo; j < first[1] + bricks.shape[1] + halo; ++j) {
      if (!exists(i, 0) || !exists(j, 1))
        continue;
      const Real *line = x + grid.index(grid.wrapped(i, 0), grid.wrapped(j, 1), 0) * stride;
      Real *own = brick + (i - first[0] + halo) * plane +
                  (j - first[1] + halo) * bricks.line_step() * stride;
      const auto copy = [&](Index at, Index source, Index nodes) {
        std::copy_n(line + source * stride, nodes * stride, own + (at - first[2] + halo) * stride);
      };
      copy(from, from, to - from);
      if (grid.periodic[2]) {
        for (Index k = first[2] - halo; k < from; ++k)
          copy(k, grid.wrapped(k, 2), 1);
        for (Index k = to; k < first[2] + bricks.shape[2] + halo; ++k)
          copy(k, grid.wrapped(k, 2), 1);
      }
    }
}

} // namespace heterodot
