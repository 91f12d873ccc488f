// An envelope function continued from the nodes inside the outermost surface to those just outside.
#pragma once

#include <utility>
#include <vector>

#include "heterodot/operator/open_faces.hpp"
#include "heterodot/operator/wall_surface.hpp"

namespace heterodot {

// Weights of nodes inside.
using Taps = std::vector<std::pair<NodeIndex, double>>;
void add_taps(Taps &sum, const Taps &taps, double factor);

class Continuation {
public:
  Continuation(Place place, const WallSurface &surface, const OpenFaces &faces);

  // ψ at a node: itself inside; outside continued linearly from the nearest nodes, or constant
  // where only one node lies behind. Empty if no node nearby is inside. With stable, constant too
  // where the node behind is cut, so that a volume given by these weights leaves every node a
  // positive one.
  Taps value(const NodeIndex &node, bool stable = false) const;

  // ∂ψ/∂axis by the nodes inside next to a node; of first order at the surface.
  Taps gradient(const NodeIndex &node, int axis, double spacing) const;

private:
  // The nodes inside next to one outside: along the axes, weighted by the squares of the components
  // of the normal.
  Taps nearest(const NodeIndex &node) const;
  // The mean of all nodes inside around one outside: at edges and corners.
  Taps surroundings(const NodeIndex &node) const;
  bool inside(const NodeIndex &node) const { return surface_.inside(place_, node); }

  Place place_;
  const WallSurface &surface_;
  const OpenFaces &faces_;
};

} // namespace heterodot
