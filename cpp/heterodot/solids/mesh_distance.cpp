#include "heterodot/solids/mesh_distance.hpp"

#include "heterodot/parallel/parallel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace heterodot {

namespace {

constexpr int leaf_faces = 4;

Vec3 minus(const Vec3 &a, const Vec3 &b) {
  return {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
}
Vec3 plus(const Vec3 &a, const Vec3 &b) {
  return {a[0] + b[0], a[1] + b[1], a[2] + b[2]};
}
Vec3 times(double s, const Vec3 &a) {
  return {s * a[0], s * a[1], s * a[2]};
}
double dot(const Vec3 &a, const Vec3 &b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vec3 cross(const Vec3 &a, const Vec3 &b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vec3 unit(const Vec3 &a) {
  const double length = std::sqrt(dot(a, a));
  return length > 0.0 ? times(1.0 / length, a) : a;
}

// Squared distance from a point to a box.
double outside(const Vec3 &lower, const Vec3 &upper, const Vec3 &point) {
  double squared = 0.0;
  for (int axis = 0; axis < 3; ++axis) {
    const double d = std::max({lower[axis] - point[axis], 0.0, point[axis] - upper[axis]});
    squared += d * d;
  }
  return squared;
}

} // namespace

MeshDistance::MeshDistance(std::vector<Vec3> vertices, std::vector<std::array<int, 3>> faces)
    : vertices_(std::move(vertices)), faces_(std::move(faces)), face_normals_(faces_.size()),
      vertex_normals_(vertices_.size(), Vec3{}), edge_normals_(faces_.size()),
      order_(faces_.size()) {
  std::map<std::pair<int, int>, Vec3> edges;
  const auto edge = [](int a, int b) { return std::pair(std::min(a, b), std::max(a, b)); };
  for (std::size_t f = 0; f < faces_.size(); ++f) {
    const auto &corner = faces_[f];
    const Vec3 a = vertices_[corner[0]], b = vertices_[corner[1]], c = vertices_[corner[2]];
    const Vec3 normal = unit(cross(minus(b, a), minus(c, a)));
    face_normals_[f] = normal;
    for (int i = 0; i < 3; ++i) {
      const int here = corner[i], next = corner[(i + 1) % 3], last = corner[(i + 2) % 3];
      const Vec3 u = unit(minus(vertices_[next], vertices_[here]));
      const Vec3 v = unit(minus(vertices_[last], vertices_[here]));
      const double angle = std::acos(std::clamp(dot(u, v), -1.0, 1.0));
      vertex_normals_[here] = plus(vertex_normals_[here], times(angle, normal));
      Vec3 &sum = edges.try_emplace(edge(next, last), Vec3{}).first->second;
      sum = plus(sum, normal);
    }
    order_[f] = static_cast<int>(f);
  }
  for (std::size_t f = 0; f < faces_.size(); ++f)
    for (int i = 0; i < 3; ++i)
      edge_normals_[f][i] = edges.at(edge(faces_[f][(i + 1) % 3], faces_[f][(i + 2) % 3]));
  nodes_.reserve(2 * faces_.size());
  build(0, static_cast<int>(faces_.size()));
}

int MeshDistance::build(int begin, int end) {
  const int number = static_cast<int>(nodes_.size());
  const double infinity = std::numeric_limits<double>::infinity();
  Node node{{infinity, infinity, infinity}, {-infinity, -infinity, -infinity}, begin, end - begin};
  for (int place = begin; place < end; ++place)
    for (const int corner : faces_[order_[place]])
      for (int axis = 0; axis < 3; ++axis) {
        node.lower[axis] = std::min(node.lower[axis], vertices_[corner][axis]);
        node.upper[axis] = std::max(node.upper[axis], vertices_[corner][axis]);
      }
  nodes_.push_back(node);
  if (end - begin <= leaf_faces)
    return number;
  const Vec3 extent = minus(node.upper, node.lower);
  const int axis =
      static_cast<int>(std::max_element(extent.begin(), extent.end()) - extent.begin());
  const auto centre = [&](int face) {
    double sum = 0.0;
    for (const int corner : faces_[face])
      sum += vertices_[corner][axis];
    return sum;
  };
  const int middle = (begin + end) / 2;
  std::nth_element(order_.begin() + begin, order_.begin() + middle, order_.begin() + end,
                   [&](int a, int b) { return std::pair(centre(a), a) < std::pair(centre(b), b); });
  build(begin, middle); // the first child comes next
  const int second = build(middle, end);
  nodes_[number].first = second;
  nodes_[number].count = 0;
  return number;
}

// The nearest point of a triangle by the Voronoi regions of its corners, edges and inside
// (C. Ericson, Real-Time Collision Detection (2005), section 5.1.5).
void MeshDistance::try_face(int face, const Vec3 &point, Nearest &nearest) const {
  const Vec3 a = vertices_[faces_[face][0]], b = vertices_[faces_[face][1]],
             c = vertices_[faces_[face][2]];
  const Vec3 ab = minus(b, a), ac = minus(c, a), ap = minus(point, a);
  const double d1 = dot(ab, ap), d2 = dot(ac, ap);
  const Vec3 bp = minus(point, b), cp = minus(point, c);
  const double d3 = dot(ab, bp), d4 = dot(ac, bp), d5 = dot(ab, cp), d6 = dot(ac, cp);
  const double va = d3 * d6 - d5 * d4, vb = d5 * d2 - d1 * d6, vc = d1 * d4 - d3 * d2;
  Vec3 foot;
  int feature;
  if (d1 <= 0.0 && d2 <= 0.0) {
    foot = a, feature = 4;
  } else if (d3 >= 0.0 && d4 <= d3) {
    foot = b, feature = 5;
  } else if (d6 >= 0.0 && d5 <= d6) {
    foot = c, feature = 6;
  } else if (vc <= 0.0 && d1 >= 0.0 && d3 <= 0.0) {
    foot = plus(a, times(d1 / (d1 - d3), ab)), feature = 3;
  } else if (vb <= 0.0 && d2 >= 0.0 && d6 <= 0.0) {
    foot = plus(a, times(d2 / (d2 - d6), ac)), feature = 2;
  } else if (va <= 0.0 && d4 - d3 >= 0.0 && d5 - d6 >= 0.0) {
    foot = plus(b, times((d4 - d3) / ((d4 - d3) + (d5 - d6)), minus(c, b))), feature = 1;
  } else {
    const double scale = 1.0 / (va + vb + vc);
    foot = plus(a, plus(times(vb * scale, ab), times(vc * scale, ac))), feature = 0;
  }
  const Vec3 away = minus(point, foot);
  const double squared = dot(away, away);
  if (squared < nearest.squared)
    nearest = {squared, face, feature, foot};
}

void MeshDistance::visit(int number, const Vec3 &point, Nearest &nearest) const {
  const Node &node = nodes_[number];
  if (node.count > 0) {
    for (int place = node.first; place < node.first + node.count; ++place)
      try_face(order_[place], point, nearest);
    return;
  }
  std::pair<double, int> children[2];
  for (int child = 0; child < 2; ++child) {
    const int at = child == 0 ? number + 1 : node.first;
    children[child] = {outside(nodes_[at].lower, nodes_[at].upper, point), at};
  }
  if (children[1].first < children[0].first)
    std::swap(children[0], children[1]);
  for (const auto &[squared, at] : children)
    if (squared < nearest.squared)
      visit(at, point, nearest);
}

double MeshDistance::operator()(const Vec3 &point) const {
  Nearest nearest{std::numeric_limits<double>::infinity(), -1, 0, {}};
  visit(0, point, nearest);
  const auto &corners = faces_[nearest.face];
  const Vec3 normal = nearest.feature == 0  ? face_normals_[nearest.face]
                      : nearest.feature < 4 ? edge_normals_[nearest.face][nearest.feature - 1]
                                            : vertex_normals_[corners[nearest.feature - 4]];
  const double side = dot(normal, minus(point, nearest.point));
  return side < 0.0 ? -std::sqrt(nearest.squared) : std::sqrt(nearest.squared);
}

void MeshDistance::distances(std::span<const double> points, std::span<double> distances) const {
  parallel_for(static_cast<std::ptrdiff_t>(distances.size()), 1024,
               [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
                 for (std::ptrdiff_t p = begin; p < end; ++p)
                   distances[p] = (*this)({points[3 * p], points[3 * p + 1], points[3 * p + 2]});
               });
}

} // namespace heterodot
