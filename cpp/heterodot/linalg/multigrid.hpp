// Geometric multigrid in single precision: an approximate inverse of sign·H − shift.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "heterodot/operator/stencil_operator.hpp"

namespace heterodot {

// One V-cycle on operators of ever coarser grids (finest first). The smoother is a Chebyshev
// polynomial of the fourth kind in D⁻¹A (Lottes, Numerical Linear Algebra with Applications 30,
// e2518 (2023)): it needs the largest eigenvalue only and never amplifies. Smoothing before and
// after alike makes the cycle self-adjoint, and positive definite for any shift below the spectrum.
class Multigrid {
public:
  Multigrid(std::vector<std::shared_ptr<const StencilOperator>> operators, double sign, int degree,
            int coarsest_degree);

  Index size() const { return levels_.front().op->size(); }
  bool is_real() const { return levels_.front().op->is_real(); }
  // Rebuilds the diagonals and the bounds of the spectrum. One shift a level: a coarse grid has
  // lower eigenvalues, and with the shift at the same distance from them the correction of the
  // lowest states is right. Missing shifts repeat the last one.
  void set_shifts(const std::vector<double> &shifts);
  std::vector<double> shifts() const;
  // x = M b for a block of vectors; `Number` is float (real operators only) or its complex.
  template <class Number> void apply(const Number *b, Number *x, Index count) const;
  // Largest eigenvalue of D⁻¹A on every level, as estimated.
  std::vector<double> largest_eigenvalues() const;
  Index memory_bytes() const;

private:
  struct Level {
    std::shared_ptr<const StencilOperator> op;
    // One value a node, orbital and spin.
    std::vector<double> diagonal;
    std::vector<float> weight;           // of interpolated values; zero where inactive
    std::vector<float> inverse_diagonal; // of sign·H − shift
    double shift = 0.0;
    double largest = 2.0; // eigenvalue of D⁻¹A
  };
  struct Workspace {
    Aligned<float> b, x, other, residual;
  };

  Index width() const { return is_real() ? 1 : 2; } // reals in a number
  // From the right side b of a level to x, in its workspace.
  void cycle(std::size_t level, Index lanes, std::vector<Workspace> &work) const;
  float *smooth(const Level &level, const float *b, float *x, float *other, int degree,
                bool from_zero, Index lanes) const;
  double estimate_largest(const Level &level) const;

  std::vector<Level> levels_;
  double sign_;
  int degree_, coarsest_degree_;
  mutable std::mutex busy_;
  mutable std::vector<Workspace> work_; // kept: touching fresh memory costs as much as using it
  mutable Index lanes_ = 0;             // of the block that the workspace was last used for
};

} // namespace heterodot
