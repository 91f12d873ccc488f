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
  // Bricks along z hold the same lines: they come one after the other.
  const Index across = bricks_.count(1), along = bricks_.count(2);
  const Index count = bricks_.count(0) * across * along;
  // Small problems are not worth waking other threads.
  const Index at_once = block.reals() < 100000 ? count : 1;
  const NodeIndex end_of_grid = grid_.shape, &brick = bricks_.shape;
  parallel_for(count, at_once, [&](Index begin, Index end) {
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
    for (Index number = begin; number < end; ++number) {
      const NodeIndex first{number / along / across * brick[0], number / along % across * brick[1],
                            number % along * brick[2]};
      NodeIndex last;
      for (std::size_t d = 0; d < 3; ++d)
        last[d] = std::min(first[d] + brick[d], end_of_grid[d]);
      Index copied = first[0] - Bricks::halo;
      for (Index i = first[0]; i < last[0]; ++i) {
        if (bricks_.copied) { // planes just before they are needed: they are still in cache then
          copy_planes(bricks_, x, stride, first, copied, i + Bricks::halo + 1, copy.data());
          copied = i + Bricks::halo + 1;
        }
        for (Index j = first[1]; j < last[1]; ++j) {
          const Index node = grid_.index(i, j, first[2]);
          stretch(node, grid_.index(i, j, last[2]),
                  bricks_.copied ? copy.data() + bricks_.place(i - first[0], j - first[1]) * stride
                                 : x + node * stride);
        }
      }
    }
  });
}

} // namespace heterodot
