#include "heterodot/operator/row_builder.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr int window = 2 * RowBuilder::reach + 1;
constexpr double smallest_leg = 1e-3; // bounds the largest eigenvalue; shifts a wall by h/1000
constexpr int window_nodes = window * window * window;

NodeIndex plus(const NodeIndex &at, const std::array<int, 3> &step) {
  return {at[0] + step[0], at[1] + step[1], at[2] + step[2]};
}
NodeIndex minus(const NodeIndex &at, const std::array<int, 3> &step) {
  return {at[0] - step[0], at[1] - step[1], at[2] - step[2]};
}

// g_i = −i ∂_i ψ: the factor that the conjugate (left) or plain (right) field brings.
Complex left_factor(int i) {
  return i < 3 ? Complex(0, 1) : Complex(1);
}
Complex right_factor(int j) {
  return j < 3 ? Complex(0, -1) : Complex(1);
}

// Non-zero where a coefficient of the form is, in some region or in a laminate of two: there every
// band couples to whatever its flux across a tilted interface couples to.
Eigen::MatrixXd coupling_pattern(const PolynomialField &field, InterfaceRule rule) {
  const Eigen::Index m = field.orbitals;
  Eigen::MatrixXd pattern = Eigen::MatrixXd::Zero(4 * m, 4 * m);
  for (const RegionPolynomial &region : field.regions)
    pattern += region.form.cwiseAbs();
  bool steps = false;
  for (const RegionPolynomial &region : field.regions) {
    Eigen::MatrixXcd step = region.form - field.regions[0].form;
    step.bottomRightCorner(m, m).setZero();
    steps = steps || step.cwiseAbs().maxCoeff() > 0.0;
  }
  if (rule != InterfaceRule::laminate || !steps)
    return pattern;
  Eigen::MatrixXd across = Eigen::MatrixXd::Zero(m, 4 * m);
  for (Eigen::Index i = 0; i < 3; ++i)
    across += pattern.middleRows(i * m, m);
  Eigen::MatrixXd stiffness =
      Eigen::MatrixXd::Identity(m, m); // and its powers: that of the inverse
  for (Eigen::Index power = 0; power < m; ++power)
    stiffness +=
        stiffness * (across.leftCols(m) + across.middleCols(m, m) + across.middleCols(2 * m, m));
  return pattern + across.transpose() * stiffness * across;
}

} // namespace

// Rows around one node, as a dense window that remembers what was touched.
class RowBuilder::Accumulator {
public:
  explicit Accumulator(int components)
      : components_(components), values_(static_cast<std::size_t>(components) *
                                         static_cast<std::size_t>(components) * window_nodes) {}

  void add(int row, int column, const NodeIndex &from, const NodeIndex &to, Complex value) {
    const Index slot = (row * components_ + column) * window_nodes +
                       ((to[0] - from[0] + reach) * window + (to[1] - from[1] + reach)) * window +
                       (to[2] - from[2] + reach);
    values_[static_cast<std::size_t>(slot)] += value;
  }

  std::vector<std::vector<RowEntry>> rows() const {
    std::vector<std::vector<RowEntry>> rows(static_cast<std::size_t>(components_));
    std::size_t slot = 0;
    for (int row = 0; row < components_; ++row)
      for (int column = 0; column < components_; ++column)
        for (int x = -reach; x <= reach; ++x)
          for (int y = -reach; y <= reach; ++y)
            for (int z = -reach; z <= reach; ++z, ++slot)
              if (std::norm(values_[slot]) > 1e-30 || (row == column && x == 0 && y == 0 && z == 0))
                rows[static_cast<std::size_t>(row)].push_back({column, {x, y, z}, values_[slot]});
    return rows;
  }

private:
  int components_;
  std::vector<Complex> values_;
};

