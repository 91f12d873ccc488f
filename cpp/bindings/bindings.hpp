#pragma once

#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_parallel(py::module_ &module);
void bind_solids(py::module_ &module);
void bind_operators(py::module_ &module);
void bind_linalg(py::module_ &module);
void bind_coulomb(py::module_ &module);
void bind_ci(py::module_ &module);
