// Pieces of the rows of a block while they are in cache, and the innermost loops on them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "heterodot/linalg/row_blocks.hpp"
#include "heterodot/operator/packing.hpp"
#include "heterodot/parallel/simd.hpp"

namespace heterodot::row_tiles {

constexpr Index chunk = 256; // columns whose rows stay in cache while they are combined
// Bytes of a row that stay in cache while rows are multiplied (ten of a tile fit into 32 kB): sums
// leave the registers after that.
constexpr Index bytes_multiplied = 3072;

// From row to row of a chunk: a power of two would put all in one place of a cache.
template <Index columns> constexpr Index step_of = columns + 16;
constexpr Index step = step_of<chunk>;

constexpr Index grain = 32 * chunk;
constexpr Index most_pieces = 64;

inline Index rounded_up(Index count, Index multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

// Columns in a piece of a sum: always the same pieces, whatever the number of threads.
inline Index columns_a_piece(Index columns) {
  return std::max(grain, rounded_up(columns / most_pieces, chunk));
}

// Memory that a thread keeps: taken anew for every piece, the system would clear it every time.
template <class Real, int purpose> Real *scratch(Index size) {
  thread_local Aligned<Real> memory;
  memory.resize(std::max(memory.size(), static_cast<std::size_t>(size)));
  return memory.data();
}

// Registers of `bytes` bytes and how many sums fit into them.
template <class Real, Index bytes> struct Tile {
  static constexpr Index lanes = bytes / static_cast<Index>(sizeof(Real));
  static constexpr Index rows = bytes >= 64 ? 8 : 6;              // of a combination
  static constexpr Index across = 2 * lanes;                      // and its columns
  static constexpr Index lefts = 4, rights = bytes >= 64 ? 6 : 2; // rows in products
  typedef Real Register __attribute__((vector_size(bytes)));
};

template <class Register, class Real> HETERODOT_INLINE void read(Register &own, const Real *from) {
  std::memcpy(&own, from, sizeof own);
}

template <class Real, Index bytes> struct Vector {
  typedef Real Type __attribute__((vector_size(bytes)));
};

// The sum of the numbers of a register in double precision, halves first.
template <class Real, Index bytes> HETERODOT_INLINE double sum_of(const void *own) {
  constexpr Index wide_bytes = bytes / 2 / sizeof(Real) * sizeof(double);
  using Wide = typename Vector<double, wide_bytes>::Type;
  typename Vector<Real, bytes / 2>::Type half[2];
  std::memcpy(half, own, sizeof half);
  const Wide both = __builtin_convertvector(half[0], Wide) + __builtin_convertvector(half[1], Wide);
  if constexpr (wide_bytes == sizeof(double))
    return both[0];
  else
    return sum_of<double, wide_bytes>(&both);
}

// sums[i, j] += left_i · right_j for a few rows of a chunk; `across` sums in a row of them.
template <class Real, Index bytes, Index columns>
HETERODOT_INLINE void multiply_rows(const Real *left, const Real *right, double *sums,
                                    Index across) {
  using T = Tile<Real, bytes>;
  constexpr Index own_step = step_of<columns>;
  typename T::Register sum[T::lefts][T::rights] = {};
  for (Index c = 0; c < columns; c += T::lanes) {
    typename T::Register own[T::rights];
    for (Index j = 0; j < T::rights; ++j)
      read(own[j], right + j * own_step + c);
    for (Index i = 0; i < T::lefts; ++i) {
      typename T::Register other;
      read(other, left + i * own_step + c);
      for (Index j = 0; j < T::rights; ++j)
        sum[i][j] += other * own[j];
    }
  }
  for (Index i = 0; i < T::lefts; ++i)
    for (Index j = 0; j < T::rights; ++j)
      sums[i * across + j] += sum_of<Real, bytes>(&sum[i][j]);
}

// out[i] = Σ_j factors[j][i] in[j] for a few rows and columns.
template <class Real, Index bytes>
HETERODOT_INLINE void combine_tile(const Real *factors, const Real *in, Index sources, Real *out) {
  using T = Tile<Real, bytes>;
  typename T::Register sum[T::rows][2] = {};
  for (Index j = 0; j < sources; ++j) {
    typename T::Register own[2];
    read(own[0], in + j * step);
    read(own[1], in + j * step + T::lanes);
    for (Index i = 0; i < T::rows; ++i) {
      const Real factor = factors[j * T::rows + i];
      sum[i][0] += factor * own[0];
      sum[i][1] += factor * own[1];
    }
  }
  for (Index i = 0; i < T::rows; ++i) {
    std::memcpy(out + i * step, &sum[i][0], sizeof sum[i][0]);
    std::memcpy(out + i * step + T::lanes, &sum[i][1], sizeof sum[i][1]);
  }
}

// How many rows a combination writes: whole tiles.
template <class Real, Index bytes> constexpr Index whole_tiles(Index rows) {
  return rounded_up(rows, Tile<Real, bytes>::rows);
}

// Coefficients (targets, sources) in the order in which combine_chunk wants them.
template <class Real, Index bytes>
HETERODOT_INLINE void sort_factors(const Real *coefficients, Index targets, Index sources,
                                   Real *factors) {
  constexpr Index rows = Tile<Real, bytes>::rows;
  for (Index i = 0; i < whole_tiles<Real, bytes>(targets); ++i)
    for (Index j = 0; j < sources; ++j)
      factors[(i / rows * sources + j) * rows + i % rows] =
          i < targets ? coefficients[i * sources + j] : Real(0);
}

// out[i] = Σ_j coefficients[i, j] in[j] for the rows of a chunk.
template <class Real, Index bytes>
HETERODOT_INLINE void combine_chunk(const Real *factors, const Real *in, Index sources, Real *out,
                                    Index targets) {
  using T = Tile<Real, bytes>;
  for (Index c = 0; c < chunk; c += T::across)
    for (Index i = 0; i < targets; i += T::rows)
      combine_tile<Real, bytes>(factors + i * sources, in + c, sources, out + i * step + c);
}

template <class From, class Real>
HETERODOT_INLINE void split(const From *__restrict from, Real *__restrict first,
                            Real *__restrict second, Index count) {
  for (Index n = 0; n < count; ++n) {
    first[n] = static_cast<Real>(from[2 * n]);
    second[n] = static_cast<Real>(from[2 * n + 1]);
  }
}

template <bool add, class Real>
HETERODOT_INLINE void merge(const Real *__restrict first, const Real *__restrict second,
                            Real *__restrict to, Index count) {
  for (Index n = 0; n < count; ++n) {
    to[2 * n] = (add ? to[2 * n] : Real(0)) + first[n];
    to[2 * n + 1] = (add ? to[2 * n + 1] : Real(0)) + second[n];
  }
}

// Where columns `begin` … of a half of a vector begin.
inline Index place(const RowLayout &layout, Index half, Index begin) {
  return (half * layout.columns + begin) * layout.width;
}

// The parts of columns [begin, begin + count) of all vectors; what is left of the chunk is zero.
template <Index columns = chunk, class From, class Real>
HETERODOT_INLINE void take_rows(const RowLayout &layout, const RowBlock<const From> &block,
                                Index begin, Index count, Real *rows) {
  constexpr Index own_step = step_of<columns>;
  for (Index v = 0; v < block.count; ++v)
    for (Index half = 0; half < layout.halves; ++half, rows += layout.width * own_step) {
      const From *from = block.row(v) + place(layout, half, begin);
      if (layout.width == 2)
        split(from, rows, rows + own_step, count);
      else
        for (Index n = 0; n < count; ++n)
          rows[n] = static_cast<Real>(from[n]);
      for (Index part = 0; part < layout.width; ++part)
        std::fill(rows + part * own_step + count, rows + part * own_step + columns, Real(0));
    }
}

// Puts the parts of one vector where they belong, or adds them to what is there.
template <bool add, class Real>
HETERODOT_INLINE void put_row(const RowLayout &layout, const Real *rows, Index begin, Index count,
                              Real *vector) {
  for (Index half = 0; half < layout.halves; ++half, rows += layout.width * step) {
    Real *to = vector + place(layout, half, begin);
    if (layout.width == 2)
      merge<add>(rows, rows + step, to, count);
    else
      for (Index n = 0; n < count; ++n)
        to[n] = (add ? to[n] : Real(0)) + rows[n];
  }
}

} // namespace heterodot::row_tiles
