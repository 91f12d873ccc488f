// A uniform Cartesian grid and the places on it where quantities live.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace heterodot {

using Index = std::ptrdiff_t;
using Vec3 = std::array<double, 3>;

// Without the guards of std::hypot against overflow, which lengths in nm do not come near.
inline double norm(double x, double y) {
  return std::sqrt(x * x + y * y);
}
inline double norm(const Vec3 &v) {
  return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

// Where on the grid a quantity lives, as a mask of half steps: bit i set means shifted by +h_i/2
// along axis i from the node. 0 is the node; one bit a face; two bits an edge; three the cell
// centre. A difference along i toggles bit i (the grid of Yee and of marker-and-cell codes).
using Place = std::uint8_t;
constexpr Place node_place = 0;
constexpr Place face_place(int axis) {
  return static_cast<Place>(1u << axis);
}
constexpr Place edge_place(int a, int b) {
  return static_cast<Place>((1u << a) | (1u << b));
}
constexpr Place toggled(Place place, int axis) {
  return static_cast<Place>(place ^ (1u << axis));
}
constexpr bool shifted(Place place, int axis) {
  return (place >> axis) & 1u;
}

using NodeIndex = std::array<Index, 3>;

// Nodes at origin + spacing * (i, j, k); the z index runs fastest in memory. Along a periodic axis
// the node after the last is the first; along the others envelope functions vanish one step outside
// the first and the last node.
struct Grid {
  std::array<Index, 3> shape{};
  Vec3 origin{};
  Vec3 spacing{};
  std::array<bool, 3> periodic{};

  bool is_periodic() const { return periodic[0] || periodic[1] || periodic[2]; }
  // The image of an index along one axis among 0 … shape − 1; the index itself if not periodic.
  Index wrapped(Index at, std::size_t axis) const {
    if (!periodic[axis])
      return at;
    const Index rest = at % shape[axis];
    return rest < 0 ? rest + shape[axis] : rest;
  }

  Index size() const { return shape[0] * shape[1] * shape[2]; }
  Index index(Index i, Index j, Index k) const { return (i * shape[1] + j) * shape[2] + k; }
  std::array<Index, 3> node(Index index) const {
    return {index / (shape[1] * shape[2]), index / shape[2] % shape[1], index % shape[2]};
  }
  double cell_volume() const { return spacing[0] * spacing[1] * spacing[2]; }

  Vec3 position(Index i, Index j, Index k, Place place = node_place) const {
    return {origin[0] + spacing[0] * (static_cast<double>(i) + 0.5 * shifted(place, 0)),
            origin[1] + spacing[1] * (static_cast<double>(j) + 0.5 * shifted(place, 1)),
            origin[2] + spacing[2] * (static_cast<double>(k) + 0.5 * shifted(place, 2))};
  }
};

} // namespace heterodot
