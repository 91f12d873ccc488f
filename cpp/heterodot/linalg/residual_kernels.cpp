#include "heterodot/linalg/residual_kernels.hpp"

#include <algorithm>
#include <cstring>

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

constexpr Index together = 4096; // reals whose products are added up in single precision

template <Index lanes>
HETERODOT_INLINE void scale(const float *__restrict d, const float *__restrict x,
                            float *__restrict y, Index count) {
  for (Index t = 0; t < count; ++t)
    for (Index r = 0; r < lanes; ++r)
      y[lanes * t + r] = d[t] * x[lanes * t + r];
}

// Spelled out in registers, several slots side by side if they are narrow: left to itself the
// compiler keeps the sums in memory.
template <Index lanes>
HETERODOT_INLINE void two_products(const float *b, const float *r, Index count, double *total) {
  constexpr Index each = 16, wide = lanes > each ? lanes : each, parts = wide / each;
  typedef float Register __attribute__((vector_size(each * sizeof(float))));
  const Index reals = count * lanes;
  Index i = 0;
  while (i + wide <= reals) {
    Register bb[parts] = {}, br[parts] = {};
    for (const Index end = std::min(i + together, reals); i + wide <= end; i += wide)
      for (Index p = 0; p < parts; ++p) {
        Register own, other;
        std::memcpy(&own, b + i + p * each, sizeof own);
        std::memcpy(&other, r + i + p * each, sizeof other);
        bb[p] += own * own;
        br[p] += own * other;
      }
    for (Index k = 0; k < wide; ++k) {
      total[k % lanes] += static_cast<double>(bb[k / each][k % each]);
      total[lanes + k % lanes] += static_cast<double>(br[k / each][k % each]);
    }
  }
  for (; i < reals; ++i) {
    total[i % lanes] += static_cast<double>(b[i] * b[i]);
    total[lanes + i % lanes] += static_cast<double>(b[i] * r[i]);
  }
}

template <Index lanes, bool first>
HETERODOT_INLINE void step_on(const float *factor, const float *__restrict step,
                              const float *__restrict image, float *__restrict x,
                              float *__restrict r, Index count) {
  float a[lanes];
  std::copy_n(factor, lanes, a);
  for (Index t = 0; t < count; ++t)
    for (Index k = 0; k < lanes; ++k) {
      const Index i = lanes * t + k;
      x[i] = (first ? 0.0f : x[i]) + a[k] * step[i];
      r[i] -= a[k] * image[i];
    }
}

template <Index lanes>
HETERODOT_INLINE void next(const float *factor, const float *step, const float *image, float *x,
                           float *r, Index count) {
  step_on<lanes, false>(factor, step, image, x, r, count);
}
template <Index lanes>
HETERODOT_INLINE void start(const float *factor, const float *step, const float *image, float *x,
                            float *r, Index count) {
  step_on<lanes, true>(factor, step, image, x, r, count);
}

} // namespace

HETERODOT_SIMD_CLONES
void scaled(const float *d, const float *x, float *y, Index count,
            Index lanes){HETERODOT_FOR_LANES(scale, d, x, y, count)}

HETERODOT_SIMD_CLONES
    void shifted_image(float shift, const float *__restrict hx, const float *__restrict x,
                       float *__restrict y, Index length) {
  for (Index t = 0; t < length; ++t)
    y[t] = hx[t] - shift * x[t];
}

HETERODOT_SIMD_CLONES
void add_products(const float *b, const float *r, Index count, Index lanes,
                  double *sums){HETERODOT_FOR_LANES(two_products, b, r, count, sums)}

HETERODOT_SIMD_CLONES void add_step(const float *factor, const float *step, const float *image,
                                    float *x, float *r, Index count, Index lanes){
    HETERODOT_FOR_LANES(next, factor, step, image, x, r, count)} HETERODOT_SIMD_CLONES
    void first_step(const float *factor, const float *step, const float *image, float *x, float *r,
                    Index count, Index lanes) {
  HETERODOT_FOR_LANES(start, factor, step, image, x, r, count)
}

} // namespace heterodot
