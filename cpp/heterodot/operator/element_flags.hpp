// What is known of the elements of the quadratic form at every place of the grid.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "heterodot/operator/form_field.hpp"
#include "heterodot/operator/interface_cells.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

// An element is *regular* if it needs no node beyond a wall or the box and no cut cell: it adds the
// same products for all nodes. With uniform kinetics around, differences there are of fourth order.
class ElementFlags {
public:
  // Of every orbital's stencils at a place, in nodes (first > second: it has none there).
  using Extents = std::vector<std::pair<NodeIndex, NodeIndex>>;

  ElementFlags(const Grid &grid, const PolynomialField &field, const FormField &forms,
               const WallSurface &surface, const InterfaceCells &cells,
               const DiscretisationOptions &options);

  // With wide stencils where the kinetics around are uniform, or without.
  void prepare(Place place, const Extents &extents, bool wide);
  // Only region(), for places where no form lives.
  void prepare_regions(Place place);

  bool on_map(const NodeIndex &at) const; // indices −1 … n, as in a PlaceMap
  bool regular(Place place, const NodeIndex &at) const {
    return on_map(at) && places_[place].regular[cell(at)] & 1;
  }
  // Whether a cut cell takes part, and no node beyond a wall or the box.
  bool interface(Place place, const NodeIndex &at) const {
    return on_map(at) && places_[place].regular[cell(at)] & 4;
  }
  // For elements on the map: regular and of fourth order.
  bool regular_fourth(Place place, const NodeIndex &at) const {
    return places_[place].regular[cell(at)] & 2;
  }
  // For elements on the map: whether the kinetics around are uniform.
  bool uniform(Place place, const NodeIndex &at) const {
    return places_[place].uniform[cell(at)] >= 0;
  }
  // For any element: a number of its kinetics, −1 near a wall or where several meet.
  int kinetics(Place place, const NodeIndex &at) const {
    return places_[place].kinetics[cell(on_map_nearest(at))];
  }
  // For any element: the region of its local terms, −1 where several mix.
  int region(Place place, const NodeIndex &at) const {
    return places_[place].region[cell(on_map_nearest(at))];
  }

private:
  struct PlaceFlags {
    std::vector<std::int16_t> uniform;  // kinetics around an element: which; −1: several
    std::vector<std::int16_t> kinetics; // the same, but −1 near a wall
    std::vector<std::int16_t> region;
    std::vector<std::uint8_t> regular; // bit 0: regular; 1: and of fourth order; 2: interface
  };
  void keep_inside(int orbital, const std::pair<NodeIndex, NodeIndex> &extent,
                   std::vector<std::uint8_t> &flags) const;
  std::size_t cell(const NodeIndex &at) const;
  NodeIndex on_map_nearest(NodeIndex at) const;

  const Grid &grid_;
  const PolynomialField &field_;
  const FormField &forms_;
  const WallSurface &surface_;
  const InterfaceCells &cells_;
  DiscretisationOptions options_;
  std::array<PlaceFlags, 8> places_;
};

} // namespace heterodot
