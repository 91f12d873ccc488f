#include "bindings.hpp"

PYBIND11_MODULE(_core, module) {
  module.doc() = "The compiled core of heterodot.";
  bind_parallel(module);
  bind_solids(module);
  bind_operators(module);
  bind_linalg(module);
  bind_coulomb(module);
  bind_ci(module);
}
