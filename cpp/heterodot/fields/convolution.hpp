// Convolution of many real fields on a box with one even kernel, by zero-padded transforms.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "heterodot/fields/lane_fft.hpp"

namespace heterodot {

// Fields on shape[0] x shape[1] x shape[2] nodes, zero on the outer margin[a] nodes at both ends of
// axis a; results everywhere. The kernel is given by its transform on the first octant of the
// padded box, (padded / 2 + 1) values along each axis: it is real and even. No distance between a
// charge and a node exceeds shape - 1 - margin, so that twice that many nodes and one more are
// padding enough.
class Convolution {
public:
  Convolution(std::array<Index, 3> shape, std::array<Index, 3> margin, std::array<Index, 3> padded,
              std::vector<double> octant);

  const std::array<Index, 3> &shape() const { return shape_; }
  Index size() const { return shape_[0] * shape_[1] * shape_[2]; }

  // Convolves count fields. Sixteen go together: two in the real and imaginary parts of each lane.
  // One call at a time: others wait.
  void apply(const double *fields, double *results, Index count) const;

private:
  void apply_group(const double *fields, double *results, Index count, double *slabs) const;

  std::array<Index, 3> shape_, margin_, padded_;
  std::array<LaneFft, 3> ffts_;
  std::vector<double> octant_;
  mutable std::mutex busy_;
  mutable std::unique_ptr<double[]> slabs_; // kept, since fresh pages cost as much as a transform
};

} // namespace heterodot
