#include "bindings.hpp"

void bind_ci(py::module_ &) {}
