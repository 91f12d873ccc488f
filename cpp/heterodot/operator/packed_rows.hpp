// The rows of a stencil operator, as packed vectors want them.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "heterodot/operator/packed_kernels.hpp"
#include "heterodot/operator/packing.hpp"
#include "heterodot/operator/row_table.hpp"

namespace heterodot {

// One row for every class of nodes and component. Offsets count components of nodes; neighbours
// often have entries at the same places, and then share their offsets.
class PackedRows {
public:
  PackedRows() = default;
  // `slot[component]` is the component's place among those of one node.
  PackedRows(const RowTable &table, const std::vector<Run> &runs, Index nodes,
             const std::vector<Index> &slot);

  int components() const { return components_; }
  // The row of a class for the component at a slot. Single precision needs prepare_single().
  template <class Real> PackedRow<Real> row(std::int32_t row_class, Index slot) const {
    const Chunk &own = chunks_[static_cast<std::size_t>(row_class / RowTable::classes_a_piece)];
    const Place &place = own.rows[static_cast<std::size_t>(
        row_class % RowTable::classes_a_piece * components_ + slot)];
    return {own.offset.data() + place.offset, own.values(Real()) + place.value, place.entries};
  }
  // Makes the copy in single precision when it is first needed.
  void prepare_single() const;
  Index memory_bytes() const;

private:
  struct Place {
    std::uint32_t value, offset;
    std::int32_t entries;
  };
  struct Chunk {
    std::vector<Place> rows;
    std::vector<std::int32_t> offset;
    std::vector<double> value;
    mutable std::vector<float> single;

    const double *values(double) const { return value.data(); }
    const float *values(float) const { return single.data(); }
  };

  int components_ = 0;
  std::vector<Chunk> chunks_;
  mutable std::once_flag single_ready_;
};

} // namespace heterodot
