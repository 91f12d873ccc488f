#include "bindings.hpp"
#include "conversions.hpp"

#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <pybind11/complex.h>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "heterodot/linalg/conjugate_gradients.hpp"
#include "heterodot/linalg/gauss_seidel.hpp"
#include "heterodot/linalg/interpolation.hpp"
#include "heterodot/linalg/multigrid.hpp"
#include "heterodot/linalg/residual_multigrid.hpp"
#include "heterodot/linalg/ritz_update.hpp"
#include "heterodot/linalg/row_blocks.hpp"
#include "heterodot/linalg/transfer.hpp"

using namespace heterodot;

namespace {

template <class Value> using Array = py::array_t<Value, py::array::c_style | py::array::forcecast>;

template <class Number>
Rows<Number> preconditioned(const Multigrid &multigrid, const Array<Number> &block,
                            const std::optional<Rows<Number>> &out) {
  Rows<Number> result = results_like(block, multigrid.size(), out);
  if (sizeof(Number) == sizeof(float) && !multigrid.is_real())
    throw py::value_error("only a real operator acts on real vectors; pass complex64");
  const Number *b = block.data();
  Number *x = result.mutable_data();
  const Index count = block.shape(0);
  {
    py::gil_scoped_release release;
    multigrid.apply(b, x, count);
  }
  return result;
}

using OutPair = std::optional<std::pair<Rows<ComplexFloat>, Rows<ComplexFloat>>>;

py::tuple roughly_solved(const ResidualMultigrid &multigrid, const Array<ComplexFloat> &block,
                         const OutPair &out) {
  const auto own = [&](bool second) {
    std::optional<Rows<ComplexFloat>> given;
    if (out)
      given = second ? out->second : out->first;
    return results_like(block, multigrid.size(), given);
  };
  Rows<ComplexFloat> x = own(false), residual = own(true);
  const ComplexFloat *b = block.data();
  ComplexFloat *x_data = x.mutable_data(), *residual_data = residual.mutable_data();
  const Index count = block.shape(0);
  {
    py::gil_scoped_release release;
    multigrid.apply(b, x_data, residual_data, count);
  }
  return py::make_tuple(x, residual);
}

Rows<ComplexFloat> swept(const GaussSeidel &sweeps, const Array<ComplexFloat> &block) {
  const StencilOperator &op = sweeps.op();
  Rows<ComplexFloat> result = results_like(block, op.size(), std::optional<Rows<ComplexFloat>>());
  const float *from = reinterpret_cast<const float *>(block.data());
  float *to = reinterpret_cast<float *>(result.mutable_data());
  const Packing one = op.packing(1, 2);
  Aligned<float> r(static_cast<std::size_t>(one.reals())), z(r.size());
  for (Index v = 0; v < block.shape(0); ++v) {
    pack(one, from + v * one.reals(), 1, r.data());
    sweeps.apply(r.data(), z.data(), one.lanes());
    unpack(one, z.data(), to + v * one.reals(), 1);
  }
  return result;
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
    for (Index vector = 0; vector < count; ++vector)
      for (int band = 0; band < fine.bands(); ++band)
        interpolate(
            coarse.grid(),
            reinterpret_cast<const Real *>(from + vector * coarse.size() + band * coarse_nodes),
            fine.grid(), fine.place(band), width, weight.data() + band * nodes,
            reinterpret_cast<Real *>(to + vector * fine.size() + band * nodes));
  }
  return result;
}

// Rows that are contiguous each, whatever lies between them.
template <class Real> using SeparateRows = py::array_t<Real>;

template <class Real> Index row_step(const SeparateRows<Real> &block) {
  const auto size = static_cast<py::ssize_t>(sizeof(Real));
  if (block.ndim() != 2 || (block.shape(1) > 1 && block.strides(1) != size) ||
      block.strides(0) % size)
    throw py::value_error("rows must be contiguous numbers of a (count, size) block");
  return block.strides(0) / size;
}
template <class Real> RowBlock<const Real> rows_of(const SeparateRows<Real> &block) {
  return {block.data(), block.shape(0), row_step(block)};
}
template <class Real> RowBlock<Real> writable_rows_of(SeparateRows<Real> &block) {
  return {block.mutable_data(), block.shape(0), row_step(block)};
}

// A block whose rows are `width`·`halves` real rows each.
template <class Real>
RowLayout row_layout(const SeparateRows<Real> &block, Index width, Index halves) {
  if (width < 1 || width > 2 || halves < 1 || halves > 2)
    throw py::value_error("width and halves must be 1 or 2");
  if (block.ndim() != 2 || block.shape(1) % (width * halves))
    throw py::value_error("rows must be (count, columns·width·halves) reals");
  return {block.shape(1) / (width * halves), width, halves};
}

