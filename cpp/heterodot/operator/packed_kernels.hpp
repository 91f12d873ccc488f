// The innermost loops of a stencil operator: one run of nodes, all components.
#pragma once

#include <cstdint>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// A row of a stencil: offsets in components of nodes, and values.
template <class Real> struct PackedRow {
  const std::int32_t *offset;
  const Real *value;
  Index entries;
};

// What becomes of a product p: y = p, y += p or y += i p.
enum class Into { set, add, add_turned };

// p[t, c] = Σ_e value[e] · x[t, c + offset[e]] for the components c of the nodes t of a run, each
// of `lanes` reals (a power of two up to 16); every component has a row, the same for all nodes.
void multiply_run(const float *x, float *y, Index lanes, Index components,
                  const PackedRow<float> *rows, Index nodes, Into into);
void multiply_run(const double *x, double *y, Index lanes, Index components,
                  const PackedRow<double> *rows, Index nodes, Into into);

// y[t, c] += potential[c · step + t] · x[t, c].
void add_potential(const float *x, float *y, Index lanes, Index components, const double *potential,
                   Index step, Index nodes);
void add_potential(const double *x, double *y, Index lanes, Index components,
                   const double *potential, Index step, Index nodes);

} // namespace heterodot
