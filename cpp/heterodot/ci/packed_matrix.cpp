#include "heterodot/ci/packed_matrix.hpp"

#include <algorithm>
#include <cstring>

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

constexpr Index panel_width = 8;  // columns of b handled together: one AVX-512 register of doubles
constexpr Index panel_height = 4; // rows of a handled together
constexpr Index depth = 256;      // rows of b a pass: a panel of it stays in the first-level cache

typedef double Lane __attribute__((vector_size(panel_width * sizeof(double)), aligned(8)));

// sum[4][re, im][8] += a (depth x 4, packed) times b (depth x 8, packed).
HETERODOT_SIMD_CLONES
void multiply_panels(const double *a, const double *b, Index steps, double *sum) {
  Lane real[panel_height] = {}, imaginary[panel_height] = {};
  for (Index k = 0; k < steps; ++k) {
    Lane b_real, b_imaginary;
    std::memcpy(&b_real, b + 2 * panel_width * k, sizeof(Lane));
    std::memcpy(&b_imaginary, b + 2 * panel_width * k + panel_width, sizeof(Lane));
    const double *a_k = a + 2 * panel_height * k;
#pragma GCC unroll 4
    for (Index r = 0; r < panel_height; ++r) {
      const double x = a_k[r], y = a_k[panel_height + r];
      real[r] += x * b_real;
      real[r] -= y * b_imaginary;
      imaginary[r] += x * b_imaginary;
      imaginary[r] += y * b_real;
    }
  }
  for (Index r = 0; r < panel_height; ++r) {
    std::memcpy(sum + 2 * panel_width * r, &real[r], sizeof(Lane));
    std::memcpy(sum + 2 * panel_width * r + panel_width, &imaginary[r], sizeof(Lane));
  }
}

} // namespace

PackedMatrix::PackedMatrix(const Complex *b, Index rows, Index columns)
    : rows_(rows), columns_(columns) {
  const Index panels = (columns + panel_width - 1) / panel_width;
  panels_.assign(panels * rows * 2 * panel_width, 0.0);
  for (Index p = 0; p < panels; ++p)
    for (Index k = 0; k < rows; ++k) {
      double *out = panels_.data() + (p * rows + k) * 2 * panel_width;
      for (Index c = 0; c < std::min(panel_width, columns - p * panel_width); ++c) {
        const Complex value = b[k * columns + p * panel_width + c];
        out[c] = value.real();
        out[panel_width + c] = value.imag();
      }
    }
}

void PackedMatrix::multiply(const Complex *a, Index count, Complex *c) const {
  std::fill_n(c, count * columns_, Complex(0.0));
  const Index row_panels = (count + panel_height - 1) / panel_height;
  const Index panels = (columns_ + panel_width - 1) / panel_width;
  std::vector<double> packed(row_panels * panel_height * 2 * std::min(depth, rows_));
  for (Index k0 = 0; k0 < rows_; k0 += depth) {
    const Index steps = std::min(depth, rows_ - k0);
    for (Index q = 0; q < row_panels; ++q)
      for (Index r = 0; r < panel_height; ++r) {
        double *out = packed.data() + q * steps * 2 * panel_height + r;
        const Index row = q * panel_height + r;
        for (Index k = 0; k < steps; ++k, out += 2 * panel_height) {
          const Complex value = row < count ? a[row * rows_ + k0 + k] : Complex(0.0);
          out[0] = value.real();
          out[panel_height] = value.imag();
        }
      }
    double sum[2 * panel_width * panel_height];
    for (Index p = 0; p < panels; ++p) {
      const Index width = std::min(panel_width, columns_ - p * panel_width);
      for (Index q = 0; q < row_panels; ++q) {
        multiply_panels(packed.data() + q * steps * 2 * panel_height,
                        panels_.data() + (p * rows_ + k0) * 2 * panel_width, steps, sum);
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
