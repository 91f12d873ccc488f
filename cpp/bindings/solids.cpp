#include "bindings.hpp"
#include "conversions.hpp"

#include "heterodot/solids/combine.hpp"
#include "heterodot/solids/mesh_distance.hpp"
#include "heterodot/solids/plane_box.hpp"
#include "heterodot/solids/primitives.hpp"
#include "heterodot/solids/repeated.hpp"
#include "heterodot/solids/sampled.hpp"
#include "heterodot/solids/tetrapod.hpp"
#include "heterodot/solids/voxels.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

using namespace heterodot;

namespace {

using Array = py::array_t<double, py::array::c_style | py::array::forcecast>;

Array signed_distance(const Solid &solid, const Array &points) {
  if (points.ndim() < 1 || points.shape(points.ndim() - 1) != 3)
    throw py::value_error("points must have shape (..., 3)");
  Array distances(std::vector<py::ssize_t>(points.shape(), points.shape() + points.ndim() - 1));
  const std::span<const double> in(points.data(), static_cast<std::size_t>(points.size()));
  const std::span<double> out(distances.mutable_data(), in.size() / 3);
  {
    py::gil_scoped_release release;
    solid.signed_distances(in, out);
  }
  return distances;
}

template <class Combination> SolidPointer combined(const SolidPointer &a, const SolidPointer &b) {
  return std::make_shared<Combination>(a, b);
}

template <class Shape, class... Arguments> SolidPointer made(const Arguments &...arguments) {
  return std::make_shared<Shape>(arguments...);
}

// A view of memory that belongs to owner.
template <class Value>
py::array_t<Value> view(std::vector<py::ssize_t> shape, const Value *data, py::handle owner) {
  py::array_t<Value> array(std::move(shape), data, owner);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

Place to_place(int place) {
  if (place < 0 || place > 7)
    throw py::value_error("place must be a mask of half steps from 0 to 7, got " +
                          std::to_string(place));
  return static_cast<Place>(place);
}

const PlaceMap &map_at(const Voxelisation &voxels, int place) {
  const Place mask = to_place(place);
  py::gil_scoped_release release;
  return voxels.at(mask);
}

Array fractions(const Voxelisation &voxels, int place, bool with_margin) {
  const PlaceMap &map = map_at(voxels, place);
  const Grid &grid = voxels.grid();
  const Index margin = with_margin ? 1 : 0;
  const py::ssize_t regions = voxels.regions();
  Array result({regions, grid.shape[0] + 2 * margin, grid.shape[1] + 2 * margin,
                grid.shape[2] + 2 * margin});
  double *out = result.mutable_data();
  py::gil_scoped_release release;
  for (int region = 0; region < regions; ++region)
    for (Index i = -margin; i < grid.shape[0] + margin; ++i)
      for (Index j = -margin; j < grid.shape[1] + margin; ++j)
        for (Index k = -margin; k < grid.shape[2] + margin; ++k)
          *out++ = map.fraction(map.index(i, j, k), region);
  return result;
}

} // namespace

void bind_solids(py::module_ &module) {
  py::class_<Solid, py::smart_holder>(module, "Solid", "A solid given by its signed distance.")
      .def("signed_distance", &signed_distance, py::arg("points"))
      .def("bounding_box", [](const Solid &solid) {
        const Bounds bounds = solid.bounds();
        return py::make_tuple(bounds.lower, bounds.upper);
      });
  module.def("sphere", &made<Sphere, double>, py::arg("radius"));
  module.def("ellipsoid", &made<Ellipsoid, Vec3>, py::arg("semi_axes"));
  module.def("box", &made<Box, Vec3>, py::arg("lengths"));
  module.def("cylinder", &made<Cylinder, double, double>, py::arg("radius"), py::arg("length"));
  module.def("capsule", &made<Capsule, double, double>, py::arg("radius"), py::arg("length"));
  module.def("cone", &made<Cone, double, double, double>, py::arg("radius"), py::arg("height"),
             py::arg("top_radius"));
  module.def("prism", &made<Prism, int, double, double>, py::arg("sides"), py::arg("radius"),
             py::arg("height"));
  module.def("tetrapod", &made<Tetrapod, double, double, double, bool>, py::arg("core_radius"),
             py::arg("arm_radius"), py::arg("arm_length"), py::arg("rounded"));
  module.def(
      "sampled",
      [](py::handle lattice, const Array &values) -> SolidPointer {
        const Grid grid = to_grid(lattice);
        std::vector<double> copy(values.data(), values.data() + values.size());
        py::gil_scoped_release release;
        return std::make_shared<Sampled>(grid, std::move(copy));
      },
      py::arg("lattice"), py::arg("values"));
  module.def(
      "mesh_distance",
      [](std::vector<Vec3> vertices, std::vector<std::array<int, 3>> faces, const Array &points) {
        Array distances(
            std::vector<py::ssize_t>(points.shape(), points.shape() + points.ndim() - 1));
        const std::span<const double> in(points.data(), static_cast<std::size_t>(points.size()));
        const std::span<double> out(distances.mutable_data(), in.size() / 3);
        py::gil_scoped_release release;
        MeshDistance(std::move(vertices), std::move(faces)).distances(in, out);
        return distances;
      },
      py::arg("vertices"), py::arg("faces"), py::arg("points"));
  module.def("solid_union", &combined<Union>);
  module.def("solid_intersection", &combined<Intersection>);
  module.def("solid_difference", &combined<Difference>);
  module.def("translated", &made<Translated, SolidPointer, Vec3>);
  module.def("rotated", &made<Rotated, SolidPointer, Rotation>);
  module.def("scaled", &made<Scaled, SolidPointer, Vec3>);
  module.def("grown", &made<Grown, SolidPointer, double>);
  module.def("repeated", &made<Repeated, SolidPointer, Vec3>, py::arg("solid"), py::arg("period"));

  module.def("plane_box_fraction", &plane_box_fraction, py::arg("offset"), py::arg("gradient"),
             py::arg("lengths"));
  module.def("plane_box_moment", &plane_box_moment, py::arg("fraction"), py::arg("normal"),
             py::arg("lengths"));
  module.def("plane_box_polygon", [](double offset, const Vec3 &gradient, const Vec3 &lengths) {
    const Polygon polygon = plane_box_polygon(offset, gradient, lengths);
    return std::vector<Vec3>(polygon.corner.begin(), polygon.corner.begin() + polygon.corners);
  });

  py::class_<Voxelisation, std::shared_ptr<Voxelisation>>(
      module, "Voxelisation", "Region fractions and interface normals on the places of a grid.")
      .def(py::init([](py::handle grid, std::vector<SolidPointer> solids) {
             return std::make_shared<Voxelisation>(to_grid(grid), std::move(solids));
           }),
           py::arg("grid"), py::arg("solids"))
      .def(
          "coarsened",
          [](const std::shared_ptr<Voxelisation> &voxels, py::handle grid) {
            return std::make_shared<Voxelisation>(to_grid(grid), voxels);
          },
          py::arg("grid"), "The regions on the coarsened grid, put together from these.")
      .def_property_readonly("regions", &Voxelisation::regions)
      .def("prepare", &Voxelisation::prepare, py::arg("places"),
           py::call_guard<py::gil_scoped_release>(), "Build the places of a mask together.")
      .def("fractions", &fractions, py::arg("place") = 0, py::arg("with_margin") = false)
      .def(
          "cells",
          [](py::object self, int place) {
            const auto &voxels = self.cast<const Voxelisation &>();
            const PlaceMap &map = map_at(voxels, place);
            return view<std::int32_t>({map.shape()[0], map.shape()[1], map.shape()[2]},
                                      map.cells().data(), self);
          },
          py::arg("place") = 0)
      .def(
          "cuts",
          [](py::object self, int place) {
            const auto &voxels = self.cast<const Voxelisation &>();
            const PlaceMap &map = map_at(voxels, place);
            return py::make_tuple(
                view<double>({map.cut_count(), map.regions()}, map.cut_fractions(0), self),
                view<double>({map.cut_count(), 3}, map.cut_normals().data()->data(), self));
          },
          py::arg("place") = 0)
      .def(
          "inside",
          [](const Voxelisation &voxels, int place) {
            const auto inside = voxels.inside(to_place(place));
            const auto &n = voxels.grid().shape;
            py::array_t<bool> result({n[0], n[1], n[2]});
            std::copy(inside.begin(), inside.end(), result.mutable_data());
            return result;
          },
          py::arg("place") = 0)
      .def("volumes", &Voxelisation::volumes, py::call_guard<py::gil_scoped_release>())
      .def("wall_fraction", &Voxelisation::wall_fraction, py::arg("inside"), py::arg("outside"));
}
