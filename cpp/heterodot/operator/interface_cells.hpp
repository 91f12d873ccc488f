// Cells that an interface between two materials cuts: where ψ is continuous with a kink.
#pragma once

#include <optional>
#include <vector>

#include "heterodot/operator/form_field.hpp"
#include "heterodot/operator/row_accumulator.hpp"
#include "heterodot/operator/wall_elements.hpp"

namespace heterodot {

// Differences along the legs of a cut cell are gradients of different mixtures: a leg may lie in
// one material, its neighbour be cut in half. Every corner of a cell takes the flux through the
// interface and the gradient along it as constant, finds both from its three legs, and adds the
// energy of that field in its eighth of the cell. For a ψ that is linear on both sides of a plane
// interface the energy is exact, whatever the jump; where nothing jumps, the corners add up to the
// elements of second order on faces and edges. (The immersed interface of LeVeque and Li, SIAM J.
// Numer. Anal. 31, 1019 (1994), as a quadratic form.)
//
// For models whose orbitals all live on the nodes and have no terms of first order.
class InterfaceCells {
public:
  InterfaceCells(const Voxelisation &voxels, const PolynomialField &field, const FormField &forms,
                 const DiscretisationOptions &options);

  // Whether a cut cell takes part in an element on a face or an edge.
  bool mixed(Place place, const NodeIndex &at) const;
  // Adds to the rows of a node what such an element contributes, times a factor: products of the
  // gradients along the two legs of every corner.
  void add(const Term &term, const NodeIndex &at, Complex factor, RowAccumulator &rows) const;

private:
  struct Side {
    const Eigen::MatrixXcd *form;
    double fraction;
  };
  void fill(Index cell, Index cut);
  // The coefficient at one corner of a cell; none outside a wall.
  std::optional<Complex> corner(const Term &term, const NodeIndex &cell, unsigned bits) const;
  // The mean over the cells around a corner of an element.
  Complex coefficient(const Term &term, const NodeIndex &at, unsigned own) const;
  NodeIndex on_map(NodeIndex at) const;

  const Voxelisation &voxels_;
  const PolynomialField &field_;
  const FormField &forms_;
  const PlaceMap *map_ = nullptr; // of the cells
  // A cell's number among the cut ones; −1: one kinetic part, or outside.
  std::vector<std::int32_t> number_;
  std::vector<Complex> value_; // cut cell, corner, i, j, a, b
};

} // namespace heterodot
