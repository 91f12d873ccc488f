// The rows of a stencil operator as they are built: one set of rows for every class of nodes.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

#include "heterodot/grid/grid.hpp"

namespace heterodot {

// Where an entry of a row is: an orbital, and steps from the row's node.
struct RowTarget {
  std::int8_t orbital;
  std::array<std::int8_t, 3> step;

  auto operator<=>(const RowTarget &) const = default;
};

// The rows of every class of nodes: for an orbital and a turn of its spin (spin_turns.hpp) entries
// (target, value). Inside a material all nodes share one class. Kept in pieces, so that several
// threads can write them.
struct RowTable {
  static constexpr Index classes_a_piece = 64;
  struct Row {
    const RowTarget *target;
    const double *value;
    Index entries;
  };
  struct Piece {
    std::vector<Index> start{0};
    std::vector<RowTarget> target;
    std::vector<double> value;

    void add(RowTarget at, double entry) {
      target.push_back(at);
      value.push_back(entry);
    }
    void end_row() { start.push_back(static_cast<Index>(target.size())); }
  };

  RowTable(Index orbitals_, Index turns_, Index classes_)
      : orbitals(orbitals_), turns(turns_), classes(classes_),
        pieces(static_cast<std::size_t>((classes + classes_a_piece - 1) / classes_a_piece)) {}

  Index orbitals, turns, classes;
  std::vector<Piece> pieces;

  Row row(Index row_class, Index orbital, Index turn) const {
    const Piece &piece = pieces[static_cast<std::size_t>(row_class / classes_a_piece)];
    const auto at =
        static_cast<std::size_t>((row_class % classes_a_piece * orbitals + orbital) * turns + turn);
    const Index begin = piece.start[at];
    return {piece.target.data() + begin, piece.value.data() + begin, piece.start[at + 1] - begin};
  }
};

// Classes with the same rows, number for number, as one: which class it becomes for every class of
// a table, and the first class of each that is left.
struct DistinctClasses {
  std::vector<std::int32_t> number;
  std::vector<Index> first;
};
DistinctClasses distinct_classes(const RowTable &table);

// Neighbouring nodes along z that share a class (-1: outside a hard wall, the rows are empty).
struct Run {
  Index first;
  std::int32_t length;
  std::int32_t row_class;
};

} // namespace heterodot
