// The innermost loops of a stencil operator: one run of nodes, one row.
#pragma once

#include <complex>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// y[t] = Σ_e value[e] · x[stride·offset[e] + t] for t in [0, length): a real row on real numbers
// (stride 1) or on interleaved complex ones (stride 2, length counted in reals).
void real_row(const double *x, double *y, const Index *offset, const double *value, Index entries,
              Index length, Index stride);
void real_row(const float *x, float *y, const Index *offset, const double *value, Index entries,
              Index length, Index stride);

// y[t] += Σ_e value[e] · x[offset[e] + t] on complex numbers, length counted in complex numbers.
void complex_row(const double *x, double *y, const Index *offset, const std::complex<double> *value,
                 Index entries, Index length);
void complex_row(const float *x, float *y, const Index *offset, const std::complex<double> *value,
                 Index entries, Index length);

// y[t] += v[t] · x[t], for interleaved complex x and y if complex_vectors.
void local_row(const double *x, double *y, const double *v, Index nodes, bool complex_vectors);
void local_row(const float *x, float *y, const double *v, Index nodes, bool complex_vectors);

} // namespace heterodot
