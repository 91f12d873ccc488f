#include "heterodot/linalg/transfer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "heterodot/linalg/vector_kernels.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

template <class Number> struct RealOf {
  using type = Number;
  static constexpr Index width = 1;
};
template <class Real> struct RealOf<std::complex<Real>> {
  using type = Real;
  static constexpr Index width = 2;
};

// What fine index f takes from the coarse indices first and first + 1 (those outside are zero, or
// images).
struct Weights {
  Index first;
  double low, high;
};

Weights weights(Index f, bool half) {
  // Even f lies between the coarse neighbours f/2 − 1 and f/2.
  if (half)
    return f % 2 ? Weights{(f - 1) / 2 - 1, 0.25, 0.75} : Weights{f / 2 - 1, 0.75, 0.25};
  return f % 2 ? Weights{(f - 1) / 2, 1.0, 0.0} : Weights{f / 2 - 1, 0.5, 0.5};
}

// The fine indices that coarse index c gives to, with their weights.
struct Spread {
  Index first;
  int count;
  std::array<double, 4> weight;
};

Spread spread(Index c, bool half) {
  if (half)
    return {2 * c, 4, {0.25, 0.75, 0.75, 0.25}};
  return {2 * c, 3, {0.5, 1.0, 0.5, 0.0}};
}

// Planes in a chunk: small grids are not worth waking other threads.
Index planes_per_chunk(const Grid &grid) {
  return std::max<Index>(1, 16384 / (grid.shape[1] * grid.shape[2]));
}

} // namespace

bool is_coarsened(const Grid &fine, const Grid &coarse) {
  for (std::size_t d = 0; d < 3; ++d) {
    const double h = fine.spacing[d];
    if (fine.periodic[d] != coarse.periodic[d] ||
        fine.shape[d] != 2 * coarse.shape[d] + (fine.periodic[d] ? 0 : 1) ||
        std::abs(coarse.spacing[d] - 2 * h) > 1e-9 * h ||
        std::abs(coarse.origin[d] - fine.origin[d] - h) > 1e-6 * h)
      return false;
  }
  return true;
}

template <class Number>
void add_prolonged(const Grid &coarse_grid, const Number *coarse, const Grid &fine_grid,
                   Number *fine, Place place, const float *weight) {
  using Real = typename RealOf<Number>::type;
  constexpr Index width = RealOf<Number>::width;
  const auto &n = fine_grid.shape;
  const auto &m = coarse_grid.shape;
  parallel_for(n[0], planes_per_chunk(fine_grid), [&](Index begin, Index end) {
    // The row of coarse values at (x, y), with a zero or an image at either end.
    std::vector<Real> line(static_cast<std::size_t>(width * (m[2] + 2)));
    for (Index x = begin; x < end; ++x)
      for (Index y = 0; y < n[1]; ++y) {
        std::fill(line.begin(), line.end(), Real(0));
        const Weights wx = weights(x, shifted(place, 0)), wy = weights(y, shifted(place, 1));
        for (Index a = 0; a < 2; ++a)
          for (Index b = 0; b < 2; ++b) {
            const Index cx = coarse_grid.wrapped(wx.first + a, 0);
            const Index cy = coarse_grid.wrapped(wy.first + b, 1);
            const double weight = (a ? wx.high : wx.low) * (b ? wy.high : wy.low);
            if (weight != 0.0 && cx >= 0 && cx < m[0] && cy >= 0 && cy < m[1])
              add_scaled(line.data() + width,
                         reinterpret_cast<const Real *>(coarse + coarse_grid.index(cx, cy, 0)),
                         static_cast<Real>(weight), width * m[2]);
          }
        if (coarse_grid.periodic[2])
          std::copy_n(line.data() + width * m[2], width, line.data());
        const Index row = fine_grid.index(x, y, 0);
        interpolate_line(line.data(), reinterpret_cast<Real *>(fine + row), weight + row, m[2],
                         width, shifted(place, 2), coarse_grid.periodic[2]);
      }
  });
}

template <class Number>
void restrict_to(const Grid &fine_grid, const Number *fine, const Grid &coarse_grid, Number *coarse,
                 Place place, const float *weight) {
  using Real = typename RealOf<Number>::type;
  constexpr Index width = RealOf<Number>::width;
  const auto &n = fine_grid.shape;
  const auto &m = coarse_grid.shape;
  parallel_for(m[0], planes_per_chunk(coarse_grid), [&](Index begin, Index end) {
    // The sum of fine rows, with a zero or images at its end: half-step components reach one node
    // beyond, two where the first coarse node lies as near to the last.
    std::vector<Real> line(static_cast<std::size_t>(width * (n[2] + 2)));
    for (Index x = begin; x < end; ++x)
      for (Index y = 0; y < m[1]; ++y) {
        std::fill(line.begin(), line.end(), Real(0));
        const Spread sx = spread(x, shifted(place, 0)), sy = spread(y, shifted(place, 1));
        for (int a = 0; a < sx.count; ++a)
          for (int b = 0; b < sy.count; ++b) {
            const Index fx = fine_grid.wrapped(sx.first + a, 0);
            const Index fy = fine_grid.wrapped(sy.first + b, 1);
            if (fx < n[0] && fy < n[1])
              add_scaled(line.data(),
                         reinterpret_cast<const Real *>(fine + fine_grid.index(fx, fy, 0)),
                         static_cast<Real>(0.125 * sx.weight[static_cast<std::size_t>(a)] *
                                           sy.weight[static_cast<std::size_t>(b)]),
                         width * n[2]);
          }
        if (fine_grid.periodic[2])
          std::copy_n(line.data(), 2 * width, line.data() + width * n[2]);
        const Index row = coarse_grid.index(x, y, 0);
        collect_line(line.data(), reinterpret_cast<Real *>(coarse + row), weight + row, m[2], width,
                     shifted(place, 2));
      }
  });
}

#define HETERODOT_TRANSFER(Number)                                                                 \
  template void add_prolonged<Number>(const Grid &, const Number *, const Grid &, Number *, Place, \
                                      const float *);                                              \
  template void restrict_to<Number>(const Grid &, const Number *, const Grid &, Number *, Place,   \
                                    const float *);
HETERODOT_TRANSFER(float)
HETERODOT_TRANSFER(double)
HETERODOT_TRANSFER(std::complex<float>)
HETERODOT_TRANSFER(std::complex<double>)
#undef HETERODOT_TRANSFER

} // namespace heterodot
