#include "heterodot/linalg/row_blocks.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "heterodot/operator/packing.hpp"
#include "heterodot/parallel/parallel.hpp"
#include "heterodot/parallel/registers.hpp"

namespace heterodot {
namespace {

constexpr Index chunk = 256; // columns whose rows stay in cache while they are multiplied
constexpr Index grain = 32 * chunk;
constexpr Index most_pieces = 64;

Index rounded_up(Index count, Index step) {
  return (count + step - 1) / step * step;
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
  static constexpr Index lefts = 4, rights = bytes >= 64 ? 4 : 2; // rows in products
  typedef Real Register __attribute__((vector_size(bytes)));
};

template <class Register, class Real> HETERODOT_INLINE void read(Register &own, const Real *from) {
  std::memcpy(&own, from, sizeof own);
}

// sums += left · rightᵀ for a few rows of `length` reals, register by register.
template <class Real, Index bytes>
HETERODOT_INLINE void multiply_rows(const Real *left, const Real *right, Index step, Index length,
                                    Real *sums) {
  using T = Tile<Real, bytes>;
  typename T::Register sum[T::lefts][T::rights];
  for (Index i = 0; i < T::lefts; ++i)
    for (Index j = 0; j < T::rights; ++j)
      read(sum[i][j], sums + (i * T::rights + j) * T::lanes);
  for (Index c = 0; c < length; c += T::lanes) {
    typename T::Register own[T::rights];
    for (Index j = 0; j < T::rights; ++j)
      read(own[j], right + j * step + c);
    for (Index i = 0; i < T::lefts; ++i) {
      typename T::Register other;
      read(other, left + i * step + c);
      for (Index j = 0; j < T::rights; ++j)
        sum[i][j] += other * own[j];
    }
  }
  for (Index i = 0; i < T::lefts; ++i)
    for (Index j = 0; j < T::rights; ++j)
      std::memcpy(sums + (i * T::rights + j) * T::lanes, &sum[i][j], sizeof sum[i][j]);
}

// out[i] = Σ_j coefficients[j][i] in[j] for a few rows and columns.
template <class Real, Index bytes>
HETERODOT_INLINE void combine_tile(const Real *coefficients, const Real *in, Index sources,
                                   Real *out) {
  using T = Tile<Real, bytes>;
  typename T::Register sum[T::rows][2] = {};
  for (Index j = 0; j < sources; ++j) {
    typename T::Register own[2];
    read(own[0], in + j * T::across);
    read(own[1], in + j * T::across + T::lanes);
    for (Index i = 0; i < T::rows; ++i) {
      const Real factor = coefficients[j * T::rows + i];
      sum[i][0] += factor * own[0];
      sum[i][1] += factor * own[1];
    }
  }
  for (Index i = 0; i < T::rows; ++i) {
    std::memcpy(out + i * T::across, &sum[i][0], sizeof sum[i][0]);
    std::memcpy(out + i * T::across + T::lanes, &sum[i][1], sizeof sum[i][1]);
  }
}

template <class Real>
HETERODOT_INLINE void split(const Real *__restrict from, Real *__restrict first,
                            Real *__restrict second, Index count) {
  for (Index n = 0; n < count; ++n) {
    first[n] = from[2 * n];
    second[n] = from[2 * n + 1];
  }
}

template <class Real>
HETERODOT_INLINE void add_merged(const Real *__restrict first, const Real *__restrict second,
                                 Real *__restrict to, Index count) {
  for (Index n = 0; n < count; ++n) {
    to[2 * n] += first[n];
    to[2 * n + 1] += second[n];
  }
}

// Where columns `begin` … of a half of a vector begin.
Index place(const RowLayout &layout, Index half, Index begin) {
  return (half * layout.columns + begin) * layout.width;
}

// The parts of columns [begin, begin + count) of all vectors, `step` reals from row to row.
template <class Real>
HETERODOT_INLINE void take_rows(const RowLayout &layout, const RowBlock<const Real> &block,
                                Index begin, Index count, Real *rows, Index step) {
  for (Index v = 0; v < block.count; ++v)
    for (Index half = 0; half < layout.halves; ++half, rows += layout.width * step) {
      const Real *from = block.row(v) + place(layout, half, begin);
      if (layout.width == 2)
        split(from, rows, rows + step, count);
      else
        std::copy_n(from, count, rows);
      for (Index part = 0; part < layout.width; ++part)
        std::fill(rows + part * step + count, rows + part * step + chunk, Real(0));
    }
}

template <class Real, Index bytes>
HETERODOT_INLINE void products_of(const RowLayout &layout, const RowBlock<const Real> &left,
                                  const RowBlock<const Real> &right, Index begin, Index end,
                                  double *products) {
  using T = Tile<Real, bytes>;
  constexpr Index tile = T::lefts * T::rights * T::lanes, step = chunk + 16;
  const Index left_rows = left.count * layout.parts(), right_rows = right.count * layout.parts();
  const Index left_padded = rounded_up(left_rows, T::lefts);
  const Index right_padded = rounded_up(right_rows, T::rights), across = right_padded / T::rights;
  Real *left_chunk = scratch<Real, 0>(left_padded * step);
  Real *right_chunk = scratch<Real, 1>(right_padded * step);
  Real *sums = scratch<Real, 2>(left_padded * right_padded * T::lanes);
  // Rows that fill up a tile are never read out, but they must be numbers.
  std::fill_n(left_chunk, left_padded * step, Real(0));
  std::fill_n(right_chunk, right_padded * step, Real(0));
  std::fill_n(sums, left_padded * right_padded * T::lanes, Real(0));
  const auto tile_of = [&](Index row, Index column) {
    return sums + (row / T::lefts * across + column / T::rights) * tile;
  };
  for (Index first = begin; first < end; first += chunk) {
    const Index count = std::min(chunk, end - first);
    take_rows(layout, left, first, count, left_chunk, step);
    take_rows(layout, right, first, count, right_chunk, step);
    for (Index column = 0; column < right_padded; column += T::rights)
      for (Index row = 0; row < left_padded; row += T::lefts)
        multiply_rows<Real, bytes>(left_chunk + row * step, right_chunk + column * step, step,
                                   chunk, tile_of(row, column));
  }
  for (Index row = 0; row < left_rows; ++row)
    for (Index column = 0; column < right_rows; ++column) {
      const Real *own =
          tile_of(row, column) + (row % T::lefts * T::rights + column % T::rights) * T::lanes;
      double sum = 0.0;
      for (Index lane = 0; lane < T::lanes; ++lane)
        sum += static_cast<double>(own[lane]);
      products[row * right_rows + column] = sum;
    }
}

template <class Real, Index bytes>
HETERODOT_INLINE void combination_of(const RowLayout &layout, const Real *coefficients,
                                     const RowBlock<const Real> &source,
                                     const RowBlock<Real> &target, bool add, Index begin,
                                     Index end) {
  using T = Tile<Real, bytes>;
  const Index in_rows = source.count * layout.parts(), out_rows = target.count * layout.parts();
  const Index tiles = rounded_up(out_rows, T::rows) / T::rows;
  Real *factors = scratch<Real, 0>(tiles * T::rows * in_rows);
  for (Index i = 0; i < tiles * T::rows; ++i)
    for (Index j = 0; j < in_rows; ++j)
      factors[(i / T::rows * in_rows + j) * T::rows + i % T::rows] =
          i < out_rows ? coefficients[i * in_rows + j] : Real(0);
  // Panels of as many columns as a tile takes, each with all rows.
  Real *in = scratch<Real, 1>(in_rows * chunk), *line = scratch<Real, 2>(2 * chunk);
  Real *out = scratch<Real, 3>(tiles * T::rows * chunk);
  for (Index first = begin; first < end; first += chunk) {
    const Index count = std::min(chunk, end - first);
    for (Index v = 0, row = 0; v < source.count; ++v)
      for (Index half = 0; half < layout.halves; ++half, row += layout.width) {
        RowLayout one{layout.columns, layout.width, 1};
        take_rows(one, {source.row(v) + place(layout, half, 0), 1, 0}, first, count, line, chunk);
        for (Index part = 0; part < layout.width; ++part)
          for (Index c = 0; c < chunk; c += T::across)
            std::copy_n(line + part * chunk + c, T::across,
                        in + c * in_rows + (row + part) * T::across);
      }
    for (Index c = 0; c < rounded_up(count, T::across); c += T::across)
      for (Index tile = 0; tile < tiles; ++tile)
        combine_tile<Real, bytes>(factors + tile * T::rows * in_rows, in + c * in_rows, in_rows,
                                  out + (c * tiles + tile * T::across) * T::rows);
    for (Index v = 0, row = 0; v < target.count; ++v)
      for (Index half = 0; half < layout.halves; ++half, row += layout.width)
        for (Index c = 0; c < count; c += T::across) {
          const Real *own = out + c * tiles * T::rows + row * T::across;
          Real *to = target.row(v) + place(layout, half, first + c);
          const Index columns = std::min(T::across, count - c);
          if (!add)
            std::fill_n(to, layout.width * columns, Real(0)); // not NaN times zero
          if (layout.width == 2)
            add_merged(own, own + T::across, to, columns);
          else
            for (Index n = 0; n < columns; ++n)
              to[n] += own[n];
        }
  }
}

HETERODOT_SIMD_CLONES
double residual_piece(Index length, const double *__restrict vector, const double *__restrict image,
                      double value, float *__restrict residual) {
  constexpr Index lanes = 8;
  double squares[lanes] = {}, sum = 0.0;
  const auto one = [&](Index n) {
    const double own = image[n] - value * vector[n];
    if (residual)
      residual[n] = static_cast<float>(own);
    return own * own;
  };
  Index n = 0;
  for (; n + lanes <= length; n += lanes)
    for (Index lane = 0; lane < lanes; ++lane)
      squares[lane] += one(n + lane);
  for (; n < length; ++n)
    sum += one(n);
  for (const double square : squares)
    sum += square;
  return sum;
}

HETERODOT_SIMD_CLONES
void widen_piece(Index length, const float *__restrict from, double factor, double *__restrict to) {
  for (Index n = 0; n < length; ++n)
    to[n] = factor * static_cast<double>(from[n]);
}

template <class Real> struct Products {
  RowLayout layout;
  RowBlock<const Real> left, right;

  template <Index bytes> HETERODOT_INLINE void run(Index begin, Index end, double *products) const {
    products_of<Real, bytes>(layout, left, right, begin, end, products);
  }
};

template <class Real> struct Combination {
  RowLayout layout;
  const Real *coefficients;
  RowBlock<const Real> source;
  RowBlock<Real> target;
  bool add;

  template <Index bytes> HETERODOT_INLINE void run(Index begin, Index end) const {
    combination_of<Real, bytes>(layout, coefficients, source, target, add, begin, end);
  }
};

} // namespace

template <class Real>
void row_products(const RowLayout &layout, const RowBlock<const Real> &left,
                  const RowBlock<const Real> &right, double *products) {
  const Index size = left.count * right.count * layout.parts() * layout.parts();
  const Index piece = std::max(grain, rounded_up(layout.columns / most_pieces, chunk));
  const Index pieces = rounded_up(layout.columns, piece) / piece;
  std::vector<double> sums(static_cast<std::size_t>(pieces * size));
  const Products<Real> job{layout, left, right};
  parallel_for(pieces, 1, [&](Index first, Index last) {
    for (Index p = first; p < last; ++p)
      run_with_widest_registers(job, p * piece, std::min((p + 1) * piece, layout.columns),
                                sums.data() + p * size);
  });
  std::fill_n(products, size, 0.0);
  for (Index p = 0; p < pieces; ++p)
    for (Index k = 0; k < size; ++k)
      products[k] += sums[static_cast<std::size_t>(p * size + k)];
}

template <class Real>
void combine_rows(const RowLayout &layout, const Real *coefficients,
                  const RowBlock<const Real> &source, const RowBlock<Real> &target, bool add) {
  const Combination<Real> job{layout, coefficients, source, target, add};
  parallel_for(layout.columns, grain,
               [&](Index begin, Index end) { run_with_widest_registers(job, begin, end); });
}

double row_residual(Index length, const double *vector, const double *image, double value,
                    float *residual) {
  const Index pieces = rounded_up(length, grain) / grain;
  std::vector<double> squares(static_cast<std::size_t>(pieces));
  parallel_for(pieces, 1, [&](Index first, Index last) {
    for (Index p = first; p < last; ++p) {
      const Index begin = p * grain;
      squares[static_cast<std::size_t>(p)] =
          residual_piece(std::min(grain, length - begin), vector + begin, image + begin, value,
                         residual ? residual + begin : nullptr);
    }
  });
  return std::accumulate(squares.begin(), squares.end(), 0.0);
}

void widen_row(Index length, const float *from, double factor, double *to) {
  parallel_for(length, grain, [&](Index begin, Index end) {
    widen_piece(end - begin, from + begin, factor, to + begin);
  });
}

#define HETERODOT_ROW_BLOCKS(Real)                                                                 \
  template void row_products<Real>(const RowLayout &, const RowBlock<const Real> &,                \
                                   const RowBlock<const Real> &, double *);                        \
  template void combine_rows<Real>(const RowLayout &, const Real *, const RowBlock<const Real> &,  \
                                   const RowBlock<Real> &, bool);
HETERODOT_ROW_BLOCKS(float)
HETERODOT_ROW_BLOCKS(double)
#undef HETERODOT_ROW_BLOCKS

} // namespace heterodot
