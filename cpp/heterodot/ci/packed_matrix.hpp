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

  // c = a b for the row-major a (count x rows) and c (count x columns); serial, for use inside
  // parallel loops.
  void multiply(const Complex *a, Index count, Complex *c) const;

private:
  Index rows_ = 0, columns_ = 0;
  std::vector<double> panels_; // [column panel][row][real parts | imaginary parts]
};

} // namespace heterodot
