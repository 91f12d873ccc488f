// Rows around one node, gathered element by element.
#pragma once

#include <cstdlib>
#include <vector>

#include "heterodot/operator/form_field.hpp"

namespace heterodot {

// One entry of a row: component, step in nodes, value.
struct RowEntry {
  int component;
  std::array<int, 3> step;
  Complex value;
};
using Rows = std::vector<std::vector<RowEntry>>; // one row a component

// A dense window of columns around one node, for every pair of components.
class RowAccumulator {
public:
  static constexpr int reach = 3; // no stencil reaches further than this many nodes

  RowAccumulator(int components, const NodeIndex &node)
      : components_(components), node_(node),
        values_(static_cast<std::size_t>(components) * static_cast<std::size_t>(components) *
                window * window * window) {}

  const NodeIndex &node() const { return node_; }

  static bool within_reach(const NodeIndex &a, const NodeIndex &b) {
    return std::abs(a[0] - b[0]) <= reach && std::abs(a[1] - b[1]) <= reach &&
           std::abs(a[2] - b[2]) <= reach;
  }

  void add(int row, int column, const NodeIndex &to, Complex value) {
    const Index slot =
        (((row * components_ + column) * window + to[0] - node_[0] + reach) * window + to[1] -
         node_[1] + reach) *
            window +
        to[2] - node_[2] + reach;
    values_[static_cast<std::size_t>(slot)] += value;
  }

  // The rows; factor(row, column, node of the column) scales every entry.
  template <class Factor> Rows rows(Factor factor) const {
    Rows rows(static_cast<std::size_t>(components_));
    std::size_t slot = 0;
    for (int row = 0; row < components_; ++row)
      for (int column = 0; column < components_; ++column)
        for (int x = -reach; x <= reach; ++x)
          for (int y = -reach; y <= reach; ++y)
            for (int z = -reach; z <= reach; ++z, ++slot)
              if (std::norm(values_[slot]) > 1e-30)
                rows[static_cast<std::size_t>(row)].push_back(
                    {column,
                     {x, y, z},
                     values_[slot] *
                         factor(row, column, NodeIndex{node_[0] + x, node_[1] + y, node_[2] + z})});
    return rows;
  }

private:
  static constexpr int window = 2 * reach + 1;
  int components_;
  NodeIndex node_;
  std::vector<Complex> values_;
};

} // namespace heterodot
