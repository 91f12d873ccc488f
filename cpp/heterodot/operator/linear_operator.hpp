// The one small interface at which the physics and the eigensolver meet.
#pragma once

#include <complex>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

using Complex = std::complex<double>;
using ComplexFloat = std::complex<float>;

// A Hermitian operator on vectors of size() complex numbers. A block of vectors is stored one
// vector after another (count x size(), row-major). x and y never overlap.
class LinearOperator {
public:
  virtual ~LinearOperator() = default;
  virtual Index size() const = 0;
  virtual void apply(const Complex *x, Complex *y, Index count) const = 0;
};

} // namespace heterodot
