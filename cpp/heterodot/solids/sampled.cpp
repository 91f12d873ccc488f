#include "heterodot/solids/sampled.hpp"

#include "heterodot/parallel/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace heterodot {
namespace {

double distance_between(const Vec3 &a, const Vec3 &b) {
  return std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                   (a[2] - b[2]) * (a[2] - b[2]));
}

// Catmull-Rom weights at the fraction t between the second and the third of four samples, and
// their derivatives with respect to t.
struct Cubic {
  std::array<double, 4> weight, slope;
  explicit Cubic(double t)
      : weight{0.5 * t * (t * (2.0 - t) - 1.0), 0.5 * (t * t * (3.0 * t - 5.0) + 2.0),
               0.5 * t * (t * (4.0 - 3.0 * t) + 1.0), 0.5 * t * t * (t - 1.0)},
        slope{0.5 * (t * (4.0 - 3.0 * t) - 1.0), 0.5 * t * (9.0 * t - 10.0),
              0.5 * (t * (8.0 - 9.0 * t) + 1.0), 0.5 * t * (3.0 * t - 2.0)} {}
};

struct Sample {
  double value = 0.0;
  Vec3 gradient{};
};

// Tricubic interpolation; the point must lie within the lattice. Samples beyond the lattice are
// those on its boundary.
Sample interpolate(const Grid &lattice, const std::vector<double> &values, const Vec3 &point) {
  std::array<Index, 3> cell;
  std::array<Cubic, 3> cubic{Cubic(0), Cubic(0), Cubic(0)};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double x = (point[axis] - lattice.origin[axis]) / lattice.spacing[axis];
    cell[axis] = std::clamp<Index>(static_cast<Index>(std::floor(x)), 0, lattice.shape[axis] - 2);
    cubic[axis] = Cubic(x - static_cast<double>(cell[axis]));
  }
  const auto clamped = [&](std::size_t axis, std::size_t offset) {
    return std::clamp<Index>(cell[axis] + static_cast<Index>(offset) - 1, 0,
                             lattice.shape[axis] - 1);
  };
  Sample sample;
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < 4; ++b) {
      const Index row = lattice.index(clamped(0, a), clamped(1, b), 0);
      double value = 0.0, slope = 0.0;
      for (std::size_t c = 0; c < 4; ++c) {
        const double f = values[static_cast<std::size_t>(row + clamped(2, c))];
        value += cubic[2].weight[c] * f;
        slope += cubic[2].slope[c] * f;
      }
      sample.value += cubic[0].weight[a] * cubic[1].weight[b] * value;
      sample.gradient[0] += cubic[0].slope[a] * cubic[1].weight[b] * value;
      sample.gradient[1] += cubic[0].weight[a] * cubic[1].slope[b] * value;
      sample.gradient[2] += cubic[0].weight[a] * cubic[1].weight[b] * slope;
    }
  for (std::size_t axis = 0; axis < 3; ++axis)
    sample.gradient[axis] /= lattice.spacing[axis];
  return sample;
}

} // namespace

Sampled::Sampled(const Grid &lattice, std::vector<double> values)
    : lattice_(lattice), values_(std::move(values)) {
  if (static_cast<Index>(values_.size()) != lattice_.size() ||
      *std::min_element(lattice_.shape.begin(), lattice_.shape.end()) < 4)
    throw std::invalid_argument("a sampled solid needs one value a lattice point, at least 4³");
  measure_distances();
}

