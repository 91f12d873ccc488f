#include "heterodot/operator/packed_kernels.hpp"

#include <algorithm>
#include <cstring>

#include "heterodot/parallel/registers.hpp"

namespace heterodot {
namespace {

// `lanes` reals in registers of at most `bytes` bytes. Spelled out, because left to itself the
// compiler takes narrow registers, or splits complex numbers into their parts.
template <class Real, Index lanes, Index bytes> struct Line {
  static constexpr Index wide = bytes / static_cast<Index>(sizeof(Real));
  static constexpr Index each = lanes < wide ? lanes : wide;
  static constexpr Index count = lanes / each;
  typedef Real Register __attribute__((vector_size(each * sizeof(Real))));
  Register part[count];
};

template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void add_product(Line<Real, lanes, bytes> &sum, Real factor, const Real *from) {
  for (Index r = 0; r < sum.count; ++r) {
    typename Line<Real, lanes, bytes>::Register own;
    std::memcpy(&own, from + r * sum.each, sizeof own);
    sum.part[r] += factor * own;
  }
}

template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void put(const Line<Real, lanes, bytes> &sum, Real *y, Into into) {
  if (into == Into::set) {
    std::memcpy(y, &sum, lanes * sizeof(Real));
    return;
  }
  Real total[lanes];
  std::memcpy(total, &sum, sizeof total);
  if (into == Into::add)
    for (Index r = 0; r < lanes; ++r)
      y[r] += total[r];
  else if constexpr (lanes > 1)
    for (Index r = 0; r < lanes; r += 2) {
      y[r] -= total[r + 1];
      y[r + 1] += total[r];
    }
}

// One node. Sums of their own for a few entries that follow each other, or each product would wait
// for the one before.
template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void single(const Real *x, Real *y, Index unit, const PackedRow<Real> &row,
                             Into into) {
  using Sum = Line<Real, lanes, bytes>;
  constexpr Index strands = Sum::count >= 4 ? 2 : 4;
  Sum sum[strands] = {};
  Index e = 0;
  for (; e + strands <= row.entries; e += strands)
    for (Index s = 0; s < strands; ++s)
      add_product(sum[s], row.value[e + s], x + unit * row.offset[e + s]);
  for (; e < row.entries; ++e)
    add_product(sum[0], row.value[e], x + unit * row.offset[e]);
  for (Index s = 1; s < strands; ++s)
    for (Index r = 0; r < Sum::count; ++r)
      sum[0].part[r] += sum[s].part[r];
  put(sum[0], y, into);
}

// Some neighbouring nodes that share each value; their sums stay in registers.
template <class Real, Index lanes, Index bytes, Index tile>
HETERODOT_INLINE void neighbours(const Real *x, Real *y, Index unit, Index stride,
                                 const PackedRow<Real> &row, Into into) {
  Line<Real, lanes, bytes> sum[tile] = {};
  for (Index e = 0; e < row.entries; ++e) {
    const Real *from = x + unit * row.offset[e];
    for (Index t = 0; t < tile; ++t)
      add_product(sum[t], row.value[e], from + t * stride);
  }
  for (Index t = 0; t < tile; ++t)
    put(sum[t], y + t * stride, into);
}

template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void run(const Real *x, Real *y, Index unit, Index stride,
                          const PackedRow<Real> &row, Index nodes, Into into) {
  constexpr Index tile = std::max<Index>(2, 8 / Line<Real, lanes, bytes>::count);
  Index t = 0;
  for (; t + tile <= nodes; t += tile)
    neighbours<Real, lanes, bytes, tile>(x + t * stride, y + t * stride, unit, stride, row, into);
  if constexpr (tile > 2)
    for (; t + 2 <= nodes; t += 2)
      neighbours<Real, lanes, bytes, 2>(x + t * stride, y + t * stride, unit, stride, row, into);
  for (; t < nodes; ++t)
    single<Real, lanes, bytes>(x + t * stride, y + t * stride, unit, row, into);
}

template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void all_components(const Real *x, Real *y, Index components,
                                     const PackedRow<Real> *rows, Index nodes, Into into) {
  for (Index c = 0; c < components; ++c)
    if (into == Into::set || rows[c].entries > 0)
      run<Real, lanes, bytes>(x + c * lanes, y + c * lanes, lanes, components * lanes, rows[c],
                              nodes, into);
}

template <class Real, Index bytes>
HETERODOT_INLINE void any_run(const Real *x, Real *y, Index lanes, Index components,
                              const PackedRow<Real> *rows, Index nodes, Into into) {
  constexpr Index wide = 16;
  if (components == 1 && lanes < wide && nodes * lanes >= wide && into == Into::set) {
    // The nodes of a single component follow each other: lines of several at once, of which the
    // last overlaps the one before.
    const Index length = nodes * lanes, whole = length / wide;
    run<Real, wide, bytes>(x, y, lanes, wide, rows[0], whole, into);
    if (whole * wide < length)
      single<Real, wide, bytes>(x + length - wide, y + length - wide, lanes, rows[0], into);
    return;
  }
  switch (lanes) {
  case 1:
    return all_components<Real, 1, bytes>(x, y, components, rows, nodes, into);
  case 2:
    return all_components<Real, 2, bytes>(x, y, components, rows, nodes, into);
  case 4:
    return all_components<Real, 4, bytes>(x, y, components, rows, nodes, into);
  case 8:
    return all_components<Real, 8, bytes>(x, y, components, rows, nodes, into);
  default:
    return all_components<Real, 16, bytes>(x, y, components, rows, nodes, into);
  }
}

template <class Real> struct RunOfNodes {
  Index lanes, components, nodes;
  Into into;

  template <Index bytes>
  HETERODOT_INLINE void run(const Real *x, Real *y, const PackedRow<Real> *rows) const {
    any_run<Real, bytes>(x, y, lanes, components, rows, nodes, into);
  }
};

template <class Real>
HETERODOT_INLINE void any_potential(const Real *x, Real *y, Index lanes, Index components,
                                    const double *potential, Index step, Index nodes) {
  for (Index t = 0; t < nodes; ++t)
    for (Index c = 0; c < components; ++c) {
      const auto factor = static_cast<Real>(potential[c * step + t]);
      const Index at = (t * components + c) * lanes;
      for (Index r = 0; r < lanes; ++r)
        y[at + r] += factor * x[at + r];
    }
}

} // namespace

void multiply_run(const float *x, float *y, Index lanes, Index components,
                  const PackedRow<float> *rows, Index nodes, Into into) {
  run_with_widest_registers(RunOfNodes<float>{lanes, components, nodes, into}, x, y, rows);
}
void multiply_run(const double *x, double *y, Index lanes, Index components,
                  const PackedRow<double> *rows, Index nodes, Into into) {
  run_with_widest_registers(RunOfNodes<double>{lanes, components, nodes, into}, x, y, rows);
}

HETERODOT_SIMD_CLONES
void add_potential(const float *x, float *y, Index lanes, Index components, const double *potential,
                   Index step, Index nodes) {
  any_potential(x, y, lanes, components, potential, step, nodes);
}
HETERODOT_SIMD_CLONES
void add_potential(const double *x, double *y, Index lanes, Index components,
                   const double *potential, Index step, Index nodes) {
  any_potential(x, y, lanes, components, potential, step, nodes);
}

} // namespace heterodot
