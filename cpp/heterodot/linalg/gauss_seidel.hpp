// Symmetric Gauss–Seidel sweeps over the bricks of the grid, for operators with a gap.
#pragma once

#include <memory>
#include <vector>

#include "heterodot/operator/stencil_operator.hpp"

namespace heterodot {

// z ≈ (H − σ)⁻¹ r by a sweep through the nodes and orbitals and one back,
//
//   z = (D + U)⁻¹ D (D + L)⁻¹ r ,   H − σ ≈ L + diag(H − σ) + U ,
//
// in every brick as if there were nothing around it, so that threads need not wait for each other
// and results do not depend on them, and without what turns spins: it is small. Why it smooths
// where damped Jacobi hardly does: envelopes of heavy holes along [110] have a tenth of the energy
// that the diagonal says, and Kane terms couple across the gap more strongly than the diagonal of
// light bands. For the latter D is that of the complement on the orbitals above the shift, D = A
// + 1.5 diag C†B⁻¹C in
//
//   H − σ = [[A, C†], [C, −B]]
//
// (block factorisations of saddle points: Benzi, Golub and Liesen, Acta Numerica 14, 1 (2005); the
// local Fourier analysis of bench/smoothing_factors.py has its best factors between 1 and 2).
class GaussSeidel {
public:
  // With sweeps of the same operator it shares the triangles.
  GaussSeidel(std::shared_ptr<const StencilOperator> op, double shift, const GaussSeidel *beside);

  const StencilOperator &op() const { return *op_; }
  // On packed blocks with so many lanes a band. What does not exist becomes zero.
  void apply(const float *r, float *z, Index lanes) const;

private:
  // Along a line of nodes of a brick, of which the first lies at `own`; `line` as in Packing.
  void forward(Index node, Index last, const float *r, float *own, Index line) const;
  void backward(Index node, Index last, float *own, Index line) const;

  std::shared_ptr<const StencilOperator> op_;
  std::shared_ptr<const PackedRows> before_, after_;
  std::vector<float> inverse_; // of D, one an orbital and node; zero where inactive
};

} // namespace heterodot
