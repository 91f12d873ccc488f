#include "heterodot/operator/packed_kernels.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "heterodot/operator/spin_turns.hpp"
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

// Register by register: of a whole line the compiler would make a call to clear memory.
template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void clear(Line<Real, lanes, bytes> &sum) {
  for (Index r = 0; r < sum.count; ++r)
    sum.part[r] = typename Line<Real, lanes, bytes>::Register{};
}

template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void add_product(Line<Real, lanes, bytes> &sum, Real factor, const Real *from) {
  for (Index r = 0; r < sum.count; ++r) {
    typename Line<Real, lanes, bytes>::Register own;
    std::memcpy(&own, from + r * sum.each, sizeof own);
    sum.part[r] += factor * own;
  }
}

// What a turn does to the lanes of a line: from where, and with which sign. Halves of a line that
// is several registers are exchanged as registers.
template <class Real, Index lanes, Index each> struct TurnTable {
  using Integer = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
  Integer from[SpinTurn::count][each];
  Real sign[SpinTurn::count][lanes];

  constexpr TurnTable() : from(), sign() {
    for (int turn = 0; turn < SpinTurn::count; ++turn)
      for (Index k = 0; k < lanes; ++k) {
        Index source = k;
        bool negative = (turn & SpinTurn::negates_down) && 2 * k >= lanes;
        if (turn & SpinTurn::times_i) { // i (a + ib) = −b + ia
          source ^= 1;
          negative = negative != (k % 2 == 0);
        }
        if (turn & SpinTurn::swaps_spins)
          source ^= lanes / 2;
        from[turn][k % each] = static_cast<Integer>(source % each);
        sign[turn][k] = negative ? Real(-1) : Real(1);
      }
  }
};
template <class Real, Index lanes, Index each> constexpr TurnTable<Real, lanes, each> turn_table{};

// y += τ sum.
template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void add_turned(const Line<Real, lanes, bytes> &sum, Real *y, int turn) {
  using Own = Line<Real, lanes, bytes>;
  constexpr Index each = Own::each;
  constexpr const TurnTable<Real, lanes, each> &table = turn_table<Real, lanes, each>;
  const Index other_half = Own::count > 1 && turn & SpinTurn::swaps_spins ? Own::count / 2 : 0;
  typename Own::Register stored[Own::count];
  std::memcpy(stored, sum.part, sizeof stored);
  for (Index r = 0; r < Own::count; ++r) {
    typename Own::Register sign, total;
#if defined(__clang__)
    Real moved[each];
    for (Index k = 0; k < each; ++k)
      moved[k] = stored[r ^ other_half][table.from[turn][k]];
    typename Own::Register part;
    std::memcpy(&part, moved, sizeof part);
#else
    typedef typename TurnTable<Real, lanes, each>::Integer Places
        __attribute__((vector_size(each * sizeof(Real))));
    Places from;
    std::memcpy(&from, table.from[turn], sizeof from);
    const typename Own::Register part = __builtin_shuffle(stored[r ^ other_half], from);
#endif
    std::memcpy(&sign, table.sign[turn] + r * each, sizeof sign);
    std::memcpy(&total, y + r * each, sizeof total);
    total += sign * part;
    std::memcpy(y + r * each, &total, sizeof total);
  }
}

template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void put(const Line<Real, lanes, bytes> &sum, Real *y, int turn) {
  if (turn == 0)
    std::memcpy(y, &sum, lanes * sizeof(Real));
  else if constexpr (lanes > 1)
    add_turned(sum, y, turn);
}

// One node. Sums of their own for a few entries that follow each other, or each product would wait
// for the one before.
template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE void single(const Real *x, Real *y, Index unit, const NodeRows<Real> &rows) {
  using Sum = Line<Real, lanes, bytes>;
  constexpr Index strands = RowSegment::strands;
  for (Index s = 0; s < rows.segments; ++s) {
    const RowSegment &own = rows.segment[s];
    const std::int32_t *offset = rows.offset + own.offset;
    const Real *value = rows.value + own.value;
    Sum sum[strands];
    for (Index k = 0; k < strands; ++k)
      clear(sum[k]);
    for (const std::int32_t *end = offset + own.filled(); offset != end;
         offset += strands, value += strands)
      for (Index k = 0; k < strands; ++k)
        add_product(sum[k], value[k], x + unit * offset[k]);
    for (Index r = 0; r < Sum::count; ++r)
      sum[0].part[r] = (sum[0].part[r] + sum[1].part[r]) + (sum[2].part[r] + sum[3].part[r]);
    put(sum[0], y + own.orbital * unit, own.turn);
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
