#include "heterodot/operator/row_kernels.hpp"

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

// A tile of y stays in registers while all entries of the row stream by.
template <class Real, Index tile>
inline __attribute__((always_inline)) void constant_tile(const Real *x, Real *y,
                                                         const Index *offset, const Real *value,
                                                         Index entries, Index width) {
  Real sum[tile] = {};
  for (Index e = 0; e < entries; ++e) {
    const Real factor = value[e];
    const Real *source = x + width * offset[e];
    for (Index t = 0; t < tile; ++t)
      sum[t] += factor * source[t];
  }
  for (Index t = 0; t < tile; ++t)
    y[t] = sum[t];
}

template <class Real, Index tile, Index width>
inline __attribute__((always_inline)) void varying_tile(const Real *x, Real *y, const Index *offset,
                                                        const Real *value, Index entries,
                                                        Index pitch) {
  Real sum[tile * width] = {};
  for (Index e = 0; e < entries; ++e) {
    const Real *factor = value + e * pitch;
    const Real *source = x + width * offset[e];
    for (Index t = 0; t < tile; ++t)
      for (Index k = 0; k < width; ++k)
        sum[width * t + k] += factor[t] * source[width * t + k];
  }
  for (Index t = 0; t < tile * width; ++t)
    y[t] = sum[t];
}

// Covers [0, length) with tiles of the largest size that fits; the last one overlaps the one before
// (it computes the same numbers again), so that no short remainder is left.
template <Index tile, class Work>
inline __attribute__((always_inline)) void cover(Index length, const Work &work) {
  if constexpr (tile > 1)
    if (length < tile) {
      cover<tile / 2>(length, work);
      return;
    }
  Index t = 0;
  for (; t + tile <= length; t += tile)
    work.template operator()<tile>(t);
  if (t < length)
    work.template operator()<tile>(length - tile);
}

template <class Real, Index tile>
inline __attribute__((always_inline)) void any_row(const Real *x, Real *y, const Index *offset,
                                                   const Real *value, Index entries, Index length,
                                                   Index width, bool varying) {
  if (!varying) {
    cover<4 * tile>(width * length, [=]<Index size>(Index t) __attribute__((always_inline)) {
      constant_tile<Real, size>(x + t, y + t, offset, value, entries, width);
    });
    return;
  }
  for (Index block = 0; block < length; block += row_block) {
    const Index nodes = std::min(row_block, length - block);
    const Real *xb = x + width * block, *own = value + block * entries;
    Real *yb = y + width * block;
    if (width == 1)
      cover<row_block>(nodes, [=]<Index size>(Index t) __attribute__((always_inline)) {
        varying_tile<Real, size, 1>(xb + t, yb + t, offset, own + t, entries, nodes);
      });
    else
      cover<row_block>(nodes, [=]<Index size>(Index t) __attribute__((always_inline)) {
        varying_tile<Real, size, 2>(xb + 2 * t, yb + 2 * t, offset, own + t, entries, nodes);
      });
  }
}

template <class Real>
inline __attribute__((always_inline)) void
complex_row_loop(const Real *x, Real *__restrict y, const Index *offset,
                 const std::complex<Real> *value, Index entries, Index length, bool varying) {
  if (varying) {
    for (Index block = 0; block < length; block += row_block) {
      const Index nodes = std::min(row_block, length - block);
      Real *yb = y + 2 * block;
      for (Index e = 0; e < entries; ++e) {
        const Real *source = x + 2 * (offset[e] + block);
        const Real *factor = reinterpret_cast<const Real *>(value + block * entries + e * nodes);
        for (Index t = 0; t < nodes; ++t) {
          const Real re = factor[2 * t], im = factor[2 * t + 1];
          yb[2 * t] += re * source[2 * t] - im * source[2 * t + 1];
          yb[2 * t + 1] += re * source[2 * t + 1] + im * source[2 * t];
        }
      }
    }
    return;
  }
  for (Index e = 0; e < entries; ++e) {
    const Real *source = x + 2 * offset[e];
    const Real re = value[e].real(), im = value[e].imag();
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
              Index length, Index width, bool varying) {
  any_row<double, 8>(x, y, offset, value, entries, length, width, varying);
}

HETERODOT_SIMD_CLONES
void real_row(const float *x, float *y, const Index *offset, const float *value, Index entries,
              Index length, Index width, bool varying) {
  any_row<float, 16>(x, y, offset, value, entries, length, width, varying);
}

HETERODOT_SIMD_CLONES
void complex_row(const double *x, double *y, const Index *offset, const std::complex<double> *value,
                 Index entries, Index length, bool varying) {
  complex_row_loop<double>(x, y, offset, value, entries, length, varying);
}

HETERODOT_SIMD_CLONES
void complex_row(const float *x, float *y, const Index *offset, const std::complex<float> *value,
                 Index entries, Index length, bool varying) {
  complex_row_loop<float>(x, y, offset, value, entries, length, varying);
}

} // namespace heterodot
