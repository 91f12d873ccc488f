// Geometric multigrid in single precision for indefinite operators: an approximate (H − shift)⁻¹.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "heterodot/linalg/gauss_seidel.hpp"
#include "heterodot/operator/stencil_operator.hpp"

namespace heterodot {

// One V-cycle that never increases the residual, whatever the spectrum. The smoother takes the best
// vector of a Krylov space of dimension two (two steps of GCR: Eisenstat, Elman and Schultz, SIAM
// J. Num. Anal. 20, 345 (1983)), preconditioned by OrbitalSides, and corrections from the coarser
// grid come with the best factor. The cycle is thus not linear: for flexible iterations.
class ResidualMultigrid {
public:
  // With another multigrid of the same operators it shares its memory to work in.
  ResidualMultigrid(std::vector<std::shared_ptr<const StencilOperator>> operators, double shift,
                    const ResidualMultigrid *beside = nullptr);

  Index size() const { return levels_.front().op->size(); }
  // Moves the shift of every level; missing ones repeat the last. Sweeps keep the first shift.
  void set_shifts(const std::vector<double> &shifts);
  // x ≈ (H − shift)⁻¹ b and residual = b − (H − shift) x for a block of vectors.
  void apply(const ComplexFloat *b, ComplexFloat *x, ComplexFloat *residual, Index count) const;

private:
  struct Level {
    std::shared_ptr<const StencilOperator> op;
    std::vector<float> weight; // of interpolated values, node by node; zero where inactive
    bool weighted;             // whether there are others than 0 and 1
    GaussSeidel sweeps;
    float shift;
  };
  struct Workspace {
    Aligned<float> x, residual, step, image;
    std::vector<double> sums; // products, one set for every line of nodes
  };
  struct Memory { // kept: touching fresh memory costs as much as using it
    std::mutex busy;
    std::vector<Workspace> levels;
    Index vectors = 0; // of the block that it was last used for
  };

  void cycle(std::size_t level, float *x, float *residual, Index vectors,
             std::vector<Workspace> &work) const;
  void smooth(const Level &level, float *x, float *residual, Index vectors, Workspace &own,
              bool from_zero = false) const;
  void correct(std::size_t level, float *x, float *residual, Index vectors,
               std::vector<Workspace> &work) const;
  void advance(const Level &level, float *x, float *residual, Index vectors, Workspace &own,
               bool from_zero) const;

  std::vector<Level> levels_;
  std::shared_ptr<Memory> memory_;
};

} // namespace heterodot
