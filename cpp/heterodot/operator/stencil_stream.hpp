// The loop over the rows of a stencil operator, for kernels that use Hx while it is in cache.
#pragma once

#include <algorithm>
#include <array>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "heterodot/operator/packed_kernels.hpp"
#include "heterodot/operator/stencil_operator.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {

// A brick of lines along z: with their neighbours on a few planes they stay in the second-level
// cache while x advances.
struct LineBlocks {
  static constexpr Index cache_bytes = 640 << 10;
  static constexpr Index reach = 2; // of most rows along x and y
  static constexpr Index planes = 16;

  Index lines_y, blocks_x, blocks_y;

  LineBlocks(const Grid &grid, Index bytes_a_node) {
    const Index line = grid.shape[2] * bytes_a_node;
    const Index fitting = cache_bytes / ((2 * reach + 1) * line) - 2 * reach;
    lines_y = std::clamp<Index>(fitting, 4, grid.shape[1]);
    blocks_y = (grid.shape[1] + lines_y - 1) / lines_y;
    lines_y = (grid.shape[1] + blocks_y - 1) / blocks_y;
    blocks_x = (grid.shape[0] + planes - 1) / planes;
  }
};

template <class Real, class Use>
void StencilOperator::stream(const Real *x, Index lanes, const Use &use) const {
  const Packing block = packing(1, lanes); // what matters is their product
  const Index line = block.line(), stride = block.stride();
  if (lanes < 2 && !is_real())
    throw std::logic_error("only a real operator acts on real vectors");
  if constexpr (std::is_same_v<Real, float>)
    for (const PackedRows *rows :
         {real_rows_.get(), complex_rows_[0].get(), complex_rows_[1].get()})
      rows->prepare_single();
  const LineBlocks blocks(grid_, stride * static_cast<Index>(sizeof(Real)));
  const Index count = blocks.blocks_x * blocks.blocks_y;
  // Small problems are not worth waking other threads.
  const Index blocks_a_chunk = block.reals() < 100000 ? count : 1;
  const auto multiplied = [&](const PackedRows &rows, std::vector<PackedRow<Real>> &own,
                              const Run &run, Real *to, Index lanes_each, Into into) {
    const Index components = rows.components();
    for (Index c = 0; c < components; ++c)
      own[static_cast<std::size_t>(c)] = rows.row<Real>(run.row_class, c);
    multiply_run(x + run.first * stride, to, lanes_each, components, own.data(), run.length, into);
  };
  parallel_for(count, blocks_a_chunk, [&](Index begin, Index end) {
    Aligned<Real> piece(static_cast<std::size_t>(stride * grid_.shape[2]));
    std::vector<PackedRow<Real>> rows(static_cast<std::size_t>(bands()));
    const auto one_line = [&](Index number) {
      Index r = lines_->first_run[static_cast<std::size_t>(number)];
      const Index last = lines_->first_run[static_cast<std::size_t>(number) + 1];
      while (r < last) {
        const Run *run = &lines_->runs[static_cast<std::size_t>(r)];
        const Index first = run->first;
        Index nodes = 0;
        for (; r < last && run->row_class >= 0; ++r, ++run) {
          Real *to = piece.data() + nodes * stride;
          if (real_rows_->components())
            multiplied(*real_rows_, rows, *run, to, line, Into::set);
          else
            std::fill_n(to, run->length * stride, Real(0));
          if (complex_rows_[0]->components()) {
            multiplied(*complex_rows_[0], rows, *run, to, lanes, Into::add);
            multiplied(*complex_rows_[1], rows, *run, to, lanes, Into::add_turned);
          }
          nodes += run->length;
        }
        if (nodes == 0) {
          ++r;
          continue;
        }
        if (!potential_.empty())
          add_potential(x + first * stride, piece.data(), line, orbitals_,
                        potential_.data() + first, grid_.size(), nodes);
        use(first, nodes, static_cast<const Real *>(piece.data()));
      }
    };
    for (Index b = begin; b < end; ++b) {
      const Index first_x = b / blocks.blocks_y * blocks.planes;
      const Index first_y = b % blocks.blocks_y * blocks.lines_y;
      for (Index i = first_x; i < std::min(first_x + blocks.planes, grid_.shape[0]); ++i)
        for (Index j = first_y; j < std::min(first_y + blocks.lines_y, grid_.shape[1]); ++j)
          one_line(i * grid_.shape[1] + j);
    }
  });
}

} // namespace heterodot
