// Envelope functions of a coarse grid as a first guess on the grid with nodes between.
#pragma once

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// fine = W P coarse for one band: cubic along each axis, through four neighbours (those outside are
// zero, or images), which halves the residuals that linear interpolation leaves. Numbers have
// `width` reals, one or two; W multiplies by a weight for every fine node. The coarse grid has
// every second node of the fine one (transfer.hpp); `place` is where the band lives.
void interpolate(const Grid &coarse_grid, const double *coarse, const Grid &fine_grid, Place place,
                 Index width, const float *fine_weight, double *fine);

} // namespace heterodot
