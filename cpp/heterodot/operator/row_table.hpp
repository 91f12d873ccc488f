// The rows of a stencil operator as they are built: one set of rows for every class of nodes.
#pragma once

#include <cstdint>
#include <vector>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// The rows of every class of nodes: row (class, component) holds entries (offset in the flat
// vector relative to the row's own position, value). Inside a material all nodes share one class.
// Kept in pieces, so that several threads can write them.
struct RowTable {
  static constexpr Index classes_a_piece = 64;
  struct Row {
    const Index *offset;
    const double *value;
    Index entries;
  };
  struct Piece {
    std::vector<Index> start{0};
    std::vector<Index> offset;
    std::vector<double> value;

    void add(Index at, double entry) {
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

} // namespace heterodot
