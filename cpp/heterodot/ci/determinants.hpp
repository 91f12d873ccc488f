// Determinants of n identical particles in N spinors, and their resolution into a smaller
// determinant times the particles taken out.
#pragma once

#include <cstdint>
#include <vector>

#include "heterodot/operator/linear_operator.hpp"

namespace heterodot {

// All C(N, n) determinants c†_i c†_j ... |0>, i < j < ..., in the combinatorial (colexicographic)
// number system: index = sum_p C(i_p, p + 1).
class Determinants {
public:
  Determinants(int spinors, int particles);

  int spinors() const { return spinors_; }
  int particles() const { return particles_; }
  Index size() const { return size_; }
  const int *occupied(Index determinant) const {
    return occupied_.data() + determinant * particles_;
  }
  Index index(const int *occupied) const;

private:
  int spinors_, particles_;
  Index size_;
  std::vector<int> occupied_;
};

Index binomial(Index n, Index k);

// |I> = sign · (creators of the tuple t) |K>: every way to take `taken` particles (one or two) out
// of I. Tuples of one are the spinors, tuples of two the pairs i < j with index i + C(j, 2).
struct Resolution {
  struct Term {
    std::int32_t rest, tuple, sign;
  };
  struct Inverse {
    std::int32_t determinant, tuple, sign;
  };
  int taken;
  Index rests, tuples, terms_each; // number of K, of t, of terms of each I
  std::vector<Term> terms;         // terms_each of each I, in order
  std::vector<Index> begin;        // of each K in inverse, length rests + 1
  std::vector<Inverse> inverse;

  Resolution(const Determinants &determinants, int taken);
};

} // namespace heterodot
