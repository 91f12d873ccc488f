// Parts of the grid small enough for a processor's cache, each copied together with its halo.
#pragma once

#include <algorithm>
#include <array>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// A row reaches into seven planes. Bricks are narrow enough for the lines of all of them to stay in
// the cache until the brick has gone through. Where a periodic grid goes on across its seams, and
// for the sweeps through models with a gap (GaussSeidel), products are taken of copies, which
// together with their halos lie close to each other.
struct Bricks {
  static constexpr Index halo = 3; // no row reaches further
  // Halos that are not copied cost less, so that bricks can be shorter; vectors of one band are
  // thin enough for wide ones.
  static constexpr NodeIndex wanted{16, 8, 64}, wanted_in_place{32, 8, 32},
      wanted_of_one{16, 24, 128};
  static constexpr Index most_in_place = 6; // bands

  Grid grid;
  bool copied;
  NodeIndex shape; // of a brick, without its halo

  Bricks(const Grid &grid_, Index bands, bool swept)
      : grid(grid_), copied(swept || bands > most_in_place || grid_.is_periodic()) {
    const NodeIndex &most_of = copied ? wanted : bands > 1 ? wanted_in_place : wanted_of_one;
    for (std::size_t d = 0; d < 3; ++d) {
      const Index most = most_of[d];
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
// included, where the grid has such nodes: the planes [begin, end) along x.
template <class Real>
void copy_planes(const Bricks &bricks, const Real *x, Index stride, const NodeIndex &first,
                 Index begin, Index end, Real *brick) {
  const Grid &grid = bricks.grid;
  constexpr Index halo = Bricks::halo;
  const auto exists = [&](Index at, std::size_t axis) {
    return grid.periodic[axis] || (at >= 0 && at < grid.shape[axis]);
  };
  const Index plane = bricks.plane_step() * stride;
  const Index from = std::max<Index>(first[2] - halo, 0);
  const Index to = std::min(first[2] + bricks.shape[2] + halo, grid.shape[2]);
  for (Index i = begin; i < end; ++i)
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
