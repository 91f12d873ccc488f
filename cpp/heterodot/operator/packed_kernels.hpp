// The innermost loops of a stencil operator: one run of nodes, all orbitals.
#pragma once

#include <cstdint>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// What an orbital takes from others by one turn of its spin (spin_turns.hpp). The places of its
// entries are filled up to whole `strands` with entries of value zero.
struct RowSegment {
  static constexpr Index strands = 4;

  std::uint32_t value, offset; // of its first entry, among those of its piece
  std::uint16_t entries;
  std::uint8_t orbital, turn;

  Index filled() const { return (entries + strands - 1) / strands * strands; }
};

// The rows of one node: segments orbital by orbital, for each of which the turn 0 comes first, be
// it empty. Offsets count orbitals of nodes, from the first of the node.
template <class Real> struct NodeRows {
  const RowSegment *segment;
  Index segments;
  const std::int32_t *offset;
  const Real *value;
};

// y[t, a] = Σ over the segments of a of τ Σ_e value[e] · x[t, offset[e]], for the nodes t of a run,
// which share their rows. An orbital has `lanes` reals: spin, vector, part. x and y are of the
// first node.
void multiply_run(const float *x, float *y, Index lanes, Index orbitals,
                  const NodeRows<float> &rows, Index nodes);
void multiply_run(const double *x, double *y, Index lanes, Index orbitals,
                  const NodeRows<double> &rows, Index nodes);

// y[t, a] += potential[a · step + t] · x[t, a].
void add_potential(const float *x, float *y, Index lanes, Index orbitals, const double *potential,
                   Index step, Index nodes);
void add_potential(const double *x, double *y, Index lanes, Index orbitals, const double *potential,
                   Index step, Index nodes);

} // namespace heterodot
