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

constexpr Index piece = 32768; // degrees of freedom in a chunk of a loop over a vector

template <class Number> constexpr Index width_of = sizeof(Number) / sizeof(float);

template <class Number> const float *reals(const Number *x) {
  return reinterpret_cast<const float *>(x);
}
template <class Number> float *reals(Number *x) {
  return reinterpret_cast<float *>(x);
}

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

template <class Number> struct Multigrid::Workspace {
  std::vector<Number> b, x, other, residual;
};

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
    levels_.push_back({op, op->diagonal(), op->interpolation_weights(), {}, 0.0, 2.0});
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
    level.largest =
        1.05 * (is_real() ? estimate_largest<float>(level) : estimate_largest<ComplexFloat>(level));
  }
}

// Lanczos on D^−½ A D^−½: a few steps find the upper end of the spectrum to a few per cent.
template <class Number> double Multigrid::estimate_largest(const Level &level) const {
  constexpr int steps = 12;
  const auto n = static_cast<std::size_t>(level.op->size());
  std::vector<Number> v(n), before(n, Number(0)), scaled(n, Number(0)), next(n, Number(0));
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  const auto norm = [](const std::vector<Number> &x) {
    double sum = 0.0;
    for (const Number &value : x)
      sum += static_cast<double>(std::norm(value));
    return std::sqrt(sum);
  };
  std::vector<float> root(n);
  for (std::size_t i = 0; i < n; ++i) {
    root[i] = std::sqrt(level.inverse_diagonal[i]);
    v[i] = level.weight[i] != 0.0f ? Number(uniform(random)) : Number(0);
  }
  std::vector<double> alpha, beta;
  double length = norm(v);
  if (length == 0.0)
    return 1.0;
  for (Number &value : v)
    value /= static_cast<float>(length);
  for (int step = 0; step < steps; ++step) {
    for (std::size_t i = 0; i < n; ++i)
      scaled[i] = root[i] * v[i];
    level.op->stream(scaled.data(), 1, [&](Index, Index at, Index length_, const Number *hx) {
      for (Index t = 0; t < length_; ++t) {
        const auto i = static_cast<std::size_t>(at + t);
        next[i] = root[i] *
                  (static_cast<float>(sign_) * hx[t] - static_cast<float>(level.shift) * scaled[i]);
      }
    });
    double along = 0.0;
    for (std::size_t i = 0; i < n; ++i)
      along += static_cast<double>(std::real(std::conj(v[i]) * next[i]));
    alpha.push_back(along);
    const float back = beta.empty() ? 0.0f : static_cast<float>(beta.back());
    for (std::size_t i = 0; i < n; ++i)
      next[i] -= static_cast<float>(along) * v[i] + back * before[i];
    length = norm(next);
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
template <class Number>
Number *Multigrid::smooth(const Level &level, const Number *b, Number *x, Number *other, int degree,
                          bool from_zero, Index count) const {
  constexpr Index width = width_of<Number>;
  const Index size = level.op->size();
  const auto largest = static_cast<float>(level.largest);
  const float *inverse = level.inverse_diagonal.data();
  int first = 0;
  if (from_zero) {
    parallel_for(size, piece, [&](Index begin, Index end) {
      for (Index vector = 0; vector < count; ++vector) {
        const Index at = vector * size + begin;
        first_step(4.0f / (3.0f * largest), reals(b + at), inverse + begin, reals(x + at),
                   end - begin, width);
        std::fill(other + at, other + at + end - begin, Number(0));
      }
    });
    first = 1;
  }
  for (int k = first; k < degree; ++k) {
    const auto order = static_cast<float>(k);
    const SmootherStep how{static_cast<float>(sign_), static_cast<float>(level.shift),
                           k == 0 ? 0.0f : (2 * order - 1) / (2 * order + 3),
                           (8 * order + 4) / ((2 * order + 3) * largest)};
    level.op->stream(x, count, [&](Index vector, Index position, Index length, const Number *hx) {
      const Index at = vector * size + position;
      smooth_piece(how, reals(hx), reals(x + at), reals(other + at), reals(b + at),
                   inverse + position, length, width);
    });
    std::swap(x, other);
  }
  return x;
}

template <class Number>
void Multigrid::cycle(std::size_t l, const Number *b, Number *x, Index count,
                      std::vector<Workspace<Number>> &work) const {
  constexpr Index width = width_of<Number>;
  const Level &level = levels_[l];
  Workspace<Number> &own = work[l];
  const Index size = level.op->size();
  const bool last = l + 1 == levels_.size();
  const int degree = last ? coarsest_degree_ : degree_;
  Number *at = smooth(level, b, x, own.other.data(), degree, true, count);
  Number *other = at == x ? own.other.data() : x;
  if (!last) {
    const Level &coarse = levels_[l + 1];
    Workspace<Number> &below = work[l + 1];
    const Index coarse_size = coarse.op->size();
    level.op->stream(at, count, [&](Index vector, Index position, Index length, const Number *hx) {
      const Index where = vector * size + position;
      residual_piece(static_cast<float>(sign_), static_cast<float>(level.shift), reals(hx),
                     reals(at + where), reals(b + where), level.weight.data() + position,
                     reals(own.residual.data() + where), length, width);
    });
    const Index nodes = level.op->grid().size(), coarse_nodes = coarse.op->grid().size();
    for (Index vector = 0; vector < count; ++vector)
      for (int band = 0; band < level.op->bands(); ++band)
        restrict_to(level.op->grid(), own.residual.data() + vector * size + band * nodes,
                    coarse.op->grid(), below.b.data() + vector * coarse_size + band * coarse_nodes,
                    level.op->place(band), coarse.weight.data() + band * coarse_nodes);
    cycle(l + 1, below.b.data(), below.x.data(), count, work);
    for (Index vector = 0; vector < count; ++vector)
      for (int band = 0; band < level.op->bands(); ++band)
        add_prolonged(coarse.op->grid(),
                      below.x.data() + vector * coarse_size + band * coarse_nodes, level.op->grid(),
                      at + vector * size + band * nodes, level.op->place(band),
                      level.weight.data() + band * nodes);
    at = smooth(level, b, at, other, degree, false, count);
  }
  if (at != x)
    std::copy(at, at + count * size, x);
}

template <class Number> void Multigrid::apply(const Number *b, Number *x, Index count) const {
  if (levels_.front().inverse_diagonal.empty())
    throw std::logic_error("set the shifts first");
  // A few vectors at a time: enough to use every row of the operator more than once.
  const Index together = std::clamp<Index>((Index{1} << 21) / size(), 1, 8);
  const auto block = static_cast<std::size_t>(std::min(together, count));
  std::vector<Workspace<Number>> work(levels_.size());
  for (std::size_t l = 0; l < levels_.size(); ++l) {
    const std::size_t n = block * static_cast<std::size_t>(levels_[l].op->size());
    work[l].other.resize(n);
    if (l + 1 < levels_.size())
      work[l].residual.resize(n);
    if (l > 0) {
      work[l].b.resize(n);
      work[l].x.resize(n);
    }
  }
  for (Index first = 0; first < count; first += together)
    cycle(0, b + first * size(), x + first * size(), std::min(together, count - first), work);
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
