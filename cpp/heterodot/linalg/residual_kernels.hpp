// Innermost loops of the residual-minimising multigrid on packed vectors: `count` slots of `lanes`
// reals each; d and its inverse have one value a slot. Sums are over slots, one for each lane.
#pragma once

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// y = d x.
void scaled(const float *d, const float *x, float *y, Index count, Index lanes);

// y = d (hx − shift x).
void scaled_image(const float *d, float shift, const float *hx, const float *x, float *y,
                  Index count, Index lanes);

// y = hx − shift x of plain reals.
void shifted_image(float shift, const float *hx, const float *x, float *y, Index length);

// Adds |a|², a·b, |b|², a·r and b·r for a = d second, b = image to sums[5][lanes].
void add_products(const float *d, const float *second, const float *image, const float *r,
                  Index count, Index lanes, double *sums);
// Adds |b|² and b·r to sums[2][lanes].
void add_products(const float *b, const float *r, Index count, Index lanes, double *sums);

// x += α step + β second, r −= α d second + β image, with factors of their own for every lane.
void advance(const float *alpha, const float *beta, const float *d, const float *step,
             const float *second, const float *image, float *x, float *r, Index count, Index lanes);
// x += factor step, r −= factor image.
void advance(const float *factor, const float *step, const float *image, float *x, float *r,
             Index count, Index lanes);

} // namespace heterodot
