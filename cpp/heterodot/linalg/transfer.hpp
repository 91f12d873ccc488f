// Interpolation between a grid and the grid of every second node, for packed vectors.
#pragma once

#include <vector>

#include "heterodot/operator/packing.hpp"

namespace heterodot {

// Coarse node i sits on fine node 2i+1; functions vanish one step outside the box, or go on at its
// other end along periodic axes. Along an axis on
// which the quantity lives half a step further, the weights are (3/4, 1/4), else (1/2, 1/2) and 1.
// Whether `coarse` is what `fine` becomes.
bool is_coarsened(const Grid &fine, const Grid &coarse);

// fine += W P coarse, or without what was there; W multiplies every (node, orbital, spin) of the
// fine grid by its weight. `packing` is that of the fine vectors, `places` says where the orbitals
// live.
template <class Real>
void add_prolonged(const Packing &packing, const std::vector<Place> &places,
                   const Grid &coarse_grid, const Real *coarse, const Grid &fine_grid, Real *fine,
                   const float *fine_weight, bool from_zero = false);

// coarse = Pᵀ W fine / 8 where the coarse weight is not zero: together with values on nodes that
// makes PᵀWHWP/8 the operator on the coarse grid, up to the order of the differences.
template <class Real>
void restrict_to(const Packing &packing, const std::vector<Place> &places, const Grid &fine_grid,
                 const Real *fine, const Grid &coarse_grid, Real *coarse,
                 const float *coarse_weight);

} // namespace heterodot
