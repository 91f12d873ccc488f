// Maps of regions put together from the boxes of another grid, or of the other side of a seam.
#pragma once

#include "heterodot/solids/place_map.hpp"

namespace heterodot {

// A map on the grid of every second node from that of the cell centres of the finer grid, without
// moments: the box of any place is made of eight of their boxes.
PlaceMap coarsened_map(const PlaceMap &fine_cells, const Grid &fine, const Grid &coarse,
                       Place place);

// A map on a grid that goes on into the images by a number of nodes before the first of the core,
// without moments. Copies, so that both sides of a seam see the same to the last bit.
PlaceMap unwrapped_map(const PlaceMap &of_core, const Grid &core, const NodeIndex &before,
                       const Grid &grid);

// Makes the boxes at −1 and n along periodic axes those at n − 1 and 0.
void close_seams(PlaceMap &map, const Grid &grid);

} // namespace heterodot
