// The rows of a stencil operator, laid out along z so that one instruction works on many nodes.
#pragma once

#include <complex>
#include <cstdint>
#include <mutex>
#include <type_traits>
#include <vector>

#include "heterodot/grid/grid.hpp"
#include "heterodot/operator/row_kernels.hpp"

namespace heterodot {

// The rows of every class of nodes: row (class, component) holds entries (offset in the flat
// vector relative to the row's own position, value). Inside a material all nodes share one class.
// Kept in pieces, so that several threads can write them.
template <class Value> struct RowTable {
  static constexpr Index classes_a_piece = 64;
  struct Row {
    const Index *offset;
    const Value *value;
    Index entries;
  };
  struct Piece {
    std::vector<Index> start{0};
    std::vector<Index> offset;
    std::vector<Value> value;

    void add(Index at, Value entry) {
      offset.push_back(at);
      value.push_back(entry);
    }
    void end_row() { start.push_back(static_cast<Index>(offset.size())); }
  };

  int components = 0;
  Index classes = 0;
  std::vector<Piece> pieces;

  Row row(Index row_class, int component) const {
    const Piece &piece = pieces[static_cast<std::size_t>(row_class / classes_a_piece)];
    const auto at = static_cast<std::size_t>(row_class % classes_a_piece * components + component);
    const Index begin = piece.start[at];
    return {piece.offset.data() + begin, piece.value.data() + begin, piece.start[at + 1] - begin};
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
// a node (0 where a node lacks the entry; the order is that of varying_index). Strips of the same
// classes share what they store.
template <class Value> class StripRows {
public:
  using Single = std::conditional_t<std::is_same_v<Value, double>, float, std::complex<float>>;
  struct Row {
    Index offset, value; // where they begin in their chunk
    std::int32_t chunk;
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
  const Index *offsets(const Row &row) const { return chunk(row).offset.data() + row.offset; }
  const Value *values(const Row &row, double) const { return chunk(row).value.data() + row.value; }
  // After prepare_single().
  const Single *values(const Row &row, float) const { return chunk(row).single.data() + row.value; }
  // Entry e of the row at node t of a strip of that length.
  Value value(const Row &row, Index e, Index t, Index length) const {
    return values(row, double())[row.varying ? varying_index(e, t, row.entries, length) : e];
  }
  // Makes the copy in single precision when it is first needed.
  void prepare_single() const;
  Index memory_bytes() const;

private:
  struct Chunk {
    std::vector<Index> offset;
    std::vector<Value> value;
    mutable std::vector<Single> single;
  };
  const Chunk &chunk(const Row &row) const { return chunks_[static_cast<std::size_t>(row.chunk)]; }

  int components_ = 0;
  std::vector<Row> rows_;
  std::vector<Chunk> chunks_;
  mutable std::once_flag single_ready_;
};

} // namespace heterodot
