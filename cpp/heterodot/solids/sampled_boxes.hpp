// The boxes of a grid as the surfaces of solids cut them, block by block.
#pragma once

#include "heterodot/solids/place_map.hpp"
#include "heterodot/solids/solid.hpp"

#include <span>
#include <vector>

namespace heterodot {

// The maps of some places, without moments; solids from the inside out. All places at once: their
// boxes share the samples of the surfaces. Along a periodic axis the boxes beyond the nodes are
// sampled too and may differ from those they are images of by rounding.
std::vector<PlaceMap> sampled_boxes(const Grid &grid, std::span<const Solid *const> solids,
                                    std::span<const Place> places);

} // namespace heterodot
