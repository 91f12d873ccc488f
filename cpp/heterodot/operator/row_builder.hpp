// The rows of one node: every element of the quadratic form that touches it.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "heterodot/operator/element_flags.hpp"
#include "heterodot/operator/form_field.hpp"
#include "heterodot/operator/fourth_order.hpp"
#include "heterodot/operator/inside_volume.hpp"
#include "heterodot/operator/row_accumulator.hpp"
#include "heterodot/operator/spin_orbit_rows.hpp"
#include "heterodot/operator/step_layers.hpp"
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
  // Nodes with the same number ≥ 0 have the same rows, but for what the faces of the box cut off:
  // all elements that touch them lie in the bulk of one region. −1: rows of its own.
  int shared_rows(const NodeIndex &node) const;

  // What build_rows() works with and returns; one for every thread.
  struct Workspace {
    explicit Workspace(const PolynomialField &field)
        : kinetic(field.orbitals), local(field.orbitals),
          orbital(static_cast<std::size_t>(field.orbitals)),
          spin_orbit(static_cast<std::size_t>(field.bands())) {}
    RowAccumulator kinetic, local;
    std::vector<double> fractions;
    Rows orbital;    // of all orbitals: the spin-diagonal part
    Rows spin_orbit; // of all bands
  };
  // The rows of a node.
  void build_rows(const NodeIndex &node, Workspace &work) const;

  // Nodes inside a hard wall, and their orbitals, whose rows and columns are scaled.
  std::vector<std::pair<int, NodeIndex>> scaled_nodes() const { return layers_.nodes_with_norms(); }

private:
  // The elements that touch a node: their index relative to it, and what every term adds there
  // with differences of second and of fourth order.
  struct ElementTaps {
    std::size_t term;
    Complex factor;
    Index direct, swapped; // entries of the form
    RowAccumulator::Taps second, fourth;
  };
  struct Element {
    std::array<int, 3> step;
    bool has_local; // whether local terms are among them
    std::vector<ElementTaps> terms;
  };

  void add_term(int i, int a, int j, int b);
  void add_element_taps(std::size_t term);
  // A second derivative of one component: its elements live on faces.
  static bool is_face(const Term &term) {
    return term.i == term.j && term.i < 3 && term.a == term.b;
  }
  NodeIndex lower_node(const Term &term, const NodeIndex &at) const;
  // Adds what regular elements contribute; returns whether there are others.
  bool add_regular_elements(RowAccumulator &kinetic, RowAccumulator &local,
                            std::vector<double> &fractions) const;
  void add_regular_element(const Element &element, const NodeIndex &at, bool fourth,
                           RowAccumulator &rows) const;
  void add_irregular_elements(const Term &term, RowAccumulator &rows) const;
  // w^(−1/2) of a node with the norm w.
  double scale(int orbital, const NodeIndex &node) const;
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
  CutLayers layers_;
  WallElements wall_;
  InterfaceCells cells_;
  ElementFlags flags_;
  FourthOrder fourth_order_;
  StepLayers steps_;
  SpinOrbitRows spin_orbit_;
  std::optional<TailCondition> tail_;
  std::map<Place, InsideVolume> volumes_; // with a tail only
  std::vector<Term> terms_;
  std::array<ElementFlags::Extents, 8> extent_;
  std::array<bool, 8> wide_{}; // whether some stencils there are of fourth order
  std::array<std::vector<Element>, 8> elements_;
};

} // namespace heterodot
