// Innermost loops of smoothers and transfers on packed vectors.
#pragma once

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// What one node holds: (orbital, spin) slots of `lanes` reals, a power of two up to 32.
struct Slots {
  Index orbitals, spins, lanes;
};

// y += factor · x for plain arrays.
void add_scaled(float *y, const float *x, float factor, Index length);

// y += factor · x for `count` pieces of `length` reals; those of x are `stride` reals apart.
void add_scaled(float *y, const float *x, float factor, Index count, Index length, Index stride);

// For one orbital (all its spins), whose nodes in `line` follow each other:
// fine[0 … 2·coarse_length] += weight · interpolation of line[1 … coarse_length] (line[0] and the
// last entry are zero); `half`: half a step further. `periodic`: line[0] is an image, and there is
// one fine value less.
void interpolate_line(const float *line, float *fine, const float *weight, Index coarse_length,
                      const Slots &slots, bool half, bool periodic);

// coarse[c] = the sum of line around 2c+1, or 0 where weight is; line has a zero at its end
// (two images where it is periodic).
void collect_line(const float *line, float *coarse, const float *weight, Index coarse_length,
                  const Slots &slots, bool half);

// One step of a Chebyshev iteration for (sign·H − shift) x = b on some slots:
// next = x + momentum (x − next) + step · inverse_diagonal · (b − sign·hx + shift·x), where `next`
// holds the iterate before x.
struct SmootherStep {
  float sign, shift, momentum, step;
};
void smooth_piece(const SmootherStep &how, const float *hx, const float *x, float *next,
                  const float *b, const float *inverse_diagonal, Index count, Index lanes);

// residual = weight · (b − sign·hx + shift·x).
void residual_piece(float sign, float shift, const float *hx, const float *x, const float *b,
                    const float *weight, float *residual, Index count, Index lanes);

// x = step · inverse_diagonal · b, the first step from zero.
void first_step(float step, const float *b, const float *inverse_diagonal, float *x, Index count,
                Index lanes);

} // namespace heterodot