RowBuilder::RowBuilder(const Voxelisation &voxels, const PolynomialField &field,
                       const DiscretisationOptions &options)
    : voxels_(voxels), field_(field), options_(options), forms_(voxels, field, options) {
  const int m = field.orbitals;
  const Eigen::MatrixXd pattern = coupling_pattern(field, options.interface);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      for (int a = 0; a < m; ++a)
        for (int b = 0; b < m; ++b)
          if ((i == 3 && j == 3 && a == b) || pattern(i * m + a, j * m + b) != 0.0 ||
              pattern(j * m + a, i * m + b) != 0.0)
            add_term(i, a, j, b);
  std::map<Place, std::vector<std::pair<int, int>>> blocks;
  for (const Term &term : terms_) {
    blocks[term.place].emplace_back(term.i, term.j);
    blocks[term.place].emplace_back(term.j, term.i);
  }
  const auto &n = voxels.grid().shape;
  for (const auto &[place, pairs] : blocks) {
    forms_.prepare(place, pairs);
    auto &flags = uniform_[place];
    flags.assign(static_cast<std::size_t>((n[0] + 2) * (n[1] + 2) * (n[2] + 2)), 0);
    if (options.order == 4)
      parallel_for(n[0] + 2, 1, [&, at_place = place](Index begin, Index end) {
        for (Index x = begin; x < end; ++x)
          for (Index y = 0; y < n[1] + 2; ++y)
            for (Index z = 0; z < n[2] + 2; ++z)
              flags[static_cast<std::size_t>((x * (n[1] + 2) + y) * (n[2] + 2) + z)] =
                  forms_.uniform_around(at_place, {x - 1, y - 1, z - 1}, axes_[at_place]);
      });
  }
  if (options.wall.present)
    for (const Place place : field.places)
      if (inside_wall_[place].empty())
        inside_wall_[place] = voxels.inside(place);
  // A norm ∫ w|ψ|² makes the problem H ψ = E w ψ; with ψ = w^−½ φ it is of standard form again.
  if (options.wall.present && options.wall.tail_diffusion > 0.0)
    for (int a = 0; a < m; ++a) {
      const Place place = field.places[static_cast<std::size_t>(a)];
      if (!scale_[place].empty())
        continue;
      scale_[place].assign(static_cast<std::size_t>(voxels.grid().size()), 1.0);
      volume_[place].assign(static_cast<std::size_t>(voxels.grid().size()), 1.0);
      parallel_for(n[0], 1, [&](Index begin, Index end) {
        for (Index x = begin; x < end; ++x)
          for (Index y = 0; y < n[1]; ++y)
            for (Index z = 0; z < n[2]; ++z)
              if (is_active(a, {x, y, z})) {
                const auto [volume, norm] = wall_volume(a, {x, y, z});
                const auto node = static_cast<std::size_t>(voxels.grid().index(x, y, z));
                volume_[place][node] = volume;
                scale_[place][node] = 1.0 / std::sqrt(norm);
              }
      });
    }
}

double RowBuilder::scale(int orbital, const NodeIndex &node) const {
  const auto &scale = scale_[field_.places[static_cast<std::size_t>(orbital)]];
  return scale.empty()
             ? 1.0
             : scale[static_cast<std::size_t>(voxels_.grid().index(node[0], node[1], node[2]))];
}

void RowBuilder::add_term(int i, int a, int j, int b) {
  const Vec3 &h = voxels_.grid().spacing;
  const Place pa = field_.places[static_cast<std::size_t>(a)];
  const Place pb = field_.places[static_cast<std::size_t>(b)];
  const auto common = [&](int left, int right) {
    const Place qa = left < 3 ? toggled(pa, left) : pa;
    const Place qb = right < 3 ? toggled(pb, right) : pb;
    return static_cast<Place>(qa | qb);
  };
  const Place place = common(i, j);
  Term term{i, a, j, b, place, i != j && i < 3 && j < 3 && common(j, i) == place, {}, {}, {}, {}};
  term.u2 = difference(pa, i, place, 2, h);
  term.v2 = difference(pb, j, place, 2, h);
  term.u4 = difference(pa, i, place, 4, h);
  term.v4 = difference(pb, j, place, 4, h);
  for (const Stencil *stencil : {&term.u4, &term.v4})
    for (const StencilPoint &point : *stencil)
      for (unsigned d = 0; d < 3; ++d)
        if (point.step[d] != 0)
          axes_[place] |= 1u << d;
  terms_.push_back(std::move(term));
}

