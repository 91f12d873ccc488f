// Signed distances to a closed triangle mesh.
#pragma once

#include "heterodot/grid/grid.hpp"

#include <array>
#include <span>
#include <vector>

namespace heterodot {

// Triangles in a tree of boxes. The side of a point is that of the angle-weighted normal of the
// face, edge or vertex that is nearest (J. A. Bærentzen, H. Aanæs, IEEE Trans. Vis. Comput. Graph.
// 11, 243 (2005)): exact for closed meshes that do not cut themselves.
class MeshDistance {
public:
  // faces: corners counter-clockwise when seen from outside. Every edge belongs to two of them.
  MeshDistance(std::vector<Vec3> vertices, std::vector<std::array<int, 3>> faces);
  // Negative inside.
  double operator()(const Vec3 &point) const;
  // distances[p] for points[3p .. 3p+2], in parallel.
  void distances(std::span<const double> points, std::span<double> distances) const;

private:
  struct Node {
    Vec3 lower, upper;
    int first, count; // faces of a leaf; else the number of the second child in first and count 0
  };
  struct Nearest {
    double squared;
    int face;
    int feature; // 0 the face, 1 … 3 the edge opposite that corner, 4 … 6 the corner
    Vec3 point;
  };

  int build(int begin, int end);
  void visit(int node, const Vec3 &point, Nearest &nearest) const;
  void try_face(int face, const Vec3 &point, Nearest &nearest) const;

  std::vector<Vec3> vertices_;
  std::vector<std::array<int, 3>> faces_;
  std::vector<Vec3> face_normals_, vertex_normals_;
  std::vector<std::array<Vec3, 3>> edge_normals_; // of the edge opposite each corner
  std::vector<int> order_;
  std::vector<Node> nodes_;
};

} // namespace heterodot
