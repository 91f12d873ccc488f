// The signed distance of a surface on the half-step lattice that the boxes of all places share.
#pragma once

#include "heterodot/solids/cut_box.hpp"

#include <vector>

namespace heterodot {

// Samples around a small block of nodes, each computed when it is first asked for. The box of node
// i at a place is centred on vertex 2i + 1 (+ 1 where the place is half a step on), counted from
// one vertex before the block; its corners, edges and faces fall on vertices too, and the centres
// of its octants on cells. So a sample serves up to 27 boxes.
class SurfaceSamples {
public:
  using Vertex = std::array<Index, 3>;

  SurfaceSamples(const Grid &grid, const std::array<Index, 3> &begin,
                 const std::array<Index, 3> &end);

  // Starts anew for another surface around the same block.
  void reset(const SolidUnion &solid);
  double vertex(const Vertex &at);
  // At the centre of the cell between a vertex and the next one along each axis.
  double cell(const Vertex &at);
  Vec3 position(const Vertex &at) const;
  const SolidUnion &solid() const { return solid_; }
  const Vec3 &spacing() const { return grid_.spacing; }

private:
  double sample(std::vector<double> &values, const Vertex &at, double offset);

  Grid grid_;
  std::array<Index, 3> begin_, extent_;
  SolidUnion solid_;
  std::vector<double> vertices_, cells_;
};

// cut_box() of the box centred on a vertex. Where the surface is smooth in the box, its distance is
// interpolated from the samples (triquadratic, and the cubic terms that the octants' centres show).
CutBox cut_box(SurfaceSamples &samples, const SurfaceSamples::Vertex &centre);

} // namespace heterodot
