// A Hermitian operator on a grid whose rows repeat: matrix-free where it can be, exact everywhere.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "heterodot/operator/linear_operator.hpp"

namespace heterodot {

// The rows of every class of nodes: row (class, component) holds entries (offset in the flat
// vector relative to the row's own position, value). Inside a material all nodes share one class,
// so the table stays small and its values stay in cache.
template <class Value> struct RowTable {
  int components = 0;
  std::vector<Index> start{0}; // classes·components + 1
  std::vector<Index> offset;
  std::vector<Value> value;

  Index classes() const {
    return components ? static_cast<Index>(start.size() - 1) / components : 0;
  }
  Index row_begin(Index row_class, int component) const {
    return start[static_cast<std::size_t>(row_class * components + component)];
  }
  Index row_end(Index row_class, int component) const {
    return start[static_cast<std::size_t>(row_class * components + component + 1)];
  }
};

// Neighbouring nodes along z that share a class (-1: outside a hard wall, the rows are empty).
struct Run {
  Index first;
  std::int32_t length;
  std::int32_t row_class;
};

// H = R ⊗ 1_spin + C. R is real and acts on the orbitals alike for both spins; C is complex and
// acts on all bands (spin–orbit coupling, or everything if a model is complex). This halves memory
// and work against a generic complex operator. Vectors are (spin, orbital, x, y, z).
class StencilOperator : public LinearOperator {
public:
  StencilOperator(Grid grid, int orbitals, int spins, std::vector<Place> places,
                  std::vector<Run> runs, RowTable<double> real_rows,
                  RowTable<Complex> complex_rows);

  Index size() const override { return bands() * grid_.size(); }
  void apply(const Complex *x, Complex *y, Index count) const override;
  void apply_float(const ComplexFloat *x, ComplexFloat *y, Index count) const;
  // Only for real operators of one spin: the same product on real vectors.
  void apply_real(const double *x, double *y, Index count) const;
  void apply_real_float(const float *x, float *y, Index count) const;

  // The same operator with a local potential added: one value an orbital and node, in eV, at the
  // orbital's place. It adds to a potential that is there already.
  std::shared_ptr<StencilOperator> with_potential(const std::vector<double> &potential) const;

  bool is_real() const { return complex_rows_.components == 0 && spins_ == 1; }
  const Grid &grid() const { return grid_; }
  int bands() const { return orbitals_ * spins_; }
  int orbitals() const { return orbitals_; }
  int spins() const { return spins_; }
  Place place(int band) const { return places_[static_cast<std::size_t>(band % orbitals_)]; }
  // One value a degree of freedom; zero where inactive.
  std::vector<double> diagonal() const;
  // 1 where a degree of freedom exists, 0 outside a hard wall (rows and columns there are zero).
  std::vector<std::uint8_t> active() const;
  Index row_classes() const {
    return real_rows_.components ? real_rows_.classes() : complex_rows_.classes();
  }
  Index memory_bytes() const;

  struct CompressedRows {
    std::vector<Index> row_pointer; // rows + 1
    std::vector<Index> column;      // index among the active degrees of freedom
    std::vector<Complex> value;
  };
  // Rows [first, last) among the active degrees of freedom, in compressed sparse row form.
  CompressedRows compressed_rows(Index first, Index last) const;

private:
  template <class Real, int width> void apply_rows(const Real *x, Real *y, Index count) const;

  Grid grid_;
  int orbitals_, spins_;
  std::vector<Place> places_;
  std::vector<Run> runs_;
  RowTable<double> real_rows_;
  RowTable<Complex> complex_rows_;
  std::vector<double> potential_; // orbitals × nodes, or empty
};

} // namespace heterodot
