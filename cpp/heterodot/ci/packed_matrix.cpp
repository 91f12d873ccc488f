#include "heterodot/ci/packed_matrix.hpp"

#include <algorithm>
#include <cstring>

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

constexpr Index panel_width = 8;  // columns of b handled together: one AVX-512 register of doubles
constexpr Index panel_height = 4; // rows of a handled together
constexpr Index parts = 3;        // real, imaginary, their sum
constexpr Index depth = 144;      // rows of b a pass: a panel of it stays in the first-level cache

// sum[4][re, im][8] = a (depth x 4, packed) times b (depth x 8, packed), `lanes` columns at a time:
// with registers of that many doubles all twelve sums stay in them. Three real products make a
// complex one: Re = x u - y v, Im = (x + y)(u + v) - x u - y v (N. J. Higham, SIAM J. Matrix Anal.
// Appl. 13, 681 (1992): the error is bounded in norm as that of the usual four).
template <Index lanes>
HETERODOT_INLINE void multiply_by_lanes(const double *a, const double *b, Index steps,
                                        double *sum) {
  typedef double Lane __attribute__((vector_size(lanes * sizeof(double)), aligned(8)));
  for (Index column = 0; column < panel_width; column += lanes) {
    Lane real[panel_height] = {}, imaginary[panel_height] = {}, both[panel_height] = {};
    for (Index k = 0; k < steps; ++k) {
      Lane b_real, b_imaginary, b_both;
      const double *b_k = b + parts * panel_width * k + column;
      std::memcpy(&b_real, b_k, sizeof(Lane));
      std::memcpy(&b_imaginary, b_k + panel_width, sizeof(Lane));
      std::memcpy(&b_both, b_k + 2 * panel_width, sizeof(Lane));
      const double *a_k = a + parts * panel_height * k;
#pragma GCC unroll 4
      for (Index r = 0; r < panel_height; ++r) {
        real[r] += a_k[r] * b_real;
        imaginary[r] += a_k[panel_height + r] * b_imaginary;
        both[r] += a_k[2 * panel_height + r] * b_both;
      }
    }
    for (Index r = 0; r < panel_height; ++r) {
      const Lane re = real[r] - imaginary[r], im = both[r] - real[r] - imaginary[r];
      std::memcpy(sum + 2 * panel_width * r + column, &re, sizeof(Lane));
      std::memcpy(sum + 2 * panel_width * r + panel_width + column, &im, sizeof(Lane));
    }
  }
}

#if HETERODOT_HAS_SIMD_CLONES
__attribute__((target("default"))) void multiply_panels(const double *a, const double *b,
                                                        Index steps, double *sum) {
  multiply_by_lanes<2>(a, b, steps, sum);
}
__attribute__((target("arch=x86-64-v3"))) void multiply_panels(const double *a, const double *b,
                                                               Index steps, double *sum) {
  multiply_by_lanes<4>(a, b, steps, sum);
}
__attribute__((target("arch=x86-64-v4"))) void multiply_panels(const double *a, const double *b,
                                                               Index steps, double *sum) {
  multiply_by_lanes<8>(a, b, steps, sum);
}
#else
void multiply_panels(const double *a, const double *b, Index steps, double *sum) {
  multiply_by_lanes<2>(a, b, steps, sum);
}
#endif

} // namespace

PackedMatrix::PackedMatrix(const Complex *b, Index rows, Index columns)
    : rows_(rows), columns_(columns) {
  const Index panels = (columns + panel_width - 1) / panel_width;
  panels_.assign(panels * rows * parts * panel_width, 0.0);
  for (Index p = 0; p < panels; ++p)
    for (Index k = 0; k < rows; ++k) {
      double *out = panels_.data() + (p * rows + k) * parts * panel_width;
      for (Index c = 0; c < std::min(panel_width, columns - p * panel_width); ++c) {
        const Complex value = b[k * columns + p * panel_width + c];
        out[c] = value.real();
        out[panel_width + c] = value.imag();
        out[2 * panel_width + c] = value.real() + value.imag();
      }
    }
}

Complex PackedMatrix::at(Index row, Index column) const {
  const double *panel =
      panels_.data() + ((column / panel_width) * rows_ + row) * parts * panel_width;
  return {panel[column % panel_width], panel[panel_width + column % panel_width]};
}

void PackedMatrix::multiply(const Complex *a, Index count, Complex *c) const {
  multiply(a, count, c, {{0, rows_}}, {{0, columns_}});
}

void PackedMatrix::multiply(const Complex *a, Index count, Complex *c,
                            const std::vector<Range> &rows,
                            const std::vector<Range> &columns) const {
  std::vector<Index> panels;
  for (const Range &range : columns)
    for (Index p = range.begin / panel_width; p * panel_width < range.end; ++p)
      if (panels.empty() || panels.back() < p)
        panels.push_back(p);
  for (Index r = 0; r < count; ++r)
    for (const Range &range : columns)
      std::fill_n(c + r * columns_ + range.begin, range.end - range.begin, Complex(0.0));
  const Index row_panels = (count + panel_height - 1) / panel_height;
  std::vector<double> packed(row_panels * panel_height * parts * std::min(depth, rows_));
  for (const Range &range : rows)
    for (Index k0 = range.begin; k0 < range.end; k0 += depth) {
      const Index steps = std::min(depth, range.end - k0);
      for (Index q = 0; q < row_panels; ++q)
        for (Index r = 0; r < panel_height; ++r) {
          double *out = packed.data() + q * steps * parts * panel_height + r;
          const Index row = q * panel_height + r;
          for (Index k = 0; k < steps; ++k, out += parts * panel_height) {
            const Complex value = row < count ? a[row * rows_ + k0 + k] : Complex(0.0);
            out[0] = value.real();
            out[panel_height] = value.imag();
            out[2 * panel_height] = value.real() + value.imag();
          }
        }
      double sum[2 * panel_width * panel_height];
      for (const Index p : panels) {
        const Index width = std::min(panel_width, columns_ - p * panel_width);
        for (Index q = 0; q < row_panels; ++q) {
          multiply_panels(packed.data() + q * steps * parts * panel_height,
                          panels_.data() + (p * rows_ + k0) * parts * panel_width, steps, sum);
          for (Index r = 0; r < std::min(panel_height, count - q * panel_height); ++r) {
            Complex *out = c + (q * panel_height + r) * columns_ + p * panel_width;
            const double *from = sum + 2 * panel_width * r;
            for (Index j = 0; j < width; ++j)
              out[j] += Complex(from[j], from[panel_width + j]);
          }
        }
      }
    }
}

} // namespace heterodot
