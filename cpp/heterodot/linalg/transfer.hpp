// Interpolation between a grid and the grid of every second node.
#pragma once

#include "heterodot/grid/grid.hpp"
#include <complex>

namespace heterodot {

// Coarse node i sits on fine node 2i+1; functions vanish one step outside the box, or go on at its
// other end along periodic axes. Along an axis on
// which the quantity lives half a step further, the weights are (3/4, 1/4), else (1/2, 1/2) and 1.
// Whether `coarse` is what `fine` becomes.
bool is_coarsened(const Grid &fine, const Grid &coarse);

// fine += W P coarse for one component at `place`; W multiplies every fine node by its weight.
// `Number` is float, double or their complex.
template <class Number>
void add_prolonged(const Grid &coarse_grid, const Number *coarse, const Grid &fine_grid,
                   Number *fine, Place place, const float *fine_weight);

// coarse = Pᵀ W fine / 8 where the coarse weight is not zero: together with values on nodes that
// makes PᵀWHWP/8 the operator on the coarse grid, up to the order of the differences.
template <class Number>
void restrict_to(const Grid &fine_grid, const Number *fine, const Grid &coarse_grid, Number *coarse,
                 Place place, const float *coarse_weight);

} // namespace heterodot
