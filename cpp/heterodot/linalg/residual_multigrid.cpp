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

constexpr Index piece = 4096;       // slots in a chunk of a loop over a vector
constexpr int rounds = 2;           // of smoothing before and after a correction: with fewer, what
                                    // surrounds a cycle would take as long as the cycle
constexpr int coarsest_rounds = 10; // of smoothing, instead of a solution

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
    : memory_(beside ? beside->memory_ : std::make_shared<Memory>()) {
  if (operators.empty())
    throw std::invalid_argument("multigrid needs at least one operator");
  for (std::size_t l = 0; l < operators.size(); ++l) {
    const auto &op = operators[l];
    if (l > 0 && (op->bands() != operators[l - 1]->bands() ||
                  !is_coarsened(operators[l - 1]->grid(), op->grid())))
      throw std::invalid_argument("operator " + std::to_string(l) +
                                  " must be the same model on the coarsened grid of operator " +
                                  std::to_string(l - 1));
    const GaussSeidel *known =
        beside && l < beside->levels_.size() ? &beside->levels_[l].sweeps : nullptr;
    const std::vector<float> weight = op->interpolation_weights();
    const bool weighted =
        std::ranges::any_of(weight, [](float own) { return own > 0.0f && own < 1.0f; });
    levels_.push_back({op, node_by_node(op->packing(1, 2), weight), weighted,
                       GaussSeidel(op, shift, known), static_cast<float>(shift)});
  }
  const auto operator_of = [](const Level &level) { return level.op; };
  if (beside && !std::ranges::equal(levels_, beside->levels_, {}, operator_of, operator_of))
    throw std::invalid_argument("only multigrids of the same operators share memory");
}

void ResidualMultigrid::set_shifts(const std::vector<double> &shifts) {
  if (shifts.empty())
    throw std::invalid_argument("at least one shift is needed");
  for (std::size_t l = 0; l < levels_.size(); ++l)
    levels_[l].shift = static_cast<float>(shifts[std::min(l, shifts.size() - 1)]);
}

void ResidualMultigrid::smooth(const Level &level, float *x, float *residual, Index vectors,
                               Workspace &own, bool from_zero) const {
  level.sweeps.apply(residual, own.step.data(), 2 * vectors);
  advance(level, x, residual, vectors, own, from_zero);
}

// Adds as much of the step to x (or to zero) as is good for the residual.
void ResidualMultigrid::advance(const Level &level, float *x, float *residual, Index vectors,
                                Workspace &own, bool from_zero) const {
  const Index slots = level.op->size(), lanes = 2 * vectors, width = 2 * lanes;
  const Index slots_a_node = level.op->bands(), line = level.op->grid().shape[2];
  float *step = own.step.data(), *image = own.image.data();
  own.sums.assign(static_cast<std::size_t>(level.op->grid().size() / line * width), 0.0);
  level.op->stream(step, lanes, [&](Index node, Index nodes, const float *hx) {
    const Index at = node * slots_a_node * lanes, count = nodes * slots_a_node;
    shifted_image(level.shift, hx, step + at, image + at, count * lanes);
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
    const auto add = from_zero ? first_step : add_step;
    add(factor.data(), step + at, image + at, x + at, residual + at, end - begin, lanes);
  });
}

void ResidualMultigrid::correct(std::size_t l, float *x, float *residual, Index vectors,
                                std::vector<Workspace> &work) const {
  const Level &level = levels_[l], &coarse = levels_[l + 1];
  Workspace &own = work[l], &below = work[l + 1];
  const Index lanes = 2 * vectors;
  float *image = own.image.data();
  if (level.weighted)
    parallel_for(level.op->size(), piece, [&](Index begin, Index end) {
      const Index at = begin * lanes;
      scaled(level.weight.data() + begin, residual + at, image + at, end - begin, lanes);
    });
  const Packing packing = level.op->packing(vectors, 2);
  restrict_to(packing, level.op->places(), level.op->grid(), level.weighted ? image : residual,
              coarse.op->grid(), below.residual.data(), coarse.weight.data());
  cycle(l + 1, below.x.data(), below.residual.data(), vectors, work);
  add_prolonged(packing, level.op->places(), coarse.op->grid(), below.x.data(), level.op->grid(),
                own.step.data(), level.weight.data(), true);
  advance(level, x, residual, vectors, own, false);
}

// Finds x for the right side that `residual` holds, and leaves the residual there.
void ResidualMultigrid::cycle(std::size_t l, float *x, float *residual, Index vectors,
                              std::vector<Workspace> &work) const {
  const Level &level = levels_[l];
  const bool last = l + 1 == levels_.size();
  for (int round = 0; round < (last ? coarsest_rounds : rounds); ++round)
    smooth(level, x, residual, vectors, work[l], round == 0);
  if (last)
    return;
  correct(l, x, residual, vectors, work);
  for (int round = 0; round < rounds; ++round)
    smooth(level, x, residual, vectors, work[l], false);
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
      for (auto *vector : {&level.x, &level.residual, &level.step, &level.image})
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
