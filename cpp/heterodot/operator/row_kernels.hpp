// The innermost loops of a stencil operator: one strip of nodes, one row.
#pragma once

#include <complex>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// y[t] = Σ_e value[e] · x[offset[e] + t] for the nodes t of a strip; where the row varies along the
// strip, value[e·pitch + t] instead (pitch 0: it does not). Width 2: x and y are complex.
void real_row(const double *x, double *y, const Index *offset, const double *value, Index entries,
              Index length, Index width, Index pitch);
void real_row(const float *x, float *y, const Index *offset, const float *value, Index entries,
              Index length, Index width, Index pitch);

// y[t] += the same with complex values, on complex numbers.
void complex_row(const double *x, double *y, const Index *offset, const std::complex<double> *value,
                 Index entries, Index length, Index pitch);
void complex_row(const float *x, float *y, const Index *offset, const std::complex<float> *value,
                 Index entries, Index length, Index pitch);

// y[t] += v[t] · x[t], for interleaved complex x and y if complex_vectors.
void local_row(const double *x, double *y, const double *v, Index nodes, bool complex_vectors);
void local_row(const float *x, float *y, const double *v, Index nodes, bool complex_vectors);

} // namespace heterodot
