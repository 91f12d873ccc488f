// Rows around one node, gathered element by element.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <utility>
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

// A dense window of columns around one node, for every pair of components. It remembers which of
// them are in use, so that one accumulator serves node after node.
class RowAccumulator {
public:
  static constexpr int reach = 3; // no stencil reaches further than this many nodes
  static constexpr int window = 2 * reach + 1;
  static constexpr int columns = window * window * window;

  explicit RowAccumulator(int components, const NodeIndex &node = {})
      : components_(components), node_(node),
        values_(static_cast<std::size_t>(components * components * columns)),
        used_(static_cast<std::size_t>(components * components) * words) {}

  const NodeIndex &node() const { return node_; }
  // Starts anew; rows() has left nothing behind.
  void move_to(const NodeIndex &node) { node_ = node; }

  static bool within_reach(const NodeIndex &a, const NodeIndex &b) {
    return std::abs(a[0] - b[0]) <= reach && std::abs(a[1] - b[1]) <= reach &&
           std::abs(a[2] - b[2]) <= reach;
  }

  static int slot(const std::array<int, 3> &step) {
    return ((step[0] + reach) * window + step[1] + reach) * window + step[2] + reach;
  }

  void add(int row, int column, const NodeIndex &to, Complex value) {
    const int at = slot({static_cast<int>(to[0] - node_[0]), static_cast<int>(to[1] - node_[1]),
                         static_cast<int>(to[2] - node_[2])});
    const auto pair = static_cast<std::size_t>(row * components_ + column);
    values_[pair * columns + static_cast<std::size_t>(at)] += value;
    used_[pair * words + static_cast<std::size_t>(at / 64)] |= std::uint64_t{1} << at % 64;
  }

  // Weights on columns, prepared for adding many times.
  struct Taps {
    std::vector<std::int32_t> slots;
    std::vector<double> weights;
    std::array<std::uint64_t, (columns + 63) / 64> used{};

    void add(const std::array<int, 3> &step, double weight) {
      const int at = slot(step);
      slots.push_back(at);
      weights.push_back(weight);
      used[static_cast<std::size_t>(at / 64)] |= std::uint64_t{1} << at % 64;
    }
  };
  void add(int row, int column, const Taps &taps, Complex coefficient) {
    const auto pair = static_cast<std::size_t>(row * components_ + column);
    double *values = reinterpret_cast<double *>(values_.data() + pair * columns);
    const std::int32_t *slots = taps.slots.data();
    const double *weights = taps.weights.data();
    const double re = coefficient.real(), im = coefficient.imag();
    for (std::size_t t = 0; t < taps.slots.size(); ++t)
      values[2 * slots[t]] += re * weights[t];
    if (im != 0.0)
      for (std::size_t t = 0; t < taps.slots.size(); ++t)
        values[2 * slots[t] + 1] += im * weights[t];
    for (std::size_t word = 0; word < words; ++word)
      used_[pair * words + word] |= taps.used[word];
  }

  // Hands out the entries of all rows, row by row and in the order of the columns, as
  // use(row, column, step, value), and forgets them.
  template <class Use> void take(const Use &use) {
    std::size_t word = 0;
    for (int row = 0; row < components_; ++row)
      for (int column = 0; column < components_; ++column)
        for (int part = 0; part < static_cast<int>(words); ++part, ++word)
          for (std::uint64_t bits = std::exchange(used_[word], 0); bits; bits &= bits - 1) {
            const int at = 64 * part + std::countr_zero(bits);
            Complex &value =
                values_[static_cast<std::size_t>((row * components_ + column) * columns + at)];
            if (std::norm(value) > 1e-30)
              use(row, column,
                  std::array<int, 3>{at / (window * window) - reach, at / window % window - reach,
                                     at % window - reach},
                  value);
            value = 0.0;
          }
  }

private:
  static constexpr std::size_t words = (columns + 63) / 64;
  int components_;
  NodeIndex node_;
  std::vector<Complex> values_;
  std::vector<std::uint64_t> used_;
};

} // namespace heterodot
