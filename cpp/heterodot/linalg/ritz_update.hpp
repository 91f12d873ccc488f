// One step of a Rayleigh–Ritz iteration on vectors that are already in memory, in one pass.
#pragma once

#include <vector>

#include "heterodot/linalg/row_blocks.hpp"

namespace heterodot {

// Vectors X in double precision; in single precision their residuals R = AX − Xλ, directions D and
// their images AD. All coefficients are those of real parts (targets·parts, sources·parts).
struct RitzBlocks {
  RowBlock<double> vectors;
  RowBlock<float> residuals, directions, images;
};

struct RitzCoefficients {
  const double *rotation;         // C: X' = CX + S with S = BD
  const float *steps;             // B
  const float *shifts;            // Cλ − λ'C
  std::vector<double> values;     // λ', one a vector
  std::vector<Index> kept;        // which vectors' S become the first directions
  std::vector<double> lengthened; // by which factor each
};

// Writes X', R' = AX' − X'λ', and S and AS of the vectors kept, in place of X, R, D and AD; returns
// the norms of R'. X never goes through single precision, but for what is of the size of a step.
std::vector<double> update_ritz_vectors(const RowLayout &layout, const RitzBlocks &blocks,
                                        const RitzCoefficients &coefficients);

} // namespace heterodot
