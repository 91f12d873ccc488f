#include "heterodot/linalg/row_blocks.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "heterodot/linalg/row_tiles.hpp"
#include "heterodot/parallel/parallel.hpp"
#include "heterodot/parallel/registers.hpp"

namespace heterodot {
namespace {

using namespace row_tiles;

template <class Left, class Real, Index bytes>
HETERODOT_INLINE void products_of(const RowLayout &layout, const RowBlock<const Left> &left,
                                  const RowBlock<const Real> &right, Index begin, Index end,
                                  double *products) {
  using T = Tile<Real, bytes>;
  constexpr Index columns = bytes_multiplied / static_cast<Index>(sizeof(Real));
  constexpr Index own_step = step_of<columns>;
  const Index left_rows = left.count * layout.parts(), right_rows = right.count * layout.parts();
  const Index left_padded = rounded_up(left_rows, T::lefts);
  const Index right_padded = rounded_up(right_rows, T::rights);
  Real *left_chunk = scratch<Real, 0>(left_padded * own_step);
  Real *right_chunk = scratch<Real, 1>(right_padded * own_step);
  double *sums = scratch<double, 2>(left_padded * right_padded);
  // Rows that fill up a tile are never read out, but they must be numbers.
  std::fill_n(left_chunk, left_padded * own_step, Real(0));
  std::fill_n(right_chunk, right_padded * own_step, Real(0));
  std::fill_n(sums, left_padded * right_padded, 0.0);
  for (Index first = begin; first < end; first += columns) {
    const Index count = std::min(columns, end - first);
    take_rows<columns>(layout, left, first, count, left_chunk);
    take_rows<columns>(layout, right, first, count, right_chunk);
    for (Index column = 0; column < right_padded; column += T::rights)
      for (Index row = 0; row < left_padded; row += T::lefts)
        multiply_rows<Real, bytes, columns>(left_chunk + row * own_step,
                                            right_chunk + column * own_step,
                                            sums + row * right_padded + column, right_padded);
  }
  for (Index row = 0; row < left_rows; ++row)
    std::copy_n(sums + row * right_padded, right_rows, products + row * right_rows);
}

template <class Real, Index bytes>
HETERODOT_INLINE void combination_of(const RowLayout &layout, const Real *coefficients,
                                     const RowBlock<const Real> &source,
                                     const RowBlock<Real> &target, bool add, Index begin,
                                     Index end) {
  const Index parts = layout.parts(), sources = source.count * parts;
  const Index targets = target.count * parts, padded = whole_tiles<Real, bytes>(targets);
  Real *factors = scratch<Real, 0>(padded * sources);
  sort_factors<Real, bytes>(coefficients, targets, sources, factors);
  Real *in = scratch<Real, 1>(sources * step), *out = scratch<Real, 2>(padded * step);
  for (Index first = begin; first < end; first += chunk) {
    const Index count = std::min(chunk, end - first);
    take_rows(layout, source, first, count, in);
    combine_chunk<Real, bytes>(factors, in, sources, out, padded);
    for (Index v = 0; v < target.count; ++v)
      if (add)
        put_row<true>(layout, out + v * parts * step, first, count, target.row(v));
      else
        put_row<false>(layout, out + v * parts * step, first, count, target.row(v));
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

template <class Left, class Real> struct Products {
  RowLayout layout;
  RowBlock<const Left> left;
  RowBlock<const Real> right;

  template <Index bytes> HETERODOT_INLINE void run(Index begin, Index end, double *products) const {
    products_of<Left, Real, bytes>(layout, left, right, begin, end, products);
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

template <class Left, class Real>
void row_products(const RowLayout &layout, const RowBlock<const Left> &left,
                  const RowBlock<const Real> &right, double *products) {
  const Index size = left.count * right.count * layout.parts() * layout.parts();
  const Index piece = columns_a_piece(layout.columns);
  const Index pieces = rounded_up(layout.columns, piece) / piece;
  std::vector<double> sums(static_cast<std::size_t>(pieces * size));
  const Products<Left, Real> job{layout, left, right};
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

#define HETERODOT_ROW_BLOCKS(Real)                                                                 \
  template void combine_rows<Real>(const RowLayout &, const Real *, const RowBlock<const Real> &,  \
                                   const RowBlock<Real> &, bool);
#define HETERODOT_ROW_PRODUCTS(Left, Real)                                                         \
  template void row_products<Left, Real>(const RowLayout &, const RowBlock<const Left> &,          \
                                         const RowBlock<const Real> &, double *);
HETERODOT_ROW_PRODUCTS(float, float)
HETERODOT_ROW_PRODUCTS(double, float)
HETERODOT_ROW_PRODUCTS(double, double)
#undef HETERODOT_ROW_PRODUCTS
HETERODOT_ROW_BLOCKS(float)
HETERODOT_ROW_BLOCKS(double)
#undef HETERODOT_ROW_BLOCKS

} // namespace heterodot
