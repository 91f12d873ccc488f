#include "heterodot/linalg/gauss_seidel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "heterodot/operator/packing.hpp"
#include "heterodot/operator/sweep_kernels.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr double complement = 1.5; // of the diagonal of C†B⁻¹C

// Which orbitals lie above the shift, by the mean of the diagonal.
std::vector<bool> orbitals_above(const StencilOperator &op, const std::vector<double> &distance) {
  const auto nodes = static_cast<std::size_t>(op.grid().size());
  std::vector<double> sums(static_cast<std::size_t>(op.orbitals()), 0.0);
  for (std::size_t i = 0; i < distance.size(); ++i)
    if (op.active()[i])
      sums[i / nodes % sums.size()] += distance[i];
  std::vector<bool> above(sums.size());
  std::transform(sums.begin(), sums.end(), above.begin(), [](double sum) { return sum > 0.0; });
  return above;
}

// A brick and its halo, which stays zero: sweeps end at the brick.
struct Board {
  Aligned<float> values;
  std::array<Index, 4> layout{};

  // `afresh` where rows reach beyond a brick that the grid ends in.
  float *prepare(const Bricks &bricks, Index stride, bool afresh) {
    const std::array<Index, 4> own{bricks.nodes_with_halo(), bricks.plane_step(),
                                   bricks.line_step(), stride};
    if (layout != own || afresh)
      values.assign(static_cast<std::size_t>(bricks.nodes_with_halo() * stride), 0.0f);
    layout = own;
    return values.data();
  }
};

} // namespace

GaussSeidel::GaussSeidel(std::shared_ptr<const StencilOperator> op, double shift,
                         const GaussSeidel *beside)
    : op_(std::move(op)) {
  if (!op_->bricks().copied)
    throw std::invalid_argument("sweeps are for models with bands on both sides of a gap");
  before_ = beside ? beside->before_ : op_->triangle(true);
  after_ = beside ? beside->after_ : op_->triangle(false);
  const std::vector<std::uint8_t> &active = op_->active();
  std::vector<double> distance = op_->diagonal();
  double mean = 0.0;
  for (std::size_t i = 0; i < distance.size(); ++i) {
    distance[i] -= shift;
    mean += active[i] ? std::abs(distance[i]) : 0.0;
  }
  const double least = 1e-3 * mean / static_cast<double>(distance.size());
  const auto inverse = [&](std::size_t i) {
    return active[i] ? std::copysign(1.0 / std::max(std::abs(distance[i]), least), distance[i])
                     : 0.0;
  };
  const std::vector<bool> above = orbitals_above(*op_, distance);
  std::vector<double> inverses(distance.size());
  for (std::size_t i = 0; i < distance.size(); ++i)
    inverses[i] = inverse(i);
  const std::vector<double> squares = op_->coupling_squares(above, inverses);
  // Node by node, and the mean of both spins.
  const Index nodes = op_->grid().size(), orbitals = op_->orbitals(), spins = op_->spins();
  inverse_.assign(static_cast<std::size_t>(nodes * orbitals), 0.0f);
  for (Index band = 0; band < op_->bands(); ++band)
    for (Index node = 0; node < nodes; ++node) {
      const auto i = static_cast<std::size_t>(band * nodes + node);
      distance[i] -= complement * squares[i];
      inverse_[static_cast<std::size_t>(node * orbitals + band % orbitals)] +=
          static_cast<float>(inverse(i) / static_cast<double>(spins));
    }
}

void GaussSeidel::forward(Index node, Index last, const float *r, float *own, Index line) const {
  const Index orbitals = op_->orbitals(), stride = orbitals * line;
  for (const Run *run = op_->run_at(node); node < last; ++run) {
    const Index next = std::min(run->first + run->length, last), nodes = next - node;
    if (run->row_class < 0)
      std::fill_n(own, nodes * stride, 0.0f);
    else {
      if (next < last && run[1].row_class >= 0)
        before_->prefetch<float>(run[1].row_class);
      sweep_run(Sweep::forward, r + node * stride, own, inverse_.data() + node * orbitals, line,
                orbitals, before_->rows<float>(run->row_class), nodes);
    }
    own += nodes * stride;
    node = next;
  }
}

void GaussSeidel::backward(Index node, Index last, float *own, Index line) const {
  const Index orbitals = op_->orbitals(), stride = orbitals * line;
  for (const Run *run = op_->run_at(last - 1); last > node; --run) {
    const Index from = std::max(run->first, node);
    if (run->row_class >= 0) {
      if (from > node && run[-1].row_class >= 0)
        after_->prefetch<float>(run[-1].row_class);
      float *here = own + (from - node) * stride;
      sweep_run(Sweep::backward, here, here, inverse_.data() + from * orbitals, line, orbitals,
                after_->rows<float>(run->row_class), last - from);
    }
    last = from;
  }
}

void GaussSeidel::apply(const float *r, float *z, Index lanes) const {
  const Grid &grid = op_->grid();
  const Bricks &bricks = op_->bricks();
  const Packing block = op_->packing(1, lanes); // what matters is their product
  const Index line = block.line(), stride = block.stride();
  const Index across = bricks.count(1), along = bricks.count(2);
  const Index count = bricks.count(0) * across * along;
  const Index at_once = block.reals() < 100000 ? count : 1;
  parallel_for(count, at_once, [&](Index begin, Index stop) {
    static thread_local Board board; // kept: touching fresh memory costs as much as using it
    for (Index number = begin; number < stop; ++number) {
      const NodeIndex place{number / along / across, number / along % across, number % along};
      NodeIndex first, size;
      for (std::size_t d = 0; d < 3; ++d) {
        first[d] = place[d] * bricks.shape[d];
        size[d] = std::min(bricks.shape[d], grid.shape[d] - first[d]);
      }
      const bool afresh = size != bricks.shape && grid.is_periodic();
      float *values = board.prepare(bricks, stride, afresh);
      for (Index i = 0; i < size[0]; ++i)
        for (Index j = 0; j < size[1]; ++j) {
          const Index node = grid.index(first[0] + i, first[1] + j, first[2]);
          forward(node, node + size[2], r, values + bricks.place(i, j) * stride, line);
        }
      for (Index i = size[0] - 1; i >= 0; --i)
        for (Index j = size[1] - 1; j >= 0; --j) {
          const Index node = grid.index(first[0] + i, first[1] + j, first[2]);
          float *own = values + bricks.place(i, j) * stride;
          backward(node, node + size[2], own, line);
          std::copy_n(own, size[2] * stride, z + node * stride);
        }
    }
  });
}

} // namespace heterodot
