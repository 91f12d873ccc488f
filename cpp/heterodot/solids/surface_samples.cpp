#include "heterodot/solids/surface_samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "heterodot/solids/cut_box_by.hpp"

namespace heterodot {
namespace {

// The largest term of fourth order, in parts of the box's shortest edge.
constexpr double smooth = 3e-5;
// Places off all planes of symmetry of the samples, to which an edge may look smooth.
constexpr std::array<Vec3, 4> probes{
    {{0.42, 0.31, 0.11}, {-0.13, -0.44, 0.32}, {0.28, -0.12, -0.41}, {-0.33, 0.17, -0.45}}};
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

using Vertices = std::array<double, 27>; // 9 along x, 3 along y, 1 along z
using Centres = std::array<double, 8>;   // of octants

// The signed distance in one box, in coordinates from −1/2 to 1/2.
class LocalDistance {
public:
  // Takes samples in a box; returns whether they are those of a smooth function.
  bool fit(const Vec3 &centre, const Vec3 &lengths, const Vertices &vertices,
           const Centres &octants, double tolerance);

  double operator()(const Vec3 &point) const {
    const double x = (point[0] - centre_[0]) / lengths_[0];
    const double y = (point[1] - centre_[1]) / lengths_[1];
    const double z = (point[2] - centre_[2]) / lengths_[2];
    const double bx = bubble(x), by = bubble(y), bz = bubble(z);
    const double sum = cubic_[0] * bx + cubic_[1] * by + cubic_[2] * bz +
                       mixed_[0] * (by * z + y * bz) + mixed_[1] * (bz * x + z * bx) +
                       mixed_[2] * (bx * y + x * by) + even_ * (bx * x + by * y + bz * z);
    double across[3];
    for (std::size_t i = 0; i < 3; ++i) {
      const double *c = coefficient_[i].data();
      across[i] = (c[0] + z * (c[1] + z * c[2])) +
                  y * ((c[3] + z * (c[4] + z * c[5])) + y * (c[6] + z * (c[7] + z * c[8])));
    }
    return sum + across[0] + x * (across[1] + x * across[2]);
  }

private:
  // Zero on the nodes −1/2, 0, 1/2.
  static double bubble(double x) { return x * (x * x - 0.25); }