template <class Left, class Real>
py::array_t<double> products_of_rows(const SeparateRows<Left> &left,
                                     const SeparateRows<Real> &right, Index width, Index halves) {
  const RowLayout layout = row_layout(left, width, halves);
  if (right.ndim() != 2 || right.shape(1) != left.shape(1))
    throw py::value_error("both blocks must have rows of the same length");
  const RowBlock<const Left> lefts = rows_of(left);
  const RowBlock<const Real> rights = rows_of(right);
  py::array_t<double> products({lefts.count * layout.parts(), rights.count * layout.parts()});
  double *to = products.mutable_data();
  {
    py::gil_scoped_release release;
    row_products(layout, lefts, rights, to);
  }
  return products;
}

template <class Real>
void combination_of_rows(const Rows<Real> &coefficients, const SeparateRows<Real> &source,
                         SeparateRows<Real> target, Index width, Index halves, bool add) {
  const RowLayout layout = row_layout(source, width, halves);
  if (target.ndim() != 2 || target.shape(1) != source.shape(1))
    throw py::value_error("both blocks must have rows of the same length");
  if (coefficients.ndim() != 2 || coefficients.shape(0) != target.shape(0) * layout.parts() ||
      coefficients.shape(1) != source.shape(0) * layout.parts())
    throw py::value_error("coefficients must have shape (target rows, source rows)");
  const RowBlock<const Real> from = rows_of(source);
  const RowBlock<Real> to = writable_rows_of(target);
  {
    py::gil_scoped_release release;
    combine_rows(layout, coefficients.data(), from, to, add);
  }
}

// Of some rows: written in single precision where there is a place for them.
py::array_t<double> norms_of_residuals(const Rows<double> &vectors, const Rows<double> &images,
                                       const std::vector<double> &values,
                                       const std::vector<Index> &numbers,
                                       std::optional<Rows<float>> residuals) {
  const auto count = static_cast<Index>(numbers.size()), length = Index(vectors.shape(1));
  if (vectors.ndim() != 2 || images.ndim() != 2 || images.shape(1) != length ||
      static_cast<Index>(values.size()) != count)
    throw py::value_error(
        "vectors and images must have rows of one length, and values one of each");
  if (residuals &&
      (residuals->ndim() != 2 || residuals->shape(1) != length || residuals->shape(0) != count))
    throw py::value_error("residuals must have one row for every number");
  for (const Index number : numbers)
    if (number < 0 || number >= vectors.shape(0) || number >= images.shape(0))
      throw py::index_error("there is no row " + std::to_string(number));
  py::array_t<double> norms(count);
  double *norm = norms.mutable_data();
  float *to = residuals ? residuals->mutable_data() : nullptr;
  {
    py::gil_scoped_release release;
    for (Index k = 0; k < count; ++k) {
      const auto at = static_cast<std::size_t>(k);
      norm[k] = std::sqrt(row_residual(length, vectors.data() + numbers[at] * length,
                                       images.data() + numbers[at] * length, values[at],
                                       to ? to + k * length : nullptr));
    }
  }
  return norms;
}

// One step of Rayleigh–Ritz in place; all coefficients are those of real parts.
std::vector<double> updated_ritz_vectors(
    SeparateRows<double> vectors, SeparateRows<float> residuals, SeparateRows<float> directions,
    SeparateRows<float> images, const Rows<double> &rotation, const Rows<float> &shifts,
    const Rows<float> &steps, const std::vector<double> &values, const std::vector<Index> &kept,
    const std::vector<double> &factors, Index width, Index halves) {
  const RowLayout layout = row_layout(vectors, width, halves);
  const auto count = static_cast<Index>(values.size());
  for (const auto *block : {&residuals, &directions, &images})
    if (block->ndim() != 2 || block->shape(1) != vectors.shape(1))
      throw py::value_error("all blocks must have rows of the same length");
  const RitzBlocks blocks{writable_rows_of(vectors), writable_rows_of(residuals),
                          writable_rows_of(directions), writable_rows_of(images)};
  if (blocks.vectors.count != count || blocks.residuals.count != count ||
      blocks.images.count != blocks.directions.count || kept.size() != factors.size() ||
      static_cast<Index>(kept.size()) > blocks.directions.count)
    throw py::value_error("there must be a value and a residual for every vector, an image for "
                          "every direction, and a factor for every one that is kept");
  for (const Index number : kept)
    if (number < 0 || number >= count)
      throw py::index_error("there is no vector " + std::to_string(number));
  const Index rows = count * layout.parts(), sources = blocks.directions.count * layout.parts();
  const auto fits = [rows](const auto &coefficients, Index across) {
    return coefficients.ndim() == 2 && coefficients.shape(0) == rows &&
           coefficients.shape(1) == across;
  };
  if (!fits(rotation, rows) || !fits(shifts, rows) || !fits(steps, sources))
    throw py::value_error("coefficients must have shape (target rows, source rows)");
  const RitzCoefficients coefficients{rotation.data(), steps.data(), shifts.data(),
                                      values,          kept,         factors};
  py::gil_scoped_release release;
  return update_ritz_vectors(layout, blocks, coefficients);
}

