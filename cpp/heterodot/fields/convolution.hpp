// Convolution of many real fields on a box with one even kernel, by zero-padded transforms.
#pragma once

#include <array>
#include <vector>

#include "heterodot/fields/lane_fft.hpp"

namespace heterodot {

// Fields on shape[0] x shape[1] x shape[2] nodes. The kernel is given by its transform on the first
// octant of the padded box, (padded / 2 + 1) values along each axis: it is real and even.
class Convolution {
public:
  Convolution(std::array<Index, 3> shape, std::array<Index, 3> padded, std::vector<double> octant);

  const std::array<Index, 3> &shape() const { return shape_; }
  Index size() const { return shape_[0] * shape_[1] * shape_[2]; }

  // Convolves count fields. Sixteen go together: two in the real and imaginary parts of each lane.
  void apply(const double *fields, double *results, Index count) const;

private:
  void apply_group(const double *fields, double *results, Index count,
                   std::vector<double> &slabs) const;

  std::array<Index, 3> shape_, padded_;
  std::array<LaneFft, 3> ffts_;
  std::vector<double> octant_;
};

} // namespace heterodot
