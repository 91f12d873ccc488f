// Complex numbers and spin in real arithmetic: an operator as real rows times a few turns.
#pragma once

#include <array>

#include "heterodot/operator/linear_operator.hpp"

namespace heterodot {

// H = Σ_t R_t ⊗ τ_t with real R_t, of the orbitals alone, and eight τ_t that take the four reals
// (ψ↑, ψ↓) of an orbital to each other, with signs: 1, σz, σx, iσy, and i times each of them. Every
// complex 2 × 2 block has exactly one such sum. A Hamiltonian that reversal of time leaves alone
// needs 1, iσx, iσy and iσz only (real quaternions): the kinetic energy and its couplings the
// first, spin–orbit coupling the others. A single spin needs 1 and i.
struct SpinTurn {
  static constexpr int times_i = 1, swaps_spins = 2, negates_down = 4; // bits of a turn
  static constexpr int count = 8, count_without_spin = 2;

  static int of(Index spins) { return spins == 2 ? count : count_without_spin; }
  // The column of the other spin's block that a turn takes to the row of `spin`, and its factor.
  static int column_spin(int turn, int spin) { return turn & swaps_spins ? 1 - spin : spin; }
  static Complex factor(int turn, int spin) {
    const Complex phase = turn & times_i ? Complex(0, 1) : Complex(1);
    return turn & negates_down && spin == 1 ? -phase : phase;
  }
};

// The block of two spins between a pair of orbitals, (row spin, column spin), as factors of turns.
inline std::array<double, SpinTurn::count>
turn_factors(const std::array<std::array<Complex, 2>, 2> &block) {
  std::array<double, SpinTurn::count> factors;
  for (int swapped = 0; swapped < 2; ++swapped) {
    const Complex up = block[0][static_cast<std::size_t>(swapped)];
    const Complex down = block[1][static_cast<std::size_t>(1 - swapped)];
    const Complex alike = 0.5 * (up + down), opposite = 0.5 * (up - down);
    const auto first = static_cast<std::size_t>(swapped * SpinTurn::swaps_spins);
    factors[first] = alike.real();
    factors[first + SpinTurn::times_i] = alike.imag();
    factors[first + SpinTurn::negates_down] = opposite.real();
    factors[first + SpinTurn::negates_down + SpinTurn::times_i] = opposite.imag();
  }
  return factors;
}

} // namespace heterodot
