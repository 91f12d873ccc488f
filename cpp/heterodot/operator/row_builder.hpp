// The rows of one node: every element of the quadratic form that touches it.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "heterodot/operator/form_field.hpp"
#include "heterodot/operator/inside_volume.hpp"
#include "heterodot/operator/row_accumulator.hpp"
#include "heterodot/operator/tail.hpp"
#include "heterodot/operator/wall_elements.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

class RowBuilder {
public:
  RowBuilder(const Voxelisation &voxels, const PolynomialField &field,
             const DiscretisationOptions &options);

  // A degree of freedom exists inside the grid and inside a wall, or carries a tail.
  bool is_active(int orbital, const NodeIndex &node) const;
  // The region that fills the voxel around a node; −1 if it is cut, an orbital at it
  // lies outside, or it touches a tail.
  int node_region(const NodeIndex &node) const;

  // The rows of all orbitals at a node (spin-diagonal part).
  Rows orbital_rows(const NodeIndex &node) const;
  // The rows of all bands at a node that spin–orbit coupling makes.
  Rows spin_orbit_rows(const NodeIndex &node) const;

private:
  void add_term(int i, int a, int j, int b);
  void mark_uniform(Place place);
  bool fourth_order(const Term &term, const NodeIndex &at) const;
  // A second derivative of one component: its elements live on faces.
  static bool is_face(const Term &term) {
    return term.i == term.j && term.i < 3 && term.a == term.b;
  }
  NodeIndex lower_node(const Term &term, const NodeIndex &at) const;
  void add_rows(const Term &term, RowAccumulator &rows) const;
  Complex coefficient(const Term &term, const NodeIndex &at, double symmetric,
                      double antisymmetric) const;
  Place place(int orbital) const { return field_.places[static_cast<std::size_t>(orbital)]; }
  bool inside(int orbital, const NodeIndex &node) const {
    return surface_.inside(place(orbital), node);
  }

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  DiscretisationOptions options_;
  FormField forms_;
  WallSurface surface_;
  WallElements wall_;
  std::optional<TailCondition> tail_;
  std::map<Place, InsideVolume> volumes_; // with a tail only
  std::vector<Term> terms_;
  // Of every orbital's stencils at a place, in nodes (first > second: it has none there).
  std::array<std::vector<std::pair<NodeIndex, NodeIndex>>, 8> extent_;
  std::array<std::vector<std::uint8_t>, 8> uniform_; // per place, padded by one
};

} // namespace heterodot
