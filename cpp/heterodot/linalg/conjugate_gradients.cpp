#include "heterodot/linalg/conjugate_gradients.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "heterodot/linalg/vector_kernels.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr Index piece = 32768;

// a·b of every vector; the same for any number of threads.
std::vector<double> products(const float *a, const float *b, Index size, Index count) {
  const Index pieces = (size + piece - 1) / piece;
  std::vector<double> parts(static_cast<std::size_t>(pieces * count));
  parallel_for(pieces * count, 1, [&](Index begin, Index end) {
    for (Index part = begin; part < end; ++part) {
      const Index first = part / pieces * size + part % pieces * piece;
      const Index length = std::min(piece, size - part % pieces * piece);
      double sum = 0.0;
      // Sixteen terms at a time in single precision lose nothing that single precision holds.
      for (Index i = 0; i < length; i += 16) {
        float few = 0.0f;
        for (Index j = i; j < std::min(i + 16, length); ++j)
          few += a[first + j] * b[first + j];
        sum += few;
      }
      parts[static_cast<std::size_t>(part)] = sum;
    }
  });
  std::vector<double> result;
  for (Index vector = 0; vector < count; ++vector)
    result.push_back(std::accumulate(parts.begin() + vector * pieces,
                                     parts.begin() + (vector + 1) * pieces, 0.0));
  return result;
}

// y += factor x for every vector.
void add(const std::vector<double> &factor, const float *x, float *y, Index size) {
  parallel_for(size, piece, [&](Index begin, Index end) {
    for (std::size_t vector = 0; vector < factor.size(); ++vector) {
      const Index at = static_cast<Index>(vector) * size + begin;
      add_scaled(y + at, x + at, static_cast<float>(factor[vector]), end - begin);
    }
  });
}

} // namespace

int conjugate_gradients(const StencilOperator &op, const Multigrid &preconditioner, const float *b,
                        float *x, Index count, double tolerance, int most) {
  const Index size = op.size();
  if (!op.is_real() || preconditioner.size() != size)
    throw std::invalid_argument("conjugate gradients need a real operator and its preconditioner");
  const auto all = static_cast<std::size_t>(size * count);
  std::fill_n(x, all, 0.0f);
  std::vector<float> residual(b, b + all), cleaned(all), image(all);
  preconditioner.apply(residual.data(), cleaned.data(), count);
  std::vector<float> direction = cleaned;
  std::vector<double> square = products(residual.data(), cleaned.data(), size, count);
  std::vector<double> limit(square), step(square.size()), back(square.size());
  for (double &value : limit)
    value *= tolerance * tolerance;
  std::vector<char> active(square.size());
  std::transform(square.begin(), square.end(), active.begin(), [](double s) { return s > 0.0; });
  int taken = 0;
  while (taken < most && std::find(active.begin(), active.end(), 1) != active.end()) {
    op.apply_real_float(direction.data(), image.data(), count);
    const std::vector<double> energy = products(direction.data(), image.data(), size, count);
    for (std::size_t v = 0; v < step.size(); ++v) {
      active[v] = active[v] && energy[v] > 0.0;
      step[v] = active[v] ? square[v] / energy[v] : 0.0;
    }
    add(step, direction.data(), x, size);
    for (double &value : step)
      value = -value;
    add(step, image.data(), residual.data(), size);
    ++taken;
    preconditioner.apply(residual.data(), cleaned.data(), count);
    const std::vector<double> next = products(residual.data(), cleaned.data(), size, count);
    for (std::size_t v = 0; v < step.size(); ++v) {
      active[v] = active[v] && next[v] > limit[v];
      back[v] = active[v] ? next[v] / square[v] : 0.0;
    }
    square = next;
    // direction = cleaned + back · direction
    add(back, direction.data(), cleaned.data(), size);
    std::swap(direction, cleaned);
  }
  return taken;
}

} // namespace heterodot
