// The Hamiltonian of n_e electrons and n_h holes in all determinants of given spinors,
//   H = h_e + h_h + ½ ee + ½ hh - eh.
#pragma once

#include <memory>
#include <vector>

#include "heterodot/ci/determinants.hpp"
#include "heterodot/ci/packed_matrix.hpp"

namespace heterodot {

// One kind of carrier: its determinants and its own part of the Hamiltonian. Two or more particles
// are resolved into pairs and the one-body part is folded into the pair matrix
//   P[ij,kl] = (ik|jl) - (il|jk) + (h∧1)[ij,kl]/(n-1),  i < j, k < l,
// so that one matrix product does both (n = 1: the one-body matrix itself).
class Species {
public:
  // one_body: N x N; pair_integrals: (ij|kl), N^4, row-major, chemist's notation; used for n >= 2.
  Species(int spinors, int particles, const Complex *one_body, const Complex *pair_integrals);

  const Determinants &determinants() const { return determinants_; }
  const std::vector<double> &diagonal() const { return diagonal_; }
  // y (count x size, row-major) += x H^T, i.e. H acts on the last index.
  void add_apply(const Complex *x, Complex *y, Index count) const;

private:
  Determinants determinants_;
  std::unique_ptr<Resolution> own_; // the resolution that add_apply uses
  PackedMatrix matrix_;             // transposed, as it acts on the last index
  std::vector<double> diagonal_;
};

class CIHamiltonian : public LinearOperator {
public:
  // attraction: eh[i,j,k,l] = (e_i e_j|h_k h_l), row-major, positive for attraction.
  CIHamiltonian(Species electrons, Species holes, const Complex *attraction);

  Index size() const override;
  // Vectors C[electron determinant][hole determinant].
  void apply(const Complex *x, Complex *y, Index count) const override;
  std::vector<double> diagonal() const;
  // The dense matrix (count x count, row-major) of some determinants.
  std::vector<Complex> block(const std::vector<Index> &determinants) const;

  const Species &electrons() const { return electrons_; }
  const Species &holes() const { return holes_; }

private:
  void add_attraction(const Complex *x, Complex *y, Index count) const;
  Complex attraction(Index row, Index column) const;

  Species electrons_, holes_;
  std::unique_ptr<Resolution> electron_, hole_;        // one particle taken out
  PackedMatrix attraction_;                            // -eh, [(j,l),(i,k)]
  std::vector<std::vector<PackedMatrix::Range>> free_; // of each K_e: tuples whose electron fits
  std::vector<double> attraction_diagonal_;            // -eh[i,i,k,k], Ne x Nh
};

} // namespace heterodot
