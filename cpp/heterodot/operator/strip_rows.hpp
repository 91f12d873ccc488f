// The rows of a stencil operator, laid out along z so that one instruction works on many nodes.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "heterodot/grid/grid.hpp"
#include "heterodot/operator/row_kernels.hpp"

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
// stored once; else every group of neighbours holds the union of its nodes' offsets and, for each
// offset, one value a node (0 where a node lacks the entry). Strips of the same classes share what
// they store.
class StripRows {
public:
  struct Row {
    std::int32_t chunk;
    std::uint32_t group; // the first of its groups
    std::int32_t groups;
    bool varying;
  };

  StripRows() = default;
  StripRows(const RowTable &table, const std::vector<Run> &runs, const std::vector<Strip> &strips,
            Index nodes);

  int components() const { return components_; }
  // Adds to y (or sets it to) the row of one component of a strip times each of several vectors,
  // given by where the strip begins in them. Single precision needs prepare_single().
  template <class Real>
  void apply(Index strip, int component, const Real *const *x, Real *const *y, Index vectors,
             Index length, Index width, Into into) const {
    const Row &row = rows_[static_cast<std::size_t>(strip * components_ + component)];
    const Chunk &own = chunks_[static_cast<std::size_t>(row.chunk)];
    const RowGroup *groups = own.groups.data() + row.group;
    if (into != Into::set && !row.varying && groups->entries == 0)
      return;
    if (row.varying)
      varying_row(x, y, vectors, groups, row.groups, own.offset.data(), own.values(Real()), width,
                  into);
    else
      for (Index v = 0; v < vectors; ++v)
        constant_row(x[v], y[v], own.offset.data() + groups->offset,
                     own.values(Real()) + groups->value, groups->entries, length, width, into);
  }
  // Calls use(offset, value) for the row of one component at node t of a strip.
  template <class Use>
  void for_each_entry(Index strip, int component, Index t, const Use &use) const {
    const Row &row = rows_[static_cast<std::size_t>(strip * components_ + component)];
    const Chunk &own = chunks_[static_cast<std::size_t>(row.chunk)];
    const RowGroup &group =
        own.groups[row.group + static_cast<std::size_t>(row.varying ? t / group_nodes : 0)];
    for (std::int32_t e = 0; e < group.entries; ++e)
      use(Index(own.offset[group.offset + static_cast<std::size_t>(e)]),
          own.value[static_cast<std::size_t>(
              group.value + (row.varying ? e * group_nodes + t % group_nodes : e))]);
  }
  // Makes the copy in single precision when it is first needed.
  void prepare_single() const;
  Index memory_bytes() const;

private:
  template <class Real> using Values = std::vector<Real, CacheLineAllocator<Real>>;
  struct Chunk {
    std::vector<RowGroup> groups;
    std::vector<std::int32_t> offset;
    Values<double> value;
    mutable Values<float> single;

    const double *values(double) const { return value.data(); }
    const float *values(float) const { return single.data(); }
  };
  void add_constant(const RowTable::Row &row, Chunk &own) const;
  void add_varying(const RowTable &table, const std::vector<std::int32_t> &classes, int component,
                   Chunk &own) const;

  int components_ = 0;
  std::vector<Row> rows_;
  std::vector<Chunk> chunks_;
  mutable std::once_flag single_ready_;
};

} // namespace heterodot
