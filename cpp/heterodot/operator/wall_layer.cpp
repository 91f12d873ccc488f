#include "heterodot/operator/wall_layer.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <vector>

namespace heterodot {
namespace {

using Taps = std::vector<std::pair<int, double>>;

void add_product(Eigen::MatrixXd &form, const Taps &left, const Taps &right, double coefficient) {
  for (const auto &[a, x] : left)
    for (const auto &[b, y] : right) {
      form(a, b) += 0.5 * coefficient * x * y;
      form(b, a) += 0.5 * coefficient * x * y;
    }
}

// The energy along a line with A = q = −Λ = 1/κ = 1, so that u = v is the layer: u_j at −jη, v_j at
// −(j + ½)η, and v_−1 too where θ > ½; the wall at θη.
Eigen::MatrixXd line_energy(double theta, double eta, int nodes) {
  const bool beyond = theta > 0.5;
  Eigen::MatrixXd form = Eigen::MatrixXd::Zero(2 * nodes + beyond, 2 * nodes + beyond);
  std::vector<int> u, v;
  if (beyond)
    v.push_back(2 * nodes);
  for (int j = 0; j < nodes; ++j) {
    u.push_back(j);
    v.push_back(nodes + j);
  }
  const auto legs = [&](const std::vector<int> &points, double length, double sign) {
    for (std::size_t k = 0; k + 1 < points.size(); ++k) {
      const Taps step{{points[k], 1.0}, {points[k + 1], -1.0}};
      add_product(form, step, step, sign / eta);
    }
    for (std::size_t k = 1; k + 1 < points.size(); ++k) {
      const Taps bend{{points[k - 1], 1.0}, {points[k], -2.0}, {points[k + 1], 1.0}};
      add_product(form, bend, bend, sign / (12.0 * eta));
    }
    form(points[0], points[0]) += sign / (length * eta);
  };
  legs(u, theta, 1.0);
  legs(v, std::max(beyond ? theta - 0.5 : theta + 0.5, 1e-3), -1.0);
  for (int j = 0; j + 1 < nodes; ++j)
    add_product(form, {{j, 1.0}, {j + 1, -1.0}}, {{nodes + j, 1.0}}, -2.0);
  for (int j = 1; j + 1 < nodes; ++j)
    add_product(form, {{j - 1, 1.0}, {j, -2.0}, {j + 1, 1.0}},
                {{nodes + j - 1, 1.0}, {nodes + j, -1.0}}, -1.0 / 12.0);
  add_product(form, {{0, 1.0}}, {{nodes, 1.0}}, leg_product(eta) * theta / (theta + 0.5));
  add_product(form, {{1, 1.0}}, {{nodes, 1.0}}, -1.0 / (12.0 * (1.0 + theta) * (theta + 0.5)));
  return form;
}

// The slow envelopes that vanish with the fast one at the wall, at x: they obey −u″ − v′ = ε_u u
// and v″ + u′ = ε_v v, and so with waves e^(ikx) k⁴ + (1 + ε_v − ε_u)k² = ε_u ε_v.
struct SlowEnvelopes {
  SlowEnvelopes(double epsilon_u, double epsilon_v) : u_edge(epsilon_u), v_edge(epsilon_v) {
    const double middle = 1.0 + epsilon_v - epsilon_u;
    const double root = std::sqrt(middle * middle + 4.0 * epsilon_u * epsilon_v);
    square = 2.0 * epsilon_u * epsilon_v / (middle + root);
    const double decay = std::sqrt(0.5 * (middle + root));
    ratio = decay + epsilon_u / decay;
  }
  double cosine(double x) const { return std::cos(std::sqrt(square) * x); }
  double sine(double x) const {
    return square > 0.0 ? std::sin(std::sqrt(square) * x) / std::sqrt(square) : x;
  }
  double u(double x) const { return cosine(x) + ratio * (v_edge + square) * sine(x); }
  double v(double x) const { return ratio * cosine(x) - (u_edge - square) * sine(x); }