  Vec3 centre_{}, lengths_{}, cubic_{}, mixed_{};
  double even_ = 0.0;
  std::array<std::array<double, 9>, 3> coefficient_{};
};

SurfaceSamples::Vertex octant_cell(SurfaceSamples::Vertex centre, unsigned octant) {
  for (unsigned axis = 0; axis < 3; ++axis)
    centre[axis] -= octant >> axis & 1u ? 0 : 1;
  return centre;
}

// The corners of a box (step 2) or of an octant (1) among the vertices, from its lowest one on.
box_cutting::Corners corners_of(const Vertices &vertices, unsigned lowest, unsigned step) {
  box_cutting::Corners value;
  for (unsigned c = 0; c < 8; ++c)
    value[c] = vertices[lowest + step * (9 * (c & 1u) + 3 * (c >> 1 & 1u) + (c >> 2 & 1u))];
  return value;
}

unsigned lowest_of(unsigned octant) {
  return 9 * (octant & 1u) + 3 * (octant >> 1 & 1u) + (octant >> 2 & 1u);
}

bool LocalDistance::fit(const Vec3 &centre, const Vec3 &lengths, const Vertices &vertices,
                        const Centres &octants, double tolerance) {
  centre_ = centre;
  lengths_ = lengths;
  cubic_ = mixed_ = {};
  even_ = 0.0;
  Vertices c = vertices;
  // From values on −1/2, 0, 1/2 to coefficients of 1, x, x², axis by axis.
  for (std::size_t stride : {9u, 3u, 1u})
    for (std::size_t n = 0; n < 27; ++n)
      if (n / stride % 3 == 0) {
        const double low = c[n], middle = c[n + stride], high = c[n + 2 * stride];
        c[n] = middle;
        c[n + stride] = high - low;
        c[n + 2 * stride] = 2.0 * (high + low - 2.0 * middle);
      }
  for (std::size_t i = 0; i < 3; ++i)
    std::copy_n(c.begin() + 9 * static_cast<std::ptrdiff_t>(i), 9, coefficient_[i].begin());

  // What the octants' centres show beyond that, by its symmetry: odd along one axis (x³), along two
  // (x³y + xy³; the difference does not show), even (x⁴ + y⁴ + z⁴).
  std::array<double, 8> missed;
  const auto side = [](unsigned octant, std::size_t axis) {
    return octant >> axis & 1u ? 1.0 : -1.0;
  };
  Vec3 odd{}, twice{};
  double even = 0.0;
  for (unsigned octant = 0; octant < 8; ++octant) {
    Vec3 point = centre_;
    for (std::size_t axis = 0; axis < 3; ++axis)
      point[axis] += 0.25 * side(octant, axis) * lengths_[axis];
    missed[octant] = octants[octant] - (*this)(point);
    even += missed[octant] / 8.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      odd[axis] += side(octant, axis) * missed[octant] / 8.0;
      twice[axis] +=
          side(octant, (axis + 1) % 3) * side(octant, (axis + 2) % 3) * missed[octant] / 8.0;
    }
  }
  double fourth_order = 0.0;
  for (unsigned octant = 0; octant < 8; ++octant) {
    double rest = missed[octant];
    for (std::size_t axis = 0; axis < 3; ++axis)
      rest -= side(octant, axis) * odd[axis];
    fourth_order = std::max(fourth_order, std::abs(rest));
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    cubic_[axis] = odd[axis] / bubble(0.25);
    mixed_[axis] = twice[axis] / (2.0 * 0.25 * bubble(0.25));
  }
  even_ = even / (3.0 * 0.25 * bubble(0.25));
  return fourth_order <= tolerance;
}

// Cuts a box of which samples are known: at once, or its octants, which `part_of` cuts.
template <class Distance, class Part>
CutBox cut_or_halve(const Distance &distance_at, const Vec3 &centre, const Vec3 &lengths,
                    double distance, const box_cutting::Corners &corners, int depth,
                    const Part &part_of) {
  if (const auto flat =
          box_cutting::cut_if_flat(distance_at, centre, lengths, distance, corners, depth))
    return *flat;
  return box_cutting::sum_of_octants(part_of);
}

// Cuts an octant of a box as smooth as that, or if it is not, whatever part of it is.
template <class Distance>
CutBox cut_octant(const Distance &distance_at, const Vec3 &centre, const Vec3 &lengths,
                  double distance, const box_cutting::Corners &corners) {
  return cut_or_halve(distance_at, centre, lengths, distance, corners, 1, [&](unsigned octant) {
    const Vec3 point = box_cutting::offset_from(centre, lengths, octant, 0.25);
    const Vec3 halves{0.5 * lengths[0], 0.5 * lengths[1], 0.5 * lengths[2]};
    return box_cutting::cut(distance_at, point, halves, distance_at(point), 2);
  });
}

// The same for an octant of a box that is not smooth: the surface may be so in the octant. Then it
// takes 30 distances, a tenth of what halving goes through. Fractions stay exact to 10⁻⁶.
CutBox cut_sampled_octant(const SolidUnion &solid, const Vec3 &centre, const Vec3 &lengths,
                          double distance, const box_cutting::Corners &corners, double tolerance) {
  const auto at = [&](const Vec3 &x) -> Vec3 {
    return {centre[0] + x[0] * lengths[0], centre[1] + x[1] * lengths[1],
            centre[2] + x[2] * lengths[2]};
  };
  const auto sample = [&](const Vec3 &x) { return solid.signed_distance(at(x)); };
  Vertices vertices;
  for (int i = -1, n = 0; i < 2; ++i)
    for (int j = -1; j < 2; ++j)
      for (int k = -1; k < 2; ++k, ++n) {
        const bool corner = i * j * k != 0;
        const auto number = static_cast<std::size_t>((i > 0) + 2 * (j > 0) + 4 * (k > 0));
        vertices[static_cast<std::size_t>(n)] = corner    ? corners[number]
                                                : n == 13 ? distance
                                                          : sample({0.5 * i, 0.5 * j, 0.5 * k});
      }
  Centres octants;
  for (unsigned octant = 0; octant < 8; ++octant)
    octants[octant] = sample(box_cutting::offset_from({}, {1.0, 1.0, 1.0}, octant, 0.25));
  LocalDistance local;
  bool fits = local.fit(centre, lengths, vertices, octants, tolerance);
  for (std::size_t n = 0; fits && n < probes.size(); ++n)
    fits = std::abs(sample(probes[n]) - local(at(probes[n]))) <= 10.0 * tolerance;
  if (fits)
    return cut_octant(local, centre, lengths, distance, corners);
  return cut_octant([&](const Vec3 &point) { return solid.signed_distance(point); }, centre,
                    lengths, distance, corners);
}

} // namespace

