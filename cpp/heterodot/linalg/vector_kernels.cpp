#include "heterodot/linalg/vector_kernels.hpp"

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

template <class Real, Index length>
HETERODOT_INLINE void add_pieces(Real *__restrict y, const Real *__restrict x, Real factor,
                                 Index count, Index stride) {
  for (Index t = 0; t < count; ++t)
    for (Index r = 0; r < length; ++r)
      y[t * length + r] += factor * x[t * stride + r];
}

template <class Real>
HETERODOT_INLINE void any_add_pieces(Real *y, const Real *x, Real factor, Index count, Index length,
                                     Index stride) {
  switch (length) {
  case 1:
    return add_pieces<Real, 1>(y, x, factor, count, stride);
  case 2:
    return add_pieces<Real, 2>(y, x, factor, count, stride);
  case 4:
    return add_pieces<Real, 4>(y, x, factor, count, stride);
  case 8:
    return add_pieces<Real, 8>(y, x, factor, count, stride);
  case 16:
    return add_pieces<Real, 16>(y, x, factor, count, stride);
  default:
    return add_pieces<Real, 32>(y, x, factor, count, stride);
  }
}

template <class Real, Index lanes> struct Interpolate {
  HETERODOT_INLINE static void run(const Real *__restrict line, Real *__restrict fine,
                                   const float *weight, Index coarse_length, const Slots &slots,
                                   bool half, bool periodic) {
    // Fine 2c lies between coarse c − 1 and c, fine 2c + 1 on (or half a coarse step before) c.
    const Real even_low = half ? Real(0.75) : Real(0.5), even_high = Real(1) - even_low;
    const Real odd_low = half ? Real(0.25) : Real(0), odd_high = Real(1) - odd_low;
    const Index each = slots.spins * lanes, node = slots.orbitals * each;
    const Index weights = slots.orbitals * slots.spins;
    for (Index c = 0; c < coarse_length + (periodic ? 0 : 1); ++c)
      for (Index s = 0; s < slots.spins; ++s) {
        const Real even = Real(weight[2 * c * weights + s]);
        const Real odd = c < coarse_length ? Real(weight[(2 * c + 1) * weights + s]) : Real(0);
        const Real *low = line + each * c + s * lanes, *high = low + each;
        Real *to = fine + 2 * c * node + s * lanes;
        for (Index r = 0; r < lanes; ++r)
          to[r] += even * (even_low * low[r] + even_high * high[r]);
        if (c < coarse_length)
          for (Index r = 0; r < lanes; ++r)
            to[node + r] += odd * (odd_low * low[r] + odd_high * high[r]);
      }
  }
};

template <class Real, Index lanes> struct Collect {
  HETERODOT_INLINE static void run(const Real *__restrict line, Real *__restrict coarse,
                                   const float *weight, Index coarse_length, const Slots &slots,
                                   bool half, bool /*periodic*/) {
    const Index each = slots.spins * lanes, weights = slots.orbitals * slots.spins;
    const Real outer = half ? Real(0.25) : Real(0.5), inner = half ? Real(0.75) : Real(1);
    // Half a step further: four fine nodes about the coarse one, else three.
    const Index last = half ? 3 : 2, second = half ? 2 : 1;
    for (Index c = 0; c < coarse_length; ++c)
      for (Index s = 0; s < slots.spins; ++s) {
        const Real *at = line + 2 * c * each + s * lanes;
        const bool exists = weight[c * weights + s] != 0.0f;
        const Real ends = exists ? outer : Real(0), middle = exists ? inner : Real(0);
        const Real again = half ? middle : Real(0);
        Real *to = coarse + c * slots.orbitals * each + s * lanes;
        for (Index r = 0; r < lanes; ++r)
          to[r] = ends * (at[r] + at[last * each + r]) + middle * at[each + r] +
                  again * at[second * each + r];
      }
  }
};

