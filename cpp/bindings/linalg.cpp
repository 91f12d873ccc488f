#include "bindings.hpp"

#include <memory>
#include <vector>

#include <pybind11/complex.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "heterodot/linalg/conjugate_gradients.hpp"
#include "heterodot/linalg/multigrid.hpp"
#include "heterodot/linalg/residual_multigrid.hpp"
#include "heterodot/linalg/transfer.hpp"

using namespace heterodot;

namespace {

template <class Value> using Array = py::array_t<Value, py::array::c_style | py::array::forcecast>;

template <class Number>
py::array_t<Number> preconditioned(const Multigrid &multigrid, const Array<Number> &block) {
  if (block.ndim() != 2 || block.shape(1) != multigrid.size())
    throw py::value_error("block must have shape (count, " + std::to_string(multigrid.size()) +
                          ")");
  if (sizeof(Number) == sizeof(float) && !multigrid.is_real())
    throw py::value_error("only a real operator acts on real vectors; pass complex64");
  py::array_t<Number> result({block.shape(0), block.shape(1)});
  const Number *b = block.data();
  Number *x = result.mutable_data();
  const Index count = block.shape(0);
  {
    py::gil_scoped_release release;
    multigrid.apply(b, x, count);
  }
  return result;
}

py::tuple roughly_solved(const ResidualMultigrid &multigrid, const Array<ComplexFloat> &block) {
  if (block.ndim() != 2 || block.shape(1) != multigrid.size())
    throw py::value_error("block must have shape (count, " + std::to_string(multigrid.size()) +
                          ")");
  py::array_t<ComplexFloat> x({block.shape(0), block.shape(1)});
  py::array_t<ComplexFloat> residual({block.shape(0), block.shape(1)});
  const ComplexFloat *b = block.data();
  ComplexFloat *x_data = x.mutable_data(), *residual_data = residual.mutable_data();
  const Index count = block.shape(0);
  {
    py::gil_scoped_release release;
    multigrid.apply(b, x_data, residual_data, count);
  }
  return py::make_tuple(x, residual);
}

py::tuple solved(const StencilOperator &op, const Multigrid &preconditioner,
                 const Array<float> &block, double tolerance, int most) {
  if (block.ndim() != 2 || block.shape(1) != op.size())
    throw py::value_error("block must have shape (count, " + std::to_string(op.size()) + ")");
  py::array_t<float> result({block.shape(0), block.shape(1)});
  const float *b = block.data();
  float *x = result.mutable_data();
  const Index count = block.shape(0);
  int steps = 0;
  {
    py::gil_scoped_release release;
    steps = conjugate_gradients(op, preconditioner, b, x, count, tolerance, most);
  }
  return py::make_tuple(result, steps);
}

template <class Number>
py::array_t<Number> prolonged(const StencilOperator &coarse, const StencilOperator &fine,
                              const Array<Number> &block) {
  if (block.ndim() != 2 || block.shape(1) != coarse.size())
    throw py::value_error("block must have shape (count, " + std::to_string(coarse.size()) + ")");
  if (coarse.bands() != fine.bands() || !is_coarsened(fine.grid(), coarse.grid()))
    throw py::value_error("the coarse operator must live on the coarsened grid of the fine one");
  py::array_t<Number> result({block.shape(0), static_cast<py::ssize_t>(fine.size())});
  const Number *from = block.data();
  Number *to = result.mutable_data();
  const Index count = block.shape(0);
  {
    py::gil_scoped_release release;
    using Real = decltype(std::real(Number()));
    constexpr Index width = sizeof(Number) / sizeof(Real);
    const std::vector<float> weight = fine.interpolation_weights();
    const Index nodes = fine.grid().size(), coarse_nodes = coarse.grid().size();
    const Packing one_band{nodes, 1, 1, 1, width};
    std::fill(to, to + count * fine.size(), Number(0));
    for (Index vector = 0; vector < count; ++vector)
      for (int band = 0; band < fine.bands(); ++band)
        add_prolonged(
            one_band, {fine.place(band)}, coarse.grid(),
            reinterpret_cast<const Real *>(from + vector * coarse.size() + band * coarse_nodes),
            fine.grid(), reinterpret_cast<Real *>(to + vector * fine.size() + band * nodes),
            weight.data() + band * nodes);
  }
  return result;
}

} // namespace

void bind_linalg(py::module_ &module) {
  py::class_<Multigrid>(module, "Multigrid",
                        "A V-cycle in single precision: an approximate inverse of sign·H − shift.")
      .def(py::init([](std::vector<std::shared_ptr<StencilOperator>> operators, double sign,
                       int degree, int coarsest_degree) {
             return std::make_unique<Multigrid>(std::vector<std::shared_ptr<const StencilOperator>>(
                                                    operators.begin(), operators.end()),
                                                sign, degree, coarsest_degree);
           }),
           py::arg("operators"), py::kw_only(), py::arg("sign") = 1.0, py::arg("degree") = 2,
           py::arg("coarsest_degree") = 12,
           "Operators from the finest grid to the coarsest; degrees of the Chebyshev smoothers.")
      .def_property_readonly("size", &Multigrid::size, "Length of a vector.")
      .def_property_readonly("shifts", &Multigrid::shifts, "The shift of every level.")
      .def_property_readonly("largest_eigenvalues", &Multigrid::largest_eigenvalues,
                             "Estimated largest eigenvalue of D⁻¹(sign·H − shift) on every level.")
      .def_property_readonly("memory_bytes", &Multigrid::memory_bytes,
                             "Memory kept between applications in bytes.")
      .def("set_shifts", &Multigrid::set_shifts, py::arg("shifts"),
           py::call_guard<py::gil_scoped_release>(),
           "Set the shift of every level; missing ones repeat the last.")
      .def("apply_real", &preconditioned<float>, py::arg("block"),
           "One V-cycle on a (count, size) block of float32 vectors.")
      .def("apply", &preconditioned<ComplexFloat>, py::arg("block"),
           "One V-cycle on a (count, size) block of complex64 vectors.");
  py::class_<ResidualMultigrid>(module, "ResidualMultigrid",
                                "A V-cycle in single precision that never increases the residual: "
                                "an approximate inverse of an indefinite H − shift.")
      .def(py::init([](std::vector<std::shared_ptr<StencilOperator>> operators, double shift) {
             return std::make_unique<ResidualMultigrid>(
                 std::vector<std::shared_ptr<const StencilOperator>>(operators.begin(),
                                                                     operators.end()),
                 shift);
           }),
           py::arg("operators"), py::arg("shift"),
           "Operators from the finest grid to the coarsest.")
      .def_property_readonly("size", &ResidualMultigrid::size, "Length of a vector.")
      .def("apply", &roughly_solved, py::arg("block"),
           "x ≈ (H − shift)⁻¹ b for a (count, size) block of complex64 vectors, and the residuals "
           "b − (H − shift) x.");
  module.def("conjugate_gradients", &solved, py::arg("operator"), py::arg("preconditioner"),
             py::arg("block"), py::arg("tolerance"), py::arg("most"),
             "Solutions of operator·x = b for a (count, size) block of float32 vectors, and the "
             "steps taken. The preconditioned residuals fall by `tolerance`.");
  module.def("prolong_real", &prolonged<double>, py::arg("coarse"), py::arg("fine"),
             py::arg("block"), "Interpolate real vectors of a coarse operator to a finer one.");
  module.def("prolong", &prolonged<Complex>, py::arg("coarse"), py::arg("fine"), py::arg("block"),
             "Interpolate complex vectors of a coarse operator to a finer one.");
}
