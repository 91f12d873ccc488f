#include "bindings.hpp"

#include "heterodot/parallel/parallel.hpp"

void bind_parallel(py::module_ &module) {
  module.def("thread_count", &heterodot::thread_count,
             "The number of threads that parallel loops use.");
  module.def(
      "set_thread_count",
      [](int count) {
        if (count < 1)
          throw py::value_error("the number of threads must be at least 1, got " +
                                std::to_string(count));
        heterodot::set_thread_count(count);
      },
      py::arg("count"), "Set the number of threads that parallel loops use.");
}