template <class Left, class Real> void bind_row_products(py::module_ &module) {
  module.def("row_products", &products_of_rows<Left, Real>, py::arg("left").noconvert(),
             py::arg("right").noconvert(), py::kw_only(), py::arg("width"), py::arg("halves"),
             "Inner products of all real rows that make up two blocks of vectors, in the precision "
             "of the second.");
}

template <class Real> void bind_row_blocks(py::module_ &module) {
  module.def("combine_rows", &combination_of_rows<Real>, py::arg("coefficients").noconvert(),
             py::arg("source").noconvert(), py::arg("target").noconvert(), py::kw_only(),
             py::arg("width"), py::arg("halves"), py::arg("add") = false,
             "Write (or add) combinations of the real rows that make up a block of vectors. The "
             "target may be the beginning of the source.");
}

} // namespace

void bind_linalg(py::module_ &module) {
  bind_row_products<float, float>(module);
  bind_row_products<double, float>(module);
  bind_row_products<double, double>(module);
  bind_row_blocks<float>(module);
  bind_row_blocks<double>(module);
  module.def("update_ritz_vectors", &updated_ritz_vectors, py::arg("vectors").noconvert(),
             py::arg("residuals").noconvert(), py::arg("directions").noconvert(),
             py::arg("images").noconvert(), py::kw_only(), py::arg("rotation").noconvert(),
             py::arg("shifts").noconvert(), py::arg("steps").noconvert(), py::arg("values"),
             py::arg("kept"), py::arg("factors"), py::arg("width"), py::arg("halves"),
             "Add steps, combinations of float32 directions, to rotated vectors; write the "
             "residuals, and the steps kept in place of the first directions. Returns the norms of "
             "the residuals.");
  module.def(
      "row_residuals", &norms_of_residuals, py::arg("vectors").noconvert(),
      py::arg("images").noconvert(), py::arg("values"), py::arg("numbers"),
      py::arg("out").noconvert() = py::none(),
      "Norms of images − values · vectors for rows of given numbers, which themselves may go "
      "to float32 rows.");
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
           py::arg("out").noconvert() = py::none(),
           "One V-cycle on a (count, size) block of float32 vectors, which may be overwritten.")
      .def("apply", &preconditioned<ComplexFloat>, py::arg("block"),
           py::arg("out").noconvert() = py::none(),
           "One V-cycle on a (count, size) block of complex64 vectors, which may be overwritten.");
  py::class_<GaussSeidel>(module, "GaussSeidel",
                          "Symmetric sweeps through every brick of the grid.")
      .def(py::init([](std::shared_ptr<StencilOperator> op, double shift) {
             return std::make_unique<GaussSeidel>(std::move(op), shift, nullptr);
           }),
           py::arg("operator"), py::arg("shift"))
      .def("apply", &swept, py::arg("block"),
           "z ≈ (H − shift)⁻¹ r for a (count, size) block of complex64 vectors.");
  py::class_<ResidualMultigrid>(module, "ResidualMultigrid",
                                "A V-cycle in single precision that never increases the residual: "
                                "an approximate inverse of an indefinite H − shift.")
      .def(py::init([](std::vector<std::shared_ptr<StencilOperator>> operators, double shift,
                       const ResidualMultigrid *beside) {
             return std::make_unique<ResidualMultigrid>(
                 std::vector<std::shared_ptr<const StencilOperator>>(operators.begin(),
                                                                     operators.end()),
                 shift, beside);
           }),
           py::arg("operators"), py::arg("shift"), py::arg("beside") = nullptr,
           "Operators from the finest grid to the coarsest; another multigrid of theirs, to share "
           "its memory to work in.")
      .def_property_readonly("size", &ResidualMultigrid::size, "Length of a vector.")
      .def("set_shifts", &ResidualMultigrid::set_shifts, py::arg("shifts"),
           "Move the shift of every level; missing ones repeat the last.")
      .def("apply", &roughly_solved, py::arg("block"), py::arg("out").noconvert() = py::none(),
           "x ≈ (H − shift)⁻¹ b for a (count, size) block of complex64 vectors, and the residuals "
           "b − (H − shift) x; the block may be overwritten.");
  module.def("conjugate_gradients", &solved, py::arg("operator"), py::arg("preconditioner"),
             py::arg("block"), py::arg("tolerance"), py::arg("most"),
             "Solutions of operator·x = b for a (count, size) block of float32 vectors, and the "
             "steps taken. The preconditioned residuals fall by `tolerance`.");
  module.def("prolong_real", &prolonged<double>, py::arg("coarse"), py::arg("fine"),
             py::arg("block"), "Interpolate real vectors of a coarse operator to a finer one.");
  module.def("prolong", &prolonged<Complex>, py::arg("coarse"), py::arg("fine"), py::arg("block"),
             "Interpolate complex vectors of a coarse operator to a finer one.");
}