bool RowBuilder::is_active(int orbital, const NodeIndex &node) const {
  const auto &grid = voxels_.grid();
  for (std::size_t d = 0; d < 3; ++d)
    if (node[d] < 0 || node[d] >= grid.shape[d])
      return false;
  if (!options_.wall.present)
    return true;
  return inside_wall_[field_.places[static_cast<std::size_t>(orbital)]]
                     [static_cast<std::size_t>(grid.index(node[0], node[1], node[2]))];
}

bool RowBuilder::fourth_order(Place place, const NodeIndex &at) const {
  if (options_.order != 4)
    return false;
  const auto &n = voxels_.grid().shape;
  for (std::size_t d = 0; d < 3; ++d)
    if ((axes_[place] >> d & 1u) && (at[d] < 1 || at[d] > n[d] - 3))
      return false;
    else if (at[d] < -1 || at[d] > n[d])
      return false;
  if (!uniform_[place][static_cast<std::size_t>(
          ((at[0] + 1) * (n[1] + 2) + at[1] + 1) * (n[2] + 2) + at[2] + 1)])
    return false;
  if (!options_.wall.present)
    return true;
  for (int x = (axes_[place] & 1u) ? -2 : 0; x <= ((axes_[place] & 1u) ? 2 : 0); ++x)
    for (int y = (axes_[place] & 2u) ? -2 : 0; y <= ((axes_[place] & 2u) ? 2 : 0); ++y)
      for (int z = (axes_[place] & 4u) ? -2 : 0; z <= ((axes_[place] & 4u) ? 2 : 0); ++z)
        for (int a = 0; a < field_.orbitals; ++a)
          if (!is_active(a, {at[0] + x, at[1] + y, at[2] + z}))
            return false;
  return true;
}

bool RowBuilder::touches_wall(const Term &term, const NodeIndex &at) const {
  if (!options_.wall.present)
    return false;
  for (const StencilPoint &point : term.u2)
    if (!is_active(term.a, plus(at, point.step)))
      return true;
  for (const StencilPoint &point : term.v2)
    if (!is_active(term.b, plus(at, point.step)))
      return true;
  return false;
}

