// A Hermitian operator on a grid whose rows repeat: matrix-free where it can be, exact everywhere.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "heterodot/operator/linear_operator.hpp"
#include "heterodot/operator/packed_rows.hpp"
#include "heterodot/operator/packing.hpp"
#include "heterodot/operator/row_table.hpp"

namespace heterodot {

// H = R ⊗ 1_spin + C. R is real and acts on the orbitals alike for both spins; C is complex and
// acts on all bands (spin–orbit coupling, or everything if a model is complex); its real and its
// imaginary part are kept apart, as most of its entries are one or the other. This takes a quarter
// of the memory and half the work of a generic complex operator. Vectors are (spin, orbital, x, y,
// z); products are taken of packed blocks of them.
class StencilOperator : public LinearOperator {
public:
  StencilOperator(Grid grid, int orbitals, int spins, std::vector<Place> places,
                  const std::vector<Run> &runs, const RowTable &real_rows,
                  const std::array<RowTable, 2> &complex_rows);

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

  bool is_real() const { return complex_rows_[0]->components() == 0 && spins_ == 1; }
  const Grid &grid() const { return grid_; }
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
  Index row_classes() const { return row_classes_; }
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
  std::int32_t class_of(Index node) const;

  Grid grid_;
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
  std::shared_ptr<const PackedRows> real_rows_;
  std::array<std::shared_ptr<const PackedRows>, 2> complex_rows_; // real and imaginary part
  std::shared_ptr<Scratch> scratch_; // kept: touching fresh memory costs as much as using it
  std::vector<std::uint8_t> active_;
  Index row_classes_;
  std::vector<double> potential_; // orbitals × nodes, or empty
};

} // namespace heterodot
