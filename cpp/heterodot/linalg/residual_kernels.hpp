// Innermost loops of the cycle that minimises residuals. Vectors are complex, given by their reals:
// two for each real of a diagonal or weight.
#pragma once

#include <array>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// y = d · x for each of `length` complex numbers.
void scaled(const float *d, const float *x, float *y, Index length);
// y = d · (hx − shift · x).
void scaled_image(const float *d, float shift, const float *hx, const float *x, float *y,
                  Index length);
// y = hx − shift · x for `length` reals.
void shifted_image(float shift, const float *hx, const float *x, float *y, Index length);

// (a·a, a·b, b·b, a·r, b·r) with a = d · second, b = image.
std::array<double, 5> products(const float *d, const float *second, const float *image,
                               const float *r, Index length);
// (b·b, b·r) of `length` reals.
std::array<double, 2> products(const float *b, const float *r, Index length);

// x += alpha · step + beta · second, r −= alpha · d · second + beta · image.
void advance(float alpha, float beta, const float *d, const float *step, const float *second,
             const float *image, float *x, float *r, Index length);
// x += factor · step, r −= factor · image for `length` reals.
void advance(float factor, const float *step, const float *image, float *x, float *r, Index length);

} // namespace heterodot
