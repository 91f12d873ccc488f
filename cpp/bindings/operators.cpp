#include "bindings.hpp"

void bind_operators(py::module_ &) {}
