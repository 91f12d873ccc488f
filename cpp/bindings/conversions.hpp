// Conversions that several binding units share.
#pragma once

#include "heterodot/grid/grid.hpp"

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

// Reads the Python dataclass heterodot.geometry.grid.Grid.
inline heterodot::Grid to_grid(pybind11::handle grid) {
  return {grid.attr("shape").cast<std::array<heterodot::Index, 3>>(),
          grid.attr("origin").cast<heterodot::Vec3>(), grid.attr("spacing").cast<heterodot::Vec3>(),
          grid.attr("periodic").cast<std::array<bool, 3>>()};
}
