// Spin–orbit coupling in the rows of a node: local terms between orbitals that live apart.
#pragma once

#include <array>
#include <vector>

#include "heterodot/operator/form_field.hpp"
#include "heterodot/operator/row_accumulator.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

// Both orbitals are averaged to where their places meet, and the regions there weigh the coupling.
class SpinOrbitRows {
public:
  SpinOrbitRows(const PolynomialField &field, const FormField &forms, const WallSurface &surface);

  // One product: from an element next to the node to a column.
  struct Tap {
    int alpha, beta; // bands of the row and of the column
    Place place;
    std::array<int, 3> element, column;
    double weight;
  };
  // Those of one element follow each other.
  const std::vector<Tap> &taps() const { return taps_; }

  // Writes the rows of all bands at a node; `fractions` is room to work in.
  void add(const NodeIndex &node, std::vector<double> &fractions, Rows &rows) const;

private:
  Place place(int band) const {
    return field_.places[static_cast<std::size_t>(band % field_.orbitals)];
  }

  const PolynomialField &field_;
  const FormField &forms_;
  const WallSurface &surface_;
  std::vector<Tap> taps_;
};

} // namespace heterodot
