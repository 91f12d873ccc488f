#include "heterodot/linalg/residual_kernels.hpp"

#include <algorithm>

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

constexpr Index lanes = 16;   // sums that grow side by side, as wide as the widest registers
constexpr Index block = 1024; // complex numbers whose products are added up in single precision

template <std::size_t count> struct Sums {
  float lane[count][lanes] = {};
  std::array<double, count> total{};

  HETERODOT_INLINE void collect() {
    for (std::size_t k = 0; k < count; ++k)
      for (Index j = 0; j < lanes; ++j) {
        total[k] += static_cast<double>(lane[k][j]);
        lane[k][j] = 0.0f;
      }
  }
};

} // namespace

HETERODOT_SIMD_CLONES
void scaled(const float *__restrict d, const float *__restrict x, float *__restrict y,
            Index length) {
  for (Index t = 0; t < length; ++t)
    for (Index k = 0; k < 2; ++k)
      y[2 * t + k] = d[t] * x[2 * t + k];
}

HETERODOT_SIMD_CLONES
void scaled_image(const float *__restrict d, float shift, const float *__restrict hx,
                  const float *__restrict x, float *__restrict y, Index length) {
  for (Index t = 0; t < length; ++t)
    for (Index k = 0; k < 2; ++k)
      y[2 * t + k] = d[t] * (hx[2 * t + k] - shift * x[2 * t + k]);
}

HETERODOT_SIMD_CLONES
void shifted_image(float shift, const float *__restrict hx, const float *__restrict x,
                   float *__restrict y, Index length) {
  for (Index t = 0; t < length; ++t)
    y[t] = hx[t] - shift * x[t];
}

HETERODOT_SIMD_CLONES
std::array<double, 5> products(const float *__restrict d, const float *__restrict second,
                               const float *__restrict image, const float *__restrict r,
                               Index length) {
  Sums<5> sums;
  const auto add = [&](Index i, Index j) __attribute__((always_inline)) {
    const float a = d[i / 2] * second[i], b = image[i];
    sums.lane[0][j] += a * a;
    sums.lane[1][j] += a * b;
    sums.lane[2][j] += b * b;
    sums.lane[3][j] += a * r[i];
    sums.lane[4][j] += b * r[i];
  };
  for (Index begin = 0; begin < 2 * length; begin += 2 * block) {
    const Index end = std::min(begin + 2 * block, 2 * length);
    Index i = begin;
    for (; i + lanes <= end; i += lanes)
      for (Index j = 0; j < lanes; ++j)
        add(i + j, j);
    for (; i < end; ++i)
      add(i, 0);
    sums.collect();
  }
  return sums.total;
}

HETERODOT_SIMD_CLONES
std::array<double, 2> products(const float *__restrict b, const float *__restrict r, Index length) {
  Sums<2> sums;
  for (Index begin = 0; begin < length; begin += 2 * block) {
    const Index end = std::min(begin + 2 * block, length);
    Index i = begin;
    for (; i + lanes <= end; i += lanes)
      for (Index j = 0; j < lanes; ++j) {
        sums.lane[0][j] += b[i + j] * b[i + j];
        sums.lane[1][j] += b[i + j] * r[i + j];
      }
    for (; i < end; ++i) {
      sums.lane[0][0] += b[i] * b[i];
      sums.lane[1][0] += b[i] * r[i];
    }
    sums.collect();
  }
  return sums.total;
}

HETERODOT_SIMD_CLONES
void advance(float alpha, float beta, const float *__restrict d, const float *__restrict step,
             const float *__restrict second, const float *__restrict image, float *__restrict x,
             float *__restrict r, Index length) {
  for (Index t = 0; t < length; ++t)
    for (Index k = 0; k < 2; ++k) {
      const Index i = 2 * t + k;
      x[i] += alpha * step[i] + beta * second[i];
      r[i] -= alpha * d[t] * second[i] + beta * image[i];
    }
}

HETERODOT_SIMD_CLONES
void advance(float factor, const float *__restrict step, const float *__restrict image,
             float *__restrict x, float *__restrict r, Index length) {
  for (Index t = 0; t < length; ++t) {
    x[t] += factor * step[t];
    r[t] -= factor * image[t];
  }
}

} // namespace heterodot
