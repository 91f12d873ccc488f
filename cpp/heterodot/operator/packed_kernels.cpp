#include "heterodot/operator/packed_kernels.hpp"

#include <algorithm>

#include "heterodot/operator/packed_lines.hpp"
#include "heterodot/parallel/registers.hpp"

namespace heterodot {
namespace {

using namespace packed;

template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void single(const Real *x, Real *y, Index unit, const NodeRows<Real> &rows) {
  for (Index s = 0; s < rows.segments; ++s) {
    const RowSegment &own = rows.segment[s];
    put(gathered<Real, lanes, bytes>(x, unit, rows, own), y + own.orbital * unit, own.turn);
  }
}

// Some neighbouring nodes that share each value; their sums stay in registers.
template <class Real, Index lanes, Index bytes, Index tile>
HETERODOT_INLINE void neighbours(const Real *x, Real *y, Index unit, Index stride,
                                 const NodeRows<Real> &rows) {
  for (Index s = 0; s < rows.segments; ++s) {
    const RowSegment &own = rows.segment[s];
    const std::int32_t *offset = rows.offset + own.offset;
    const Real *value = rows.value + own.value;
    Line<Real, lanes, bytes> sum[tile];
    for (Index t = 0; t < tile; ++t)
      clear(sum[t]);
    for (const std::int32_t *end = offset + own.entries; offset != end; ++offset, ++value) {
      const Real *from = x + unit * *offset;
      for (Index t = 0; t < tile; ++t)
        add_product(sum[t], *value, from + t * stride);
    }
    for (Index t = 0; t < tile; ++t)
      put(sum[t], y + own.orbital * unit + t * stride, own.turn);
  }
}

template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void run(const Real *x, Real *y, Index unit, Index stride,
                          const NodeRows<Real> &rows, Index nodes) {
  constexpr Index registers = bytes == 64 ? 16 : 8; // for sums: half of those there are
  constexpr Index tile = std::clamp<Index>(registers / Line<Real, lanes, bytes>::count, 2, 8);
  Index t = 0;
  for (; t + tile <= nodes; t += tile)
    neighbours<Real, lanes, bytes, tile>(x + t * stride, y + t * stride, unit, stride, rows);
  if constexpr (tile > 2)
    for (; t + 2 <= nodes; t += 2)
      neighbours<Real, lanes, bytes, 2>(x + t * stride, y + t * stride, unit, stride, rows);
  for (; t < nodes; ++t)
    single<Real, lanes, bytes>(x + t * stride, y + t * stride, unit, rows);
}

template <class Real, Index bytes>
HETERODOT_INLINE void any_run(const Real *x, Real *y, Index lanes, Index orbitals,
                              const NodeRows<Real> &rows, Index nodes) {
  constexpr Index wide = 16;
  if (orbitals == 1 && rows.segments == 1 && lanes < wide && nodes * lanes >= wide) {
    // The nodes of a single orbital follow each other: lines of several at once, of which the
    // last overlaps the one before.
    const Index length = nodes * lanes, whole = length / wide;
    run<Real, wide, bytes>(x, y, lanes, wide, rows, whole);
    if (whole * wide < length)
      single<Real, wide, bytes>(x + length - wide, y + length - wide, lanes, rows);
    return;
  }
  switch (lanes) {
  case 1:
    return run<Real, 1, bytes>(x, y, 1, orbitals, rows, nodes);
  case 2:
    return run<Real, 2, bytes>(x, y, 2, 2 * orbitals, rows, nodes);
  case 4:
    return run<Real, 4, bytes>(x, y, 4, 4 * orbitals, rows, nodes);
  case 8:
    return run<Real, 8, bytes>(x, y, 8, 8 * orbitals, rows, nodes);
  case 16:
    return run<Real, 16, bytes>(x, y, 16, 16 * orbitals, rows, nodes);
  default:
    if constexpr (sizeof(Real) == 4)
      return run<Real, 32, bytes>(x, y, 32, 32 * orbitals, rows, nodes);
  }
}

struct RunOfNodes {
  Index lanes, orbitals, nodes;

  template <Index bytes, class Real>
  HETERODOT_INLINE void run(const Real *x, Real *y, const NodeRows<Real> *rows) const {
    any_run<Real, bytes>(x, y, lanes, orbitals, *rows, nodes);
  }
};

template <class Real>
HETERODOT_INLINE void any_potential(const Real *x, Real *y, Index lanes, Index orbitals,
                                    const double *potential, Index step, Index nodes) {
  for (Index t = 0; t < nodes; ++t)
    for (Index a = 0; a < orbitals; ++a) {
      const auto factor = static_cast<Real>(potential[a * step + t]);
      const Index at = (t * orbitals + a) * lanes;
      for (Index r = 0; r < lanes; ++r)
        y[at + r] += factor * x[at + r];
    }
}

} // namespace

void multiply_run(const float *x, float *y, Index lanes, Index orbitals,
                  const NodeRows<float> &rows, Index nodes) {
  run_with_widest_registers(RunOfNodes{lanes, orbitals, nodes}, x, y, &rows);
}
void multiply_run(const double *x, double *y, Index lanes, Index orbitals,
                  const NodeRows<double> &rows, Index nodes) {
  run_with_widest_registers(RunOfNodes{lanes, orbitals, nodes}, x, y, &rows);
}

HETERODOT_SIMD_CLONES
void add_potential(const float *x, float *y, Index lanes, Index orbitals, const double *potential,
                   Index step, Index nodes) {
  any_potential(x, y, lanes, orbitals, potential, step, nodes);
}
HETERODOT_SIMD_CLONES
void add_potential(const double *x, double *y, Index lanes, Index orbitals, const double *potential,
                   Index step, Index nodes) {
  any_potential(x, y, lanes, orbitals, potential, step, nodes);
}

} // namespace heterodot
