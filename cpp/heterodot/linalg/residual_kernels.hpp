// Innermost loops of the residual-minimising multigrid on packed vectors: `count` slots of `lanes`
// reals each; d has one value a slot. Sums are over slots, one for each lane.
#pragma once

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// y = d x.
void scaled(const float *d, const float *x, float *y, Index count, Index lanes);

// y = hx − shift x of plain reals.
void shifted_image(float shift, const float *hx, const float *x, float *y, Index length);

// Adds |b|² and b·r to sums[2][lanes].
void add_products(const float *b, const float *r, Index count, Index lanes, double *sums);

// x += factor step, r −= factor image, with a factor for every lane; the other one x = factor step.
void add_step(const float *factor, const float *step, const float *image, float *x, float *r,
              Index count, Index lanes);
void first_step(const float *factor, const float *step, const float *image, float *x, float *r,
                Index count, Index lanes);

} // namespace heterodot
