#include "heterodot/operator/continuation.hpp"

#include <algorithm>

namespace heterodot {

void add_taps(Taps &sum, const Taps &taps, double factor) {
  for (const auto &[node, weight] : taps) {
    const auto same = std::find_if(sum.begin(), sum.end(),
                                   [&, at = node](const auto &own) { return own.first == at; });
    if (same == sum.end())
      sum.emplace_back(node, factor * weight);
    else
      same->second += factor * weight;
  }
}

Continuation::Continuation(Place place, const WallSurface &surface, const OpenFaces &faces)
    : place_(place), surface_(surface), faces_(faces) {}

Taps Continuation::nearest(const NodeIndex &node) const {
  const Vec3 normal = faces_.piece(node);
  Taps taps;
  double sum = 0.0;
  const auto add = [&](const NodeIndex &at, double weight) {
    if (weight == 0.0 || !inside(at))
      return;
    taps.emplace_back(at, weight);
    sum += weight;
  };
  for (int axis = 0; axis < 3; ++axis) {
    const double n = normal[static_cast<std::size_t>(axis)];
    add(stepped(node, axis, n > 0.0 ? -1 : 1), n * n);
  }
  for (auto &[at, weight] : taps)
    weight /= sum;
  return taps;
}

Taps Continuation::surroundings(const NodeIndex &node) const {
  Taps taps;
  for (Index i = -1; i <= 1; ++i)
    for (Index j = -1; j <= 1; ++j)
      for (Index k = -1; k <= 1; ++k)
        if (const NodeIndex beside{node[0] + i, node[1] + j, node[2] + k}; inside(beside))
          taps.emplace_back(beside, 1.0);
  for (auto &[at, weight] : taps)
    weight = 1.0 / static_cast<double>(taps.size());
  return taps;
}

Taps Continuation::value(const NodeIndex &node, bool stable) const {
  if (inside(node))
    return {{node, 1.0}};
  Taps taps;
  for (const auto &[near, weight] : nearest(node)) {
    const NodeIndex behind{2 * near[0] - node[0], 2 * near[1] - node[1], 2 * near[2] - node[2]};
    if (inside(behind) && (!stable || faces_.volume(behind) == 1.0))
      add_taps(taps, {{near, 2.0}, {behind, -1.0}}, weight);
    else
      add_taps(taps, {{near, 1.0}}, weight);
  }
  return taps.empty() ? surroundings(node) : taps;
}

Taps Continuation::gradient(const NodeIndex &node, int axis, double spacing) const {
  Taps taps;
  if (!inside(node)) {
    for (const auto &[base, weight] : nearest(node))
      add_taps(taps, gradient(base, axis, spacing), weight);
    return taps;
  }
  NodeIndex low = stepped(node, axis, -1), high = stepped(node, axis, 1);
  if (!inside(low))
    low = node;
  if (!inside(high))
    high = node;
  if (low == high)
    return {};
  const auto along = static_cast<std::size_t>(axis);
  const double width = spacing * static_cast<double>(high[along] - low[along]);
  return {{low, -1.0 / width}, {high, 1.0 / width}};
}

} // namespace heterodot
