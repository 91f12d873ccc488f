#include "heterodot/operator/row_kernels.hpp"

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

// A tile of y stays in registers while all entries of the row stream by.
template <class Real, int tile>
inline __attribute__((always_inline)) void real_tile(const Real *x, Real *y, const Index *offset,
                                                     const double *value, Index entries,
                                                     Index stride) {
  Real sum[tile] = {};
  for (Index e = 0; e < entries; ++e) {
    const Real factor = static_cast<Real>(value[e]);
    const Real *source = x + stride * offset[e];
    for (int t = 0; t < tile; ++t)
      sum[t] += factor * source[t];
  }
  for (int t = 0; t < tile; ++t)
    y[t] = sum[t];
}

template <class Real, int tile>
inline __attribute__((always_inline)) void
real_row_tiles(const Real *x, Real *y, const Index *offset, const double *value, Index entries,
               Index length, Index stride) {
  Index t = 0;
  for (; t + tile <= length; t += tile)
    real_tile<Real, tile>(x + t, y + t, offset, value, entries, stride);
  for (; t + 8 <= length; t += 8)
    real_tile<Real, 8>(x + t, y + t, offset, value, entries, stride);
  for (; t + 2 <= length; t += 2)
    real_tile<Real, 2>(x + t, y + t, offset, value, entries, stride);
  for (; t < length; ++t)
    real_tile<Real, 1>(x + t, y + t, offset, value, entries, stride);
}

template <class Real>
inline __attribute__((always_inline)) void
complex_row_loop(const Real *x, Real *y, const Index *offset, const std::complex<double> *value,
                 Index entries, Index length) {
  for (Index e = 0; e < entries; ++e) {
    const Real re = static_cast<Real>(value[e].real());
    const Real im = static_cast<Real>(value[e].imag());
    const Real *source = x + 2 * offset[e];
    if (im == Real(0)) {
      for (Index t = 0; t < 2 * length; ++t)
        y[t] += re * source[t];
    } else {
      for (Index t = 0; t < length; ++t) {
        y[2 * t] += re * source[2 * t] - im * source[2 * t + 1];
        y[2 * t + 1] += re * source[2 * t + 1] + im * source[2 * t];
      }
    }
  }
}

template <class Real>
inline __attribute__((always_inline)) void local_loop(const Real *x, Real *y, const double *v,
                                                      Index nodes, bool complex_vectors) {
  if (complex_vectors)
    for (Index t = 0; t < nodes; ++t) {
      y[2 * t] += static_cast<Real>(v[t]) * x[2 * t];
      y[2 * t + 1] += static_cast<Real>(v[t]) * x[2 * t + 1];
    }
  else
    for (Index t = 0; t < nodes; ++t)
      y[t] += static_cast<Real>(v[t]) * x[t];
}

} // namespace

HETERODOT_SIMD_CLONES
void local_row(const double *x, double *y, const double *v, Index nodes, bool complex_vectors) {
  local_loop<double>(x, y, v, nodes, complex_vectors);
}

HETERODOT_SIMD_CLONES
void local_row(const float *x, float *y, const double *v, Index nodes, bool complex_vectors) {
  local_loop<float>(x, y, v, nodes, complex_vectors);
}

HETERODOT_SIMD_CLONES
void real_row(const double *x, double *y, const Index *offset, const double *value, Index entries,
              Index length, Index stride) {
  real_row_tiles<double, 32>(x, y, offset, value, entries, length, stride);
}

HETERODOT_SIMD_CLONES
void real_row(const float *x, float *y, const Index *offset, const double *value, Index entries,
              Index length, Index stride) {
  real_row_tiles<float, 64>(x, y, offset, value, entries, length, stride);
}

HETERODOT_SIMD_CLONES
void complex_row(const double *x, double *y, const Index *offset, const std::complex<double> *value,
                 Index entries, Index length) {
  complex_row_loop<double>(x, y, offset, value, entries, length);
}

HETERODOT_SIMD_CLONES
void complex_row(const float *x, float *y, const Index *offset, const std::complex<double> *value,
                 Index entries, Index length) {
  complex_row_loop<float>(x, y, offset, value, entries, length);
}

} // namespace heterodot
