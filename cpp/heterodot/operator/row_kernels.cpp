#include "heterodot/operator/row_kernels.hpp"

#include <cstdint>
#include <cstring>

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

// Four doubles or eight floats. Spelled out, because left to itself the compiler splits complex
// numbers into their parts inside the innermost loop and puts them together again.
template <class Real> struct RegisterOf;
template <> struct RegisterOf<double> {
  typedef double type __attribute__((vector_size(32)));
};
template <> struct RegisterOf<float> {
  typedef float type __attribute__((vector_size(32)));
};
template <class Real> using Register = typename RegisterOf<Real>::type;
template <class Real> constexpr Index lanes = 32 / sizeof(Real);

template <class Real> HETERODOT_INLINE void load(const Real *from, Register<Real> &to) {
  std::memcpy(&to, from, sizeof to);
}

// Every value twice, for the two parts of a complex number.
#if defined(__clang__) || __GNUC__ >= 12
#define HETERODOT_SHUFFLE(vector, mask, ...) __builtin_shufflevector(vector, vector, __VA_ARGS__)
#else
#define HETERODOT_SHUFFLE(vector, mask, ...) __builtin_shuffle(vector, mask{__VA_ARGS__})
#endif
HETERODOT_INLINE void twice(const Register<double> &v, Register<double> *result) {
  [[maybe_unused]] typedef std::int64_t Mask __attribute__((vector_size(32)));
  result[0] = HETERODOT_SHUFFLE(v, Mask, 0, 0, 1, 1);
  result[1] = HETERODOT_SHUFFLE(v, Mask, 2, 2, 3, 3);
}
HETERODOT_INLINE void twice(const Register<float> &v, Register<float> *result) {
  [[maybe_unused]] typedef std::int32_t Mask __attribute__((vector_size(32)));
  result[0] = HETERODOT_SHUFFLE(v, Mask, 0, 0, 1, 1, 2, 2, 3, 3);
  result[1] = HETERODOT_SHUFFLE(v, Mask, 4, 4, 5, 5, 6, 6, 7, 7);
}

template <class Real, Index width>
HETERODOT_INLINE void load_values(const Real *value, Register<Real> *factor) {
  for (Index r = 0; r < group_nodes / lanes<Real>; ++r) {
    Register<Real> own;
    load(value + r * lanes<Real>, own);
    if constexpr (width == 2)
      twice(own, factor + 2 * r);
    else
      factor[r] = own;
  }
}

// Puts sums of length reals where they belong, but for the first `done` of them.
template <class Real>
HETERODOT_INLINE void put(const Real *sum, Real *y, Index done, Index length, Into into) {
  if (into == Into::set) {
    for (Index t = 0; t < length; ++t)
      y[t] = sum[t];
  } else if (into == Into::add) {
    for (Index t = done; t < length; ++t)
      y[t] += sum[t];
  } else
    for (Index t = done; t + 1 < length; t += 2) {
      y[t] -= sum[t + 1];
      y[t + 1] += sum[t];
    }
}

// One group of nodes of `vectors` vectors. Sums stay in registers while all entries stream by; with
// few registers in use, even and odd entries have sums of their own, or each product would wait
// for the one before.
template <class Real, Index width, Index vectors>
HETERODOT_INLINE void varying_tile(const Real *const *x, Real *const *y, Index at,
                                   const std::int32_t *offset, const Real *value, Index entries,
                                   Into into) {
  constexpr Index registers = width * group_nodes / lanes<Real>;
  constexpr Index strands = registers == 4 ? 1 : 2;
  Register<Real> sum[strands][vectors][registers] = {};
  const auto add_entry = [&](Index e, Index strand) __attribute__((always_inline)) {
    Register<Real> factor[registers];
    load_values<Real, width>(value + e * group_nodes, factor);
    for (Index v = 0; v < vectors; ++v) {
      const Real *source = x[v] + width * (offset[e] + at);
      for (Index r = 0; r < registers; ++r) {
        Register<Real> own;
        load(source + r * lanes<Real>, own);
        sum[strand][v][r] += factor[r] * own;
      }
    }
  };
  Index e = 0;
  for (; e + strands <= entries; e += strands)
    for (Index strand = 0; strand < strands; ++strand)
      add_entry(e + strand, strand);
  if (e < entries)
    add_entry(e, 0);
  for (Index v = 0; v < vectors; ++v) {
    for (Index r = 0; r < registers && strands == 2; ++r)
      sum[0][v][r] += sum[strands - 1][v][r];
    Real total[width * group_nodes];
    std::memcpy(total, sum[0][v], sizeof total);
    put(total, y[v] + width * at, 0, width * group_nodes, into);
  }
}