SurfaceSamples::SurfaceSamples(const Grid &grid, const std::array<Index, 3> &begin,
                               const std::array<Index, 3> &end)
    : grid_(grid), begin_(begin), solid_{} {
  std::size_t size = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    extent_[axis] = 2 * (end[axis] - begin[axis]) + 2;
    size *= static_cast<std::size_t>(extent_[axis]);
  }
  vertices_.resize(size);
  cells_.resize(size);
}

void SurfaceSamples::reset(const SolidUnion &solid) {
  solid_ = solid;
  std::fill(vertices_.begin(), vertices_.end(), unknown);
  std::fill(cells_.begin(), cells_.end(), unknown);
}

Vec3 SurfaceSamples::position(const Vertex &at) const {
  Vec3 point;
  for (std::size_t axis = 0; axis < 3; ++axis)
    point[axis] = grid_.origin[axis] +
                  grid_.spacing[axis] *
                      (static_cast<double>(begin_[axis]) + 0.5 * static_cast<double>(at[axis] - 1));
  return point;
}

double SurfaceSamples::sample(std::vector<double> &values, const Vertex &at, double offset) {
  double &value =
      values[static_cast<std::size_t>((at[0] * extent_[1] + at[1]) * extent_[2] + at[2])];
  if (std::isnan(value)) {
    Vec3 point = position(at);
    for (std::size_t axis = 0; axis < 3; ++axis)
      point[axis] += offset * grid_.spacing[axis];
    value = solid_.signed_distance(point);
  }
  return value;
}

double SurfaceSamples::vertex(const Vertex &at) {
  return sample(vertices_, at, 0.0);
}

double SurfaceSamples::cell(const Vertex &at) {
  return sample(cells_, at, 0.25);
}

CutBox cut_box(SurfaceSamples &samples, const SurfaceSamples::Vertex &centre) {
  using namespace box_cutting;
  const Vec3 middle = samples.position(centre), &lengths = samples.spacing();
  const double distance = samples.vertex(centre);
  if (is_uncut(distance, lengths))
    return {distance < 0.0 ? 1.0 : 0.0, {}};
  Vertices vertices;
  for (Index i = 0, n = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 3; ++k, ++n)
        vertices[static_cast<std::size_t>(n)] =
            samples.vertex({centre[0] + i - 1, centre[1] + j - 1, centre[2] + k - 1});
  Centres octants;
  for (unsigned octant = 0; octant < 8; ++octant)
    octants[octant] = samples.cell(octant_cell(centre, octant));
  const Vec3 halves{0.5 * lengths[0], 0.5 * lengths[1], 0.5 * lengths[2]};
  const double tolerance = smooth * std::min({lengths[0], lengths[1], lengths[2]});
  const auto whole_or_octants = [&](const auto &distance_at, const auto &octant_of) {
    return cut_or_halve(distance_at, middle, lengths, distance, corners_of(vertices, 0, 2), 0,
                        [&](unsigned octant) -> CutBox {
                          const double value = octants[octant];
                          if (is_uncut(value, halves))
                            return {value < 0.0 ? 1.0 : 0.0, {}};
                          return octant_of(offset_from(middle, lengths, octant, 0.25), value,
                                           corners_of(vertices, lowest_of(octant), 1));
                        });
  };
  LocalDistance local;
  if (local.fit(middle, lengths, vertices, octants, tolerance))
    return whole_or_octants(local, [&](const Vec3 &point, double value, const Corners &corners) {
      return cut_octant(local, point, halves, value, corners);
    });
  const SolidUnion &solid = samples.solid();
  return whole_or_octants([&](const Vec3 &point) { return solid.signed_distance(point); },
                          [&](const Vec3 &point, double value, const Corners &corners) {
                            return cut_sampled_octant(solid, point, halves, value, corners,
                                                      0.5 * tolerance);
                          });
}

} // namespace heterodot
