// The rows of a stencil operator, as packed vectors want them.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "heterodot/operator/bricks.hpp"
#include "heterodot/operator/packed_kernels.hpp"
#include "heterodot/operator/packing.hpp"
#include "heterodot/operator/row_table.hpp"

namespace heterodot {

// The segments of every class of nodes, one after the other as they are worked on. Neighbours often
// have entries at the same places, and then share their offsets.
class PackedRows {
public:
  // Of the listed classes of a table, numbered anew.
  PackedRows(const RowTable &table, const std::vector<Index> &classes, const Bricks &bricks);

  // Of the same classes what each row takes from what comes before it (or after it, the last
  // orbital first), in single precision only, and of all turns only the identity.
  std::shared_ptr<const PackedRows> triangle(bool before, Index orbitals) const;

  Index classes() const { return classes_; }
  // Whether only the identity turns spins: the rows are real and the same for both.
  bool is_plain() const { return plain_; }
  // The rows of a class. Single precision needs prepare_single().
  template <class Real> NodeRows<Real> rows(std::int32_t row_class) const {
    const Chunk &own = chunks_[static_cast<std::size_t>(row_class / RowTable::classes_a_piece)];
    const auto number = static_cast<std::size_t>(row_class % RowTable::classes_a_piece);
    const std::uint32_t first = own.first[number];
    return {own.segments.data() + first, own.first[number + 1] - first, own.offset.data(),
            own.values(Real())};
  }
  // Rows of nodes at interfaces are used once a product, and come from afar.
  template <class Real> void prefetch(std::int32_t row_class) const {
    const NodeRows<Real> own = rows<Real>(row_class);
    const RowSegment &first = own.segment[0], &last = own.segment[own.segments - 1];
    const auto fetch = [](const auto *from, const auto *to) {
      constexpr Index line = 64 / sizeof *from;
      for (; from < to; from += line)
        __builtin_prefetch(from);
    };
    fetch(own.value + first.value, own.value + last.value + last.filled());
    fetch(own.offset + first.offset, own.offset + last.offset + last.filled());
  }
  // Makes the copy in single precision when it is first needed.
  void prepare_single() const;
  Index memory_bytes() const;

private:
  struct Chunk {
    std::vector<std::uint32_t> first; // segment of every class, and their number
    std::vector<RowSegment> segments;
    std::vector<std::int32_t> offset;
    std::vector<double> value;
    mutable std::vector<float> single;

    const double *values(double) const { return value.data(); }
    const float *values(float) const { return single.data(); }
  };
  PackedRows() = default;

  Index classes_ = 0;
  bool plain_ = false, only_single_ = false;
  std::vector<Chunk> chunks_;
  mutable std::once_flag single_ready_;
};

} // namespace heterodot
