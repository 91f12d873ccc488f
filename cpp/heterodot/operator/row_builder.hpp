// The rows of one node: every element of the quadratic form that touches it.
#pragma once

#include <functional>
#include <vector>

#include "heterodot/operator/differences.hpp"
#include "heterodot/operator/form_field.hpp"

namespace heterodot {

// One row of the operator: entries (component, step in nodes, value).
struct RowEntry {
  int component;
  std::array<int, 3> step;
  Complex value;
};

class RowBuilder {
public:
  RowBuilder(const Voxelisation &voxels, const PolynomialField &field,
             const DiscretisationOptions &options);

  // A degree of freedom exists inside the grid and inside a hard wall.
  bool is_active(int orbital, const NodeIndex &node) const;
  // The region if all voxels within `reach` of a node are of one material, else −1.
  const FormField &forms() const { return forms_; }

  // The rows of all orbitals at a node (spin-diagonal part).
  std::vector<std::vector<RowEntry>> orbital_rows(const NodeIndex &node) const;
  // The rows of all bands at a node that spin–orbit coupling makes.
  std::vector<std::vector<RowEntry>> spin_orbit_rows(const NodeIndex &node) const;

  // No stencil reaches further than this many nodes.
  static constexpr int reach = 3;

private:
  // ∫ (∂_i ψ_a)† M (∂_j ψ_b) evaluated at one place.
  struct Term {
    int i, a, j, b;
    Place place;
    bool split; // the part antisymmetric under i ↔ j stays of second order (it cancels exactly
                // inside a material, and only so at its surface)
    Stencil u2, v2, u4, v4;
  };
  // A point of quadrature of an element: weight and the two stencils with absolute node indices.
  struct WallPoint {
    double weight;
    std::vector<std::pair<NodeIndex, double>> u, v;
  };
  class Accumulator;

  void add_term(int i, int a, int j, int b);
  bool fourth_order(Place place, const NodeIndex &at) const;
  bool touches_wall(const Term &term, const NodeIndex &at) const;
  void wall_points(const Term &term, const NodeIndex &at, std::vector<WallPoint> &points) const;
  bool add_tail_points(const Term &term, const NodeIndex &low,
                       std::vector<WallPoint> &points) const;
  void add_rows(const Term &term, const NodeIndex &node, Accumulator &rows) const;
  // A leg from a node inside to its neighbour outside: ψ falls with the slope ψ·fall.
  struct WallLeg {
    double fraction; // of the spacing that lies inside
    double fall;     // 1/nm
    double normal;   // component of the surface's normal along the leg, squared
    double slope;    // β = b |n_i| / D in 1/nm
    double tail;     // ∫ of |ψ|² in the tail behind this leg, per node volume and |ψ|² at the node
  };
  WallLeg wall_leg(int orbital, int axis, const NodeIndex &inside, const NodeIndex &outside) const;
  // Inside volume and norm of a node near the wall, in cells.
  std::pair<double, double> wall_volume(int orbital, const NodeIndex &node) const;
  double scale(int orbital, const NodeIndex &node) const;

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  DiscretisationOptions options_;
  FormField forms_;
  std::vector<Term> terms_;
  std::array<unsigned, 8> axes_{};                       // along which stencils at a place extend
  std::array<std::vector<std::uint8_t>, 8> uniform_;     // per place, padded by one
  std::array<std::vector<std::uint8_t>, 8> inside_wall_; // per place of an orbital
  std::array<std::vector<double>, 8> volume_, scale_;    // near a tail: inside volume, norm^−½
};

} // namespace heterodot