// A hard wall cuts the leg at the fraction θ: ψ falls to zero over θh. Before a tail the surface
// holds D ∂ψ/∂n = −bψ with b = D_out (κ + K), K the mean curvature (exact for the s-like tail
// e^(−κr)/r of a sphere); along a leg at an angle, the slope is that of β = b |n_i| / D.
RowBuilder::WallLeg RowBuilder::wall_leg(int orbital, int axis, const NodeIndex &inside,
                                         const NodeIndex &outside) const {
  const Grid &grid = voxels_.grid();
  const Place place = field_.places[static_cast<std::size_t>(orbital)];
  const double h = grid.spacing[static_cast<std::size_t>(axis)];
  const Vec3 from = grid.position(inside[0], inside[1], inside[2], place);
  const Vec3 to = grid.position(outside[0], outside[1], outside[2], place);
  WallLeg leg{std::clamp(voxels_.wall_fraction(from, to), smallest_leg, 1.0), 0.0, 0.0, 0.0, 0.0};
  leg.fall = 1.0 / (leg.fraction * h);
  if (options_.wall.tail_diffusion == 0.0)
    return leg;
  Vec3 crossing;
  for (std::size_t d = 0; d < 3; ++d)
    crossing[d] = from[d] + leg.fraction * (to[d] - from[d]);
  const double step = 0.05 * h;
  const double centre = voxels_.signed_distance(crossing);
  double laplacian = 0.0, length = 0.0, along = 0.0;
  for (std::size_t d = 0; d < 3; ++d) {
    Vec3 low = crossing, high = crossing;
    low[d] -= step;
    high[d] += step;
    const double before = voxels_.signed_distance(low), after = voxels_.signed_distance(high);
    const double slope = (after - before) / (2 * step);
    laplacian += (after - 2 * centre + before) / (step * step);
    length += slope * slope;
    if (static_cast<int>(d) == axis)
      along = slope * slope;
  }
  leg.normal = length > 0.0 ? along / length : 1.0;
  const double kappa = options_.wall.tail_decay;
  const double curvature = std::clamp(0.5 * laplacian, -0.5 * kappa, 0.5 * kappa);
  const double n = std::sqrt(leg.normal);
  const NodeIndex face = shifted(place, axis) || inside[static_cast<std::size_t>(axis)] <
                                                     outside[static_cast<std::size_t>(axis)]
                             ? inside
                             : outside;
  const double diffusion =
      std::abs(forms_.entry(toggled(place, axis), face, axis, axis, orbital, orbital));
  const double beta = options_.wall.tail_diffusion * (kappa + curvature) * n / diffusion;
  const double surface = 1.0 / (1.0 + beta * leg.fraction * h); // ψ there over ψ at the node
  leg.slope = beta;
  leg.fall = beta * surface;
  leg.tail = n * surface * surface / (2.0 * kappa * h);
  return leg;
}

// The part of the voxel around `node` inside the surface, and what the voxels of outside nodes hold
// of it: each gives its part to its inner neighbours along the axes, in the ratio of n_i². The sum
// over all nodes is the volume of the solid.
std::pair<double, double> RowBuilder::wall_volume(int orbital, const NodeIndex &node) const {
  const Place place = field_.places[static_cast<std::size_t>(orbital)];
  const PlaceMap &map = voxels_.at(place);
  const int outside = map.regions() - 1;
  const auto cell = [&](const NodeIndex &at) { return map.index(at[0], at[1], at[2]); };
  const auto inner = [&](const NodeIndex &at, const Vec3 &normal, int axis) {
    NodeIndex beside = at;
    beside[static_cast<std::size_t>(axis)] += normal[static_cast<std::size_t>(axis)] > 0 ? -1 : 1;
    return beside;
  };
  double volume = 1.0 - map.fraction(cell(node), outside), tail = 0.0;
  for (int axis = 0; axis < 3; ++axis)
    for (int side = -1; side <= 1; side += 2) {
      NodeIndex beside = node;
      beside[static_cast<std::size_t>(axis)] += side;
      if (is_active(orbital, beside))
        continue;
      tail += wall_leg(orbital, axis, node, beside).tail;
      const std::int32_t entry = map.cells()[static_cast<std::size_t>(cell(beside))];
      if (entry >= 0)
        continue;
      const Vec3 &normal = map.cut_normal(-1 - entry);
      if (inner(beside, normal, axis) != node)
        continue;
      double shares = 0.0;
      for (int d = 0; d < 3; ++d)
        if (is_active(orbital, inner(beside, normal, d)))
          shares += normal[static_cast<std::size_t>(d)] * normal[static_cast<std::size_t>(d)];
      const double own = normal[static_cast<std::size_t>(axis)];
      volume += (1.0 - map.fraction(cell(beside), outside)) * own * own / shares;
    }
  return {volume, volume + tail};
}

