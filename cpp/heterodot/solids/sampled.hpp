// A solid given by samples of a level-set function on a regular lattice.
#pragma once

#include "heterodot/solids/solid.hpp"

#include <vector>

namespace heterodot {

class Sampled final : public Solid {
public:
  // values: negative inside, in the lattice's order; positive on its whole boundary. Only the zero
  // set of the cubic interpolant matters: the signed distance to it is computed here.
  Sampled(const Grid &lattice, std::vector<double> values);
  double signed_distance(const Vec3 &point) const override;
  double support(const Vec3 &direction) const override;

private:
  void measure_distances();

  Grid lattice_;
  std::vector<double> values_; // the samples, later the distances
  std::vector<Vec3> surface_;  // points on the surface, about one a lattice cell
};

} // namespace heterodot