// Closest points: found by Newton steps from the lattice points beside the surface (Chopp, SIAM J.
// Sci. Comput. 23, 230 (2001)), handed on from neighbour to neighbour in sweeps (Zhao, Math. Comp.
// 74, 603 (2005)), and polished by the same steps.
void Sampled::measure_distances() {
  const auto &n = lattice_.shape;
  const double step = *std::max_element(lattice_.spacing.begin(), lattice_.spacing.end());
  const Vec3 far{std::numeric_limits<double>::infinity(), 0.0, 0.0};
  std::vector<Vec3> closest(values_.size(), far);
  const Vec3 lower = lattice_.origin, upper = lattice_.position(n[0] - 1, n[1] - 1, n[2] - 1);

  // Moves y onto the surface and towards the foot of the perpendicular from x.
  const auto project = [&](const Vec3 &x, Vec3 &y) {
    double change = step;
    for (int iteration = 0; iteration < 20 && change > 1e-10 * step; ++iteration) {
      const Sample sample = interpolate(lattice_, values_, y);
      const Vec3 &g = sample.gradient;
      const double g2 = g[0] * g[0] + g[1] * g[1] + g[2] * g[2];
      if (!(g2 > 0.0))
        return false;
      double off = 0.0;
      for (std::size_t i = 0; i < 3; ++i)
        off += (x[i] - y[i]) * g[i];
      change = 0.0;
      for (std::size_t i = 0; i < 3; ++i) {
        const double normal = -sample.value * g[i] / g2;
        const double tangential = x[i] - y[i] - off * g[i] / g2;
        const double move = std::clamp(normal + tangential, -0.5 * step, 0.5 * step);
        y[i] = std::clamp(y[i] + move, lower[i], upper[i]);
        change = std::max(change, std::abs(move));
      }
    }
    return change <= 1e-4 * step;
  };

  const auto for_each_point = [&](const auto &action) {
    parallel_for(n[0], 1, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        for (Index j = 0; j < n[1]; ++j)
          for (Index k = 0; k < n[2]; ++k)
            action(i, j, k, static_cast<std::size_t>(lattice_.index(i, j, k)));
    });
  };

  const std::array<Index, 3> stride{n[1] * n[2], n[2], 1};
  for_each_point([&](Index i, Index j, Index k, std::size_t p) {
    const std::array<Index, 3> at{i, j, k};
    const double value = values_[p];
    const Vec3 x = lattice_.position(i, j, k);
    for (std::size_t axis = 0; axis < 3; ++axis)
      for (const Index direction : {-1, 1}) {
        if (at[axis] + direction < 0 || at[axis] + direction >= n[axis])
          continue;
        const double other = values_[p + static_cast<std::size_t>(direction * stride[axis])];
        if ((value < 0.0) == (other < 0.0))
          continue;
        Vec3 crossing = x; // a safe start, and a fallback where Newton's method fails
        crossing[axis] +=
            static_cast<double>(direction) * lattice_.spacing[axis] * value / (value - other);
        Vec3 foot = crossing;
        // (The crossing itself is only first-order accurate, so it may even be a little nearer.)
        if (!project(x, foot) ||
            distance_between(x, foot) > distance_between(x, crossing) + 0.5 * step)
          foot = crossing;
        if (distance_between(x, foot) < distance_between(x, closest[p]))
          closest[p] = foot;
      }
  });
  for (const Vec3 &foot : closest)
    if (std::isfinite(foot[0]))
      surface_.push_back(foot);
  if (surface_.empty())
    throw std::invalid_argument("the sampled function does not change its sign");

  for (int sweep = 0; sweep < 16; ++sweep)
    for (Index a = 0; a < n[0]; ++a)
      for (Index b = 0; b < n[1]; ++b)
        for (Index c = 0; c < n[2]; ++c) {
          const std::array<Index, 3> at{sweep & 1 ? n[0] - 1 - a : a, sweep & 2 ? n[1] - 1 - b : b,
                                        sweep & 4 ? n[2] - 1 - c : c};
          const Index p = lattice_.index(at[0], at[1], at[2]);
          Vec3 &own = closest[static_cast<std::size_t>(p)];
          const Vec3 x = lattice_.position(at[0], at[1], at[2]);
          double best = distance_between(x, own);
          for (std::size_t axis = 0; axis < 3; ++axis)
            for (const Index direction : {-1, 1}) {
              if (at[axis] + direction < 0 || at[axis] + direction >= n[axis])
                continue;
              const Vec3 &candidate =
                  closest[static_cast<std::size_t>(p + direction * stride[axis])];
              if (const double distance = distance_between(x, candidate); distance < best) {
                best = distance;
                own = candidate;
              }
            }
        }

  std::vector<double> distances(values_.size());
  for_each_point([&](Index i, Index j, Index k, std::size_t p) {
    const Vec3 x = lattice_.position(i, j, k);
    double distance = distance_between(x, closest[p]);
    if (Vec3 foot = closest[p]; project(x, foot))
      distance = std::min(distance, distance_between(x, foot));
    distances[p] = values_[p] < 0.0 ? -distance : distance;
  });
  values_ = std::move(distances);
}

double Sampled::signed_distance(const Vec3 &point) const {
  Vec3 inside;
  for (std::size_t axis = 0; axis < 3; ++axis)
    inside[axis] =
        std::clamp(point[axis], lattice_.origin[axis],
                   lattice_.origin[axis] +
                       lattice_.spacing[axis] * static_cast<double>(lattice_.shape[axis] - 1));
  const double distance = interpolate(lattice_, values_, inside).value;
  // The lattice's box is convex and holds the solid: going there from outside brings every point
  // of the solid nearer by at least this much.
  const double outside = distance_between(point, inside);
  return outside > 0.0 ? std::hypot(distance, outside) : distance;
}

double Sampled::support(const Vec3 &direction) const {
  double largest = -std::numeric_limits<double>::infinity();
  for (const Vec3 &x : surface_)
    largest = std::max(largest, direction[0] * x[0] + direction[1] * x[1] + direction[2] * x[2]);
  return largest;
}

} // namespace heterodot
