// The rows of a stencil operator, laid out along z so that one instruction works on many nodes.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// The rows of every class of nodes: row (class, component) holds entries (offset in the flat
// vector relative to the row's own position, value). Inside a material all nodes share one class.
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

// Neighbouring nodes along z, all inside or all outside a hard wall.
struct Strip {
  Index first;
  std::int32_t length;
  bool active;
};

// Splits lines of nodes into strips: long runs of one class alone, short ones together. In the
// first and the last planes they stay apart: a padded row must not reach beyond the vector.
std::vector<Strip> make_strips(const std::vector<Run> &runs, const Grid &grid);

// The rows of one component on every strip. Where all nodes of a strip have the same row, it is
// stored once; else the strip holds the union of its nodes' offsets and, for each offset, one value
// a node (0 where a node lacks the entry). Strips of the same classes share what they store.
template <class Value> class StripRows {
public:
  using Single = std::conditional_t<std::is_same_v<Value, double>, float, std::complex<float>>;
  struct Row {
    Index offset, value; // where they begin
    std::int32_t entries;
    bool varying;
  };

  StripRows() = default;
  StripRows(const RowTable<Value> &table, const std::vector<Run> &runs,
            const std::vector<Strip> &strips, Index nodes);

  int components() const { return components_; }
  const Row &row(Index strip, int component) const {
    return rows_[static_cast<std::size_t>(strip * components_ + component)];
  }
  const Index *offsets(const Row &row) const { return offset_.data() + row.offset; }
  const Value *values(const Row &row, double) const { return value_.data() + row.value; }
  const Single *values(const Row &row, float) const { return single_.data() + row.value; }
  // Entry e of the row at node t of a strip of that length.
  Value value(const Row &row, Index e, Index t, Index length) const {
    return value_[static_cast<std::size_t>(row.value + (row.varying ? e * length + t : e))];
  }
  Index memory_bytes() const;

private:
  Row append(const RowTable<Value> &table, Index row_class, int component);
  Row append_union(const RowTable<Value> &table, std::span<const std::int32_t> classes,
                   int component, Index position, Index size);

  int components_ = 0;
  std::vector<Row> rows_;
  std::vector<Index> offset_;
  std::vector<Value> value_;
  std::vector<Single> single_;
};

} // namespace heterodot
