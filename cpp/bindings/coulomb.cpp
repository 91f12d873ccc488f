#include "bindings.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include "heterodot/coulomb/panels.hpp"
#include "heterodot/fields/convolution.hpp"

namespace {

using heterodot::Convolution;
using heterodot::Index;
using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

// Panels as arrays; keeps the arrays alive that the core points into.
class PanelArrays {
public:
  PanelArrays(Array centers, Array normals, Array areas, Array nodes, Array node_normals,
              Array weights)
      : arrays_{centers, normals, areas, nodes, node_normals, weights} {
    const Index count = areas.size(), nodes_each = heterodot::panel_nodes;
    const Index nodes_all = count * nodes_each;
    const Index sizes[] = {3 * count, 3 * count, count, 3 * nodes_all, 3 * nodes_all, nodes_all};
    for (int a = 0; a < 6; ++a)
      if (arrays_[a].size() != sizes[a])
        throw py::value_error("the arrays of the panels do not fit together");
  }
  heterodot::Panels view() const {
    return {arrays_[2].size(), arrays_[0].data(), arrays_[1].data(), arrays_[2].data(),
            arrays_[3].data(), arrays_[4].data(), arrays_[5].data()};
  }

private:
  std::array<Array, 6> arrays_;
};

Array panel_matrix(const PanelArrays &arrays) {
  const heterodot::Panels panels = arrays.view();
  Array matrix({panels.count, panels.count});
  double *out = matrix.mutable_data();
  {
    py::gil_scoped_release release;
    heterodot::panel_matrix(panels, out);
  }
  return matrix;
}

py::tuple panel_response(const PanelArrays &arrays, const Array &points, const Array &strength) {
  if (points.ndim() != 2 || points.shape(1) != 3)
    throw py::value_error("points must have shape (count, 3)");
  const heterodot::Panels panels = arrays.view();
  if (strength.size() != panels.count)
    throw py::value_error("strength must have one value for each panel");
  const Index count = points.shape(0);
  Array uneven(count);
  py::array_t<float> potential({count, panels.count}), field({count, panels.count});
  const double *from = points.data();
  float *potentials = potential.mutable_data(), *fields = field.mutable_data();
  const double *strengths = strength.data();
  double *rests = uneven.mutable_data();
  {
    py::gil_scoped_release release;
    heterodot::panel_response(panels, strengths, from, count, potentials, fields, rests);
  }
  return py::make_tuple(potential, field, uneven);
}

} // namespace

void bind_coulomb(py::module_ &module) {
  py::class_<PanelArrays>(module, "Panels", "Panels of surfaces.")
      .def(py::init<Array, Array, Array, Array, Array, Array>(), py::arg("centers"),
           py::arg("normals"), py::arg("areas"), py::arg("nodes"), py::arg("node_normals"),
           py::arg("weights"))
      .def("matrix", &panel_matrix,
           "Normal derivative at each centre of the potential of unit charge density on each "
           "panel, zero on the diagonal.")
      .def("response", &panel_response, py::arg("points"), py::arg("strength"),
           "Potential of unit charge density on each panel at points (count, 3), and the mean "
           "normal field E on each panel of a unit charge there; both (count, panels). Last what "
           "the charge density strength * E adds there by not being constant on panels, (count,).");
  module.def("fft_length", &heterodot::fft_length, py::arg("least"),
             "The smallest even length without prime factors above 5.");
  py::class_<Convolution>(module, "Convolution",
                          "Convolution of real fields on a box with one real even kernel.")
      .def(
          py::init(
              [](std::array<Index, 3> shape, const Array &octant, std::array<Index, 3> margin) {
                if (octant.ndim() != 3)
                  throw py::value_error("octant must have three axes");
                std::array<Index, 3> padded;
                for (int a = 0; a < 3; ++a)
                  padded[a] = 2 * (octant.shape(a) - 1);
                return std::make_unique<Convolution>(
                    shape, margin, padded,
                    std::vector<double>(octant.data(), octant.data() + octant.size()));
              }),
          py::arg("shape"), py::arg("octant"), py::arg("margin") = std::array<Index, 3>{0, 0, 0},
          "Fields are zero on the outer `margin` nodes of each axis, results are given everywhere.")
      .def(
          "apply",
          [](const Convolution &convolution, const Array &fields) {
            const auto [nx, ny, nz] = convolution.shape();
            if (fields.ndim() != 4 || fields.shape(1) != nx || fields.shape(2) != ny ||
                fields.shape(3) != nz)
              throw py::value_error("fields must have shape (count, nx, ny, nz) of the box");
            py::array_t<double> results({fields.shape(0), nx, ny, nz});
            const double *from = fields.data();
            double *to = results.mutable_data();
            {
              py::gil_scoped_release release;
              convolution.apply(from, to, fields.shape(0));
            }
            return results;
          },
          py::arg("fields"), "Convolve fields (count, nx, ny, nz); returns the same shape.");
}
