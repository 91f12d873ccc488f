#include "heterodot/ci/determinants.hpp"

#include <stdexcept>

namespace heterodot {

Index binomial(Index n, Index k) {
  if (k < 0 || k > n)
    return 0;
  Index result = 1;
  for (Index i = 1; i <= k; ++i) {
    if (__builtin_mul_overflow(result, n - k + i, &result))
      throw std::overflow_error("too many determinants to number them");
    result /= i;
  }
  return result;
}

Determinants::Determinants(int spinors, int particles)
    : spinors_(spinors), particles_(particles), size_(binomial(spinors, particles)) {
  if (particles < 0 || particles > spinors)
    throw std::invalid_argument("cannot put " + std::to_string(particles) + " particles into " +
                                std::to_string(spinors) + " spinors");
  std::vector<int> current(particles);
  for (int p = 0; p < particles; ++p)
    current[p] = p;
  occupied_.reserve(size_ * particles);
  for (Index d = 0; d < size_; ++d) {
    occupied_.insert(occupied_.end(), current.begin(), current.end());
    // The next subset in colexicographic order: raise the first particle that can be raised.
    int p = 0;
    while (p + 1 < particles && current[p] + 1 == current[p + 1]) {
      current[p] = p;
      ++p;
    }
    if (p < particles)
      ++current[p];
  }
}

Index Determinants::index(const int *occupied) const {
  Index result = 0;
  for (int p = 0; p < particles_; ++p)
    result += binomial(occupied[p], p + 1);
  return result;
}

Resolution::Resolution(const Determinants &determinants, int taken_) : taken(taken_) {
  const int n = determinants.particles(), spinors = determinants.spinors();
  if (taken < 1 || taken > 2 || taken > n)
    throw std::invalid_argument("a resolution takes one or two particles that are there");
  const Determinants smaller(spinors, n - taken);
  rests = smaller.size();
  tuples = binomial(spinors, taken);
  terms_each = binomial(n, taken);
  terms.reserve(determinants.size() * terms_each);
  std::vector<int> rest(n);
  std::vector<Index> count(rests + 1, 0);
  for (Index d = 0; d < determinants.size(); ++d) {
    const int *occupied = determinants.occupied(d);
    for (int q = taken - 1; q < n; ++q)
      for (int p = taken == 1 ? q : 0; p < (taken == 1 ? q + 1 : q); ++p) {
        int m = 0;
        for (int s = 0; s < n; ++s)
          if (s != p && s != q)
            rest[m++] = occupied[s];
        // Creators move to the front past the particles before them (and past each other).
        const int passed = taken == 1 ? p : p + q - 1;
        const Index tuple = taken == 1 ? occupied[p] : occupied[p] + binomial(occupied[q], 2);
        const Index k = smaller.index(rest.data());
        terms.push_back(
            {static_cast<std::int32_t>(k), static_cast<std::int32_t>(tuple), passed % 2 ? -1 : 1});
        ++count[k + 1];
      }
  }
  begin.assign(rests + 1, 0);
  for (Index k = 0; k < rests; ++k)
    begin[k + 1] = begin[k] + count[k + 1];
  std::vector<Index> next(begin.begin(), begin.end() - 1);
  inverse.resize(terms.size());
  for (Index d = 0; d < determinants.size(); ++d)
    for (Index t = 0; t < terms_each; ++t) {
      const Term &term = terms[d * terms_each + t];
      inverse[next[term.rest]++] = {static_cast<std::int32_t>(d), term.tuple, term.sign};
    }
}

} // namespace heterodot
