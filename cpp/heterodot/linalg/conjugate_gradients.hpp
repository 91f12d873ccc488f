// Conjugate gradients with a multigrid cycle as preconditioner.
#pragma once

#include "heterodot/linalg/multigrid.hpp"

namespace heterodot {

// Solves H x = b for count real vectors, each on its own, for a positive definite real operator.
// Single precision with sums in double: meant for corrections, whose residual a caller forms in
// double. A vector is done when b·Mb (M the preconditioner) has fallen by the square of `tolerance`
// or after `most` steps, or when rounding errors show. Returns the steps of the slowest.
int conjugate_gradients(const StencilOperator &op, const Multigrid &preconditioner, const float *b,
                        float *x, Index count, double tolerance, int most);

} // namespace heterodot
