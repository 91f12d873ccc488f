// The loop over the rows of a stencil operator, for kernels that use Hx while it is in cache.
#pragma once

#include <algorithm>
#include <array>
#include <complex>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "heterodot/operator/row_kernels.hpp"
#include "heterodot/operator/stencil_operator.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {

template <class Number, class Use>
void StencilOperator::stream(const Number *x, Index count, const Use &use) const {
  constexpr bool is_complex = !std::is_floating_point_v<Number>;
  constexpr Index width = is_complex ? 2 : 1;
  // Small problems are not worth waking other threads.
  const auto strips = static_cast<Index>(strips_.size());
  const Index strips_per_chunk = size() * count < 50000 ? strips : 32;
  using Real = std::conditional_t<std::is_same_v<Number, double> || std::is_same_v<Number, Complex>,
                                  double, float>;
  if (!is_complex && !is_real())
    throw std::logic_error("only a real operator acts on real vectors");
  const std::array<const StripRows *, 3> all{real_rows_.get(), complex_rows_[0].get(),
                                             complex_rows_[1].get()};
  if constexpr (std::is_same_v<Real, float>)
    for (const StripRows *rows : all)
      rows->prepare_single();
  const Index nodes = grid_.size(), length_of_piece = width * (grid_.shape[2] + group_nodes);
  parallel_for(strips, strips_per_chunk, [&](Index begin, Index end) {
    // Vectors that share one pass over the rows: real ones are read faster than they share.
    constexpr Index together = is_complex ? 4 : 1;
    std::vector<Real> pieces(static_cast<std::size_t>(together * spins_ * length_of_piece));
    std::array<const Real *, 2 * together> from;
    std::array<Real *, 2 * together> to;
    for (Index first = 0; first < count; first += together) {
      const Index vectors = std::min(together, count - first), parts = vectors * spins_;
      for (Index s = begin; s < end; ++s) {
        const Strip &strip = strips_[static_cast<std::size_t>(s)];
        if (!strip.active)
          continue;
        for (int orbital = 0; orbital < orbitals_; ++orbital) {
          // Both spins share the real rows; the vectors of one spin follow each other.
          for (Index part = 0; part < parts; ++part) {
            const Index band = orbital + part / vectors * orbitals_;
            const auto own = static_cast<std::size_t>(part);
            from[own] = reinterpret_cast<const Real *>(x + (first + part % vectors) * size()) +
                        width * (band * nodes + strip.first);
            to[own] = pieces.data() + part * length_of_piece;
            if (!real_rows_->components())
              std::fill_n(to[own], width * strip.length, Real(0));
          }
          if (real_rows_->components())
            real_rows_->apply(s, orbital, from.data(), to.data(), parts, strip.length, width,
                              Into::set);
          for (int spin = 0; spin < spins_; ++spin)
            for (std::size_t part = 0; part < 2; ++part)
              if (is_complex && complex_rows_[part]->components())
                complex_rows_[part]->apply(s, orbital + spin * orbitals_,
                                           from.data() + spin * vectors, to.data() + spin * vectors,
                                           vectors, strip.length, width,
                                           part == 0 ? Into::add : Into::add_turned);
          for (Index part = 0; part < parts; ++part) {
            const auto own = static_cast<std::size_t>(part);
            if (!potential_.empty())
              local_row(from[own], to[own],
                        &potential_[static_cast<std::size_t>(orbital * nodes + strip.first)],
                        strip.length, is_complex);
            use(first + part % vectors,
                (orbital + part / vectors * orbitals_) * nodes + strip.first,
                static_cast<Index>(strip.length), reinterpret_cast<const Number *>(to[own]));
          }
        }
      }
    }
  });
}

} // namespace heterodot
