#include "heterodot/linalg/vector_kernels.hpp"

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

template <class Real>
inline __attribute__((always_inline)) void
add_scaled_loop(Real *__restrict y, const Real *__restrict x, Real factor, Index length) {
  for (Index t = 0; t < length; ++t)
    y[t] += factor * x[t];
}

template <class Real, Index width>
inline __attribute__((always_inline)) void
interpolate(const Real *__restrict line, Real *__restrict fine, const float *weight,
            Index coarse_length, bool half, bool periodic) {
  // Fine 2c lies between coarse c − 1 and c, fine 2c + 1 on (or half a coarse step before) c.
  const Real even_low = half ? Real(0.75) : Real(0.5), even_high = Real(1) - even_low;
  const Real odd_low = half ? Real(0.25) : Real(0), odd_high = Real(1) - odd_low;
  for (Index c = 0; c < coarse_length; ++c)
    for (Index k = 0; k < width; ++k) {
      const Real low = line[width * c + k], high = line[width * (c + 1) + k];
      fine[width * 2 * c + k] += Real(weight[2 * c]) * (even_low * low + even_high * high);
      fine[width * (2 * c + 1) + k] += Real(weight[2 * c + 1]) * (odd_low * low + odd_high * high);
    }
  for (Index k = 0; k < width && !periodic; ++k)
    fine[width * 2 * coarse_length + k] +=
        Real(weight[2 * coarse_length]) * even_low * line[width * coarse_length + k];
}

template <class Real, Index width>
inline __attribute__((always_inline)) void collect(const Real *__restrict line,
                                                   Real *__restrict coarse, const float *weight,
                                                   Index coarse_length, bool half) {
  for (Index c = 0; c < coarse_length; ++c)
    for (Index k = 0; k < width; ++k) {
      const Real *at = line + width * 2 * c + k;
      const Real sum =
          half ? Real(0.25) * (at[0] + at[3 * width]) + Real(0.75) * (at[width] + at[2 * width])
               : Real(0.5) * (at[0] + at[2 * width]) + at[width];
      coarse[width * c + k] = weight[c] != 0.0f ? sum : Real(0);
    }
}

template <Index width>
inline __attribute__((always_inline)) void
smooth(const SmootherStep &how, const float *__restrict hx, const float *__restrict x,
       float *__restrict next, const float *__restrict b, const float *__restrict inverse_diagonal,
       Index length) {
  const SmootherStep s = how;
  for (Index t = 0; t < length; ++t)
    for (Index k = 0; k < width; ++k) {
      const Index i = width * t + k;
      const float residual = b[i] - s.sign * hx[i] + s.shift * x[i];
      next[i] = x[i] + s.momentum * (x[i] - next[i]) + s.step * inverse_diagonal[t] * residual;
    }
}

} // namespace

HETERODOT_SIMD_CLONES
void add_scaled(float *y, const float *x, float factor, Index length) {
  add_scaled_loop(y, x, factor, length);
}
HETERODOT_SIMD_CLONES
void add_scaled(double *y, const double *x, double factor, Index length) {
  add_scaled_loop(y, x, factor, length);
}

HETERODOT_SIMD_CLONES
void interpolate_line(const float *line, float *fine, const float *weight, Index coarse_length,
                      Index width, bool half, bool periodic) {
  if (width == 1)
    interpolate<float, 1>(line, fine, weight, coarse_length, half, periodic);
  else
    interpolate<float, 2>(line, fine, weight, coarse_length, half, periodic);
}
HETERODOT_SIMD_CLONES
void interpolate_line(const double *line, double *fine, const float *weight, Index coarse_length,
                      Index width, bool half, bool periodic) {
  if (width == 1)
    interpolate<double, 1>(line, fine, weight, coarse_length, half, periodic);
  else
    interpolate<double, 2>(line, fine, weight, coarse_length, half, periodic);
}

HETERODOT_SIMD_CLONES
void collect_line(const float *line, float *coarse, const float *weight, Index coarse_length,
                  Index width, bool half) {
  if (width == 1)
    collect<float, 1>(line, coarse, weight, coarse_length, half);
  else
    collect<float, 2>(line, coarse, weight, coarse_length, half);
}
HETERODOT_SIMD_CLONES
void collect_line(const double *line, double *coarse, const float *weight, Index coarse_length,
                  Index width, bool half) {
  if (width == 1)
    collect<double, 1>(line, coarse, weight, coarse_length, half);
  else
    collect<double, 2>(line, coarse, weight, coarse_length, half);
}

HETERODOT_SIMD_CLONES
void smooth_piece(const SmootherStep &how, const float *hx, const float *x, float *next,
                  const float *b, const float *inverse_diagonal, Index length, Index width) {
  if (width == 1)
    smooth<1>(how, hx, x, next, b, inverse_diagonal, length);
  else
    smooth<2>(how, hx, x, next, b, inverse_diagonal, length);
}

HETERODOT_SIMD_CLONES
void residual_piece(float sign, float shift, const float *hx, const float *x, const float *b,
                    const float *weight, float *residual, Index length, Index width) {
  for (Index t = 0; t < length; ++t)
    for (Index k = 0; k < width; ++k) {
      const Index i = width * t + k;
      residual[i] = weight[t] * (b[i] - sign * hx[i] + shift * x[i]);
    }
}

HETERODOT_SIMD_CLONES
void first_step(float step, const float *b, const float *inverse_diagonal, float *x, Index length,
                Index width) {
  for (Index t = 0; t < length; ++t)
    for (Index k = 0; k < width; ++k)
      x[width * t + k] = step * inverse_diagonal[t] * b[width * t + k];
}

} // namespace heterodot
