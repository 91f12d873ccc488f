// Second-order energy of determinants with one or two carriers outside the active spinors, beyond
// a state that was found in all determinants of the active ones:
//   E2 = Σ_D |<D|H|Ψ>|² / (E - E_D).
#pragma once

#include <memory>
#include <vector>

#include "heterodot/ci/determinants.hpp"
#include "heterodot/ci/packed_matrix.hpp"

namespace heterodot {

// One kind of carrier. The energies E_D are sums of levels and of interactions of pairs,
//   E_D = Σ_i level_i + Σ_{i<j} pair_ij - (electron-hole pairs) cross_ij,
// over all spinors, the active ones first.
struct PerturbedCarriers {
  int spinors, active, particles;
  std::vector<double> level; // spinors
  std::vector<double> pair;  // spinors x spinors, symmetric
};

// The first kind may leave the active spinors; class pairs of both kinds are in `both`. The other
// half of the sum comes from an object with the kinds exchanged (and the coefficients transposed).
// Every function adds up one range of first outer spinors, numbered from the first that is not
// active, and writes the energy of each or of each pair; threads share the columns of the matrix
// products, so that the result does not depend on their number. Returned is the largest E - E_D:
// far below zero where perturbation theory holds.
class SecondOrder {
public:
  // coefficients: first determinants x second determinants of the active spinors; cross: first
  // spinors x second spinors.
  SecondOrder(PerturbedCarriers first, PerturbedCarriers second, const std::vector<double> &cross,
              const Complex *coefficients, double energy);

  Index active_first() const { return first_.active; }
  Index active_second() const { return second_.active; }
  Index outer_first() const { return first_.spinors - first_.active; }
  Index outer_second() const { return second_.spinors - second_.active; }

  // One carrier outside. one_body[a,i], like[a,i,j,k] = (a i|j k), attraction[a,i,k,l] =
  // (a i|k l); i, j active of the first kind, k, l active of the second.
  double one(Index begin, Index count, const Complex *one_body, const Complex *like,
             const Complex *attraction, double *energy) const;
  // Two carriers of the first kind outside, b < a. like[a,i,b,j] = (a i|b j), b < begin + count;
  // energy: count x (begin + count).
  double two(Index begin, Index count, const Complex *like, double *energy) const;
  // One of each kind outside. attraction[a,i,b,k] = (a i|b k), all b; energy: count x outer_second.
  double both(Index begin, Index count, const Complex *attraction, double *energy) const;

private:
  void own_energies(Index a_begin, Index a_end, const int *first, int first_count,
                    const int *second, int second_count, double *energies) const;
  double active_energy(const int *first, int first_count, const int *second,
                       int second_count) const;
  void gather_pair(Index row, Complex *to) const;
  void gather_both(Index row, Complex *to) const;

  PerturbedCarriers first_, second_;
  std::vector<double> cross_, cross_turned_; // first x second, second x first
  std::vector<Complex> coefficients_;
  double energy_;
  Determinants firsts_, seconds_;
  std::unique_ptr<Determinants> less_one_, less_two_, second_less_one_;
  std::unique_ptr<Resolution> one_, two_, between_, second_one_; // between_: n-1 into n-2
};

} // namespace heterodot
