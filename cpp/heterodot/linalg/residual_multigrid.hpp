// Geometric multigrid in single precision for indefinite operators: an approximate (H − shift)⁻¹.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "heterodot/operator/stencil_operator.hpp"

namespace heterodot {

// One V-cycle that never increases the residual, whatever the spectrum. Scaled by its signed
// diagonal, an operator with a gap inside its spectrum has eigenvalues in the right half-plane
// whose imaginary parts are the coupling across the gap. Fixed polynomials amplify those; the
// smoother takes the best vector of the Krylov space of dimension two instead (two steps of GCR:
// Eisenstat, Elman and Schultz, SIAM J. Num. Anal. 20, 345 (1983)), and corrections from the
// coarser grid come with the best factor. The cycle is thus not linear: for flexible iterations.
class ResidualMultigrid {
public:
  // With another multigrid of the same operators it shares its memory to work in.
  ResidualMultigrid(std::vector<std::shared_ptr<const StencilOperator>> operators, double shift,
                    const ResidualMultigrid *beside = nullptr);

  Index size() const { return levels_.front().op->size(); }
  // x ≈ (H − shift)⁻¹ b and residual = b − (H − shift) x for a block of vectors.
  void apply(const ComplexFloat *b, ComplexFloat *x, ComplexFloat *residual, Index count) const;

private:
  struct Level {
    std::shared_ptr<const StencilOperator> op;
    // One value a node, orbital and spin.
    std::vector<float> weight;   // of interpolated values; zero where inactive
    std::vector<float> diagonal; // of H − shift; its inverse is zero where inactive
    std::vector<float> inverse;
  };
  struct Workspace {
    Aligned<float> x, residual, step, second, image;
    std::vector<double> sums; // products, one set for every line of nodes
  };
  struct Memory { // kept: touching fresh memory costs as much as using it
    std::mutex busy;
    std::vector<Workspace> levels;
    Index vectors = 0; // of the block that it was last used for
  };

  void cycle(std::size_t level, float *x, float *residual, Index vectors,
             std::vector<Workspace> &work) const;
  void smooth(const Level &level, float *x, float *residual, Index vectors, Workspace &own) const;
  void correct(std::size_t level, float *x, float *residual, Index vectors,
               std::vector<Workspace> &work) const;

  std::vector<Level> levels_;
  float shift_;
  std::shared_ptr<Memory> memory_;
};

} // namespace heterodot
