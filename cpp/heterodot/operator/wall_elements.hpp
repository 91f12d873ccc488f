// How elements of the quadratic form that a hard wall cuts are integrated.
#pragma once

#include <vector>

#include "heterodot/operator/cut_layers.hpp"
#include "heterodot/operator/differences.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

// ∫ (∂_i ψ_a)† M (∂_j ψ_b), evaluated at one place with stencils for the two factors.
struct Term {
  int i, a, j, b;
  Place place;
  bool split; // the part antisymmetric under i ↔ j stays of second order (it cancels exactly inside
              // a material, be it with that of another place, and only so at its surface)
  Stencil u2, v2, u4, v4;
};

class WallElements {
public:
  WallElements(const Voxelisation &voxels, const PolynomialField &field, const FormField &forms,
               const WallSurface &surface, const CutLayers &layers);

  bool touches(const Term &term, const NodeIndex &at) const;

  // A point of quadrature: its weight in voxels and the two factors on absolute nodes.
  using Taps = std::vector<std::pair<NodeIndex, double>>;
  struct Point {
    double weight;
    Taps u, v;
  };
  std::vector<Point> points(const Term &term, const NodeIndex &at) const;

private:
  struct Leg {
    Taps difference;
    double length = 1.0; // the part inside
  };
  Leg leg(int orbital, const NodeIndex &low, const NodeIndex &high) const;
  std::vector<Point> diagonal_points(const Term &term, const NodeIndex &at) const;
  Leg leg_along(int orbital, int axis, const NodeIndex &at) const;
  std::vector<Point> crossed_points(const Term &term, const NodeIndex &at) const;
  double room(const Term &term, const NodeIndex &at) const;
  std::vector<Point> slope_points(const Term &term, const NodeIndex &at) const;
  Place place(int orbital) const { return field_.places[static_cast<std::size_t>(orbital)]; }

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  const FormField &forms_;
  const WallSurface &surface_;
  const CutLayers &layers_;
};

} // namespace heterodot
