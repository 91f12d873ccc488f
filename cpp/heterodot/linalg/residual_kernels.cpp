#include "heterodot/linalg/residual_kernels.hpp"

#include <algorithm>

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

constexpr Index together = 256; // slots whose products are added up in single precision

// Sums of several products, one for every lane; with few lanes several slots side by side.
template <Index sums, Index lanes> struct Sums {
  static constexpr Index beside = lanes < 8 ? 8 / lanes : 1;
  static constexpr Index wide = beside * lanes;
  float few[sums][wide] = {};

  HETERODOT_INLINE void collect(double *total) {
    for (Index k = 0; k < sums; ++k)
      for (Index j = 0; j < wide; ++j) {
        total[k * lanes + j % lanes] += static_cast<double>(few[k][j]);
        few[k][j] = 0.0f;
      }
  }
  // Calls add(slot, lane, place among `few`) for all slots.
  template <class Add> HETERODOT_INLINE void over(Index count, double *total, const Add &add) {
    for (Index begin = 0; begin < count; begin += together) {
      const Index end = std::min(begin + together, count);
      Index t = begin;
      for (; t + beside <= end; t += beside)
        for (Index j = 0; j < wide; ++j)
          add(t + j / lanes, j % lanes, j);
      for (; t < end; ++t)
        for (Index j = 0; j < lanes; ++j)
          add(t, j, j);
      collect(total);
    }
  }
};

template <Index lanes>
HETERODOT_INLINE void scale(const float *__restrict d, const float *__restrict x,
                            float *__restrict y, Index count) {
  for (Index t = 0; t < count; ++t)
    for (Index r = 0; r < lanes; ++r)
      y[lanes * t + r] = d[t] * x[lanes * t + r];
}

template <Index lanes>
HETERODOT_INLINE void scale_image(const float *__restrict d, float shift,
                                  const float *__restrict hx, const float *__restrict x,
                                  float *__restrict y, Index count) {
  for (Index t = 0; t < count; ++t)
    for (Index r = 0; r < lanes; ++r)
      y[lanes * t + r] = d[t] * (hx[lanes * t + r] - shift * x[lanes * t + r]);
}

template <Index lanes>
HETERODOT_INLINE void five_products(const float *d, const float *second, const float *image,
                                    const float *r, Index count, double *total) {
  Sums<5, lanes> sums;
  sums.over(count, total, [&](Index t, Index lane, Index j) __attribute__((always_inline)) {
    const Index i = lanes * t + lane;
    const float a = d[t] * second[i], b = image[i];
    sums.few[0][j] += a * a;
    sums.few[1][j] += a * b;
    sums.few[2][j] += b * b;
    sums.few[3][j] += a * r[i];
    sums.few[4][j] += b * r[i];
  });
}

template <Index lanes>
HETERODOT_INLINE void two_products(const float *b, const float *r, Index count, double *total) {
  Sums<2, lanes> sums;
  sums.over(count, total, [&](Index t, Index lane, Index j) __attribute__((always_inline)) {
    const Index i = lanes * t + lane;
    sums.few[0][j] += b[i] * b[i];
    sums.few[1][j] += b[i] * r[i];
  });
}

template <Index lanes>
HETERODOT_INLINE void advance_both(const float *alpha, const float *beta, const float *__restrict d,
                                   const float *__restrict step, const float *__restrict second,
                                   const float *__restrict image, float *__restrict x,
                                   float *__restrict r, Index count) {
  float a[lanes], b[lanes];
  std::copy_n(alpha, lanes, a);
  std::copy_n(beta, lanes, b);
  for (Index t = 0; t < count; ++t)
    for (Index k = 0; k < lanes; ++k) {
      const Index i = lanes * t + k;
      x[i] += a[k] * step[i] + b[k] * second[i];
      r[i] -= a[k] * d[t] * second[i] + b[k] * image[i];
    }
}

template <Index lanes>
HETERODOT_INLINE void advance_one(const float *factor, const float *__restrict step,
                                  const float *__restrict image, float *__restrict x,
                                  float *__restrict r, Index count) {
  float a[lanes];
  std::copy_n(factor, lanes, a);
  for (Index t = 0; t < count; ++t)
    for (Index k = 0; k < lanes; ++k) {
      const Index i = lanes * t + k;
      x[i] += a[k] * step[i];
      r[i] -= a[k] * image[i];
    }
}

} // namespace

HETERODOT_SIMD_CLONES
void scaled(const float *d, const float *x, float *y, Index count,
            Index lanes){HETERODOT_FOR_LANES(scale, d, x, y, count)}

HETERODOT_SIMD_CLONES
    void scaled_image(const float *d, float shift, const float *hx, const float *x, float *y,
                      Index count,
                      Index lanes){HETERODOT_FOR_LANES(scale_image, d, shift, hx, x, y, count)}

HETERODOT_SIMD_CLONES
    void shifted_image(float shift, const float *__restrict hx, const float *__restrict x,
                       float *__restrict y, Index length) {
  for (Index t = 0; t < length; ++t)
    y[t] = hx[t] - shift * x[t];
}

HETERODOT_SIMD_CLONES
void add_products(const float *d, const float *second, const float *image, const float *r,
                  Index count, Index lanes, double *sums){
    HETERODOT_FOR_LANES(five_products, d, second, image, r, count, sums)}

HETERODOT_SIMD_CLONES
    void add_products(const float *b, const float *r, Index count, Index lanes,
                      double *sums){HETERODOT_FOR_LANES(two_products, b, r, count, sums)}

HETERODOT_SIMD_CLONES void advance(const float *alpha, const float *beta, const float *d,
                                   const float *step, const float *second, const float *image,
                                   float *x, float *r, Index count, Index lanes){
    HETERODOT_FOR_LANES(advance_both, alpha, beta, d, step, second, image, x, r, count)}

HETERODOT_SIMD_CLONES void advance(const float *factor, const float *step, const float *image,
                                   float *x, float *r, Index count, Index lanes) {
  HETERODOT_FOR_LANES(advance_one, factor, step, image, x, r, count)
}

} // namespace heterodot