// A leg that the wall cuts at the fraction θ carries the gradient ψ/θh over the length θh:
// D ψ²/θh² on the diagonal (Gibou et al., J. Comput. Phys. 176, 205 (2002)); before a tail, the
// leg and the surface behind it together cost D ψ² fall/h.
// Before a tail ψ is smooth up to the surface: the cut piece θh of the leg carries the gradient of
// the leg behind it, and the surface costs b |n_i| ψ_s² (b dS shared among the axes, Σ n_i² = 1)
// with ψ_s continued along that leg. Returns false where ψ = 0 on the surface instead.
bool RowBuilder::add_tail_points(const Term &term, const NodeIndex &low,
                                 std::vector<WallPoint> &points) const {
  if (options_.wall.tail_diffusion == 0.0)
    return false;
  const auto axis = static_cast<std::size_t>(term.i);
  NodeIndex high = low;
  high[axis] += 1;
  const bool low_in = is_active(term.a, low);
  const NodeIndex inside = low_in ? low : high;
  NodeIndex behind = inside;
  behind[axis] += low_in ? -1 : 1;
  const double h = voxels_.grid().spacing[axis];
  const WallLeg leg = wall_leg(term.a, term.i, inside, low_in ? high : low);
  if (!is_active(term.a, behind)) {
    points.push_back({1.0 / (h * leg.fall), {{inside, leg.fall}}, {{inside, leg.fall}}});
    return true;
  }
  const double theta = leg.fraction;
  const std::vector<std::pair<NodeIndex, double>> gradient{{inside, 1.0 / h}, {behind, -1.0 / h}};
  const std::vector<std::pair<NodeIndex, double>> surface{{inside, 1.0 + theta}, {behind, -theta}};
  points.push_back({theta, gradient, gradient});
  points.push_back({leg.slope / h, surface, surface});
  return true;
}

void RowBuilder::wall_points(const Term &term, const NodeIndex &at,
                             std::vector<WallPoint> &points) const {
  points.clear();
  const auto leg = [&](int orbital, int axis, const NodeIndex &low, double &measure) {
    NodeIndex high = low;
    high[static_cast<std::size_t>(axis)] += 1;
    const double h = voxels_.grid().spacing[static_cast<std::size_t>(axis)];
    std::vector<std::pair<NodeIndex, double>> gradient;
    const bool low_in = is_active(orbital, low), high_in = is_active(orbital, high);
    measure = 1.0;
    if (low_in && high_in)
      gradient = {{low, -1.0 / h}, {high, 1.0 / h}};
    else if (low_in) {
      const WallLeg cut = wall_leg(orbital, axis, low, high);
      measure = cut.fraction;
      gradient = {{low, -cut.fall}};
    } else if (high_in) {
      const WallLeg cut = wall_leg(orbital, axis, high, low);
      measure = cut.fraction;
      gradient = {{high, cut.fall}};
    }
    return gradient;
  };
  const Place pa = field_.places[static_cast<std::size_t>(term.a)];
  const Place pb = field_.places[static_cast<std::size_t>(term.b)];
  if (term.i == term.j && term.i < 3 && pa == pb) {
    NodeIndex low = at;
    if (shifted(pa, term.i))
      low[static_cast<std::size_t>(term.i)] -= 1;
    double measure = 1.0;
    auto gradient = leg(term.a, term.i, low, measure);
    if (!gradient.empty() && !add_tail_points(term, low, points))
      points.push_back({measure, gradient, gradient});
    return;
  }
  if (pa == node_place && pb == node_place && term.i < 3 && term.j < 3) {
    // Every corner of the cell that lies inside offers the product of its two legs' gradients,
    // each exact for a ψ that falls linearly to the wall. Together they weigh the inside area of
    // the cell (from the cut legs), each as the product of the lengths it stands for, so that a
    // short leg never outweighs its own diagonal term.
    double sum = 0.0, area = 0.0;
    for (int ci = 0; ci < 2; ++ci)
      for (int cj = 0; cj < 2; ++cj) {
        NodeIndex corner = at;
        corner[static_cast<std::size_t>(term.i)] += ci;
        corner[static_cast<std::size_t>(term.j)] += cj;
        if (!is_active(term.a, corner))
          continue;
        NodeIndex low_i = at, low_j = at;
        low_i[static_cast<std::size_t>(term.j)] += cj;
        low_j[static_cast<std::size_t>(term.i)] += ci;
        double measure_i = 1.0, measure_j = 1.0;
        auto gradient_i = leg(term.a, term.i, low_i, measure_i);
        auto gradient_j = leg(term.b, term.j, low_j, measure_j);
        const bool full_i = gradient_i.size() == 2, full_j = gradient_j.size() == 2;
        const double weight = (full_i ? 0.5 : measure_i) * (full_j ? 0.5 : measure_j);
        sum += weight;
        area += full_i && full_j   ? 0.25 // corrected below if the corner opposite is cut off
                : full_i || full_j ? weight
                                   : 0.5 * weight;
        points.push_back({weight, std::move(gradient_i), std::move(gradient_j)});
      }
    if (points.size() == 3) {
      double missing = 0.5;
      for (const WallPoint &point : points)
        if (point.weight != 0.25 || point.u.size() == 1 || point.v.size() == 1)
          missing *= 1.0 - 2.0 * point.weight; // 1 − θ of the cut leg
      area = 1.0 - missing;
    }
    for (WallPoint &point : points)
      point.weight *= area / sum;
    return;
  }
  WallPoint point{1.0, {}, {}};
  for (const StencilPoint &tap : term.u2)
    if (is_active(term.a, plus(at, tap.step)))
      point.u.emplace_back(plus(at, tap.step), tap.weight);
  for (const StencilPoint &tap : term.v2)
    if (is_active(term.b, plus(at, tap.step)))
      point.v.emplace_back(plus(at, tap.step), tap.weight);
  points.push_back(point);
}

