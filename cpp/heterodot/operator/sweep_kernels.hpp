// The innermost loop of a Gauss–Seidel sweep: one run of nodes, all orbitals.
#pragma once

#include "heterodot/operator/packed_kernels.hpp"

namespace heterodot {

enum class Sweep { forward, backward };

// Node by node and orbital by orbital in the order of the sweep
//
//   forward:   y = d (x − Σ_e value[e] y[offset[e]])
//   backward:  y = x − d Σ_e value[e] y[offset[e]]
//
// for the nodes of a run, which share their rows: those of the triangle that is known by then.
// There is one d an orbital and node. x, y and d are of the first node.
void sweep_run(Sweep sweep, const float *x, float *y, const float *d, Index lanes, Index orbitals,
               const NodeRows<float> &rows, Index nodes);

} // namespace heterodot
