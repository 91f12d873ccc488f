#include "bindings.hpp"

#include <pybind11/complex.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "heterodot/ci/hamiltonian.hpp"

namespace {

using heterodot::CIHamiltonian;
using heterodot::Complex;
using heterodot::Determinants;
using heterodot::Index;
using Array = py::array_t<Complex, py::array::c_style | py::array::forcecast>;

void require_shape(const Array &array, const char *name, std::vector<Index> shape) {
  bool same = array.ndim() == static_cast<Index>(shape.size());
  for (std::size_t d = 0; same && d < shape.size(); ++d)
    same = array.shape(d) == shape[d];
  if (!same)
    throw py::value_error(std::string(name) + " has the wrong shape: expected " +
                          py::str(py::cast(shape)).cast<std::string>() + ", got " +
                          py::str(array.attr("shape")).cast<std::string>());
}

py::array_t<int> occupations(const Determinants &determinants) {
  py::array_t<int> result({determinants.size(), Index(determinants.particles())});
  std::copy_n(determinants.occupied(0), determinants.size() * determinants.particles(),
              result.mutable_data());
  return result;
}

} // namespace

void bind_ci(py::module_ &module) {
  py::class_<CIHamiltonian>(module, "CIHamiltonian",
                            "Electrons and holes in all determinants of given spinors.")
      .def(py::init([](int electrons, int holes, const Array &one_body_electron,
                       const Array &one_body_hole, const Array &ee, const Array &hh,
                       const Array &eh) {
             const Index ne = one_body_electron.shape(0), nh = one_body_hole.shape(0);
             require_shape(one_body_electron, "one_body_electron", {ne, ne});
             require_shape(one_body_hole, "one_body_hole", {nh, nh});
             require_shape(ee, "ee", {ne, ne, ne, ne});
             require_shape(hh, "hh", {nh, nh, nh, nh});
             require_shape(eh, "eh", {ne, ne, nh, nh});
             py::gil_scoped_release release;
             return std::make_unique<CIHamiltonian>(
                 heterodot::Species(ne, electrons, one_body_electron.data(), ee.data()),
                 heterodot::Species(nh, holes, one_body_hole.data(), hh.data()), eh.data());
           }),
           py::arg("electrons"), py::arg("holes"), py::arg("one_body_electron"),
           py::arg("one_body_hole"), py::arg("ee"), py::arg("hh"), py::arg("eh"))
      .def_property_readonly("size", &CIHamiltonian::size, "Number of determinants.")
      .def_property_readonly(
          "diagonal",
          [](const CIHamiltonian &h) {
            const std::vector<double> values = h.diagonal();
            return py::array_t<double>(values.size(), values.data());
          },
          "Diagonal elements (size,) in eV.")
      .def_property_readonly(
          "electron_determinants",
          [](const CIHamiltonian &h) { return occupations(h.electrons().determinants()); },
          "Occupied electron spinors of each electron determinant.")
      .def_property_readonly(
          "hole_determinants",
          [](const CIHamiltonian &h) { return occupations(h.holes().determinants()); },
          "Occupied hole spinors of each hole determinant.")
      .def(
          "apply",
          [](const CIHamiltonian &h, const Array &x) {
            if (x.ndim() != 2)
              throw py::value_error("vectors must have shape (count, size)");
            require_shape(x, "vectors", {x.shape(0), h.size()});
            Array y({x.shape(0), h.size()});
            const Complex *from = x.data();
            Complex *to = y.mutable_data();
            {
              py::gil_scoped_release release;
              // Few vectors at a time: a key pressed is noticed between them.
              const Index each =
                  std::max<Index>(1, (Index(1) << 20) / std::max<Index>(1, h.size()));
              for (Index v = 0; v < x.shape(0); v += each) {
                h.apply(from + v * h.size(), to + v * h.size(), std::min(each, x.shape(0) - v));
                py::gil_scoped_acquire acquire;
                if (PyErr_CheckSignals() != 0)
                  throw py::error_already_set();
              }
            }
            return y;
          },
          py::arg("vectors"), "Apply to vectors (count, size); returns the same shape.");
}
