// The effective quadratic form of a voxel cut by an interface.
#pragma once

#include <Eigen/Dense>

#include <vector>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

enum class InterfaceRule { laminate, average, staircase };

// Mixes the forms (4m × 4m, see polynomial.hpp) of several materials with the given volume
// fractions across an interface of unit normal n. For the laminate, the flux along n and the
// gradients across n (and ψ itself) are continuous, so with ⟨·⟩ the weighted mean and t the
// directions other than n
//   M_nn = ⟨M_nn⁻¹⟩⁻¹,   M_nt = M_nn ⟨M_nn⁻¹ M_nt⟩,
//   M_tt = ⟨M_tt − M_tn M_nn⁻¹ M_nt⟩ + ⟨M_tn M_nn⁻¹⟩ M_nn ⟨M_nn⁻¹ M_nt⟩
// (Backus, J. Geophys. Res. 67, 4427 (1962); Milton, The Theory of Composites (2002), ch. 9).
// Layers with one normal combine pair by pair. Bands without second-order terms are averaged.
Eigen::MatrixXcd mixed_form(const std::vector<const Eigen::MatrixXcd *> &forms,
                            const std::vector<double> &fractions, const Vec3 &normal,
                            InterfaceRule rule);

// The jump of the gradient across an interface, A's less B's, for g = (gradient, ψ) mixed at the
// fraction f of A, 1 − f of B: continuity of the flux, K s = −n·(A − B) g with
// K = f B_nn + (1 − f) A_nn.
class NormalJump {
public:
  NormalJump(const Eigen::MatrixXcd &a, const Eigen::MatrixXcd &b, const Vec3 &normal);
  // The m × 4m matrix that takes g to s.
  Eigen::MatrixXcd at(double f) const;

private:
  struct Group { // of bands that stiffnesses couple, whose signs agree
    std::vector<Eigen::Index> bands;
    double sign;
    Eigen::MatrixXcd a, b; // positive parts
  };
  Eigen::MatrixXcd across_;
  std::vector<Group> groups_;
};

} // namespace heterodot
