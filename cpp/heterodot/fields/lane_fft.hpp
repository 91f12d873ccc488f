// Fourier transforms of eight lines at once, one in each lane of a vector register.
#pragma once

#include <vector>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

constexpr Index fft_lanes = 8;

// The smallest n >= least that is even and has no prime factors but 2, 3 and 5.
Index fft_length(Index least);

// Stockham's self-sorting transform of a length that has no prime factors but 2, 3 and 5.
class LaneFft {
public:
  explicit LaneFft(Index length);

  Index length() const { return length_; }
  // Doubles that a call needs as scratch.
  Index scratch_size() const { return 2 * length_ * fft_lanes; }

  // X_k = sum_j x_j exp(-2 pi i j k / n) in place, real and imaginary parts as [n][fft_lanes].
  // With real and imaginary parts exchanged it is the inverse, times n.
  void transform(double *real, double *imaginary, double *scratch) const;

private:
  struct Pass {
    Index radix, count, stride; // count = remaining length / radix
    std::vector<double> cosine, sine;
  };
  Index length_;
  std::vector<Pass> passes_;
};

} // namespace heterodot
