#include "heterodot/linalg/multigrid.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "heterodot/linalg/transfer.hpp"
#include "heterodot/linalg/vector_kernels.hpp"
#include "heterodot/operator/stencil_stream.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr Index piece = 4096; // slots in a chunk of a loop over a vector

// The largest eigenvalue of a symmetric tridiagonal matrix, by bisection on the count of negative
// pivots (Sturm).
double largest_tridiagonal(const std::vector<double> &diagonal, const std::vector<double> &beside) {
  double low = 0.0, high = 0.0;
  for (std::size_t i = 0; i < diagonal.size(); ++i)
    high = std::max(high, std::abs(diagonal[i]) + (i ? std::abs(beside[i - 1]) : 0.0) +
                              (i + 1 < diagonal.size() ? std::abs(beside[i]) : 0.0));
  for (int step = 0; step < 40; ++step) {
    const double middle = 0.5 * (low + high);
    double pivot = 1.0;
    bool above = true; // all eigenvalues lie below `middle`
    for (std::size_t i = 0; i < diagonal.size() && above; ++i) {
      pivot = middle - diagonal[i] - (i ? beside[i - 1] * beside[i - 1] / pivot : 0.0);
      above = pivot > 0.0;
    }
    (above ? high : low) = middle;
  }
  return high;
}

} // namespace

Multigrid::Multigrid(std::vector<std::shared_ptr<const StencilOperator>> operators, double sign,
                     int degree, int coarsest_degree)
    : sign_(sign), degree_(degree), coarsest_degree_(coarsest_degree) {
  if (operators.empty())
    throw std::invalid_argument("multigrid needs at least one operator");
  if (degree < 1 || coarsest_degree < 1)
    throw std::invalid_argument("the degree of a smoother must be at least 1");
  for (std::size_t l = 0; l < operators.size(); ++l) {
    const auto &op = operators[l];
    if (l > 0) {
      const auto &finer = operators[l - 1];
      bool alike = op->bands() == finer->bands() && op->is_real() == finer->is_real();
      for (int band = 0; alike && band < op->bands(); ++band)
        alike = op->place(band) == finer->place(band);
      if (!alike || !is_coarsened(finer->grid(), op->grid()))
        throw std::invalid_argument("operator " + std::to_string(l) +
                                    " must be the same model on the coarsened grid of operator " +
                                    std::to_string(l - 1));
    }
    const Packing packing = op->packing(1, width());
    levels_.push_back({op,
                       node_by_node(packing, op->diagonal()),
                       node_by_node(packing, op->interpolation_weights()),
                       {},
                       0.0,
                       2.0});
  }
}

std::vector<double> Multigrid::shifts() const {
  std::vector<double> shifts;
  for (const Level &level : levels_)
    shifts.push_back(level.shift);
  return shifts;
}

void Multigrid::set_shifts(const std::vector<double> &shifts) {
  if (shifts.empty())
    throw std::invalid_argument("at least one shift is needed");
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    Level &level = levels_[l];
    const double shift = shifts[std::min(l, shifts.size() - 1)];
    level.shift = shift;
    double mean = 0.0;
    Index count = 0;
    for (std::size_t i = 0; i < level.diagonal.size(); ++i)
      if (level.weight[i] != 0.0f) {
        mean += std::abs(sign_ * level.diagonal[i] - shift);
        ++count;
      }
    // The diagonal of a positive definite matrix is positive; a shift inside the spectrum of a
    // coarse operator must not turn the smoother around.
    const double least = 0.02 * mean / static_cast<double>(std::max<Index>(count, 1));
    level.inverse_diagonal.assign(level.diagonal.size(), 0.0f);
    for (std::size_t i = 0; i < level.diagonal.size(); ++i)
      if (level.weight[i] != 0.0f)
        level.inverse_diagonal[i] =
            static_cast<float>(1.0 / std::max(sign_ * level.diagonal[i] - shift, least));
    level.largest = 1.05 * estimate_largest(level);
  }
}

// Lanczos on D^−½ A D^−½: a few steps find the upper end of the spectrum to a few per cent.
double Multigrid::estimate_largest(const Level &level) const {
  constexpr int steps = 12;
  const Index lanes = width(), bands = level.op->bands();
  const auto n = static_cast<std::size_t>(level.op->size() * lanes);
  std::vector<float> root(n), v(n), before(n, 0.0f), scaled(n, 0.0f), next(n, 0.0f);
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  const auto product = [](const std::vector<float> &x, const std::vector<float> &y) {
    double sum = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i)
      sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
    return sum;
  };
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t slot = i / static_cast<std::size_t>(lanes);
    root[i] = std::sqrt(level.inverse_diagonal[slot]);
    v[i] = level.weight[slot] != 0.0f ? uniform(random) : 0.0f;
  }
  std::vector<double> alpha, beta;
  double length = std::sqrt(product(v, v));
  if (length == 0.0)
    return 1.0;
  for (float &value : v)
    value /= static_cast<float>(length);
  for (int step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < n; ++i)
      scaled[i] = root[i] * v[i];
    level.op->stream(scaled.data(), lanes, [&](Index node, Index nodes, const float *hx) {
      for (Index t = 0; t < nodes * bands * lanes; ++t) {
        const auto i = static_cast<std::size_t>(node * bands * lanes + t);
        next[i] = root[i] *
                  (static_cast<float>(sign_) * hx[t] - static_cast<float>(level.shift) * scaled[i]);
      }
    });
    const double along = product(v, next);
    alpha.push_back(along);
    const float back = beta.empty() ? 0.0f : static_cast<float>(beta.back());
    for (std::size_t i = 0; i < n; ++i)
      next[i] -= static_cast<float>(along) * v[i] + back * before[i];
    length = std::sqrt(product(next, next));
    beta.push_back(length);
    if (length < 1e-6)
      break;
    std::swap(before, v);
    for (std::size_t i = 0; i < n; ++i)
      v[i] = next[i] / static_cast<float>(length);
  }
  return largest_tridiagonal(alpha, beta);
}

