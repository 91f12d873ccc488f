// A k·p model as the discretiser sees it: one matrix polynomial for every region.
#pragma once

#include <Eigen/Dense>

#include <vector>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// H(k) = Σ_ij k_i D_ij k_j + Σ_i (A_i k_i + k_i A_i†) + H0, written as the quadratic form
// g† M g of g = (k_x ψ, k_y ψ, k_z ψ, ψ): M_ij = D_ij, M_3i = A_i, M_i3 = A_i†, M_33 = H0.
// Blocks are orbitals × orbitals; they act alike on both spins when spins == 2.
struct RegionPolynomial {
  Eigen::MatrixXcd form;       // (4·orbitals) × (4·orbitals), Hermitian
  Eigen::MatrixXcd spin_orbit; // (orbitals·spins)², Hermitian, local; empty if absent
};

struct PolynomialField {
  int orbitals = 1;
  int spins = 1;
  std::vector<Place> places; // where each orbital lives
  std::vector<RegionPolynomial> regions;

  int bands() const { return orbitals * spins; }
};

} // namespace heterodot