  double u_edge, v_edge, square, ratio; // k², and v/u at the wall
};

// The force on u_0, per u_0, that leaves no growing envelope far inside.
double line_force(double theta, double eta, double epsilon_u, double epsilon_v) {
  const int nodes = 12 + static_cast<int>(14.0 / eta);
  Eigen::MatrixXd form = line_energy(theta, eta, nodes);
  const Eigen::Index size = form.rows();
  form.diagonal().head(nodes).array() -= epsilon_u * eta;
  form.diagonal().tail(size - nodes).array() -= epsilon_v * eta;
  const SlowEnvelopes slow(epsilon_u, epsilon_v);
  const auto wanted = [&](Eigen::Index row) {
    return row < nodes ? slow.u((theta + static_cast<double>(row)) * eta)
                       : slow.v((theta + 0.5 + static_cast<double>(row - nodes)) * eta);
  };
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(size, 2);
  right(0, 1) = 1.0;
  for (const Eigen::Index end : {nodes, 2 * nodes})
    for (const Eigen::Index row : {end - 2, end - 1}) {
      form.row(row).setZero();
      form(row, row) = 1.0;
      right(row, 0) = wanted(row);
    }
  const Eigen::MatrixXd fields = form.partialPivLu().solve(right); // without a force, and of 1
  const Eigen::Index probe = nodes - 5;
  const double growing =
      fields(probe, 0) - wanted(probe) - fields(nodes + probe, 0) + wanted(nodes + probe);
  const double force = growing / (fields(probe, 1) - fields(nodes + probe, 1));
  return force / (fields(0, 0) - force * fields(0, 1));
}

// In ε_u a parabola through 0, −½ and −1: from the edge of u to beyond that of v.
LayerEnergy line_layer_energy(double theta, double eta) {
  const auto force = [&](double u, double v) { return line_force(theta, eta, u, v); };
  constexpr double step = 0.02, above = 0.2;
  const double edge = force(0.0, 0.0), half = force(-0.5, 0.0), one = force(-1.0, 0.0);
  const double bend = 2.0 * (edge - 2.0 * half + one);
  const double slope = (force(0.0, step) - edge) / step;
  const double slope_above = (force(above, step) - force(above, 0.0)) / step;
  return {edge, 2.0 * (edge - half) + 0.5 * bend, bend, slope, (slope_above - slope) / above};
}

// By interpolation in θ on both sides of ½, where a face comes in, and in log η: of 1/(1/θ + γη)
// for the value, which changes little.
class LayerTable {
public:
  LayerTable() {
    for (int e = 0; e < sizes; ++e)
      for (int t = 0; t < lengths; ++t) {
        const double eta = smallest * std::pow(2.0, e / 4.0);
        const double theta = theta_at(t);
        const LayerEnergy energy = line_layer_energy(theta, eta);
        entries_[static_cast<std::size_t>(e * lengths + t)]
            << 1.0 / (1.0 / theta + eta * energy.value),
            energy.slope_u, energy.bend_u, energy.slope_v, energy.bend_uv;
      }
  }