void RowBuilder::add_rows(const Term &term, const NodeIndex &node, Accumulator &rows) const {
  const Complex factor = left_factor(term.i) * right_factor(term.j);
  std::vector<WallPoint> points;
  const auto value = [&](const NodeIndex &at, double symmetric, double antisymmetric) {
    Complex direct = forms_.entry(term.place, at, term.i, term.j, term.a, term.b);
    if (term.i == 3 && term.j == 3 && !volume_[term.place].empty() && is_active(term.a, at)) {
      const auto cell = static_cast<std::size_t>(voxels_.grid().index(at[0], at[1], at[2]));
      const double volume = volume_[term.place][cell], scale = scale_[term.place][cell];
      const double tail = 1.0 / (scale * scale) - volume;
      direct = direct * volume + (term.a == term.b ? options_.wall.reference_energy * tail : 0.0);
    }
    if (symmetric == 1.0 && antisymmetric == 1.0)
      return direct;
    const Complex swapped = forms_.entry(term.place, at, term.j, term.i, term.a, term.b);
    return 0.5 * (symmetric * (direct + swapped) + antisymmetric * (direct - swapped));
  };
  const auto plain = [&](const Stencil &u, const Stencil &v, const StencilPoint &tap,
                         const NodeIndex &at, Complex coefficient) {
    (void)u;
    if (coefficient == Complex(0))
      return;
    for (const StencilPoint &other : v)
      if (const NodeIndex target = plus(at, other.step); is_active(term.b, target))
        rows.add(term.a, term.b, node, target, factor * coefficient * tap.weight * other.weight);
  };
  for (const StencilPoint &tap : term.u2) {
    const NodeIndex at = minus(node, tap.step);
    const bool fourth = fourth_order(term.place, at);
    if (touches_wall(term, at)) {
      wall_points(term, at, points);
      const Complex coefficient = value(at, 1.0, term.split ? 0.0 : 1.0);
      for (const WallPoint &point : points)
        for (const auto &[left, weight] : point.u)
          if (left == node)
            for (const auto &[right, other] : point.v)
              rows.add(term.a, term.b, node, right,
                       factor * coefficient * point.weight * weight * other);
      if (term.split)
        plain(term.u2, term.v2, tap, at, value(at, 0.0, 1.0));
    } else if (!fourth)
      plain(term.u2, term.v2, tap, at, value(at, 1.0, 1.0));
    else if (term.split)
      plain(term.u2, term.v2, tap, at, value(at, 0.0, 1.0));
  }
  if (options_.wall.tail_diffusion > 0.0 && term.i == term.j && term.i < 3)
    for (const int beyond : {1, -2}) { // legs whose surface is continued from the leg at this node
      NodeIndex at = node;
      at[static_cast<std::size_t>(term.i)] += beyond + (shifted(term.place, term.i) ? 0 : 1);
      if (!touches_wall(term, at))
        continue;
      wall_points(term, at, points);
      const Complex coefficient = value(at, 1.0, 1.0);
      for (const WallPoint &point : points)
        for (const auto &[left, weight] : point.u)
          if (left == node)
            for (const auto &[right, other] : point.v)
              rows.add(term.a, term.b, node, right,
                       factor * coefficient * point.weight * weight * other);
    }
  if (options_.order == 4)
    for (const StencilPoint &tap : term.u4) {
      const NodeIndex at = minus(node, tap.step);
      if (fourth_order(term.place, at))
        plain(term.u4, term.v4, tap, at, value(at, 1.0, term.split ? 0.0 : 1.0));
    }
}

