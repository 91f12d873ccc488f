#include "heterodot/operator/wall_elements.hpp"

namespace heterodot {
namespace {

NodeIndex plus(const NodeIndex &at, const std::array<int, 3> &step) {
  return {at[0] + step[0], at[1] + step[1], at[2] + step[2]};
}

} // namespace

WallElements::WallElements(const Voxelisation &voxels, const PolynomialField &field,
                           const WallSurface &surface)
    : voxels_(voxels), field_(field), surface_(surface) {}

bool WallElements::touches(const Term &term, const NodeIndex &at) const {
  for (const StencilPoint &point : term.u2)
    if (!surface_.inside(place(term.a), plus(at, point.step)))
      return true;
  for (const StencilPoint &point : term.v2)
    if (!surface_.inside(place(term.b), plus(at, point.step)))
      return true;
  return false;
}

// The gradient along the leg from `low` to the next node, and the part of it that lies inside. On a
// cut leg of a hard wall ψ falls to zero over the length inside: D ψ²/θh² on the diagonal (Gibou et
// al., J. Comput. Phys. 176, 205 (2002)).
WallElements::Leg WallElements::leg(int orbital, int axis, const NodeIndex &low) const {
  const NodeIndex high = stepped(low, axis, 1);
  const double h = voxels_.grid().spacing[static_cast<std::size_t>(axis)];
  const bool low_in = surface_.inside(place(orbital), low);
  const bool high_in = surface_.inside(place(orbital), high);
  if (low_in && high_in)
    return {{{low, -1.0 / h}, {high, 1.0 / h}}};
  if (!low_in && !high_in)
    return {};
  const NodeIndex &in = low_in ? low : high;
  const int side = low_in ? 1 : -1;
  const double length = surface_.cut_leg(place(orbital), in, axis, side);
  return {{{in, -side / (length * h)}}, length, true};
}

std::vector<WallElements::Point> WallElements::points(const Term &term, const NodeIndex &at) const {
  const Place pa = place(term.a), pb = place(term.b);
  if (term.i == term.j && term.i < 3 && pa == pb) {
    const NodeIndex low = shifted(pa, term.i) ? stepped(at, term.i, -1) : at;
    const Leg along = leg(term.a, term.i, low);
    if (along.gradient.empty())
      return {};
    return {{along.length, along.gradient, along.gradient}};
  }
  if (pa == node_place && pb == node_place && term.i < 3 && term.j < 3)
    return corner_points(term, at);
  Point point{1.0, {}, {}};
  for (const StencilPoint &tap : term.u2)
    if (surface_.inside(pa, plus(at, tap.step)))
      point.u.emplace_back(plus(at, tap.step), tap.weight);
  for (const StencilPoint &tap : term.v2)
    if (surface_.inside(pb, plus(at, tap.step)))
      point.v.emplace_back(plus(at, tap.step), tap.weight);
  return {point};
}

// Every corner of the cell that lies inside offers the product of its two legs' gradients, each
// exact for a ψ that falls linearly to the wall. Together they weigh the inside area of the cell
// (from the cut legs), each as the product of the lengths it stands for, so that a short leg never
// outweighs its own diagonal term.
std::vector<WallElements::Point> WallElements::corner_points(const Term &term,
                                                             const NodeIndex &at) const {
  std::vector<Point> points;
  std::vector<bool> cut;
  double sum = 0.0, area = 0.0;
  for (int ci = 0; ci < 2; ++ci)
    for (int cj = 0; cj < 2; ++cj) {
      const NodeIndex low_i = stepped(at, term.j, cj), low_j = stepped(at, term.i, ci);
      if (!surface_.inside(place(term.a), stepped(low_i, term.i, ci)))
        continue;
      Leg along_i = leg(term.a, term.i, low_i), along_j = leg(term.b, term.j, low_j);
      const double weight =
          (along_i.cut ? along_i.length : 0.5) * (along_j.cut ? along_j.length : 0.5);
      sum += weight;
      area += !along_i.cut && !along_j.cut   ? 0.25 // corrected below if the corner opposite is cut
              : !along_i.cut || !along_j.cut ? weight
                                             : 0.5 * weight;
      cut.push_back(along_i.cut || along_j.cut);
      points.push_back({weight, std::move(along_i.gradient), std::move(along_j.gradient)});
    }
  if (points.size() == 3) {
    double missing = 0.5;
    for (std::size_t p = 0; p < 3; ++p)
      if (cut[p])
        missing *= 1.0 - 2.0 * points[p].weight; // 1 − θ of the cut leg
    area = 1.0 - missing;
  }
  for (Point &point : points)
    point.weight *= area / sum;
  return points;
}

} // namespace heterodot
