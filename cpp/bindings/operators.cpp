#include "bindings.hpp"
#include "conversions.hpp"

#include <type_traits>

#include <pybind11/complex.h>
#include <pybind11/eigen.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "heterodot/operator/discretise.hpp"

using namespace heterodot;

namespace {

template <class Value> using Array = py::array_t<Value, py::array::c_style | py::array::forcecast>;

template <class Value> py::array_t<Value> as_array(const std::vector<Value> &values) {
  return py::array_t<Value>(static_cast<py::ssize_t>(values.size()), values.data());
}

template <class Number, class Operator>
Rows<Number> applied(const Operator &op, const Array<Number> &block,
                     const std::optional<Rows<Number>> &out,
                     void (Operator::*apply)(const Number *, Number *, Index) const) {
  Rows<Number> result = results_like(block, op.size(), out);
  const Number *x = block.data();
  Number *y = result.mutable_data();
  const Index count = block.shape(0);
  {
    py::gil_scoped_release release;
    (op.*apply)(x, y, count);
  }
  return result;
}

template <class Number>
auto applying(void (StencilOperator::*apply)(const Number *, Number *, Index) const) {
  return [apply](const StencilOperator &op, const Array<Number> &block,
                 const std::optional<Rows<Number>> &out) {
    if (sizeof(Number) <= sizeof(double) && !std::is_same_v<Number, ComplexFloat> && !op.is_real())
      throw py::value_error("only a real operator acts on real vectors; use apply");
    return applied(op, block, out, apply);
  };
}

PolynomialField polynomial_field(int orbitals, int spins, const std::vector<int> &places,
                                 const std::vector<Eigen::MatrixXcd> &forms,
                                 const std::vector<Eigen::MatrixXcd> &spin_orbit) {
  PolynomialField field;
  field.orbitals = orbitals;
  field.spins = spins;
  for (int place : places)
    field.places.push_back(static_cast<Place>(place));
  for (std::size_t r = 0; r < forms.size(); ++r)
    field.regions.push_back({forms[r], r < spin_orbit.size() ? spin_orbit[r] : Eigen::MatrixXcd()});
  return field;
}

InterfaceRule interface_rule(const std::string &name) {
  if (name == "laminate")
    return InterfaceRule::laminate;
  if (name == "average")
    return InterfaceRule::average;
  if (name == "staircase")
    return InterfaceRule::staircase;
  throw py::value_error("interface must be 'laminate', 'average' or 'staircase', got '" + name +
                        "'");
}

} // namespace

