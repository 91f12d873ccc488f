// Complex matrix products with a constant right factor: the integrals of a CI Hamiltonian are
// packed once and multiplied with many small blocks of gathered coefficients. Unlike Eigen's
// product this one is compiled for several instruction sets and chosen at run time.
#pragma once

#include <vector>

#include "heterodot/operator/linear_operator.hpp"

namespace heterodot {

class PackedMatrix {
public:
  PackedMatrix() = default;
  // Packs the row-major matrix b (rows x columns).
  PackedMatrix(const Complex *b, Index rows, Index columns);

  Index rows() const { return rows_; }
  Index columns() const { return columns_; }

  Complex at(Index row, Index column) const;

  // A part [begin, end) of the rows or columns.
  struct Range {
    Index begin, end;
  };

  // c = a b for the row-major a (count x rows) and c (count x columns); serial, for use inside
  // parallel loops.
  void multiply(const Complex *a, Index count, Complex *c) const;
  // The same with only some rows of b, where the rest of a is zero, and only some columns of c;
  // what lies outside may be written or not.
  void multiply(const Complex *a, Index count, Complex *c, const std::vector<Range> &rows,
                const std::vector<Range> &columns) const;

private:
  Index rows_ = 0, columns_ = 0;
  std::vector<double> panels_; // [column panel][row][real | imaginary | sum]
};

} // namespace heterodot
