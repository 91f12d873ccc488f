// The loop over the rows of a stencil operator, for kernels that use Hx while it is in cache.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "heterodot/operator/packed_kernels.hpp"
#include "heterodot/operator/stencil_operator.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {

template <class Real, class Use>
void StencilOperator::stream(const Real *x, Index lanes, const Use &use) const {
  const Packing block = packing(1, lanes); // what matters is their product
  const Index line = block.line(), stride = block.stride();
  if (lanes < 2 && !is_real())
    throw std::logic_error("only a real operator acts on real vectors");
  if constexpr (std::is_same_v<Real, float>)
    rows_->prepare_single();
  const Index columns = bricks_.count(1);
  // Small problems are not worth waking other threads.
  const Index columns_a_chunk = block.reals() < 100000 ? columns : 1;
  const NodeIndex end_of_grid = grid_.shape, &brick = bricks_.shape;
  parallel_for(columns, columns_a_chunk, [&](Index begin, Index end) {
    // Kept from product to product: touching fresh memory costs as much as using it.
    static thread_local Aligned<Real> copy, piece;
    copy.resize(std::max(
        copy.size(),
        static_cast<std::size_t>(bricks_.copied ? bricks_.nodes_with_halo() * stride : 0)));
    piece.resize(std::max(piece.size(), static_cast<std::size_t>(brick[2] * stride)));
    // The nodes [first, last) of one line; the first lies at `from`.
    const auto stretch = [&](Index first, Index last, const Real *from) {
      const Run *run =
          lines_->runs.data() + lines_->first_run[static_cast<std::size_t>(first / end_of_grid[2])];
      while (run->first + run->length <= first)
        ++run;
      Index start = first;
      for (Index at = first; at < last; ++run) {
        const Index next = std::min(run->first + run->length, last);
        if (next < last && run[1].row_class >= 0)
          rows_->prefetch<Real>(run[1].row_class);
        if (run->row_class >= 0)
          multiply_run(from + (at - first) * stride, piece.data() + (at - start) * stride, line,
                       orbitals_, rows_->rows<Real>(run->row_class), next - at);
        const Index stop = run->row_class >= 0 ? next : at;
        if (stop > start && (stop == last || run->row_class < 0)) {
          if (!potential_.empty())
            add_potential(from + (start - first) * stride, piece.data(), line, orbitals_,
                          potential_.data() + start, grid_.size(), stop - start);
          use(start, stop - start, static_cast<const Real *>(piece.data()));
        }
        if (run->row_class < 0)
          start = next;
        at = next;
      }
    };
    for (Index c = begin; c < end; ++c)
      for (Index k = 0; k < end_of_grid[2]; k += brick[2])
        for (Index b = 0; b < end_of_grid[0]; b += brick[0]) {
          const NodeIndex first{b, c * brick[1], k};
          if (bricks_.copied)
            copy_brick(bricks_, x, stride, first, b > 0, copy.data());
          for (Index i = b; i < std::min(b + brick[0], end_of_grid[0]); ++i)
            for (Index j = first[1]; j < std::min(first[1] + brick[1], end_of_grid[1]); ++j) {
              const Index node = grid_.index(i, j, k);
              stretch(node, grid_.index(i, j, std::min(k + brick[2], end_of_grid[2])),
                      bricks_.copied ? copy.data() + bricks_.place(i - b, j - first[1]) * stride
                                     : x + node * stride);
            }
        }
  });
}

} // namespace heterodot
