#include "heterodot/operator/wall_elements.hpp"

#include <algorithm>
#include <cmath>

#include "heterodot/operator/fourth_order.hpp"

namespace heterodot {
namespace {

// √(lm) of two legs, of which the wall leaves l and m, is less than the mean of l and m and nothing
// where one leg lies outside. With a depth s of their middle, l = ½ + s/a and m = ½ + s/b up to 1:
// by this part more, ∫√(lm) ds is the volume inside.
double shared_volume_excess(double a, double b) {
  const double larger = std::max(a, b);
  return larger > 0.0 ? 0.16 * std::pow(1.0 - std::min(a, b) / larger, 1.875) : 0.0;
}

} // namespace

WallElements::WallElements(const Voxelisation &voxels, const PolynomialField &field,
                           const FormField &forms, const WallSurface &surface,
                           const CutLayers &layers)
    : voxels_(voxels), field_(field), forms_(forms), surface_(surface), layers_(layers) {}

bool WallElements::touches(const Term &term, const NodeIndex &at) const {
  for (const StencilPoint &point : term.u2)
    if (!surface_.inside(place(term.a), plus(at, point.step)))
      return true;
  for (const StencilPoint &point : term.v2)
    if (!surface_.inside(place(term.b), plus(at, point.step)))
      return true;
  // A first derivative is taken on the legs between nodes, and at a wall extrapolates along them.
  if (FourthOrder::compact_slope(term.i, term.j, place(term.a), place(term.b)))
    for (const int steps : {-2, -1, 1, 2})
      if (!surface_.inside(node_place, stepped(at, std::min(term.i, term.j), steps)))
        return true;
  return false;
}

// The difference along the leg between two nodes and the part of it that lies inside. On a cut leg
// of a hard wall ψ falls to zero over the length inside: D ψ²/θh² on the diagonal (Gibou et al., J.
// Comput. Phys. 176, 205 (2002)).
WallElements::Leg WallElements::leg(int orbital, const NodeIndex &low,
                                    const NodeIndex &high) const {
  const bool low_in = surface_.inside(place(orbital), low);
  const bool high_in = surface_.inside(place(orbital), high);
  if (low_in && high_in)
    return {{{low, -1.0}, {high, 1.0}}};
  if (!low_in && !high_in)
    return {};
  const double length = low_in ? surface_.cut_leg(place(orbital), low, high)
                               : surface_.cut_leg(place(orbital), high, low);
  return {{{low_in ? low : high, (low_in ? -1.0 : 1.0) / length}}, length};
}

std::vector<WallElements::Point> WallElements::points(const Term &term, const NodeIndex &at) const {
  const Place pa = place(term.a), pb = place(term.b);
  if (term.i == term.j && term.i < 3 && pa == pb) {
    const double h = voxels_.grid().spacing[static_cast<std::size_t>(term.i)];
    const Leg along = leg_along(term.a, term.i, at);
    if (along.difference.empty())
      return {};
    std::vector<Point> points{{along.length / (h * h), along.difference, along.difference}};
    if (pa == node_place && term.a == term.b && along.difference.size() == 1) {
      const NodeIndex &inside = along.difference[0].first;
      const int side = along.difference[0].second < 0.0 ? 1 : -1;
      const CutLayer cut = layers_.at(term.a, term.i, side, inside, along.length);
      points[0].weight *= cut.stiffness;
      const double diffusion = forms_.entry(term.place, at, term.i, term.i, term.a, term.a).real();
      if (cut.energy != 0.0 && diffusion != 0.0) {
        const Taps node{{inside, 1.0}};
        points.push_back({cut.energy / diffusion, node, node});
      }
    }
    return points;
  }
  if (pa == node_place && pb == node_place && term.i < 3 && term.j < 3)
    return diagonal_points(term, at);
  if (FourthOrder::compact_slope(term.i, term.j, pa, pb))
    return slope_points(term, at);
  if (term.i < 3 && term.j < 3 && toggled(pa, term.i) == toggled(pb, term.j))
    return crossed_points(term, at);
  Point point{1.0, {}, {}};
  for (const StencilPoint &tap : term.u2)
    if (surface_.inside(pa, plus(at, tap.step)))
      point.u.emplace_back(plus(at, tap.step), tap.weight);
  for (const StencilPoint &tap : term.v2)
    if (surface_.inside(pb, plus(at, tap.step)))
      point.v.emplace_back(plus(at, tap.step), tap.weight);
  return {point};
}

WallElements::Leg WallElements::leg_along(int orbital, int axis, const NodeIndex &at) const {
  const NodeIndex low = shifted(place(orbital), axis) ? stepped(at, axis, -1) : at;
  return leg(orbital, low, stepped(low, axis, 1));
}

// By how much a mixed term at a place may exceed √(lm) before a form of the terms there (of two
// orbitals, at the nodes of three) could turn negative.
double WallElements::room(const Term &term, const NodeIndex &at) const {
  const auto entry = [&](int i, int j, int a, int b) {
    return forms_.entry(term.place, at, i, j, a, b);
  };
  const double pure = std::abs(entry(term.i, term.i, term.a, term.a)) *
                      std::abs(entry(term.j, term.j, term.b, term.b));
  const double mixed =
      0.5 * std::abs(entry(term.i, term.j, term.a, term.b) + entry(term.j, term.i, term.a, term.b));
  const double bound = term.place == node_place ? std::sqrt(0.5) : 1.0;
  return mixed > 0.0 ? std::max(0.0, bound * std::sqrt(pure) / mixed - 1.0) : 0.0;
}

// Two differences that meet at one place, each along its own leg. With the parts l, m of the legs
// inside, √(lm) is the volume that they share, so that the form stays positive: pure terms leave
// D_ii u_i² l there, and u_i √l is what D sees. A little more makes up for what that is short of.
std::vector<WallElements::Point> WallElements::crossed_points(const Term &term,
                                                              const NodeIndex &at) const {
  const Vec3 &h = voxels_.grid().spacing;
  Leg of_a = leg_along(term.a, term.i, at), of_b = leg_along(term.b, term.j, at);
  if (of_a.difference.empty() || of_b.difference.empty())
    return {};
  const auto i = static_cast<std::size_t>(term.i), j = static_cast<std::size_t>(term.j);
  double weight = std::sqrt(of_a.length * of_b.length);
  if (weight < 1.0) {
    const Vec3 normal = surface_.normal(voxels_.grid().position(at[0], at[1], at[2], term.place));
    const double excess =
        shared_volume_excess(std::abs(normal[i]) * h[i], std::abs(normal[j]) * h[j]);
    weight *= 1.0 + std::min(excess, room(term, at));
  }
  weight /= h[i] * h[j];
  return {{weight, std::move(of_a.difference), std::move(of_b.difference)}};
}

// ∫ u† ∂v = −∫ ∂u† v along a line of nodes (u) and faces (v): legs between nodes inside take v in
// their middle, which misses h²/24 ∂u ∂v at the wall. On the cut leg of length θ both fall linearly
// to zero: −∫ ∂u v = u v θ/(2θ + 1) with u at the last node and v half a step before it.
std::vector<WallElements::Point> WallElements::slope_points(const Term &term,
                                                            const NodeIndex &at) const {
  if (!surface_.inside(node_place, at))
    return {};
  const int axis = std::min(term.i, term.j);
  const Place face = toggled(node_place, axis);
  const double h = voxels_.grid().spacing[static_cast<std::size_t>(axis)];
  const Taps node{{at, 1.0}};
  Taps faces;
  for (const int side : {1, -1}) {
    const NodeIndex next = stepped(at, axis, side), before = stepped(at, axis, -side);
    const NodeIndex outer = side > 0 ? at : next, inner = side > 0 ? before : at;
    if (surface_.inside(node_place, next)) {
      if (!surface_.inside(face, outer))
        continue;
      double weight = side / h;
      if (const NodeIndex second = stepped(next, axis, side);
          !surface_.inside(node_place, second)) {
        const double theta = surface_.cut_leg(node_place, next, second);
        weight -= side / (24.0 * h * (1.0 + theta) * (0.5 + theta));
      }
      faces.emplace_back(outer, weight);
    } else if (surface_.inside(face, inner) && surface_.inside(node_place, before)) {
      const double theta = surface_.cut_leg(node_place, at, next);
      const int orbital = term.i == 3 ? term.a : term.b;
      const double part = layers_.at(orbital, axis, side, at, theta).product;
      faces.emplace_back(inner, part * side * theta / ((2.0 * theta + 1.0) * h));
    }
  }
  if (term.i == 3)
    return {{1.0, node, faces}};
  return {{1.0, faces, node}};
}

// What is symmetric in i and j needs no gradients of cells: with d± = h_i ∂_i ± h_j ∂_j,
// h_i h_j (∂_i u ∂_j v + ∂_j u ∂_i v) = (d₊u d₊v − d₋u d₋v)/2, and differences along both diagonals
// of a cell are those of its mean gradients. At a wall diagonals are cut like any other leg. This
// keeps the form positive however close a node comes to a plane of normal n: the legs leave
// Σ_ij D_ij s_i s_j min(|n_i|, |n_j|) = ∫ Σ_ij D_ij s_i s_j [|n_i| > t][|n_j| > t] dt, s_i the sign
// of n_i, which an elliptic D keeps positive.
std::vector<WallElements::Point> WallElements::diagonal_points(const Term &term,
                                                               const NodeIndex &at) const {
  const Vec3 &h = voxels_.grid().spacing;
  const double scale =
      0.25 / (h[static_cast<std::size_t>(term.i)] * h[static_cast<std::size_t>(term.j)]);
  std::vector<Point> points;
  for (const int side : {1, -1}) {
    const NodeIndex low = side > 0 ? at : stepped(at, term.j, 1);
    const NodeIndex high = stepped(stepped(low, term.i, 1), term.j, side);
    Leg of_a = leg(term.a, low, high), of_b = leg(term.b, low, high);
    if (!of_a.difference.empty())
      points.push_back(
          {side * scale * of_a.length, std::move(of_a.difference), std::move(of_b.difference)});
  }
  return points;
}

} // namespace heterodot
