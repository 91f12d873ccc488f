#include "bindings.hpp"

#include <pybind11/complex.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "heterodot/ci/hamiltonian.hpp"
#include "heterodot/ci/second_order.hpp"

namespace {

using heterodot::CIHamiltonian;
using heterodot::Complex;
using heterodot::Determinants;
using heterodot::Index;
using heterodot::PerturbedCarriers;
using heterodot::SecondOrder;
using Reals = py::array_t<double, py::array::c_style | py::array::forcecast>;
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

std::vector<double> to_vector(const Reals &array) {
  return {array.data(), array.data() + array.size()};
}

// One kind of carrier from (active, particles, levels, interactions of pairs).
PerturbedCarriers to_carriers(const py::tuple &carriers) {
  const auto level = carriers[2].cast<Reals>(), pair = carriers[3].cast<Reals>();
  return {int(level.size()), carriers[0].cast<int>(), carriers[1].cast<int>(), to_vector(level),
          to_vector(pair)};
}

void bind_second_order(py::module_ &module) {
  py::class_<SecondOrder>(module, "SecondOrder",
                          "Energies at second order of determinants outside the active spinors.")
      .def(py::init([](const py::tuple &first, const py::tuple &second, const Reals &cross,
                       const Array &coefficients, double energy) {
             PerturbedCarriers one = to_carriers(first), other = to_carriers(second);
             const Index rows = heterodot::binomial(one.active, one.particles),
                         columns = heterodot::binomial(other.active, other.particles);
             require_shape(coefficients, "coefficients", {rows, columns});
             return std::make_unique<SecondOrder>(std::move(one), std::move(other),
                                                  to_vector(cross), coefficients.data(), energy);
           }),
           py::arg("first"), py::arg("second"), py::arg("cross"), py::arg("coefficients"),
           py::arg("energy"))
      .def(
          "one",
          [](const SecondOrder &self, Index begin, const Array &one_body, const Array &like,
             const Array &attraction) {
            const Index count = one_body.shape(0), n = self.active_first(),
                        m = self.active_second();
            require_shape(one_body, "one_body", {count, n});
            require_shape(like, "like", {count, n, n, n});
            require_shape(attraction, "attraction", {count, n, m, m});
            Reals energy(count);
            double *to = energy.mutable_data(), largest;
            {
              py::gil_scoped_release release;
              largest = self.one(begin, count, one_body.data(), like.data(), attraction.data(), to);
            }
            return py::make_tuple(energy, largest);
          },
          py::arg("begin"), py::arg("one_body"), py::arg("like"), py::arg("attraction"),
          "One carrier of the first kind outside: energies (count,) and the largest denominator.")
      .def(
          "two",
          [](const SecondOrder &self, Index begin, const Array &like) {
            const Index count = like.shape(0), n = self.active_first();
            require_shape(like, "like", {count, n, begin + count, n});
            Reals energy({count, begin + count});
            double *to = energy.mutable_data(), largest;
            {
              py::gil_scoped_release release;
              largest = self.two(begin, count, like.data(), to);
            }
            return py::make_tuple(energy, largest);
          },
          py::arg("begin"), py::arg("like"),
          "Two carriers of the first kind outside: (count, begin + count), b < a.")
      .def(
          "both",
          [](const SecondOrder &self, Index begin, const Array &attraction) {
            const Index count = attraction.shape(0), others = self.outer_second();
            require_shape(attraction, "attraction",
                          {count, self.active_first(), others, self.active_second()});
            Reals energy({count, others});
            double *to = energy.mutable_data(), largest;
            {
              py::gil_scoped_release release;
              largest = self.both(begin, count, attraction.data(), to);
            }
            return py::make_tuple(energy, largest);
          },
          py::arg("begin"), py::arg("attraction"),
          "One carrier of each kind outside: (count, outer second spinors).");
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
          "block",
          [](const CIHamiltonian &h, const std::vector<Index> &determinants) {
            for (const Index d : determinants)
              if (d < 0 || d >= h.size())
                throw py::index_error("determinants must be below the size " +
                                      std::to_string(h.size()) + ", got " + std::to_string(d));
            const Index count = determinants.size();
            Array matrix({count, count});
            const std::vector<Complex> values = h.block(determinants);
            std::copy(values.begin(), values.end(), matrix.mutable_data());
            return matrix;
          },
          py::arg("determinants"), "Dense matrix of some determinants (count, count).")
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
  bind_second_order(module);
}