// Runs the Chebyshev iteration of the fourth kind; returns where the result is (x or other).
float *Multigrid::smooth(const Level &level, const float *b, float *x, float *other, int degree,
                         bool from_zero, Index lanes) const {
  const Index bands = level.op->bands();
  const auto largest = static_cast<float>(level.largest);
  const float *inverse = level.inverse_diagonal.data();
  int first = 0;
  if (from_zero) {
    parallel_for(level.op->size(), piece, [&](Index begin, Index end) {
      const Index at = begin * lanes;
      first_step(4.0f / (3.0f * largest), b + at, inverse + begin, x + at, end - begin, lanes);
      std::fill(other + at, other + end * lanes, 0.0f);
    });
    first = 1;
  }
  for (int k = first; k < degree; ++k) {
    const auto order = static_cast<float>(k);
    const SmootherStep how{static_cast<float>(sign_), static_cast<float>(level.shift),
                           k == 0 ? 0.0f : (2 * order - 1) / (2 * order + 3),
                           (8 * order + 4) / ((2 * order + 3) * largest)};
    level.op->stream(x, lanes, [&](Index node, Index nodes, const float *hx) {
      const Index slot = node * bands, at = slot * lanes;
      smooth_piece(how, hx, x + at, other + at, b + at, inverse + slot, nodes * bands, lanes);
    });
    std::swap(x, other);
  }
  return x;
}

void Multigrid::cycle(std::size_t l, Index lanes, std::vector<Workspace> &work) const {
  const Level &level = levels_[l];
  Workspace &own = work[l];
  const Packing packing = level.op->packing(1, lanes); // what matters are the lanes
  const Index bands = level.op->bands();
  const bool last = l + 1 == levels_.size();
  // Coarser levels cost an eighth of the next finer one: smoothing twice as well there saves more.
  const int degree = last ? coarsest_degree_ : l > 0 ? 2 * degree_ : degree_;
  const float *b = own.b.data();
  float *at = smooth(level, b, own.x.data(), own.other.data(), degree, true, lanes);
  float *other = at == own.x.data() ? own.other.data() : own.x.data();
  if (!last) {
    const Level &coarse = levels_[l + 1];
    Workspace &below = work[l + 1];
    level.op->stream(at, lanes, [&](Index node, Index nodes, const float *hx) {
      const Index slot = node * bands, where = slot * lanes;
      residual_piece(static_cast<float>(sign_), static_cast<float>(level.shift), hx, at + where,
                     b + where, level.weight.data() + slot, own.residual.data() + where,
                     nodes * bands, lanes);
    });
    restrict_to(packing, level.op->places(), level.op->grid(), own.residual.data(),
                coarse.op->grid(), below.b.data(), coarse.weight.data());
    cycle(l + 1, lanes, work);
    add_prolonged(packing, level.op->places(), coarse.op->grid(), below.x.data(), level.op->grid(),
                  at, level.weight.data());
    at = smooth(level, b, at, other, degree, false, lanes);
  }
  if (at != own.x.data())
    std::swap(own.x, own.other);
}

template <class Number> void Multigrid::apply(const Number *b, Number *x, Index count) const {
  if (levels_.front().inverse_diagonal.empty())
    throw std::logic_error("set the shifts first");
  constexpr Index width_of = sizeof(Number) / sizeof(float);
  const Packing any = levels_.front().op->packing(1, width_of);
  const std::lock_guard<std::mutex> lock(busy_);
  work_.resize(levels_.size());
  for (Index first = 0; first < count;) {
    const Packing own = any.next(count - first, sizeof(float));
    const Index vectors = std::min(own.vectors, count - first);
    // What does not exist is never written: it must be zero in any layout.
    for (std::size_t l = 0; l < levels_.size() && lanes_ != own.lanes(); ++l) {
      Workspace &level = work_[l];
      for (auto *vector : {&level.b, &level.x, &level.other, &level.residual})
        vector->assign(static_cast<std::size_t>(own.lanes() * levels_[l].op->size()), 0.0f);
    }
    lanes_ = own.lanes();
    pack(own, reinterpret_cast<const float *>(b + first * size()), vectors, work_[0].b.data());
    cycle(0, own.lanes(), work_);
    unpack(own, work_[0].x.data(), reinterpret_cast<float *>(x + first * size()), vectors);
    first += vectors;
  }
}

template void Multigrid::apply<float>(const float *, float *, Index) const;
template void Multigrid::apply<ComplexFloat>(const ComplexFloat *, ComplexFloat *, Index) const;

std::vector<double> Multigrid::largest_eigenvalues() const {
  std::vector<double> values;
  for (const Level &level : levels_)
    values.push_back(level.largest);
  return values;
}

Index Multigrid::memory_bytes() const {
  Index bytes = 0;
  for (const Level &level : levels_)
    bytes += level.op->size() * static_cast<Index>(sizeof(double) + 2 * sizeof(float));
  return bytes;
}

} // namespace heterodot
