// Inner products and linear combinations of a few long vectors that are the rows of a block.
#pragma once

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// Everything here is real arithmetic. A vector of halves·columns numbers of `width` reals counts as
// parts() real ones of `columns` reals, in the order (half, part of a number): complex numbers as
// real and imaginary parts, Kramers pairs as those of F↑ and F↓. Complex numbers and the
// quaternions of Kramers pairs are then small real matrices.
struct RowLayout {
  Index columns;
  Index width;  // reals in a number: 1, or 2 if it is complex
  Index halves; // 1, or 2 for (F↑, F↓)

  Index parts() const { return width * halves; }
};

// Some rows, each contiguous, `step` reals from one to the next.
template <class Real> struct RowBlock {
  Real *first;
  Index count, step;

  Real *row(Index number) const { return first + number * step; }
};

// products[i, j] = Σ_n left_i[n] right_j[n] for all parts, shape (left·parts, right·parts). The
// sums are the same for any number of threads. Rows on the left are rounded to the precision of
// those on the right; sums over more than a few hundred columns are in double precision.
template <class Left, class Real>
void row_products(const RowLayout &layout, const RowBlock<const Left> &left,
                  const RowBlock<const Real> &right, double *products);

// target_i = Σ_j coefficients[i, j] source_j for all parts, or target_i += …, shape (targets·parts,
// sources·parts). The target may be the beginning of the source.
template <class Real>
void combine_rows(const RowLayout &layout, const Real *coefficients,
                  const RowBlock<const Real> &source, const RowBlock<Real> &target, bool add);

// residual = image − value · vector for rows of `length` reals, rounded to single precision (left
// out if there is no place for it); returns the sum of its squares.
double row_residual(Index length, const double *vector, const double *image, double value,
                    float *residual);

} // namespace heterodot
