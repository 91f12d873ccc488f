// The innermost loops of a stencil operator: one strip of nodes, one row.
#pragma once

#include <algorithm>
#include <complex>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// Nodes whose values of a varying row follow each other, so that a kernel reads them in one stream.
constexpr Index row_block = 16;

// Where the value of entry e at node t of a strip is kept, if the row varies along the strip.
inline Index varying_index(Index e, Index t, Index entries, Index length) {
  const Index block = t / row_block * row_block;
  return block * entries + e * std::min(row_block, length - block) + t - block;
}

// y[t] = Σ_e value[e] · x[offset[e] + t] for the nodes t of a strip; where the row varies along the
// strip, value[varying_index(e, t, …)] instead. Width 2: x and y are complex.
void real_row(const double *x, double *y, const Index *offset, const double *value, Index entries,
              Index length, Index width, bool varying);
void real_row(const float *x, float *y, const Index *offset, const float *value, Index entries,
              Index length, Index width, bool varying);

// y[t] += the same with complex values, on complex numbers.
void complex_row(const double *x, double *y, const Index *offset, const std::complex<double> *value,
                 Index entries, Index length, bool varying);
void complex_row(const float *x, float *y, const Index *offset, const std::complex<float> *value,
                 Index entries, Index length, bool varying);

// y[t] += v[t] · x[t], for interleaved complex x and y if complex_vectors.
void local_row(const double *x, double *y, const double *v, Index nodes, bool complex_vectors);
void local_row(const float *x, float *y, const double *v, Index nodes, bool complex_vectors);

} // namespace heterodot
