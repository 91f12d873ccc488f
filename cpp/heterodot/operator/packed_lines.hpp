// Lines of packed vectors in registers: one orbital at one node, all spins and vectors.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "heterodot/operator/packed_kernels.hpp"
#include "heterodot/operator/spin_turns.hpp"
#include "heterodot/parallel/simd.hpp"

namespace heterodot::packed {

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

// Σ value[e] · x[offset[e]] over a segment. Sums of their own for a few entries that follow each
// other, or each product would wait for the one before.
template <class Real, Index lanes, Index bytes>
HETERODOT_INLINE Line<Real, lanes, bytes>
gathered(const Real *x, Index unit, const NodeRows<Real> &rows, const RowSegment &segment) {
  using Sum = Line<Real, lanes, bytes>;
  constexpr Index strands = RowSegment::strands;
  const std::int32_t *offset = rows.offset + segment.offset;
  const Real *value = rows.value + segment.value;
  Sum sum[strands];
  for (Index k = 0; k < strands; ++k)
    clear(sum[k]);
  for (const std::int32_t *end = offset + segment.filled(); offset != end;
       offset += strands, value += strands)
    for (Index k = 0; k < strands; ++k)
      add_product(sum[k], value[k], x + unit * offset[k]);
  for (Index r = 0; r < Sum::count; ++r)
    sum[0].part[r] = (sum[0].part[r] + sum[1].part[r]) + (sum[2].part[r] + sum[3].part[r]);
  return sum[0];
}

} // namespace heterodot::packed
