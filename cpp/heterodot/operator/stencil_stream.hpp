// The loop over the rows of a stencil operator, for kernels that use Hx while it is in cache.
#pragma once

#include <algorithm>
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
  if constexpr (std::is_same_v<Real, float>) {
    real_rows_->prepare_single();
    complex_rows_->prepare_single();
  }
  const Index nodes = grid_.size();
  parallel_for(strips, strips_per_chunk, [&](Index begin, Index end) {
    std::vector<Real> piece(static_cast<std::size_t>(width * grid_.shape[2]));
    for (Index vector = 0; vector < count; ++vector) {
      const Real *xv = reinterpret_cast<const Real *>(x + vector * size());
      for (Index s = begin; s < end; ++s) {
        const Strip &strip = strips_[static_cast<std::size_t>(s)];
        if (!strip.active)
          continue;
        // Both spins follow each other: they share the real rows.
        for (int part = 0; part < bands(); ++part) {
          const int orbital = part / spins_, band = orbital + part % spins_ * orbitals_;
          const Index at = band * nodes + strip.first;
          if (real_rows_->components()) {
            const auto &row = real_rows_->row(s, orbital);
            real_row(xv + width * at, piece.data(), real_rows_->offsets(row),
                     real_rows_->values(row, Real()), row.entries, strip.length, width,
                     row.varying);
          } else
            std::fill_n(piece.begin(), width * strip.length, Real(0));
          if constexpr (is_complex)
            if (complex_rows_->components()) {
              const auto &row = complex_rows_->row(s, band);
              complex_row(xv + width * at, piece.data(), complex_rows_->offsets(row),
                          complex_rows_->values(row, Real()), row.entries, strip.length,
                          row.varying);
            }
          if (!potential_.empty())
            local_row(xv + width * at, piece.data(),
                      &potential_[static_cast<std::size_t>(orbital * nodes + strip.first)],
                      strip.length, is_complex);
          use(vector, at, static_cast<Index>(strip.length),
              reinterpret_cast<const Number *>(piece.data()));
        }
      }
    }
  });
}

} // namespace heterodot
