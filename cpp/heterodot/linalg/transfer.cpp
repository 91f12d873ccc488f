#include "heterodot/linalg/transfer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "heterodot/linalg/vector_kernels.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

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

template <class Real>
void add_prolonged(const Packing &packing, const std::vector<Place> &places,
                   const Grid &coarse_grid, const Real *coarse, const Grid &fine_grid, Real *fine,
                   const float *weight, bool from_zero) {
  const auto &n = fine_grid.shape;
  const auto &m = coarse_grid.shape;
  const Slots slots{packing.orbitals, packing.spins, packing.lanes()};
  const Index length = packing.line(), stride = packing.stride();
  parallel_for(n[0], planes_per_chunk(fine_grid), [&](Index begin, Index end) {
    // The row of coarse values at (x, y), with a zero or an image at either end.
    Aligned<Real> line(static_cast<std::size_t>(length * (m[2] + 2)));
    for (Index x = begin; x < end; ++x)
      for (Index y = 0; y < n[1]; ++y) {
        Real *fine_line = fine + fine_grid.index(x, y, 0) * stride;
        if (from_zero)
          std::fill_n(fine_line, n[2] * stride, Real(0));
        for (Index orbital = 0; orbital < packing.orbitals; ++orbital) {
          const Place place = places[static_cast<std::size_t>(orbital)];
          std::fill(line.begin(), line.end(), Real(0));
          const Weights wx = weights(x, shifted(place, 0)), wy = weights(y, shifted(place, 1));
          for (Index a = 0; a < 2; ++a)
            for (Index b = 0; b < 2; ++b) {
              const Index cx = coarse_grid.wrapped(wx.first + a, 0);
              const Index cy = coarse_grid.wrapped(wy.first + b, 1);
              const double own = (a ? wx.high : wx.low) * (b ? wy.high : wy.low);
              if (own != 0.0 && cx >= 0 && cx < m[0] && cy >= 0 && cy < m[1])
                add_scaled(line.data() + length,
                           coarse + coarse_grid.index(cx, cy, 0) * stride + orbital * length,
                           static_cast<Real>(own), m[2], length, stride);
            }
          if (coarse_grid.periodic[2])
            std::copy_n(line.data() + length * m[2], length, line.data());
          const Index row = fine_grid.index(x, y, 0);
          interpolate_line(line.data(), fine_line + orbital * length,
                           weight + (row * packing.orbitals + orbital) * packing.spins, m[2], slots,
                           shifted(place, 2), coarse_grid.periodic[2]);
        }
      }
  });
}

template <class Real>
void restrict_to(const Packing &packing, const std::vector<Place> &places, const Grid &fine_grid,
                 const Real *fine, const Grid &coarse_grid, Real *coarse, const float *weight) {
  const auto &n = fine_grid.shape;
  const auto &m = coarse_grid.shape;
  const Slots slots{packing.orbitals, packing.spins, packing.lanes()};
  const Index length = packing.line(), stride = packing.stride();
  parallel_for(m[0], planes_per_chunk(coarse_grid), [&](Index begin, Index end) {
    // The sum of fine rows, with a zero or images at its end: half-step components reach one node
    // beyond, two where the first coarse node lies as near to the last.
    Aligned<Real> line(static_cast<std::size_t>(length * (n[2] + 2)));
    for (Index x = begin; x < end; ++x)
      for (Index y = 0; y < m[1]; ++y)
        for (Index orbital = 0; orbital < packing.orbitals; ++orbital) {
          const Place place = places[static_cast<std::size_t>(orbital)];
          std::fill(line.begin(), line.end(), Real(0));
          const Spread sx = spread(x, shifted(place, 0)), sy = spread(y, shifted(place, 1));
          for (int a = 0; a < sx.count; ++a)
            for (int b = 0; b < sy.count; ++b) {
              const Index fx = fine_grid.wrapped(sx.first + a, 0);
              const Index fy = fine_grid.wrapped(sy.first + b, 1);
              if (fx < n[0] && fy < n[1])
                add_scaled(line.data(),
                           fine + fine_grid.index(fx, fy, 0) * stride + orbital * length,
                           static_cast<Real>(0.125 * sx.weight[static_cast<std::size_t>(a)] *
                                             sy.weight[static_cast<std::size_t>(b)]),
                           n[2], length, stride);
            }
          if (fine_grid.periodic[2])
            std::copy_n(line.data(), 2 * length, line.data() + length * n[2]);
          const Index row = coarse_grid.index(x, y, 0);
          collect_line(line.data(), coarse + row * stride + orbital * length,
                       weight + (row * packing.orbitals + orbital) * packing.spins, m[2], slots,
                       shifted(place, 2));
        }
  });
}

template void add_prolonged<float>(const Packing &, const std::vector<Place> &, const Grid &,
                                   const float *, const Grid &, float *, const float *, bool);
template void restrict_to<float>(const Packing &, const std::vector<Place> &, const Grid &,
                                 const float *, const Grid &, float *, const float *);

} // namespace heterodot
