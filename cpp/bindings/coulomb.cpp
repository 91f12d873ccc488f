#include "bindings.hpp"

void bind_coulomb(py::module_ &) {}
