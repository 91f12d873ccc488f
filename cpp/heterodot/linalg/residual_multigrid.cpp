#include "heterodot/linalg/residual_multigrid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "heterodot/linalg/residual_kernels.hpp"
#include "heterodot/linalg/transfer.hpp"
#include "heterodot/operator/stencil_stream.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr Index piece = 32768;       // degrees of freedom in a chunk of a loop over a vector
constexpr int coarsest_rounds = 10;  // of smoothing, instead of a solution
constexpr double least_angle = 1e-6; // sin² below which two directions count as one

float *reals(ComplexFloat *x) {
  return reinterpret_cast<float *>(x);
}
const float *reals(const ComplexFloat *x) {
  return reinterpret_cast<const float *>(x);
}

// Sums over pieces in their order: the same for any number of threads.
template <std::size_t count, class Work>
std::array<double, count> summed(Index size, const Work &work) {
  std::vector<std::array<double, count>> parts(
      static_cast<std::size_t>((size + piece - 1) / piece));
  parallel_for(size, piece, [&](Index begin, Index end) {
    for (Index first = begin; first < end; first += piece)
      parts[static_cast<std::size_t>(first / piece)] = work(first, std::min(first + piece, end));
  });
  std::array<double, count> total{};
  for (const auto &part : parts)
    for (std::size_t k = 0; k < count; ++k)
      total[k] += part[k];
  return total;
}

} // namespace

ResidualMultigrid::ResidualMultigrid(std::vector<std::shared_ptr<const StencilOperator>> operators,
                                     double shift)
    : shift_(static_cast<float>(shift)) {
  if (operators.empty())
    throw std::invalid_argument("multigrid needs at least one operator");
  for (std::size_t l = 0; l < operators.size(); ++l) {
    const auto &op = operators[l];
    if (l > 0 && (op->bands() != operators[l - 1]->bands() ||
                  !is_coarsened(operators[l - 1]->grid(), op->grid())))
      throw std::invalid_argument("operator " + std::to_string(l) +
                                  " must be the same model on the coarsened grid of operator " +
                                  std::to_string(l - 1));
    Level level{op, op->interpolation_weights(), {}, {}};
    const std::vector<double> diagonal = op->diagonal();
    double mean = 0.0;
    for (std::size_t i = 0; i < diagonal.size(); ++i)
      mean += level.weight[i] != 0.0f ? std::abs(diagonal[i] - shift) : 0.0;
    const double least = 1e-3 * mean / static_cast<double>(diagonal.size());
    level.diagonal.assign(diagonal.size(), 0.0f);
    level.inverse.assign(diagonal.size(), 0.0f);
    for (std::size_t i = 0; i < diagonal.size(); ++i)
      if (level.weight[i] != 0.0f) {
        const double distance = diagonal[i] - shift;
        const double kept = std::copysign(std::max(std::abs(distance), least), distance);
        level.diagonal[i] = static_cast<float>(kept);
        level.inverse[i] = static_cast<float>(1.0 / kept);
      }
    levels_.push_back(std::move(level));
  }
}

// The best x + α D⁻¹r + β (D⁻¹A) D⁻¹r.
void ResidualMultigrid::smooth(const Level &level, ComplexFloat *x, ComplexFloat *residual,
                               Index count, Workspace &own) const {
  const Index size = level.op->size();
  ComplexFloat *step = own.step.data(), *second = own.second.data(), *image = own.image.data();
  const float *diagonal = level.diagonal.data(), *inverse = level.inverse.data();
  for (Index v = 0; v < count; ++v)
    parallel_for(size, piece, [&](Index begin, Index end) {
      const Index at = v * size + begin;
      scaled(inverse + begin, reals(residual + at), reals(step + at), end - begin);
    });
  // The image of the first direction is D times the second.
  level.op->stream(step, count, [&](Index v, Index position, Index length, const ComplexFloat *hx) {
    const Index at = v * size + position;
    scaled_image(inverse + position, shift_, reals(hx), reals(step + at), reals(second + at),
                 length);
  });
  level.op->stream(
      second, count, [&](Index v, Index position, Index length, const ComplexFloat *hx) {
        const Index at = v * size + position;
        shifted_image(shift_, reals(hx), reals(second + at), reals(image + at), 2 * length);
      });
  for (Index v = 0; v < count; ++v) {
    const auto [aa, ab, bb, ar, br] = summed<5>(size, [&](Index begin, Index end) {
      const Index at = v * size + begin;
      return products(diagonal + begin, reals(second + at), reals(image + at), reals(residual + at),
                      end - begin);
    });
    double alpha = 0.0, beta = 0.0;
    const double determinant = aa * bb - ab * ab;
    if (determinant > least_angle * aa * bb) {
      alpha = (bb * ar - ab * br) / determinant;
      beta = (aa * br - ab * ar) / determinant;
    } else if (aa > 0.0)
      alpha = ar / aa;
    parallel_for(size, piece, [&](Index begin, Index end) {
      const Index at = v * size + begin;
      advance(static_cast<float>(alpha), static_cast<float>(beta), diagonal + begin,
              reals(step + at), reals(second + at), reals(image + at), reals(x + at),
              reals(residual + at), end - begin);
    });
  }
}

