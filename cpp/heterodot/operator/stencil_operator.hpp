// A Hermitian operator on a grid whose rows repeat: matrix-free where it can be, exact everywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "heterodot/operator/bricks.hpp"
#include "heterodot/operator/linear_operator.hpp"
#include "heterodot/operator/packed_rows.hpp"
#include "heterodot/operator/packing.hpp"
#include "heterodot/operator/row_table.hpp"

namespace heterodot {

// H = Σ_t R_t ⊗ τ_t with real rows R_t of the orbitals and a few turns τ_t of their spin: 1 for all
// but spin–orbit coupling, unless there is a magnetic field or a model is complex (spin_turns.hpp).
// This takes a quarter of the memory and less than half the work of a generic complex operator.
// Vectors are (spin, orbital, x, y, z); products are taken of packed blocks of them.
class StencilOperator : public LinearOperator {
public:
  StencilOperator(const Bricks &bricks, int orbitals, int spins, std::vector<Place> places,
                  const std::vector<Run> &runs, std::shared_ptr<const PackedRows> rows);

  Index size() const override { return bands() * grid_.size(); }
  void apply(const Complex *x, Complex *y, Index count) const override;
  void apply_float(const ComplexFloat *x, ComplexFloat *y, Index count) const;
  // Only for real operators of one spin: the same product on real vectors.
  void apply_real(const double *x, double *y, Index count) const;
  void apply_real_float(const float *x, float *y, Index count) const;

  // The same operator with a local potential added: one value an orbital and node, in eV, at the
  // orbital's place. It adds to a potential that is there already.
  std::shared_ptr<StencilOperator> with_potential(const std::vector<double> &potential) const;

  // How vectors are packed whose numbers have `width` reals.
  Packing packing(Index vectors, Index width) const {
    return {grid_.size(), orbitals_, spins_, vectors, width};
  }
  // Computes Hx of a packed block line by line along z and hands on every stretch of active nodes
  // while it is in cache: use(first node, nodes, values). Stretches of the same line come from one
  // thread, one after the other; lines come from several threads. `lanes` is the block's; numbers
  // of one real need a real operator.
  template <class Real, class Use> void stream(const Real *x, Index lanes, const Use &use) const;

  // What comes before each row, or after it.
  std::shared_ptr<const PackedRows> triangle(bool before) const {
    return rows_->triangle(before, orbitals_);
  }
  // Σ_j |H_ij|² w_j over the orbitals j that are not marked, for every degree of freedom i of those
  // that are, zero for the others.
  std::vector<double> coupling_squares(const std::vector<bool> &to,
                                       const std::vector<double> &weight) const;

  bool is_real() const { return rows_->is_plain() && spins_ == 1; }
  const Grid &grid() const { return grid_; }
  const Bricks &bricks() const { return bricks_; }
  // The run that a node is in; those of the same line follow.
  const Run *run_at(Index node) const;
  int bands() const { return orbitals_ * spins_; }
  int orbitals() const { return orbitals_; }
  int spins() const { return spins_; }
  const std::vector<Place> &places() const { return places_; } // of the orbitals
  Place place(int band) const { return places_[static_cast<std::size_t>(band % orbitals_)]; }
  // One value a degree of freedom; zero where inactive.
  std::vector<double> diagonal() const;
  // 1 where a degree of freedom exists, 0 outside a hard wall (rows and columns there are zero).
  const std::vector<std::uint8_t> &active() const { return active_; }
  // Factors of values interpolated from a coarser grid: 0 where inactive, less than 1 beside a hard
  // wall, where a cut leg makes ψ small and its diagonal large: |off-diagonal| / |diagonal|.
  std::vector<float> interpolation_weights() const;
  // Number of distinct sets of rows.
  Index row_classes() const { return rows_->classes(); }
  Index memory_bytes() const;

  struct CompressedRows {
    std::vector<Index> row_pointer; // rows + 1
    std::vector<Index> column;      // index among the active degrees of freedom
    std::vector<Complex> value;
  };
  // Rows [first, last) among the active degrees of freedom, in compressed sparse row form.
  CompressedRows compressed_rows(Index first, Index last) const;

private:
  template <class Real> void apply_reals(const Real *x, Real *y, Index count, Index width) const;
  // Calls use(position, value) for the entries of the row of one degree of freedom.
  template <class Use> void for_each_entry(Index node, int band, const Use &use) const;

  Grid grid_;
  Bricks bricks_;
  int orbitals_, spins_;
  std::vector<Place> places_;
  // Shared with the copies that have other potentials.
  struct Lines {
    std::vector<Run> runs;
    std::vector<Index> first_run; // of every line along z, and their number
  };
  struct Scratch {
    std::mutex busy;
    Aligned<double> doubles;
    Aligned<float> floats;

    double *reals(double, Index size);
    float *reals(float, Index size);
  };
  std::shared_ptr<const Lines> lines_;
  std::shared_ptr<const PackedRows> rows_;
  std::shared_ptr<Scratch> scratch_; // kept: touching fresh memory costs as much as using it
  std::vector<std::uint8_t> active_;
  std::vector<double> potential_; // orbitals × nodes, or empty
};

} // namespace heterodot
