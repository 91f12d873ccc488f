#include "heterodot/linalg/residual_multigrid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "heterodot/linalg/residual_kernels.hpp"
#include "heterodot/linalg/transfer.hpp"
#include "heterodot/operator/packing.hpp"
#include "heterodot/operator/stencil_stream.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr Index piece = 4096;        // slots in a chunk of a loop over a vector
constexpr int coarsest_rounds = 10;  // of smoothing, instead of a solution
constexpr double least_angle = 1e-6; // sin² below which two directions count as one

// The sum over lines, in their order: the same for any number of threads.
std::vector<double> summed(const std::vector<double> &lines, Index width) {
  std::vector<double> total(static_cast<std::size_t>(width), 0.0);
  for (std::size_t i = 0; i < lines.size(); ++i)
    total[i % total.size()] += lines[i];
  return total;
}

// The sum over the parts of complex numbers of sums[product][lane].
double of_vector(const std::vector<double> &sums, Index lanes, Index product, Index vector) {
  const auto at = static_cast<std::size_t>(product * lanes + 2 * vector);
  return sums[at] + sums[at + 1];
}

} // namespace

ResidualMultigrid::ResidualMultigrid(std::vector<std::shared_ptr<const StencilOperator>> operators,
                                     double shift, const ResidualMultigrid *beside)
    : shift_(static_cast<float>(shift)),
      memory_(beside ? beside->memory_ : std::make_shared<Memory>()) {
  if (operators.empty())
    throw std::invalid_argument("multigrid needs at least one operator");
  for (std::size_t l = 0; l < operators.size(); ++l) {
    const auto &op = operators[l];
    if (l > 0 && (op->bands() != operators[l - 1]->bands() ||
                  !is_coarsened(operators[l - 1]->grid(), op->grid())))
      throw std::invalid_argument("operator " + std::to_string(l) +
                                  " must be the same model on the coarsened grid of operator " +
                                  std::to_string(l - 1));
    const Packing packing = op->packing(1, 2);
    Level level{op, node_by_node(packing, op->interpolation_weights()), {}, {}};
    const std::vector<double> diagonal = node_by_node(packing, op->diagonal());
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
  const auto operator_of = [](const Level &level) { return level.op; };
  if (beside && !std::ranges::equal(levels_, beside->levels_, {}, operator_of, operator_of))
    throw std::invalid_argument("only multigrids of the same operators share memory");
}

// The best x + α D⁻¹r + β (D⁻¹A) D⁻¹r.
void ResidualMultigrid::smooth(const Level &level, float *x, float *residual, Index vectors,
                               Workspace &own) const {
  const Index slots = level.op->size(), lanes = 2 * vectors, width = 5 * lanes;
  const Index slots_a_node = level.op->bands(), line = level.op->grid().shape[2];
  float *step = own.step.data(), *second = own.second.data(), *image = own.image.data();
  const float *diagonal = level.diagonal.data(), *inverse = level.inverse.data();
  parallel_for(slots, piece, [&](Index begin, Index end) {
    scaled(inverse + begin, residual + begin * lanes, step + begin * lanes, end - begin, lanes);
  });
  // The image of the first direction is D times the second.
  level.op->stream(step, lanes, [&](Index node, Index nodes, const float *hx) {
    const Index slot = node * slots_a_node, at = slot * lanes;
    scaled_image(inverse + slot, shift_, hx, step + at, second + at, nodes * slots_a_node, lanes);
  });
  own.sums.assign(static_cast<std::size_t>(level.op->grid().size() / line * width), 0.0);
  level.op->stream(second, lanes, [&](Index node, Index nodes, const float *hx) {
    const Index slot = node * slots_a_node, at = slot * lanes, count = nodes * slots_a_node;
    shifted_image(shift_, hx, second + at, image + at, count * lanes);
    add_products(diagonal + slot, second + at, image + at, residual + at, count, lanes,
                 own.sums.data() + node / line * width);
  });
  const std::vector<double> sums = summed(own.sums, width);
  std::array<float, Packing::widest> alpha{}, beta{};
  for (Index v = 0; v < vectors; ++v) {
    const auto sum = [&](Index product) { return of_vector(sums, lanes, product, v); };
    const double aa = sum(0), ab = sum(1), bb = sum(2), ar = sum(3), br = sum(4);
    const double determinant = aa * bb - ab * ab;
    double first = 0.0, other = 0.0;
    if (determinant > least_angle * aa * bb) {
      first = (bb * ar - ab * br) / determinant;
      other = (aa * br - ab * ar) / determinant;
    } else if (aa > 0.0)
      first = ar / aa;
    std::fill_n(alpha.begin() + 2 * v, 2, static_cast<float>(first));
    std::fill_n(beta.begin() + 2 * v, 2, static_cast<float>(other));
  }
  parallel_for(slots, piece, [&](Index begin, Index end) {
    const Index at = begin * lanes;
    advance(alpha.data(), beta.data(), diagonal + begin, step + at, second + at, image + at, x + at,
            residual + at, end - begin, lanes);
  });
}

// Adds the coarser grid's correction, as much of it as is good for the residual.
void ResidualMultigrid::correct(std::size_t l, float *x, float *residual, Index vectors,
                                std::vector<Workspace> &work) const {
  const Level &level = levels_[l], &coarse = levels_[l + 1];
  Workspace &own = work[l], &below = work[l + 1];
  const Index slots = level.op->size(), lanes = 2 * vectors, width = 2 * lanes;
  const Index slots_a_node = level.op->bands(), line = level.op->grid().shape[2];
  float *step = own.step.data(), *image = own.image.data();
  parallel_for(slots, piece, [&](Index begin, Index end) {
    const Index at = begin * lanes;
    scaled(level.weight.data() + begin, residual + at, image + at, end - begin, lanes);
    std::fill(step + at, step + end * lanes, 0.0f);
  });
  const Packing packing = level.op->packing(vectors, 2);
  restrict_to(packing, level.op->places(), level.op->grid(), image, coarse.op->grid(),
              below.residual.data(), coarse.weight.data());
  cycle(l + 1, below.x.data(), below.residual.data(), vectors, work);
  add_prolonged(packing, level.op->places(), coarse.op->grid(), below.x.data(), level.op->grid(),
                step, level.weight.data());
  own.sums.assign(static_cast<std::size_t>(level.op->grid().size() / line * width), 0.0);
  level.op->stream(step, lanes, [&](Index node, Index nodes, const float *hx) {
    const Index at = node * slots_a_node * lanes, count = nodes * slots_a_node;
    shifted_image(shift_, hx, step + at, image + at, count * lanes);
    add_products(image + at, residual + at, count, lanes, own.sums.data() + node / line * width);
  });
  const std::vector<double> sums = summed(own.sums, width);
  std::array<float, Packing::widest> factor{};
  for (Index v = 0; v < vectors; ++v) {
    const double square = of_vector(sums, lanes, 0, v), along = of_vector(sums, lanes, 1, v);
    std::fill_n(factor.begin() + 2 * v, 2, static_cast<float>(square > 0.0 ? along / square : 0.0));
  }
  parallel_for(slots, piece, [&](Index begin, Index end) {
    const Index at = begin * lanes;
    advance(factor.data(), step + at, image + at, x + at, residual + at, end - begin, lanes);
  });
}

// Finds x for the right side that `residual` holds, and leaves the residual there.
void ResidualMultigrid::cycle(std::size_t l, float *x, float *residual, Index vectors,
                              std::vector<Workspace> &work) const {
  const Level &level = levels_[l];
  const Index reals = 2 * vectors * level.op->size();
  parallel_for(reals, piece * Packing::widest,
               [&](Index begin, Index end) { std::fill(x + begin, x + end, 0.0f); });
  if (l + 1 == levels_.size()) {
    for (int round = 0; round < coarsest_rounds; ++round)
      smooth(level, x, residual, vectors, work[l]);
    return;
  }
  smooth(level, x, residual, vectors, work[l]);
  correct(l, x, residual, vectors, work);
  smooth(level, x, residual, vectors, work[l]);
}

void ResidualMultigrid::apply(const ComplexFloat *b, ComplexFloat *x, ComplexFloat *residual,
                              Index count) const {
  const Level &finest = levels_.front();
  const Packing any = finest.op->packing(1, 2);
  const std::lock_guard<std::mutex> lock(memory_->busy);
  std::vector<Workspace> &work = memory_->levels;
  work.resize(levels_.size());
  for (Index first = 0; first < count;) {
    const Packing own = any.next(count - first, sizeof(float));
    const Index vectors = std::min(own.vectors, count - first);
    // What does not exist is never written: it must be zero in any layout.
    for (std::size_t l = 0; l < levels_.size() && memory_->vectors != own.vectors; ++l) {
      Workspace &level = work[l];
      for (auto *vector : {&level.x, &level.residual, &level.step, &level.second, &level.image})
        vector->assign(static_cast<std::size_t>(own.lanes() * levels_[l].op->size()), 0.0f);
    }
    memory_->vectors = own.vectors;
    float *x_packed = work[0].x.data(), *residual_packed = work[0].residual.data();
    pack(own, reinterpret_cast<const float *>(b + first * size()), vectors, residual_packed);
    parallel_for(size(), piece, [&](Index begin, Index end) {
      for (Index slot = begin; slot < end; ++slot)
        if (finest.weight[static_cast<std::size_t>(slot)] == 0.0f)
          std::fill_n(residual_packed + slot * own.lanes(), own.lanes(), 0.0f);
    });
    cycle(0, x_packed, residual_packed, own.vectors, work);
    unpack(own, x_packed, reinterpret_cast<float *>(x + first * size()), vectors);
    unpack(own, residual_packed, reinterpret_cast<float *>(residual + first * size()), vectors);
    first += vectors;
  }
}

} // namespace heterodot