// Adds the coarser grid's correction, as much of it as is good for the residual.
void ResidualMultigrid::correct(std::size_t l, ComplexFloat *x, ComplexFloat *residual, Index count,
                                std::vector<Workspace> &work) const {
  const Level &level = levels_[l], &coarse = levels_[l + 1];
  Workspace &own = work[l], &below = work[l + 1];
  const Index size = level.op->size(), coarse_size = coarse.op->size();
  const Index nodes = level.op->grid().size(), coarse_nodes = coarse.op->grid().size();
  ComplexFloat *step = own.step.data(), *image = own.image.data();
  for (Index v = 0; v < count; ++v) {
    parallel_for(size, piece, [&](Index begin, Index end) {
      const Index at = v * size + begin;
      scaled(level.weight.data() + begin, reals(residual + at), reals(image + at), end - begin);
      std::fill(step + at, step + at + end - begin, ComplexFloat(0));
    });
    for (int band = 0; band < level.op->bands(); ++band)
      restrict_to(level.op->grid(), image + v * size + band * nodes, coarse.op->grid(),
                  below.residual.data() + v * coarse_size + band * coarse_nodes,
                  level.op->place(band), coarse.weight.data() + band * coarse_nodes);
  }
  cycle(l + 1, below.x.data(), below.residual.data(), count, work);
  for (Index v = 0; v < count; ++v)
    for (int band = 0; band < level.op->bands(); ++band)
      add_prolonged(coarse.op->grid(), below.x.data() + v * coarse_size + band * coarse_nodes,
                    level.op->grid(), step + v * size + band * nodes, level.op->place(band),
                    level.weight.data() + band * nodes);
  level.op->stream(step, count, [&](Index v, Index position, Index length, const ComplexFloat *hx) {
    const Index at = v * size + position;
    shifted_image(shift_, reals(hx), reals(step + at), reals(image + at), 2 * length);
  });
  for (Index v = 0; v < count; ++v) {
    const auto [square, along] = summed<2>(size, [&](Index begin, Index end) {
      const Index at = v * size + begin;
      return products(reals(image + at), reals(residual + at), 2 * (end - begin));
    });
    const auto factor = static_cast<float>(square > 0.0 ? along / square : 0.0);
    parallel_for(size, piece, [&](Index begin, Index end) {
      const Index at = v * size + begin;
      advance(factor, reals(step + at), reals(image + at), reals(x + at), reals(residual + at),
              2 * (end - begin));
    });
  }
}

// Finds x for the right side that `residual` holds, and leaves the residual there.
void ResidualMultigrid::cycle(std::size_t l, ComplexFloat *x, ComplexFloat *residual, Index count,
                              std::vector<Workspace> &work) const {
  const Level &level = levels_[l];
  std::fill(x, x + count * level.op->size(), ComplexFloat(0));
  if (l + 1 == levels_.size()) {
    for (int round = 0; round < coarsest_rounds; ++round)
      smooth(level, x, residual, count, work[l]);
    return;
  }
  smooth(level, x, residual, count, work[l]);
  correct(l, x, residual, count, work);
  smooth(level, x, residual, count, work[l]);
}

void ResidualMultigrid::apply(const ComplexFloat *b, ComplexFloat *x, ComplexFloat *residual,
                              Index count) const {
  // A few vectors at a time: enough to use every row of the operator more than once.
  const Index together = std::clamp<Index>((Index{1} << 23) / size(), 1, 4);
  const auto block = static_cast<std::size_t>(std::min(together, count));
  const std::lock_guard<std::mutex> lock(busy_);
  std::vector<Workspace> &work = work_;
  work.resize(levels_.size());
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    const std::size_t n = block * static_cast<std::size_t>(levels_[l].op->size());
    for (auto *vector : {&work[l].step, &work[l].second, &work[l].image})
      vector->resize(std::max(n, vector->size()));
    if (l > 0)
      for (auto *vector : {&work[l].x, &work[l].residual})
        vector->resize(std::max(n, vector->size()));
  }
  for (Index first = 0; first < count; first += together) {
    const Index own = std::min(together, count - first);
    for (Index v = first; v < first + own; ++v)
      parallel_for(size(), piece, [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) {
          const bool exists = levels_.front().weight[static_cast<std::size_t>(i)] != 0.0f;
          residual[v * size() + i] = exists ? b[v * size() + i] : ComplexFloat(0);
        }
      });
    cycle(0, x + first * size(), residual + first * size(), own, work);
  }
}

} // namespace heterodot