template <template <class, Index> class Kernel, class Real>
HETERODOT_INLINE void of_lanes(const Real *from, Real *to, const float *weight, Index length,
                               const Slots &slots, bool half, bool periodic) {
  switch (slots.lanes) {
  case 1:
    return Kernel<Real, 1>::run(from, to, weight, length, slots, half, periodic);
  case 2:
    return Kernel<Real, 2>::run(from, to, weight, length, slots, half, periodic);
  case 4:
    return Kernel<Real, 4>::run(from, to, weight, length, slots, half, periodic);
  case 8:
    return Kernel<Real, 8>::run(from, to, weight, length, slots, half, periodic);
  case 16:
    return Kernel<Real, 16>::run(from, to, weight, length, slots, half, periodic);
  default:
    return Kernel<Real, 32>::run(from, to, weight, length, slots, half, periodic);
  }
}

template <Index lanes>
HETERODOT_INLINE void smooth(const SmootherStep &how, const float *__restrict hx,
                             const float *__restrict x, float *__restrict next,
                             const float *__restrict b, const float *__restrict inverse_diagonal,
                             Index count) {
  const SmootherStep s = how;
  for (Index t = 0; t < count; ++t)
    for (Index r = 0; r < lanes; ++r) {
      const Index i = lanes * t + r;
      const float residual = b[i] - s.sign * hx[i] + s.shift * x[i];
      next[i] = x[i] + s.momentum * (x[i] - next[i]) + s.step * inverse_diagonal[t] * residual;
    }
}

template <Index lanes>
HETERODOT_INLINE void weighted_residual(float sign, float shift, const float *__restrict hx,
                                        const float *__restrict x, const float *__restrict b,
                                        const float *__restrict weight, float *__restrict residual,
                                        Index count) {
  for (Index t = 0; t < count; ++t)
    for (Index r = 0; r < lanes; ++r) {
      const Index i = lanes * t + r;
      residual[i] = weight[t] * (b[i] - sign * hx[i] + shift * x[i]);
    }
}

template <Index lanes>
HETERODOT_INLINE void step_from_zero(float step, const float *__restrict b,
                                     const float *__restrict inverse_diagonal, float *__restrict x,
                                     Index count) {
  for (Index t = 0; t < count; ++t)
    for (Index r = 0; r < lanes; ++r)
      x[lanes * t + r] = step * inverse_diagonal[t] * b[lanes * t + r];
}

} // namespace

HETERODOT_SIMD_CLONES
void add_scaled(float *__restrict y, const float *__restrict x, float factor, Index length) {
  for (Index t = 0; t < length; ++t)
    y[t] += factor * x[t];
}

HETERODOT_SIMD_CLONES
void add_scaled(float *y, const float *x, float factor, Index count, Index length, Index stride) {
  any_add_pieces(y, x, factor, count, length, stride);
}

HETERODOT_SIMD_CLONES
void interpolate_line(const float *line, float *fine, const float *weight, Index coarse_length,
                      const Slots &slots, bool half, bool periodic) {
  of_lanes<Interpolate>(line, fine, weight, coarse_length, slots, half, periodic);
}

HETERODOT_SIMD_CLONES
void collect_line(const float *line, float *coarse, const float *weight, Index coarse_length,
                  const Slots &slots, bool half) {
  of_lanes<Collect>(line, coarse, weight, coarse_length, slots, half, false);
}

HETERODOT_SIMD_CLONES
void smooth_piece(const SmootherStep &how, const float *hx, const float *x, float *next,
                  const float *b, const float *inverse_diagonal, Index count, Index lanes){
    HETERODOT_FOR_LANES(smooth, how, hx, x, next, b, inverse_diagonal, count)}

HETERODOT_SIMD_CLONES
    void residual_piece(float sign, float shift, const float *hx, const float *x, const float *b,
                        const float *weight, float *residual, Index count, Index lanes){
        HETERODOT_FOR_LANES(weighted_residual, sign, shift, hx, x, b, weight, residual, count)}

HETERODOT_SIMD_CLONES void first_step(float step, const float *b, const float *inverse_diagonal,
                                      float *x, Index count, Index lanes) {
  HETERODOT_FOR_LANES(step_from_zero, step, b, inverse_diagonal, x, count)
}

} // namespace heterodot
