// Conversions that several binding units share.
#pragma once

#include "heterodot/grid/grid.hpp"

#include <optional>
#include <string>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

// Reads the Python dataclass heterodot.geometry.grid.Grid.
inline heterodot::Grid to_grid(pybind11::handle grid) {
  return {grid.attr("shape").cast<std::array<heterodot::Index, 3>>(),
          grid.attr("origin").cast<heterodot::Vec3>(), grid.attr("spacing").cast<heterodot::Vec3>(),
          grid.attr("periodic").cast<std::array<bool, 3>>()};
}

// Rows of a block that are used where they lie: what is laid out otherwise is refused.
template <class Number> using Rows = pybind11::array_t<Number, pybind11::array::c_style>;

// Where to write results as large as a block of (count, size) numbers: a block that the caller
// brings along, so that no fresh memory is touched, or a new one.
template <class Number, class Block>
Rows<Number> results_like(const Block &block, heterodot::Index size,
                          const std::optional<Rows<Number>> &out) {
  if (block.ndim() != 2 || block.shape(1) != size)
    throw pybind11::value_error("block must have shape (count, " + std::to_string(size) + ")");
  if (!out)
    return Rows<Number>({block.shape(0), block.shape(1)});
  if (out->ndim() != 2 || out->shape(0) != block.shape(0) || out->shape(1) != size)
    throw pybind11::value_error("out must have the shape of the block");
  return *out;
}