void bind_operators(py::module_ &module) {
  py::class_<LinearOperator, std::shared_ptr<LinearOperator>>(
      module, "LinearOperator", "A Hermitian operator on blocks of complex vectors.")
      .def_property_readonly("size", &LinearOperator::size, "Length of a vector.")
      .def(
          "apply",
          [](const LinearOperator &op, const Array<Complex> &block,
             const std::optional<Rows<Complex>> &out) {
            return applied(op, block, out, &LinearOperator::apply);
          },
          py::arg("block"), py::arg("out").noconvert() = py::none(),
          "Apply to a (count, size) block of row vectors; the result may go to a given block.");

  py::class_<StencilOperator, LinearOperator, std::shared_ptr<StencilOperator>>(
      module, "StencilOperator", "A matrix-free operator on a grid.")
      .def("apply_float", applying(&StencilOperator::apply_float), py::arg("block"),
           py::arg("out").noconvert() = py::none(), "Apply to a block of complex64 vectors.")
      .def("apply_real", applying(&StencilOperator::apply_real), py::arg("block"),
           py::arg("out").noconvert() = py::none(),
           "Apply a real operator to a block of float64 vectors.")
      .def("apply_real_float", applying(&StencilOperator::apply_real_float), py::arg("block"),
           py::arg("out").noconvert() = py::none(),
           "Apply a real operator to a block of float32 vectors.")
      .def_property_readonly("bands", &StencilOperator::bands, "Number of bands, spin included.")
      .def_property_readonly("orbitals", &StencilOperator::orbitals, "Number of orbital bands.")
      .def_property_readonly("spins", &StencilOperator::spins, "1, or 2 for spinful models.")
      .def_property_readonly("is_real", &StencilOperator::is_real,
                             "Whether the operator is real symmetric.")
      .def_property_readonly("row_classes", &StencilOperator::row_classes,
                             "Number of distinct rows stored.")
      .def_property_readonly("memory_bytes", &StencilOperator::memory_bytes,
                             "Memory of the stored rows in bytes.")
      .def_property_readonly(
          "shape",
          [](const StencilOperator &op) {
            const auto &n = op.grid().shape;
            return py::make_tuple(op.bands(), n[0], n[1], n[2]);
          },
          "Shape (bands, x, y, z) of a vector.")
      .def_property_readonly(
          "places",
          [](const StencilOperator &op) {
            std::vector<int> places;
            for (int band = 0; band < op.bands(); ++band)
              places.push_back(op.place(band));
            return places;
          },
          "Mask of half steps of every band's location.")
      .def(
          "diagonal", [](const StencilOperator &op) { return as_array(op.diagonal()); },
          "The diagonal, one value a degree of freedom (0 where inactive).")
      .def(
          "with_potential",
          [](const StencilOperator &op, const Array<double> &potential) {
            return op.with_potential({potential.data(), potential.data() + potential.size()});
          },
          py::arg("potential"),
          "The operator plus a local potential in eV, (orbitals, x, y, z) at the orbitals' places.")
      .def(
          "active",
          [](const StencilOperator &op) { return as_array(op.active()).attr("astype")("bool"); },
          "Mask of the degrees of freedom inside a hard wall.")
      .def(
          "compressed_rows",
          [](const StencilOperator &op, Index first, Index last) {
            const auto rows = op.compressed_rows(first, last);
            return py::make_tuple(as_array(rows.row_pointer), as_array(rows.column),
                                  as_array(rows.value));
          },
          py::arg("first"), py::arg("last"),
          "Rows [first, last) of the active part: row pointer, columns, values.");

  module.def(
      "discretise",
      [](const Voxelisation &voxels, int orbitals, int spins, const std::vector<int> &places,
         const std::vector<Eigen::MatrixXcd> &forms,
         const std::vector<Eigen::MatrixXcd> &spin_orbit, const std::string &interface, int order,
         bool corrected_fractions, bool wall, double tail_diffusion, double barrier_edge,
         double reference_energy, double tangential_energy, bool cut_cells, bool mixed_products,
         bool share_rows, const Vec3 &wave_vector) {
        const PolynomialField field = polynomial_field(orbitals, spins, places, forms, spin_orbit);
        const DiscretisationOptions options{
            interface_rule(interface),
            order,
            corrected_fractions,
            {wall, tail_diffusion, barrier_edge, reference_energy, tangential_energy},
            cut_cells,
            mixed_products,
            share_rows,
            wave_vector};
        py::gil_scoped_release release;
        return discretise(voxels, field, options);
      },
      py::arg("voxels"), py::kw_only(), py::arg("orbitals"), py::arg("spins"), py::arg("places"),
      py::arg("forms"), py::arg("spin_orbit"), py::arg("interface") = "laminate",
      py::arg("order") = 4, py::arg("corrected_fractions") = true, py::arg("wall") = false,
      py::arg("tail_diffusion") = 0.0, py::arg("barrier_edge") = 0.0,
      py::arg("reference_energy") = 0.0, py::arg("tangential_energy") = 0.0,
      py::arg("cut_cells") = true, py::arg("mixed_products") = true, py::arg("share_rows") = true,
      py::arg("wave_vector") = Vec3{},
      "The operator of a k·p polynomial in every region of a voxelised nanocrystal.");
}