std::vector<std::vector<RowEntry>> RowBuilder::orbital_rows(const NodeIndex &node) const {
  Accumulator rows(field_.orbitals);
  for (const Term &term : terms_)
    if (is_active(term.a, node))
      add_rows(term, node, rows);
  auto result = rows.rows();
  for (int a = 0; a < field_.orbitals; ++a)
    if (!is_active(a, node))
      result[static_cast<std::size_t>(a)].clear();
    else
      for (RowEntry &entry : result[static_cast<std::size_t>(a)])
        if (const NodeIndex target = plus(node, entry.step); is_active(entry.component, target))
          entry.value *= scale(a, node) * scale(entry.component, target);
  return result;
}

std::vector<std::vector<RowEntry>> RowBuilder::spin_orbit_rows(const NodeIndex &node) const {
  const int m = field_.orbitals, bands = field_.bands();
  std::vector<std::vector<RowEntry>> rows(static_cast<std::size_t>(bands));
  const Vec3 &h = voxels_.grid().spacing;
  for (int alpha = 0; alpha < bands; ++alpha) {
    if (!is_active(alpha % m, node))
      continue;
    for (int beta = 0; beta < bands; ++beta) {
      if (std::none_of(
              field_.regions.begin(), field_.regions.end(), [&](const RegionPolynomial &region) {
                return region.spin_orbit.size() && region.spin_orbit(alpha, beta) != Complex(0);
              }))
        continue;
      const Place pa = field_.places[static_cast<std::size_t>(alpha % m)];
      const Place pb = field_.places[static_cast<std::size_t>(beta % m)];
      const Place place = static_cast<Place>(pa | pb);
      for (const StencilPoint &tap : difference(pa, 3, place, 2, h)) {
        const NodeIndex at = minus(node, tap.step);
        const Complex coefficient = forms_.spin_orbit(place, at, alpha, beta);
        for (const StencilPoint &other : difference(pb, 3, place, 2, h)) {
          const NodeIndex target = plus(at, other.step);
          if (is_active(beta % m, target))
            rows[static_cast<std::size_t>(alpha)].push_back(
                {beta,
                 {static_cast<int>(target[0] - node[0]), static_cast<int>(target[1] - node[1]),
                  static_cast<int>(target[2] - node[2])},
                 coefficient * tap.weight * other.weight * scale(alpha % m, node) *
                     scale(beta % m, target)});
        }
      }
    }
  }
  return rows;
}

} // namespace heterodot