template <class Real, Index width>
HETERODOT_INLINE void any_varying_row(const Real *const *x, Real *const *y, Index vectors,
                                      const RowGroup *groups, Index count,
                                      const std::int32_t *offset, const Real *value, Into into) {
  for (Index g = 0; g < count; ++g) {
    const std::int32_t *own = offset + groups[g].offset;
    const Real *values = value + groups[g].value;
    const Index entries = groups[g].entries, at = g * group_nodes;
    Index v = 0;
    for (; v + 2 <= vectors; v += 2)
      varying_tile<Real, width, 2>(x + v, y + v, at, own, values, entries, into);
    if (v < vectors)
      varying_tile<Real, width, 1>(x + v, y + v, at, own, values, entries, into);
  }
}

// A tile of y stays in registers while all entries of the row stream by.
template <class Real, Index tile>
HETERODOT_INLINE void constant_tile(const Real *x, Real *y, Index done, const std::int32_t *offset,
                                    const Real *value, Index entries, Index width, Into into) {
  Real sum[tile] = {};
  for (Index e = 0; e < entries; ++e) {
    const Real factor = value[e];
    const Real *source = x + width * offset[e];
    for (Index t = 0; t < tile; ++t)
      sum[t] += factor * source[t];
  }
  put(sum, y, done, tile, into);
}

// Covers [0, length) with tiles of the largest size that fits; the last one overlaps the one before
// (it computes the same numbers again), so that no short remainder is left.
template <Index tile, class Work> HETERODOT_INLINE void cover(Index length, const Work &work) {
  if constexpr (tile > 1)
    if (length < tile) {
      cover<tile / 2>(length, work);
      return;
    }
  Index t = 0;
  for (; t + tile <= length; t += tile)
    work.template operator()<tile>(t, Index(0));
  if (t < length)
    work.template operator()<tile>(length - tile, t + tile - length);
}

template <class Real>
HETERODOT_INLINE void any_constant_row(const Real *x, Real *y, const std::int32_t *offset,
                                       const Real *value, Index entries, Index length, Index width,
                                       Into into) {
  cover<8 * lanes<Real>>(
      width * length, [=]<Index size>(Index t, Index done) __attribute__((always_inline)) {
        constant_tile<Real, size>(x + t, y + t, done, offset, value, entries, width, into);
      });
}

template <class Real>
HETERODOT_INLINE void local_loop(const Real *x, Real *y, const double *v, Index nodes,
                                 bool complex_vectors) {
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
void constant_row(const double *x, double *y, const std::int32_t *offset, const double *value,
                  Index entries, Index length, Index width, Into into) {
  any_constant_row<double>(x, y, offset, value, entries, length, width, into);
}

HETERODOT_SIMD_CLONES
void constant_row(const float *x, float *y, const std::int32_t *offset, const float *value,
                  Index entries, Index length, Index width, Into into) {
  any_constant_row<float>(x, y, offset, value, entries, length, width, into);
}

HETERODOT_SIMD_CLONES
void varying_row(const double *const *x, double *const *y, Index vectors, const RowGroup *groups,
                 Index count, const std::int32_t *offset, const double *value, Index width,
                 Into into) {
  if (width == 1)
    any_varying_row<double, 1>(x, y, vectors, groups, count, offset, value, into);
  else
    any_varying_row<double, 2>(x, y, vectors, groups, count, offset, value, into);
}

HETERODOT_SIMD_CLONES
void varying_row(const float *const *x, float *const *y, Index vectors, const RowGroup *groups,
                 Index count, const std::int32_t *offset, const float *value, Index width,
                 Into into) {
  if (width == 1)
    any_varying_row<float, 1>(x, y, vectors, groups, count, offset, value, into);
  else
    any_varying_row<float, 2>(x, y, vectors, groups, count, offset, value, into);
}

} // namespace heterodot