  LayerEnergy energy(double theta, double eta) const {
    const double known = std::max(eta, smallest);
    const double row = std::clamp(4.0 * std::log2(known / smallest), 0.0, sizes - 1.001);
    const bool beyond = theta > 0.5;
    const double column = std::clamp((beyond ? theta - 0.5 : theta) * 2.0, 0.0, 1.0) * (half - 1);
    const int e = static_cast<int>(row), t = std::min(static_cast<int>(column), half - 2);
    const double along = column - t, across = row - e;
    const int first = beyond ? half + t : t;
    const auto at = [&](int r, int k) {
      return entries_[static_cast<std::size_t>(r * lengths + k)];
    };
    const Entry mean = (1 - across) * ((1 - along) * at(e, first) + along * at(e, first + 1)) +
                       across * ((1 - along) * at(e + 1, first) + along * at(e + 1, first + 1));
    // Resolved layers below the table's.
    const double scale = std::pow(eta / known, resolved_power);
    const double whole = theta + scale * (mean[0] - theta);
    return {(1.0 / whole - 1.0 / theta) / eta, scale * mean[1], scale * mean[2], scale * mean[3],
            scale * mean[4]};
  }

private:
  using Entry = Eigen::Matrix<double, 5, 1>;
  static constexpr double smallest = 0.5, resolved_power = 1.75;
  static constexpr int sizes = 37, half = 17, lengths = 2 * half; // η up to 256
  static double theta_at(int t) {
    const double part = 0.5 * (t % half) / (half - 1);
    return t < half ? std::max(part, 1e-3) : std::max(0.5 + part, 0.5 + 1e-6);
  }
  std::vector<Entry> entries_ = std::vector<Entry>(static_cast<std::size_t>(sizes * lengths));
};

} // namespace

WallLayer WallLayer::of(const Eigen::MatrixXcd &form, const std::vector<Place> &places, int orbital,
                        const Vec3 &normal) {
  const auto m = static_cast<Eigen::Index>(places.size());
  std::vector<Eigen::Index> bands;
  std::vector<double> coupling;
  std::vector<std::size_t> axes;
  for (Eigen::Index b = 0; b < m; ++b)
    for (std::size_t axis = 0; axis < 3; ++axis)
      if (places[static_cast<std::size_t>(b)] == toggled(node_place, static_cast<int>(axis))) {
        const std::complex<double> slope =
            std::complex<double>(0, -1) *
            form(3 * m + orbital, static_cast<Eigen::Index>(axis) * m + b);
        bands.push_back(b);
        axes.push_back(axis);
        coupling.push_back(slope.real() * normal[axis]);
      }
  const auto across = [&](Eigen::Index a, Eigen::Index b) {
    double sum = 0.0;
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j)
        sum +=
            normal[i] * normal[j] *
            form(static_cast<Eigen::Index>(i) * m + a, static_cast<Eigen::Index>(j) * m + b).real();
    return sum;
  };
  WallLayer layer;
  const auto count = static_cast<Eigen::Index>(bands.size());
  if (count == 0)
    return layer;
  Eigen::MatrixXd stiffness(count, count);
  Eigen::VectorXd q(count);
  for (Eigen::Index r = 0; r < count; ++r) {
    q(r) = coupling[static_cast<std::size_t>(r)];
    for (Eigen::Index s = 0; s < count; ++s)
      stiffness(r, s) =
          across(bands[static_cast<std::size_t>(r)], bands[static_cast<std::size_t>(s)]);
  }
  const Eigen::VectorXd turned = stiffness.fullPivLu().solve(q);
  const double own = across(orbital, orbital), square = -q.dot(turned) / own;
  if (!(square > 0.0) || !std::isfinite(square))
    return layer;
  layer.decay = std::sqrt(square);
  for (Eigen::Index r = 0; r < count; ++r)
    layer.share[axes[static_cast<std::size_t>(r)]] -= q(r) * turned(r) / layer.decay;
  const auto local = [&](Eigen::Index a, Eigen::Index b) {
    return form(3 * m + a, 3 * m + b).real();
  };
  layer.diffusion = own;
  layer.ratio = turned.squaredNorm() / square;
  double edge = 0.0;
  for (Eigen::Index r = 0; r < count; ++r)
    for (Eigen::Index s = 0; s < count; ++s)
      edge += turned(r) * turned(s) *
              local(bands[static_cast<std::size_t>(r)], bands[static_cast<std::size_t>(s)]);
  layer.gap = local(orbital, orbital) - edge / turned.squaredNorm();
  return layer;
}

LayerEnergy layer_energy(double theta, double eta) {
  static const LayerTable table;
  return table.energy(theta, eta);
}

double layer_bending(double curvature, double spacing, double decay) {
  const double cube = std::pow(spacing * decay, 3);
  return std::clamp(curvature / decay, -0.5, 0.5) * cube / (3.5 + cube);
}

} // namespace heterodot
