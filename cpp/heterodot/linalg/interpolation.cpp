#include "heterodot/linalg/interpolation.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

// What a fine index takes from coarse ones.
struct Taps {
  int count = 0;
  std::array<Index, 4> index{};
  std::array<double, 4> weight{};
};

// Fine index f is at (f − 1)/2 of the coarse grid, or at (f − 3/2)/2 where both live half a step
// further.
Taps taps_of(Index f, const Grid &coarse, std::size_t axis, bool half) {
  constexpr std::array<double, 4> midway{-1.0 / 16, 9.0 / 16, 9.0 / 16, -1.0 / 16};
  constexpr std::array<double, 4> quarter{-7.0 / 128, 105.0 / 128, 35.0 / 128, -5.0 / 128};
  constexpr std::array<double, 4> three_quarters{quarter[3], quarter[2], quarter[1], quarter[0]};
  std::array<double, 4> weight = midway;
  Index first = f / 2 - 2; // of four neighbours
  if (half) {
    weight = f % 2 ? three_quarters : quarter;
    first = f % 2 ? (f - 1) / 2 - 2 : f / 2 - 2;
  } else if (f % 2) {
    weight = {0.0, 1.0, 0.0, 0.0};
    first = (f - 1) / 2 - 1;
  }
  Taps taps;
  for (Index k = 0; k < 4; ++k) {
    const Index at = coarse.wrapped(first + k, axis);
    const double own = weight[static_cast<std::size_t>(k)];
    if (own == 0.0 || at < 0 || at >= coarse.shape[axis])
      continue;
    taps.index[static_cast<std::size_t>(taps.count)] = at;
    taps.weight[static_cast<std::size_t>(taps.count++)] = own;
  }
  return taps;
}

// to = Σ weight · pieces of `length` reals.
void combine(const Taps &taps, const double *pieces, Index length, double *to) {
  std::fill_n(to, length, 0.0);
  for (std::size_t k = 0; k < static_cast<std::size_t>(taps.count); ++k) {
    const double *from = pieces + taps.index[k] * length;
    const double factor = taps.weight[k];
    for (Index i = 0; i < length; ++i)
      to[i] += factor * from[i];
  }
}

// The numbers of a line, each times its weight.
template <Index width>
void along_line(const std::vector<Taps> &taps, const double *line, const float *weight,
                double *to) {
  for (const Taps &own : taps) {
    double sum[width] = {};
    for (std::size_t k = 0; k < static_cast<std::size_t>(own.count); ++k)
      for (Index part = 0; part < width; ++part)
        sum[part] += own.weight[k] * line[own.index[k] * width + part];
    for (Index part = 0; part < width; ++part)
      *to++ = static_cast<double>(*weight) * sum[part];
    ++weight;
  }
}

} // namespace

void interpolate(const Grid &coarse_grid, const double *coarse, const Grid &fine_grid, Place place,
                 Index width, const float *fine_weight, double *fine) {
  const auto &m = coarse_grid.shape, &n = fine_grid.shape;
  std::array<std::vector<Taps>, 3> taps;
  for (int d = 0; d < 3; ++d)
    for (Index f = 0; f < n[static_cast<std::size_t>(d)]; ++f)
      taps[static_cast<std::size_t>(d)].push_back(
          taps_of(f, coarse_grid, static_cast<std::size_t>(d), shifted(place, d)));
  parallel_for(n[0], 1, [&](Index begin, Index end) {
    std::vector<double> plane(static_cast<std::size_t>(m[1] * m[2] * width));
    std::vector<double> line(static_cast<std::size_t>(m[2] * width));
    for (Index x = begin; x < end; ++x) {
      combine(taps[0][static_cast<std::size_t>(x)], coarse, m[1] * m[2] * width, plane.data());
      for (Index y = 0; y < n[1]; ++y) {
        combine(taps[1][static_cast<std::size_t>(y)], plane.data(), m[2] * width, line.data());
        const Index row = fine_grid.index(x, y, 0);
        if (width == 2)
          along_line<2>(taps[2], line.data(), fine_weight + row, fine + row * 2);
        else
          along_line<1>(taps[2], line.data(), fine_weight + row, fine + row);
      }
    }
  });
}

} // namespace heterodot
