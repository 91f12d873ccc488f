// A small pool of threads for loops over grid points, determinants and pair densities.
#pragma once

#include <cstddef>
#include <functional>

namespace heterodot {

// The number of threads every parallel loop uses (default: the hardware's).
int thread_count();
void set_thread_count(int count);

// Calls body(begin, end) on disjoint chunks that cover [0, count), in parallel. The chunks depend
// only on count and grain, never on the number of threads, so that a reduction that sums one value
// a chunk in order gives the same result for any thread count. Nested calls run serially. The
// first exception thrown by a body is rethrown here.
void parallel_for(std::ptrdiff_t count, std::ptrdiff_t grain,
                  const std::function<void(std::ptrdiff_t, std::ptrdiff_t)> &body);

} // namespace heterodot
