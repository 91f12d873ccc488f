#include "bindings.hpp"

void bind_solids(py::module_ &) {}
